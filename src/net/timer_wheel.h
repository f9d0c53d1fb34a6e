#pragma once

#include "base/executor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tandem::net {

/// Timers of one loop: adding, cancelling and running one costs the same whatever their number.
///
/// A hierarchical wheel: a timer lies at the level of the highest group of six bits in which its
/// tick differs from the present one, and moves down as time gets near it. Time is counted in
/// ticks of whatever length the caller chooses. Timers of one tick run in the order of their
/// making.
class TimerWheel {
public:
    TimerWheel();

    /// `work` runs once the present tick has reached `due`; a tick that has passed is due now.
    TimerId add(std::uint64_t due, Work work);
    /// Forgets a timer; one that has run or was forgotten is no error.
    void cancel(TimerId timer);
    /// Goes to tick `now` and runs everything that is due then. What that work adds and is due at
    /// once waits for the next call, so a timer that restarts itself does not block.
    void run_due(std::uint64_t now);
    /// The tick at which run_due() must be called next; no later than the earliest timer.
    [[nodiscard]] std::optional<std::uint64_t> next() const;
    /// Forgets every timer, those too that are added while this goes on.
    void clear();
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::uint32_t kSlotBits = 6;
    static constexpr std::uint32_t kSlots = 1U << kSlotBits;
    static constexpr std::uint32_t kLevels = 8;  // 2^48 ticks: more than any process runs.
    // After the wheel's own lists: what is due, what is being run, what is not in use.
    static constexpr std::uint32_t kDue = kLevels * kSlots;
    static constexpr std::uint32_t kRunning = kDue + 1;
    static constexpr std::uint32_t kFree = kDue + 2;
    static constexpr std::uint32_t kLists = kDue + 3;
    static constexpr std::uint32_t kNone = 0xffff'ffff;

    struct Node {
        Work work;
        std::uint64_t due = 0;
        std::uint32_t next = kNone;
        std::uint32_t previous = kNone;
        std::uint32_t list = kFree;
        std::uint32_t generation = 0;  ///< Counts the uses of this node: old ids name nothing.
    };
    struct List {
        std::uint32_t first = kNone;
        std::uint32_t last = kNone;
    };

    [[nodiscard]] TimerId id_of(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t list_for(std::uint64_t due) const;
    [[nodiscard]] std::uint32_t take_node();
    void append(std::uint32_t list, std::uint32_t index);
    void unlink(std::uint32_t index);
    void set_occupied(std::uint32_t list);
    void advance(std::uint64_t now);
    void run_first();

    std::uint64_t now_ = 0;
    std::size_t size_ = 0;
    std::array<List, kLists> lists_;
    std::array<std::uint64_t, kLevels> occupied_{};  // One bit a slot that is not empty.
    std::vector<Node> nodes_;                        // As many as there ever were timers at once.
};

}  // namespace tandem::net
