#include "conformance/manual_executor.h"

#include <chrono>

namespace tandem::conformance {
namespace {

// Far longer than anything takes, on a busy machine with sanitizers too.
constexpr auto kPatience = std::chrono::seconds{10};

}  // namespace

void ManualExecutor::post(Work work) {
    // Notified under the mutex: whoever is woken may end this object.
    const std::lock_guard lock{mutex_};
    queue_.push_back(std::move(work));
    posted_.notify_one();
}

TimerId ManualExecutor::call_after(Duration after, Work work) {
    timers_.emplace(std::pair{now_ + after, ++last_timer_}, std::move(work));
    return last_timer_;
}

void ManualExecutor::cancel(TimerId timer) {
    std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
}

std::optional<Work> ManualExecutor::next() {
    const std::lock_guard lock{mutex_};
    if (queue_.empty()) return {};
    Work work = std::move(queue_.front());
    queue_.pop_front();
    return work;
}

bool ManualExecutor::run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
        if (auto work = next()) {
            (*work)();
            continue;
        }
        std::unique_lock lock{mutex_};
        if (!posted_.wait_until(lock, deadline, [&] { return !queue_.empty(); })) return false;
    }
    return true;
}

void ManualExecutor::run_posted() {
    while (auto work = next())
        (*work)();
}

void ManualExecutor::advance(Duration by) {
    const Duration until = now_ + by;
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
        auto first = timers_.extract(timers_.begin());
        now_ = first.key().first;
        first.mapped()();
    }
    now_ = until;
}

}  // namespace tandem::conformance
