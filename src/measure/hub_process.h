#pragma once

#include "base/error.h"
#include "net/loop.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem::measure {

/// What the system says that a process has used.
struct Usage {
    double cpu = 0;     ///< seconds of all its threads
    double memory = 0;  ///< bytes that no file stands behind
};
/// Of another process; nothing used when it is gone.
[[nodiscard]] Usage usage_of(int pid);
/// Seconds of processor time of this process.
[[nodiscard]] double own_cpu();

/// A program that serves until it is told to end. Ended with this object.
class HubProcess {
public:
    using Started = std::function<void(Result<std::string> url)>;

    /// Starts the program `words[0]`. `started` is told once, on the loop: the URL behind
    /// `listening on `, or kUnavailable when the program ends before it says so.
    static Result<std::unique_ptr<HubProcess>> start(net::Loop& loop,
                                                     const std::vector<std::string>& words,
                                                     Started started);
    HubProcess(const HubProcess&) = delete;
    HubProcess& operator=(const HubProcess&) = delete;
    ~HubProcess();

    [[nodiscard]] int pid() const { return pid_; }
    [[nodiscard]] Usage usage() const { return usage_of(pid_); }

private:
    class Output;
    HubProcess(net::Loop& loop, int pid, int output, Started started);

    int pid_;
    std::unique_ptr<Output> output_;
};

}  // namespace tandem::measure
