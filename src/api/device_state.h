#pragma once

#include "api/call.h"
#include "api/turnstile.h"
#include "api/world.h"
#include "domain/command.h"
#include "domain/device.h"
#include "domain/telemetry.h"
#include "domain/twin.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tandem::api {

/// A device's live socket, as the device's loop sees it. `executor()` from any thread, the rest on
/// that executor.
class DeviceLink {
public:
    DeviceLink() = default;
    DeviceLink(const DeviceLink&) = delete;
    DeviceLink& operator=(const DeviceLink&) = delete;
    virtual ~DeviceLink() = default;

    [[nodiscard]] virtual Executor& executor() = 0;
    /// Hands a command out.
    virtual void deliver(const Command& command) = 0;
    /// Tells of a change of the device's config.
    virtual void configure(const ConfigDelta& change) = 0;
    /// Another socket of the same device has taken over: close with 4409.
    virtual void superseded() = 0;
};

/// When the lease passes that the command got with this version.
struct Lease {
    std::int64_t version = 0;
    Monotonic until;
};

/// What a loop keeps in memory of a device that it owns.
struct DeviceState {
    explicit DeviceState(Executor& executor) : turn{executor} {}

    Device device;
    std::map<std::string, Series, std::less<>> series;  ///< declared ones
    Presence presence;
    bool deleted = false;  ///< looked at after each wait

    Turnstile turn;  ///< around every read-decide-write of twin and commands
    /// Under the turnstile. How many of its commands are open; none: the registry tells.
    std::optional<std::size_t> open_commands;
    /// Under the turnstile. The device may not have all of its config: the registry tells.
    bool config_pending = false;
    std::shared_ptr<DeviceLink> link;
    /// Under the turnstile. What an older socket had may still be stored as handed out.
    bool has_older = false;
    std::vector<Completion<bool>> takers;  ///< polls that wait for a command
    /// Callers that wait for a command as it is in the end; they get none when the hub stops.
    std::map<CommandId, std::vector<Completion<std::optional<Command>>>> watchers;
    std::vector<Completion<bool>> config_watchers;  ///< polls that wait for another config
    /// Under the turnstile. Of commands that polls have: see clocked().
    std::map<CommandId, Lease> leases;
    TimerId sweep = 0;            ///< for leases and expiry
    Monotonic sweep_at;           ///< when it is due, if sweep is not 0
    TimerId look = 0;             ///< for series that go stale: staleness.h
    Instant look_at;              ///< when it is due, if look is not 0
    TimerId rest_watch = 0;       ///< for the presence of a REST device
    Monotonic heard;              ///< its last request, or the answer to it
    std::size_t asking = 0;       ///< its requests that are not answered
    bool worth_changing = false;  ///< it was told that the other door is worth it
};
using DeviceStatePtr = std::shared_ptr<DeviceState>;

/// The devices of one loop, loaded at first use. Bounded by the number of devices in the registry.
class DeviceStates {
public:
    /// The device, or kNotFound. The owner's loop only. Callers go on in the order in which they
    /// asked, so that what one socket sent first is stored first.
    Task<Result<DeviceStatePtr>> load(World world, DeviceRef ref);
    /// The device if it is in memory.
    [[nodiscard]] DeviceStatePtr find(const DeviceRef& ref) const;
    void forget(const DeviceRef& ref);
    /// Whoever waits for a command or its end gets the answer that there is now: the hub stops.
    void wake_all();
    [[nodiscard]] std::size_t size() const { return by_ref_.size(); }

private:
    Task<Result<DeviceStatePtr>> read(World world, DeviceRef ref);

    std::unordered_map<DeviceRef, DeviceStatePtr> by_ref_;  // Only of devices that exist.
    // Callers that wait for a device that another one is loading.
    std::unordered_map<DeviceRef, std::vector<Completion<bool>>> loading_;
};

/// With which series of the device the caller may do `action`.
[[nodiscard]] SeriesChoice series_for(const Caller& caller, Scope action, const Device& device);

/// A device was heard through `door`: it is online, and says so if it was not. The owner's loop.
void touch(World world, const DeviceStatePtr& state, Door door);
/// Another interval is expected of the device's series.
void expect(World world, const DeviceStatePtr& state);
/// A request of the device's own: until it is answered, however long it waits, the device is there.
class Asking {
public:
    Asking(World world, DeviceStatePtr state);
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking();

private:
    World world_;
    DeviceStatePtr state_;
};
/// The change of a device's presence, stored and told of.
void set_presence(World world, const DeviceStatePtr& state, bool online, Door door);

}  // namespace tandem::api
