#pragma once

#include "base/executor.h"

#include <cstdint>
#include <optional>

namespace tandem::store {

/// Runs threads one at a time, in an order and a time of its own: the simulator's. Where there is
/// none, threads are the system's.
class Turns {
public:
    Turns() = default;
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;
    virtual ~Turns() = default;

    using ThreadId = std::uint64_t;
    /// A thread that is going to run `body`.
    virtual ThreadId start(Work body) = 0;
    /// Returns when the thread has ended. Not by one of these threads.
    virtual void join(ThreadId thread) = 0;
    /// Returns when `place` is woken, or `longest` has passed. By one of these threads.
    virtual void wait(const void* place, std::optional<Duration> longest) = 0;
    /// Wakes those that wait at `place`, or one of them. Anybody.
    virtual void wake(const void* place, bool all) = 0;
};

}  // namespace tandem::store
