#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "domain/access.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tandem::auth {

/// How often somebody may do something: `per_second` for long, `burst` at once.
struct Rate {
    double per_second = 0;
    double burst = 0;
};

/// What a principal is counted under: its kind, tenant and name.
[[nodiscard]] std::string principal_key(const Actor& actor);

/// Two budgets per principal, each shared by all doors.
struct Rates {
    Rate device_requests{.per_second = 20, .burst = 100};
    Rate requests{.per_second = 50, .burst = 200};  ///< an app or user
    Rate readings{.per_second = 2'000, .burst = 10'000};
};

/// A token bucket. Pure.
class Bucket {
public:
    /// Takes `count` if they are there; else how long until they would be, or nothing at all when
    /// `count` is more than the bucket holds.
    [[nodiscard]] bool take(double count, const Rate& rate, Monotonic now);
    /// Puts back what was taken and not used.
    void put(double count, const Rate& rate);
    [[nodiscard]] Duration wait_for(double count, const Rate& rate) const;
    [[nodiscard]] double left() const { return tokens_; }
    /// Whether it has been full for as long as it takes to fill: it may be forgotten.
    [[nodiscard]] bool idle(const Rate& rate, Monotonic now) const;

private:
    double tokens_ = -1;  // Below 0: not used yet, full.
    Monotonic filled_;
};

enum class Budget : std::uint8_t { kRequests, kReadings };
[[nodiscard]] std::string_view name_of(Budget budget);

/// What is left of a budget, for the RateLimit fields.
struct BudgetLeft {
    Budget budget = Budget::kRequests;
    std::int64_t remaining = 0;
    std::int64_t reset_seconds = 0;  ///< until it is full again
    Rate rate;
};
/// The seconds in which a budget fills from nothing.
[[nodiscard]] std::int64_t window_of(const Rate& rate);

/// The budgets of every principal, for all doors and loops. Any thread.
class Budgets {
public:
    explicit Budgets(const Rates& rates) : rates_{rates} {}

    /// Spends. Fails with kRateLimited, naming the limit and when to come back.
    Result<BudgetLeft> spend(const Actor& actor, Budget budget, double count, Monotonic now);
    /// What is left, without spending any.
    [[nodiscard]] BudgetLeft left(const Actor& actor, Budget budget, Monotonic now);

private:
    [[nodiscard]] const Rate& rate_of(const Actor& actor, Budget budget) const;
    void forget_idle(Monotonic now);

    Rates rates_;
    std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;  // Guarded by mutex_; only of principals
                                                       // that exist, idle ones are forgotten.
    Monotonic swept_;                                  // Guarded by mutex_.
};

}  // namespace tandem::auth
