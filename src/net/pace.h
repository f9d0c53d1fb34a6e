#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstddef>

namespace tandem::net {

/// So many at once, and so many a second for long: one point in time says what has been used up
/// (the virtual scheduling of ITU-T I.371).
class Pace {
public:
    /// Whether one more may be now; it then counts.
    [[nodiscard]] bool take(Monotonic now, std::size_t per_second, std::size_t burst) {
        const Duration each =
            Duration{1s} / static_cast<Duration::rep>(std::max<std::size_t>(per_second, 1));
        const Monotonic spent = std::max(spent_until_, now) + each;
        if (spent - now > each * static_cast<Duration::rep>(burst)) return false;
        spent_until_ = spent;
        return true;
    }
    /// Whether as many may be at once as ever.
    [[nodiscard]] bool rested(Monotonic now) const { return spent_until_ <= now; }

private:
    Monotonic spent_until_{};
};

}  // namespace tandem::net
