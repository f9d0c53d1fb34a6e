#pragma once

#include "base/executor.h"
#include "base/task.h"

namespace tandem::api {

/// Waits until `done` or until `wait` has passed, whichever is first; whether it was in time.
inline Task<bool> within(Executor* executor, Completion<bool> done, Duration wait) {
    const TimerId timer = executor->call_after(wait, [done]() mutable { done.complete(false); });
    const bool in_time = co_await done;
    executor->cancel(timer);
    co_return in_time;
}

}  // namespace tandem::api
