#pragma once

#include "base/executor.h"
#include "base/task.h"
#include "memory/store.h"

#include <deque>
#include <memory>

namespace tandem::memory {

/// Lets the commits of one loop pass, in the order in which they came, each after its delay.
class Lane {
public:
    Lane(Executor& loop, CommitDelay delay) : loop_{loop}, delay_{std::move(delay)} {}

    /// Returns when it is the caller's turn: at once when there is no delay.
    Task<void> turn() {
        if (!delay_) co_return;
        const Completion<bool> mine;
        waiting_->push_back(mine);
        // A timer lets the first in line pass, not the one that set it: a short delay must not
        // overtake a long one.
        loop_.call_after(delay_(), [line = std::weak_ptr{waiting_}] {
            if (const auto alive = line.lock()) pass_first(*alive);
        });
        co_await mine;
    }

private:
    using Line = std::deque<Completion<bool>>;  // As long as there are timers.

    static void pass_first(Line& line) {
        auto first = std::move(line.front());
        line.pop_front();
        first.complete(true);
    }

    Executor& loop_;
    CommitDelay delay_;
    std::shared_ptr<Line> waiting_ = std::make_shared<Line>();
};

}  // namespace tandem::memory
