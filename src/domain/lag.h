#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tandem {

/// How far a consumer is behind what there is for it.
struct Lag {
    /// How long the oldest that waits for it has waited, at least; none: for longer than is known.
    std::optional<Duration> age;
    std::uint64_t events = 0;  ///< of the log, wanted or not, after the one that it has

    bool operator==(const Lag&) const = default;
};
/// The one that is further behind, figure by figure.
[[nodiscard]] Lag further(const Lag& one, const Lag& other);

/// When a position that only grows was where, by looking at it from time to time. What is long past
/// is remembered less exactly: to an eighth of its age, in a few hundred marks at most.
class Watermarks {
public:
    /// `position` is reached; when it was before, nothing changes. Time never goes back.
    void mark(std::uint64_t position, Monotonic now);
    /// How long ago came what is next after `position`: at least so long, and less than a look and
    /// an eighth more. Zero when it has not been seen to come; none when it was there before the
    /// first mark.
    [[nodiscard]] std::optional<Duration> age_after(std::uint64_t position, Monotonic now) const;
    /// The last position that was seen before `time`; at least the first mark's.
    [[nodiscard]] std::uint64_t reached_before(Monotonic time) const;

    [[nodiscard]] bool empty() const { return marks_.empty(); }
    [[nodiscard]] std::size_t size() const { return marks_.size(); }
    /// Forgets all, and gives the memory back.
    void clear() { marks_ = {}; }

private:
    struct Mark {
        std::uint64_t position = 0;
        Monotonic time;
    };
    void thin(Monotonic now);

    std::vector<Mark> marks_;  // Both figures ascend. Kept small by thin().
};

}  // namespace tandem
