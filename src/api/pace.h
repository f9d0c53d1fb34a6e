#pragma once

#include "base/clock.h"
#include "base/mutex.h"

#include <cstdint>
#include <deque>
#include <optional>

namespace tandem::api {

/// How fast a count grows: over the last minute, or as long as it has been looked at. Any thread.
class Pace {
public:
    /// The count is `total` now. Looks that follow within a second are passed over.
    void look(std::uint64_t total, Monotonic now);
    /// A second; nothing before there are two looks.
    [[nodiscard]] std::optional<double> per_second() const;

private:
    struct Look {
        Monotonic at;
        std::uint64_t total = 0;
    };
    mutable Mutex mutex_;
    std::deque<Look> looks_ TANDEM_GUARDED_BY(mutex_);  // Of a minute, one a second.
};

}  // namespace tandem::api
