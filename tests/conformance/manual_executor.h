#pragma once

#include "base/executor.h"
#include "base/task.h"

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace tandem::conformance {

/// An executor that runs only when a test tells it to. Other threads may post to it.
class ManualExecutor final : public Executor {
public:
    void post(Work work) override;
    TimerId call_after(Duration after, Work work) override;
    void cancel(TimerId timer) override;

    /// Runs what is posted, and waits for more, until `done`. False when ten seconds did not do.
    [[nodiscard]] bool run_until(const std::function<bool()>& done);
    /// Runs what is posted by now.
    void run_posted();
    /// Lets time pass: runs the timers that come due, in the order of their times.
    void advance(Duration by);

private:
    std::optional<Work> next();

    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Work> queue_;  // Guarded by mutex_.

    // The test's thread alone.
    Duration now_{0};
    TimerId last_timer_ = 0;
    std::map<std::pair<Duration, TimerId>, Work> timers_;
};

namespace detail {

template <typename T>
Task<void> keep(Task<T> task, std::shared_ptr<std::optional<T>> into) {
    into->emplace(co_await std::move(task));
}

}  // namespace detail

/// A task that has been started and lives as long as this object: at its end the task is forgotten
/// where it waits.
template <typename T>
class Started {
public:
    explicit Started(Task<T> task) : frame_{run(std::move(task), result_).handle} {}
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;
    ~Started() { frame_.destroy(); }

    [[nodiscard]] bool done() const { return result_.has_value(); }

private:
    struct Frame {
        struct promise_type {
            Frame get_return_object() {
                return {std::coroutine_handle<promise_type>::from_promise(*this)};
            }
            static std::suspend_never initial_suspend() noexcept { return {}; }
            static std::suspend_always final_suspend() noexcept { return {}; }
            static void return_void() noexcept {}
            [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
        };
        std::coroutine_handle<> handle;
    };
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): both die together
    static Frame run(Task<T> task, std::optional<T>& into) {
        into.emplace(co_await std::move(task));
    }

    std::optional<T> result_;  // First: the frame writes into it.
    std::coroutine_handle<> frame_;
};

/// Starts `task`; its result shows up in what is given back. A task that never ends is never freed:
/// such ones are for `Started`.
template <typename T>
std::shared_ptr<std::optional<T>> start(Task<T> task) {
    auto into = std::make_shared<std::optional<T>>();
    spawn(detail::keep(std::move(task), into));
    return into;
}

}  // namespace tandem::conformance
