#pragma once

#include "simulate/device.h"

#include <memory>
#include <string>
#include <vector>

namespace tandem::simulate {

/// Makes the device of a plan, or says anew what it is, and gives a fresh key for it; the oldest of
/// its keys goes when it has as many as it may. Waits where the hub asks to slow down.
/// `admin` is a client of an application that may do so. Fails as the hub does.
Task<Result<std::string>> enrol(client::HubClient* admin, Executor* executor, Plan plan);

/// Makes a device that is there already into no other, a missing one without saying what it is, and
/// gives a key for it: for playing a recording as it. Fails with kConflict when it has as many keys
/// as it may.
Task<Result<std::string>> adopt(client::HubClient* admin, Executor* executor, std::string device);

/// Devices that run together. One loop's thread.
class Fleet {
public:
    explicit Fleet(Executor& executor) : executor_{executor} {}

    /// Before run().
    void add(std::unique_ptr<Device> device) { devices_.push_back(std::move(device)); }
    /// Starts them one after the other, spread over a second or a little more, and waits until
    /// each has stopped.
    Task<void> run();
    void stop();

    [[nodiscard]] Tally tally() const;
    [[nodiscard]] std::size_t size() const { return devices_.size(); }

private:
    Task<void> run_one(Device* device, Duration after);

    Executor& executor_;
    std::vector<std::unique_ptr<Device>> devices_;
    std::size_t running_ = 0;
    bool stopping_ = false;
    Completion<bool> over_;
};

}  // namespace tandem::simulate
