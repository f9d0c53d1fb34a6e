#include "base/worker.h"

#include <sys/resource.h>
#include <unistd.h>

namespace tandem {
namespace {

constexpr int kNiceness = 10;

}  // namespace

Worker::Worker(std::size_t waiting_max, Pace pace)
    : waiting_max_{waiting_max}, pace_{pace}, thread_{[this] { work(); }} {}

Worker::~Worker() {
    {
        const Lock held{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool Worker::post(Work work) {
    {
        const Lock held{mutex_};
        if (queue_.size() >= waiting_max_) return false;
        queue_.push_back(std::move(work));
    }
    changed_.notify_one();
    return true;
}

void Worker::work() {
    // Of this thread alone, on Linux. Where it may not be, the work is done all the same.
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
    Clock::time_point rests_until;
    while (auto next = take(rests_until)) {
        const auto began = Clock::now();
        next();
        next = nullptr;
        const auto ended = Clock::now();
        if (pace_ == Pace::kHalf) rests_until = ended + (ended - began);
    }
}

// The next piece of work, when there is one and it has rested; none when it stops.
Work Worker::take(Clock::time_point rests_until) {
    const Lock held{mutex_};
    while (!stopping_) {
        const auto rest = std::chrono::ceil<Duration>(rests_until - Clock::now());
        if (rest > Duration{0}) {
            changed_.wait_for(mutex_, rest);
        } else if (queue_.empty()) {
            changed_.wait(mutex_);
        } else {
            Work next = std::move(queue_.front());
            queue_.pop_front();
            return next;
        }
    }
    return nullptr;
}

}  // namespace tandem
