#include "measure/statistics.h"

#include <doctest/doctest.h>

#include <numeric>

namespace tandem::measure {
namespace {

TEST_CASE("a percentile is the smallest value that the share does not exceed") {
    std::vector<double> sorted(100);
    std::iota(sorted.begin(), sorted.end(), 1.0);
    CHECK(percentile(sorted, 0.5) == 50);
    CHECK(percentile(sorted, 0.99) == 99);
    CHECK(percentile(sorted, 1) == 100);
    CHECK(percentile(sorted, 0) == 1);
    CHECK(percentile({}, 0.5) == 0);
}

TEST_CASE("a median of an even number of values lies between the two in the middle") {
    CHECK(median({4, 1, 3, 2}) == 2.5);
    CHECK(median({3, 1, 2}) == 2);
    CHECK(median({}) == 0);
}

TEST_CASE("an interval holds the median, and is the same for the same random numbers") {
    const std::vector<double> values{10, 12, 11, 13, 9, 10.5, 11.5};
    SeededRandom random{7};
    const Interval made = bootstrap(values, random);
    CHECK(made.value == 11);
    CHECK(made.low >= 9);
    CHECK(made.low <= made.value);
    CHECK(made.high >= made.value);
    CHECK(made.high <= 13);
    SeededRandom again{7};
    CHECK(bootstrap(values, again).low == made.low);
    CHECK(bootstrap({}, random).value == 0);
    const std::vector<double> one{5};
    CHECK(bootstrap(one, random).low == 5);
}

TEST_CASE(
    "a difference is real when it would hardly come of noise, for which six rounds are needed") {
    SeededRandom random{1};
    const std::vector<double> slow{20, 21, 19, 20.5, 20, 20.2};
    const std::vector<double> fast{10, 10.5, 9.5, 10, 10.2, 10.1};
    CHECK(compare(slow, fast, random).real());
    CHECK(compare(slow, fast, random).ratio.value == doctest::Approx(2).epsilon(0.05));
    CHECK_FALSE(compare(slow, slow, random).real());
    const std::span<const double> five{slow.data(), 5};
    CHECK_FALSE(compare(five, fast, random).real());
    const std::vector<double> noisy{18, 23, 19, 22, 20.1, 20.3};
    CHECK_FALSE(compare(noisy, slow, random).real());
    const std::vector<double> nothing{0, 0};
    CHECK_FALSE(compare(slow, nothing, random).real());
}

TEST_CASE("the chance of so many rounds on one side is that of a coin") {
    // Two-sided: 2 / 64, 14 / 64, 2 / 32, 18 / 256, 20 / 512.
    CHECK(Comparison{.ratio = {}, .more = 6, .less = 0}.real());
    CHECK_FALSE(Comparison{.ratio = {}, .more = 1, .less = 5}.real());
    CHECK_FALSE(Comparison{.ratio = {}, .more = 5, .less = 0}.real());
    CHECK_FALSE(Comparison{.ratio = {}, .more = 7, .less = 1}.real());
    CHECK(Comparison{.ratio = {}, .more = 1, .less = 8}.real());
    CHECK_FALSE(Comparison{}.real());
}

TEST_CASE("latencies are told by their percentiles") {
    std::vector<double> values(1'000);
    std::iota(values.rbegin(), values.rend(), 1.0);
    const Latency made = latency_of(values);
    CHECK(made.p50 == 500);
    CHECK(made.p90 == 900);
    CHECK(made.p99 == 990);
    CHECK(made.p999 == 999);
    CHECK(made.most == 1'000);
    CHECK(made.count == 1'000);
}

}  // namespace
}  // namespace tandem::measure
