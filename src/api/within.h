#pragma once

#include "base/executor.h"
#include "base/task.h"

#include <optional>

namespace tandem::api {

/// Waits for a value until `wait` has passed; none when it did not come in time.
template <typename T>
Task<std::optional<T>> within(Executor* executor,
                              Completion<std::optional<T>> made,
                              Duration wait) {
    const TimerId timer =
        executor->call_after(wait, [made]() mutable { made.complete(std::nullopt); });
    std::optional<T> value = co_await made;
    executor->cancel(timer);
    co_return value;
}

/// Waits until `done` or until `wait` has passed, whichever is first; whether it was in time.
inline Task<bool> within(Executor* executor, Completion<bool> done, Duration wait) {
    const TimerId timer = executor->call_after(wait, [done]() mutable { done.complete(false); });
    const bool in_time = co_await done;
    executor->cancel(timer);
    co_return in_time;
}

}  // namespace tandem::api
