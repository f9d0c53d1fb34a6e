#pragma once

#include "base/executor.h"

#include <utility>

namespace tandem::net {

/// One timer that is forgotten together with its owner. One executor's thread only.
class Timer {
public:
    explicit Timer(Executor& executor) : executor_{&executor} {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { stop(); }

    /// Runs `work` once `after` has passed; forgets what was started before.
    void start(Duration after, Work work) {
        stop();
        id_ = executor_->call_after(after, std::move(work));
    }
    void stop() {
        if (id_ != 0) executor_->cancel(std::exchange(id_, 0));
    }

private:
    Executor* executor_;
    TimerId id_ = 0;
};

}  // namespace tandem::net
