#include "domain/buckets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

using namespace tandem;

namespace {

const Instant kNoon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};

Reading reading(Instant time, Value value) {
    return {.series = "temperature", .time = time, .value = std::move(value)};
}

std::vector<Bucket> bucketed(Buckets how, const std::vector<Reading>& readings) {
    Bucketer bucketer{std::move(how)};
    for (const Reading& each : readings)
        bucketer.add(each);
    return bucketer.take();
}

std::vector<Reading> thinned(Duration step, const std::vector<Reading>& readings) {
    Thinner thinner{step};
    for (const Reading& each : readings)
        thinner.add(each);
    return thinner.take();
}

}  // namespace

TEST_CASE("buckets") {
    const Instant minute{std::chrono::floor<std::chrono::minutes>(kNoon)};

    SUBCASE("begin at multiples of their step since 1970, and empty ones are left out") {
        const auto buckets = bucketed(
            1min, {reading(minute, 1), reading(minute + 59s, 2), reading(minute + 180s, 3)});
        REQUIRE(buckets.size() == 2);
        CHECK(buckets[0].start == minute);
        CHECK(buckets[0].count == 2);
        CHECK(buckets[1].start == minute + 3min);
        CHECK(buckets[1].count == 1);
    }
    SUBCASE("before 1970 begin before what they hold, too") {
        const auto buckets = bucketed(1min, {reading(Instant{-61s}, 1), reading(Instant{-60s}, 2),
                                             reading(Instant{-1s}, 3), reading(Instant{0s}, 4)});
        REQUIRE(buckets.size() == 3);
        CHECK(buckets[0].start == Instant{-2min});
        CHECK(buckets[1].start == Instant{-1min});
        CHECK(buckets[1].count == 2);
        CHECK(buckets[2].start == Instant{});
    }
    SUBCASE("know the least, the greatest, the sum and the average of numbers") {
        const auto buckets = bucketed(1min, {reading(minute, -2), reading(minute + 1s, 3.5),
                                             reading(minute + 2s, std::uint64_t{1} << 63U)});
        REQUIRE(buckets.size() == 1);
        CHECK(buckets[0].min == -2);
        CHECK(buckets[0].max == 0x1p63);
        CHECK(buckets[0].sum == 0x1p63 + 1.5);
        CHECK(buckets[0].average() == (0x1p63 + 1.5) / 3);
    }
    SUBCASE("count booleans as 0 and 1, and texts only as readings") {
        const auto buckets =
            bucketed(1min, {reading(minute, "off"), reading(minute + 1s, true),
                            reading(minute + 2s, false), reading(minute + 3s, Value::Array{7})});
        REQUIRE(buckets.size() == 1);
        CHECK(buckets[0].count == 4);
        CHECK(buckets[0].numbers == 2);
        CHECK(buckets[0].min == 0);
        CHECK(buckets[0].max == 1);
        CHECK(buckets[0].sum == 1);
        CHECK(buckets[0].first == Value{"off"});
        CHECK(buckets[0].last == Value{Value::Array{7}});
    }
    SUBCASE("of texts alone have no numbers") {
        const auto buckets = bucketed(1s, {reading(minute, "a"), reading(minute, "b")});
        REQUIRE(buckets.size() == 1);
        CHECK(buckets[0].numbers == 0);
        CHECK(buckets[0].count == 2);
    }
    SUBCASE("stay finite when their sum does not fit") {
        constexpr double kMost = std::numeric_limits<double>::max();
        const auto buckets =
            bucketed(1min, {reading(minute, kMost), reading(minute + 1s, kMost),
                            reading(minute + 60s, -kMost), reading(minute + 61s, -kMost)});
        REQUIRE(buckets.size() == 2);
        CHECK(buckets[0].sum == kMost);
        CHECK(buckets[1].sum == -kMost);
        CHECK(std::isfinite(buckets[0].average()));
    }
}

TEST_CASE("quantiles lie on the line between two numbers, as PostgreSQL's percentile_cont") {
    const auto of = [](std::vector<double> numbers, double q) { return quantile_of(numbers, q); };
    CHECK(of({7}, 0.99) == 7);
    CHECK(of({4, 1, 3, 2}, 0.5) == 2.5);
    CHECK(of({4, 1, 3, 2}, 0.25) == 1.75);
    CHECK(of({4, 1, 3, 2}, 0) == 1);
    CHECK(of({4, 1, 3, 2}, 1) == 4);
    CHECK(of({10, 10, 10, 50}, 0.9) == doctest::Approx(38));

    std::vector<double> hundred;
    for (int each = 100; each >= 0; --each)
        hundred.push_back(each);
    for (const double q : {0.01, 0.05, 0.5, 0.95, 0.99})
        CHECK(of(hundred, q) == doctest::Approx(100 * q));
}

TEST_CASE("buckets have the quantiles that are asked for, each of its own numbers") {
    Buckets how{1min};
    how.quantiles = {0.5, 0.9};
    const Instant minute{std::chrono::floor<std::chrono::minutes>(kNoon)};
    const auto buckets = bucketed(
        how, {reading(minute, 1), reading(minute + 1s, true), reading(minute + 2s, 4),
              reading(minute + 3s, "off"), reading(minute + 60s, "on"), reading(minute + 120s, 8)});
    REQUIRE(buckets.size() == 3);
    REQUIRE(buckets[0].quantiles.size() == 2);
    CHECK(buckets[0].quantiles[0] == 1);
    CHECK(buckets[0].quantiles[1] == doctest::Approx(3.4));
    CHECK(buckets[1].quantiles.empty());
    CHECK(buckets[2].quantiles == std::vector{8.0, 8.0});
}

TEST_CASE("of each span a chart gets the lowest and the highest number, and the ends of all") {
    const auto at = [](int second) { return kNoon + second * 1s; };
    const std::vector<Reading> all = {reading(at(0), 5),  reading(at(1), 9),  reading(at(2), 1),
                                      reading(at(3), 4),  reading(at(10), 2), reading(at(11), 2),
                                      reading(at(25), 7), reading(at(26), 3), reading(at(27), 6)};
    const std::vector<Reading> picked = {all[0], all[1], all[2], all[4], all[6], all[7], all[8]};
    CHECK(thinned(10s, all) == picked);
    CHECK(thinned(1s, all) == all);
    CHECK(thinned(1h, all) == std::vector{all[0], all[1], all[2], all[8]});
    CHECK(thinned(10s, {}).empty());
}

TEST_CASE("of texts a chart gets the first and the last of each span") {
    const std::vector<Reading> all = {reading(kNoon, "a"), reading(kNoon + 1s, "b"),
                                      reading(kNoon + 2s, "c"), reading(kNoon + 11s, "d")};
    CHECK(thinned(10s, all) == std::vector{all[0], all[2], all[3]});
}

TEST_CASE("no spike is lost, and there are no more than two readings of a span and the two ends") {
    std::mt19937_64 random{7};
    std::vector<Reading> all;
    for (int second = 0; second < 5'000; ++second) {
        if (random() % 3 == 0) continue;
        all.push_back(reading(kNoon + second * 1s, static_cast<double>(random() % 1'000)));
    }
    all[all.size() / 2].value = 1e6;
    const auto picked = thinned(100s, all);
    CHECK(picked.size() <= 102);
    CHECK(picked.front() == all.front());
    CHECK(picked.back() == all.back());
    CHECK(std::ranges::count(picked, Value{1e6}, &Reading::value) == 1);
    CHECK(std::ranges::is_sorted(picked, std::ranges::less_equal{}, &Reading::time));
}
