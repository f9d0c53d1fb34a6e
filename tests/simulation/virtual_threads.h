#pragma once

#include "simulation/fiber.h"
#include "simulation/virtual_time.h"
#include "store/embedded/turns.h"

#include <map>
#include <memory>

namespace tandem::simulation {

/// The threads of a store in the virtual world: one runs at a time, from one wait to the next, and
/// which one follows from the seed.
class VirtualThreads final : public store::Turns {
public:
    explicit VirtualThreads(World& world) : world_{world}, machine_{world} {}
    /// All have ended.
    ~VirtualThreads() override;

    ThreadId start(Work body) override;
    void join(ThreadId thread) override;
    void wait(const void* place, std::optional<Duration> longest) override;
    void wake(const void* place, bool all) override;

    /// Lets `span` of virtual time pass for the thread that calls, while others go on; nothing
    /// when the caller is none.
    void pass(Duration span);

private:
    struct Thread {
        explicit Thread(Work body) : fiber{std::move(body)} {}
        Fiber fiber;
        const void* waits_at = nullptr;
        TimerId timer = 0;
    };
    void run_in(Thread& thread, Duration span);
    void run(Thread& thread);

    World& world_;
    Machine machine_;
    ThreadId last_ = 0;
    std::map<ThreadId, std::unique_ptr<Thread>> threads_;
    Thread* running_ = nullptr;
};

}  // namespace tandem::simulation
