#include "base/worker.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

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
    while (true) {
        Work next;
        {
            const Lock held{mutex_};
            while (queue_.empty() && !stopping_)
                changed_.wait(mutex_);
            if (stopping_) return;
            next = std::move(queue_.front());
            queue_.pop_front();
        }
        const auto began = std::chrono::steady_clock::now();
        next();
        next = nullptr;
        if (pace_ == Pace::kHalf) {
            std::this_thread::sleep_for(std::chrono::steady_clock::now() - began);
        }
    }
}

}  // namespace tandem
