#include "auth/budget.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

namespace {

Monotonic at(Duration since_start) {
    return Monotonic{since_start};
}

constexpr Rate kTenPerSecond{.per_second = 10, .burst = 20};

Actor actor(PrincipalKind kind, std::string id, std::string tenant = "home") {
    return {.kind = kind, .tenant = TenantId{std::move(tenant)}, .id = std::move(id)};
}
const Actor kLamp = actor(PrincipalKind::kDevice, "lamp-1");
const Actor kApp = actor(PrincipalKind::kApp, "admin");

}  // namespace

TEST_CASE("a bucket that was never used is full") {
    Bucket bucket;
    CHECK(bucket.take(20, kTenPerSecond, at(0s)));
    CHECK_FALSE(bucket.take(1, kTenPerSecond, at(0s)));
}

TEST_CASE("a bucket fills with time, and not beyond its burst") {
    Bucket bucket;
    REQUIRE(bucket.take(20, kTenPerSecond, at(100s)));
    CHECK_FALSE(bucket.take(1, kTenPerSecond, at(100s + 99ms)));
    CHECK(bucket.take(1, kTenPerSecond, at(100s + 100ms)));
    CHECK(bucket.take(10, kTenPerSecond, at(101s + 100ms)));
    CHECK_FALSE(bucket.take(1, kTenPerSecond, at(101s + 100ms)));
    CHECK_FALSE(bucket.take(20.5, kTenPerSecond, at(1'000'000s)));
    CHECK(bucket.take(20, kTenPerSecond, at(1'000'000s)));
}

TEST_CASE("what is refused takes nothing") {
    Bucket bucket;
    REQUIRE(bucket.take(15, kTenPerSecond, at(0s)));
    for (int tries = 0; tries < 100; ++tries)
        CHECK_FALSE(bucket.take(6, kTenPerSecond, at(0s)));
    CHECK(bucket.take(5, kTenPerSecond, at(0s)));
}

