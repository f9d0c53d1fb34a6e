#pragma once

#include "auth/budget.h"

#include <map>
#include <optional>
#include <string>

namespace tandem::auth {

/// How often the same may come to an OAuth endpoint: so many a minute, and as many at once.
/// Bounded: where too many different ones come they share one bucket. One thread.
class OAuthBrake {
public:
    static constexpr std::size_t kMax = 10'000;

    explicit OAuthBrake(double per_minute)
        : rate_{.per_second = per_minute / 60, .burst = per_minute} {}

    /// Takes one; or says how long to wait for it.
    [[nodiscard]] std::optional<Duration> take(const std::string& who, Monotonic now);
    /// The same without taking any.
    [[nodiscard]] std::optional<Duration> wait(const std::string& who, Monotonic now) const;

private:
    Bucket& bucket_of(const std::string& who, Monotonic now);

    Rate rate_;
    std::map<std::string, Bucket> buckets_;  // Ordered: callers choose the names.
};

}  // namespace tandem::auth
