#pragma once

#include "base/clock.h"

#include <cstdint>
#include <functional>

namespace tandem {

/// Something to be done once.
using Work = std::move_only_function<void()>;

/// Names a timer of one executor. 0 is never a timer.
using TimerId = std::uint64_t;

/// One thread of control with its timers: a loop of `net/`, or the simulator's.
class Executor {
public:
    Executor() = default;
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    virtual ~Executor() = default;

    /// Runs `work` on this executor, after everything posted before it. Any thread.
    virtual void post(Work work) = 0;

    /// Runs `work` once `after` has passed, up to a few milliseconds late. This executor only.
    virtual TimerId call_after(Duration after, Work work) = 0;

    /// Forgets a timer; a timer that has run or was forgotten is no error. This executor only.
    virtual void cancel(TimerId timer) = 0;
};

}  // namespace tandem
