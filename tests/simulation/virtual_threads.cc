#include "simulation/virtual_threads.h"

#include "base/check.h"

namespace tandem::simulation {
namespace {

// From being woken to running.
constexpr Duration kWakeLeast = 1us;
constexpr Duration kWakeMost = 60us;

}  // namespace

VirtualThreads::~VirtualThreads() {
    check(threads_.empty());
}

store::Turns::ThreadId VirtualThreads::start(Work body) {
    const ThreadId id = ++last_;
    Thread& thread = *threads_.emplace(id, std::make_unique<Thread>(std::move(body))).first->second;
    run_in(thread, world_.between(kWakeLeast, kWakeMost));
    return id;
}

void VirtualThreads::join(ThreadId id) {
    check(running_ == nullptr);
    const auto thread = threads_.find(id);
    check(thread != threads_.end());
    while (!thread->second->fiber.ended())
        check(world_.step_of(machine_));
    threads_.erase(thread);
}

void VirtualThreads::wait(const void* place, std::optional<Duration> longest) {
    check(running_ != nullptr);
    Thread& self = *running_;
    self.waits_at = place;
    if (longest) run_in(self, std::max(*longest, kWakeLeast));
    self.fiber.yield();
}

void VirtualThreads::wake(const void* place, bool all) {
    for (const auto& [id, thread] : threads_) {
        if (thread->waits_at != place) continue;
        thread->waits_at = nullptr;
        if (thread->timer != 0) machine_.cancel(thread->timer);
        run_in(*thread, world_.between(kWakeLeast, kWakeMost));
        if (!all) return;
    }
}

void VirtualThreads::pass(Duration span) {
    if (running_ == nullptr) return;
    run_in(*running_, span);
    running_->fiber.yield();
}

void VirtualThreads::run_in(Thread& thread, Duration span) {
    thread.timer = machine_.call_after(span, [this, &thread] { run(thread); });
}

void VirtualThreads::run(Thread& thread) {
    check(running_ == nullptr);
    thread.timer = 0;
    thread.waits_at = nullptr;
    running_ = &thread;
    thread.fiber.run();
    running_ = nullptr;
}

}  // namespace tandem::simulation
