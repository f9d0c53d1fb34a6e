#pragma once

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace tandem::simulation {

class Machine;

/// Virtual time and everything that is going to happen in it, in an order that follows from the
/// seed alone. Time stands still while something happens and jumps to the next thing after it. One
/// thread.
class World final : public Clock {
public:
    explicit World(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] Instant now() const override { return kStart + now_ + ahead_; }
    /// What a clock says that nobody sets.
    [[nodiscard]] Instant true_time() const { return kStart + now_; }
    [[nodiscard]] Monotonic monotonic() const override { return Monotonic{now_}; }
    [[nodiscard]] Random& random() { return random_; }
    /// Between the two, both included, each as likely.
    [[nodiscard]] Duration between(Duration least, Duration most);
    /// True once in `times` on average.
    [[nodiscard]] bool one_in(std::uint64_t times) { return random_.next() % times == 0; }

    /// Lets `span` of virtual time pass.
    void run_for(Duration span);
    /// Until `done`, or until `most` of virtual time has passed; gives whether it is done.
    template <typename Done>
    [[nodiscard]] bool run_until(Done done, Duration most) {
        const Duration end = now_ + most;
        while (!done()) {
            if (!step(end)) return false;
        }
        return true;
    }

    /// Does the next thing of `machine` alone, however late it makes the others; false when there
    /// is none. For what waits for the end of a thread.
    bool step_of(const Machine& machine);

    /// How far the world's clock is from what time has passed: it may be set, also back.
    void set_clock(Duration ahead) { ahead_ = ahead; }

    /// A digest of everything that has happened, in order: equal for equal seeds.
    [[nodiscard]] std::uint64_t trace() const { return trace_; }
    void note(std::string_view happened);

private:
    friend class Machine;
    struct Due {
        Work work;
        const Machine* machine;
    };
    using Key = std::pair<Duration, std::uint64_t>;

    [[nodiscard]] bool step(Duration end);
    TimerId add(const Machine& machine, Duration at, Work work);
    void forget(TimerId timer);
    void forget_all(const Machine& machine);

    // Some day in 2026, so that times look like times.
    static constexpr Instant kStart{Duration{1'780'000'000'000'000}};
    SeededRandom random_;
    Duration now_{0};
    Duration ahead_{0};
    std::uint64_t last_id_ = 0;
    std::uint64_t trace_ = 0xcbf2'9ce4'8422'2325;
    std::map<Key, Due> due_;
    std::map<TimerId, Key> by_id_;
};

/// One thread of control in the virtual world. What it is going to do is forgotten with it.
class Machine final : public Executor {
public:
    explicit Machine(World& world) : world_{world} {}
    ~Machine() override { world_.forget_all(*this); }

    /// After everything posted before it, a little later than now.
    void post(Work work) override;
    TimerId call_after(Duration after, Work work) override;
    void cancel(TimerId timer) override { world_.forget(timer); }

    [[nodiscard]] World& world() { return world_; }

private:
    World& world_;
    Duration last_post_{0};
};

}  // namespace tandem::simulation
