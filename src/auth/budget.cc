#include "auth/budget.h"

#include <algorithm>
#include <cmath>

namespace tandem::auth {
namespace {

double seconds(Duration span) {
    return static_cast<double>(span.count()) / 1e6;
}

// Rounded up: whoever waits for so long has waited long enough.
Duration span_of(double seconds) {
    return Duration{static_cast<std::int64_t>(std::ceil(seconds * 1e6))};
}

std::string key_of(const Actor& actor, Budget budget) {
    return std::string{budget == Budget::kReadings ? "t " : "r "} + principal_key(actor);
}

BudgetLeft told(const Bucket& bucket, Budget budget, const Rate& rate) {
    const double left = bucket.left();
    return {.budget = budget,
            .remaining = static_cast<std::int64_t>(left),
            .reset_seconds =
                static_cast<std::int64_t>(std::ceil((rate.burst - left) / rate.per_second)),
            .rate = rate};
}

}  // namespace

bool Bucket::take(double count, const Rate& rate, Monotonic now) {
    if (tokens_ < 0) {
        tokens_ = rate.burst;
    } else {
        tokens_ = std::min(rate.burst, tokens_ + seconds(now - filled_) * rate.per_second);
    }
    filled_ = now;
    if (tokens_ < count) return false;
    tokens_ -= count;
    return true;
}

void Bucket::put(double count, const Rate& rate) {
    if (tokens_ >= 0) tokens_ = std::min(rate.burst, tokens_ + count);
}

Duration Bucket::wait_for(double count, const Rate& rate) const {
    return span_of(std::max(0.0, (std::min(count, rate.burst) - tokens_) / rate.per_second));
}

bool Bucket::idle(const Rate& rate, Monotonic now) const {
    return tokens_ < 0 || tokens_ + seconds(now - filled_) * rate.per_second >= rate.burst;
}

std::string_view name_of(Budget budget) {
    return budget == Budget::kReadings ? "readings" : "requests";
}

std::int64_t window_of(const Rate& rate) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(rate.burst / rate.per_second));
}

std::string principal_key(const Actor& actor) {
    return std::string{name_of(actor.kind)} + " " + actor.tenant.text() + " " + actor.id;
}

const Rate& Budgets::rate_of(const Actor& actor, Budget budget) const {
    if (budget == Budget::kReadings) return rates_.readings;
    return actor.kind == PrincipalKind::kDevice ? rates_.device_requests : rates_.requests;
}

Result<BudgetLeft> Budgets::spend(const Actor& actor, Budget budget, double count, Monotonic now) {
    const Rate& rate = rate_of(actor, budget);
    const std::string key = key_of(actor, budget);
    const std::lock_guard lock{mutex_};
    forget_idle(now);
    Bucket& bucket = buckets_[key];
    if (bucket.take(count, rate, now)) return told(bucket, budget, rate);
    const bool readings = budget == Budget::kReadings;
    if (count > rate.burst) {  // However long the caller waits.
        auto refused = fail(ErrorCode::kBodyTooLarge,
                            "at most " + std::to_string(static_cast<std::int64_t>(rate.burst)) +
                                (readings ? " readings at once" : " requests at once"));
        refused.error().limit = readings ? "readings_burst" : "requests_burst";
        return refused;
    }
    const std::string limit = readings ? "readings_per_second" : "requests_per_second";
    auto refused =
        fail(ErrorCode::kRateLimited,
             limit + " is " + std::to_string(static_cast<std::int64_t>(rate.per_second)) +
                 " with bursts of " + std::to_string(static_cast<std::int64_t>(rate.burst)));
    refused.error().limit = limit;
    refused.error().retry_after = bucket.wait_for(count, rate);
    return refused;
}

BudgetLeft Budgets::left(const Actor& actor, Budget budget, Monotonic now) {
    const Rate& rate = rate_of(actor, budget);
    const std::lock_guard lock{mutex_};
    const auto found = buckets_.find(key_of(actor, budget));
    // One that nobody has used is full.
    Bucket bucket = found == buckets_.end() ? Bucket{} : found->second;
    static_cast<void>(bucket.take(0, rate, now));
    return told(bucket, budget, rate);
}

// Once a minute, so that a device that went away for good costs no memory.
void Budgets::forget_idle(Monotonic now) {
    if (now - swept_ < 60s) return;
    swept_ = now;
    std::erase_if(buckets_, [&](const auto& entry) {
        const bool readings = entry.first.starts_with("t ");
        const bool device =
            entry.first.starts_with("r " + std::string{name_of(PrincipalKind::kDevice)} + " ");
        const Rate& requests = device ? rates_.device_requests : rates_.requests;
        return entry.second.idle(readings ? rates_.readings : requests, now);
    });
}

}  // namespace tandem::auth
