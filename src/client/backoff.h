#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"

namespace tandem::client {

/// How long to wait before the next try: twice as long each time, between half and all of it at
/// random, so that devices that lost the same hub do not come back in one moment.
class Backoff {
public:
    Backoff() = default;
    Backoff(Duration first, Duration most) : first_{first}, most_{most} {}

    [[nodiscard]] Duration next(Random& random);
    /// It worked: the next wait is short again.
    void reset() { tries_ = 0; }

private:
    Duration first_ = 500ms;
    Duration most_ = 30s;
    int tries_ = 0;
};

/// Waits until some time has passed or somebody wakes it. For one waiter at a time; one loop.
class Pause {
public:
    explicit Pause(Executor& executor) : executor_{executor} {}

    Task<void> wait(Duration longest);
    /// Ends the wait that is going on, in a turn of its own; without one nothing happens.
    void wake();

private:
    Executor& executor_;
    Completion<bool> over_;
};

}  // namespace tandem::client