TEST_CASE("a bucket tells how long to wait, and the wait is enough") {
    for (const double count : {1.0, 3.0, 20.0}) {
        CAPTURE(count);
        Bucket bucket;
        REQUIRE(bucket.take(20, kTenPerSecond, at(5s)));
        CHECK_FALSE(bucket.take(count, kTenPerSecond, at(5s)));
        const Duration wait = bucket.wait_for(count, kTenPerSecond);
        CHECK(wait == Duration{static_cast<std::int64_t>(count * 100'000)});
        Bucket earlier = bucket;
        CHECK_FALSE(earlier.take(count, kTenPerSecond, at(5s + wait - 1ms)));
        CHECK(bucket.take(count, kTenPerSecond, at(5s + wait)));
    }
}

TEST_CASE("no one gets more than burst and rate allow, whatever the rhythm") {
    for (const Duration step : {1ms, 7ms, 100ms, 333ms, 1'000ms}) {
        CAPTURE(step.count());
        Bucket bucket;
        int taken = 0;
        for (Duration now = 0s; now <= 60s; now += step)
            while (bucket.take(1, kTenPerSecond, at(now)))
                ++taken;
        CHECK(taken <= 20 + 600);
        CHECK(taken >= 20 + 600 - 10);
    }
}

TEST_CASE("a bucket is idle when it is full again") {
    Bucket bucket;
    CHECK(bucket.idle(kTenPerSecond, at(0s)));
    REQUIRE(bucket.take(20, kTenPerSecond, at(0s)));
    CHECK_FALSE(bucket.idle(kTenPerSecond, at(2s - 1ms)));
    CHECK(bucket.idle(kTenPerSecond, at(2s)));
}

TEST_CASE("requests and readings are two budgets") {
    Budgets budgets{{.device_requests = {.per_second = 1, .burst = 2},
                     .readings = {.per_second = 5, .burst = 10}}};
    CHECK(budgets.spend(kLamp, Budget::kRequests, 2, at(0s)));
    CHECK_FALSE(budgets.spend(kLamp, Budget::kRequests, 1, at(0s)));
    CHECK(budgets.spend(kLamp, Budget::kReadings, 10, at(0s)));
    CHECK_FALSE(budgets.spend(kLamp, Budget::kReadings, 1, at(0s)));
    CHECK(budgets.spend(kLamp, Budget::kRequests, 1, at(1s)));
    CHECK(budgets.spend(kLamp, Budget::kReadings, 5, at(1s)));
}

TEST_CASE("every principal has budgets of its own") {
    Budgets budgets{{.device_requests = {.per_second = 1, .burst = 1},
                     .requests = {.per_second = 1, .burst = 3}}};
    REQUIRE(budgets.spend(kLamp, Budget::kRequests, 1, at(0s)));
    CHECK_FALSE(budgets.spend(kLamp, Budget::kRequests, 1, at(0s)));
    CHECK(budgets.spend(actor(PrincipalKind::kDevice, "lamp-2"), Budget::kRequests, 1, at(0s)));
    CHECK(budgets.spend(actor(PrincipalKind::kDevice, "lamp-1", "elsewhere"), Budget::kRequests, 1,
                        at(0s)));
    // The same name, another kind: an app's budget, which is larger.
    CHECK(budgets.spend(actor(PrincipalKind::kApp, "lamp-1"), Budget::kRequests, 3, at(0s)));
    CHECK(budgets.spend(actor(PrincipalKind::kUser, "lamp-1"), Budget::kRequests, 3, at(0s)));
}

TEST_CASE("what is left is told") {
    Budgets budgets{{.requests = {.per_second = 50, .burst = 200}}};
    auto left = budgets.spend(kApp, Budget::kRequests, 1, at(0s));
    REQUIRE(left.has_value());
    CHECK(left->remaining == 199);
    CHECK(left->reset_seconds == 1);
    CHECK(left->rate.burst == 200);
    left = budgets.spend(kApp, Budget::kRequests, 150, at(0s));
    REQUIRE(left.has_value());
    CHECK(left->remaining == 49);
    CHECK(left->reset_seconds == 4);
}

TEST_CASE("a refusal names its limit and when to come back") {
    Budgets budgets{
        {.requests = {.per_second = 2, .burst = 4}, .readings = {.per_second = 10, .burst = 100}}};
    REQUIRE(budgets.spend(kApp, Budget::kRequests, 4, at(0s)));
    const auto refused = budgets.spend(kApp, Budget::kRequests, 1, at(0s));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kRateLimited);
    CHECK(refused.error().limit == "requests_per_second");
    CHECK(refused.error().retry_after == 500ms);
    CHECK(refused.error().detail == "requests_per_second is 2 with bursts of 4");
    REQUIRE(budgets.spend(kApp, Budget::kReadings, 100, at(0s)));
    const auto readings = budgets.spend(kApp, Budget::kReadings, 30, at(0s));
    REQUIRE_FALSE(readings.has_value());
    CHECK(readings.error().limit == "readings_per_second");
    CHECK(readings.error().retry_after == 3s);
}

TEST_CASE("what no waiting can mend is not told to come back") {
    Budgets budgets{{.readings = {.per_second = 10, .burst = 100}}};
    const auto refused = budgets.spend(kApp, Budget::kReadings, 101, at(0s));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kBodyTooLarge);
    CHECK(refused.error().limit == "readings_burst");
    CHECK_FALSE(refused.error().retry_after.has_value());
    CHECK(budgets.spend(kApp, Budget::kReadings, 100, at(0s)));
}

TEST_CASE("forgetting a principal gives it nothing that it had not") {
    // 100 of 20 a second take 5 s to come back, an app's 200 of 50 a second 4 s.
    for (const Duration idle : std::initializer_list<Duration>{1s, 3s, 4s, 4'999ms}) {
        CAPTURE(idle.count());
        Budgets budgets{Rates{}};
        const Duration swept = 61s;
        REQUIRE(budgets.spend(kLamp, Budget::kRequests, 100, at(swept - idle)));
        REQUIRE(budgets.spend(kApp, Budget::kRequests, 1, at(swept)));  // Forgets who is idle.
        const auto refilled = static_cast<double>(idle.count()) * 20 / 1e6;
        CHECK_FALSE(budgets.spend(kLamp, Budget::kRequests, refilled + 0.1, at(swept)));
        CHECK(budgets.spend(kLamp, Budget::kRequests, refilled - 0.1, at(swept)));
    }
}

TEST_CASE("to look at what is left spends nothing, whether anything has been spent or not") {
    Budgets budgets{{.requests = {.per_second = 10, .burst = 20}}};
    const BudgetLeft before = budgets.left(kApp, Budget::kRequests, at(0s));
    CHECK(before.remaining == 20);
    CHECK(before.reset_seconds == 0);
    REQUIRE(budgets.spend(kApp, Budget::kRequests, 15, at(0s)));
    for (int look = 0; look < 100; ++look)
        static_cast<void>(budgets.left(kApp, Budget::kRequests, at(0s)));
    const BudgetLeft after = budgets.left(kApp, Budget::kRequests, at(500ms));
    CHECK(after.remaining == 10);
    CHECK(after.reset_seconds == 1);
    CHECK(budgets.left(kApp, Budget::kReadings, at(0s)).budget == Budget::kReadings);
    CHECK(budgets.spend(kApp, Budget::kRequests, 10, at(500ms)));
}

TEST_CASE("the window of a budget is whole seconds, one at least") {
    CHECK(window_of({.per_second = 50, .burst = 200}) == 4);
    CHECK(window_of({.per_second = 2'000, .burst = 10}) == 1);
}
