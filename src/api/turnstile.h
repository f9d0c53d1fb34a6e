#pragma once

#include "base/executor.h"
#include "base/task.h"

#include <memory>
#include <vector>

namespace tandem::api {

/// Lets one coroutine at a time pass, in order of arrival: a device's changes are decided one after
/// the other although each waits for the store. One loop; no thread ever blocks.
class Turnstile {
public:
    explicit Turnstile(Executor& executor) : state_{std::make_shared<State>(executor)} {}

private:
    struct State {
        explicit State(Executor& the_executor) : executor{the_executor} {}
        Executor& executor;
        bool taken = false;
        std::vector<Completion<bool>> waiting;  // Mostly none, and few devices have any.
    };

public:
    /// The right to go on; the next in line gets it when this is destroyed.
    class Pass {
    public:
        explicit Pass(std::shared_ptr<State> state) : state_{std::move(state)} {}
        Pass(Pass&&) = default;
        Pass& operator=(Pass&&) = delete;
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() { release(); }
        void release() {
            if (state_ == nullptr) return;
            const auto state = std::move(state_);
            if (state->waiting.empty()) {
                state->taken = false;
                return;
            }
            // Posted: the next must not run inside the last statement of this one.
            state->executor.post(
                [next = state->waiting.front()]() mutable { next.complete(true); });
            state->waiting.erase(state->waiting.begin());
        }

    private:
        std::shared_ptr<State> state_;
    };

    [[nodiscard]] Task<Pass> enter() {
        const auto state = state_;
        if (state->taken) {
            const Completion<bool> turn;
            state->waiting.push_back(turn);
            co_await turn;
        }
        state->taken = true;
        co_return Pass{state};
    }

private:
    std::shared_ptr<State> state_;
};

}  // namespace tandem::api
