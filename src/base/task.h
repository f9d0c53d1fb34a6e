#pragma once

#include "base/check.h"
#include "base/checked.h"
#include "base/executor.h"

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tandem {

template <typename T>
class Task;

namespace detail {

struct TaskPromiseBase {
    std::coroutine_handle<> waiting;

    // Lazy: runs when it is awaited, on the awaiter's stack, and hands back by symmetric transfer,
    // so a chain of tasks that are ready uses no more stack than one.
    static std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
        static bool await_ready() noexcept { return false; }
        template <typename Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
            return done.promise().waiting;
        }
        void await_resume() const noexcept {}
    };
    static Final final_suspend() noexcept { return {}; }
    // Exceptions stay inside the adapters of the libraries that throw: one here is a mistake.
    [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
};

template <typename T>
struct TaskPromise : TaskPromiseBase {
    std::optional<T> value;
    Task<T> get_return_object() noexcept;
    template <typename From>
    void return_value(From&& from) {
        value.emplace(std::forward<From>(from));
    }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
};

}  // namespace detail

/// The one way to wait: a coroutine that yields a `T` to the one `co_await` of it. It starts when
/// awaited, runs on its loop, and is destroyed with this object.
template <typename T = void>
class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<T>;

    explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
    Task(Task&& other) noexcept : frame_{std::exchange(other.frame_, {})} {}
    Task& operator=(Task&&) = delete;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (frame_) frame_.destroy();
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
        frame_.promise().waiting = waiting;
        return frame_;
    }
    T await_resume() {
        if constexpr (!std::is_void_v<T>) return checked(std::move(frame_.promise().value));
    }

private:
    std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <typename T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
    return Task<T>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
    return Task<void>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}

struct Detached {
    struct promise_type {
        static Detached get_return_object() noexcept { return {}; }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_never final_suspend() noexcept { return {}; }
        static void return_void() noexcept {}
        [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
    };
};

}  // namespace detail

/// Starts `task` here and now; nobody waits for it.
inline detail::Detached spawn(Task<void> task) {
    co_await std::move(task);
}

/// A value that arrives once, for one `co_await`. Completing resumes the waiter on the spot, on
/// the completing thread: complete on the waiter's loop. A copy refers to the same value.
template <typename T>
class Completion {
public:
    Completion() : state_{std::make_shared<State>()} {}

    /// Gives the value; later ones are dropped, so that a timeout and an answer may race.
    void complete(T value) {
        if (state_->value) return;
        state_->value.emplace(std::move(value));
        // The state must outlive the resumed coroutine's last look at it.
        auto kept = state_;
        if (auto waiting = std::exchange(kept->waiting, {})) waiting.resume();
    }
    [[nodiscard]] bool done() const { return state_->value.has_value(); }

    [[nodiscard]] auto operator co_await() const noexcept { return Wait{state_}; }

private:
    struct State {
        std::optional<T> value;
        std::coroutine_handle<> waiting;
    };
    // Lives in the waiting coroutine's frame. A frame that is destroyed while it waits is
    // forgotten, so that completing later resumes nothing.
    struct Wait {
        std::shared_ptr<State> state;

        explicit Wait(std::shared_ptr<State> of) noexcept : state{std::move(of)} {}
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        ~Wait() { state->waiting = {}; }

        [[nodiscard]] bool await_ready() const noexcept { return state->value.has_value(); }
        void await_suspend(std::coroutine_handle<> waiting) noexcept {
            check(!state->waiting);
            state->waiting = waiting;
        }
        T await_resume() { return checked(std::move(state->value)); }
    };
    std::shared_ptr<State> state_;
};

/// Goes on `executor`: `co_await hop(loop)`. What follows runs there, after a turn.
inline auto hop(Executor& executor) {
    struct Hop {
        Executor& to;
        [[nodiscard]] static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiting) const {
            to.post([waiting] { waiting.resume(); });
        }
        static void await_resume() noexcept {}
    };
    return Hop{executor};
}

}  // namespace tandem
