#include "base/histogram.h"

#include <doctest/doctest.h>

#include <array>
#include <thread>

using namespace tandem;

namespace {

constexpr std::array kBounds{0.5, 1.0, 4.0};

}  // namespace

TEST_CASE("a histogram counts a figure at the first bound that it does not exceed") {
    Histogram histogram{kBounds};
    for (const double figure : {0.1, 0.5, 0.6, 4.0, 4.1, 100.0})
        histogram.add(figure);
    const auto counts = histogram.counts();
    CHECK(counts.bounds == std::vector{0.5, 1.0, 4.0});
    CHECK(counts.counts == std::vector<std::uint64_t>{2, 1, 1, 2});
    CHECK(counts.total() == 6);
    CHECK(counts.sum == doctest::Approx(109.3));
}

TEST_CASE("a share of the figures is below a bound") {
    Histogram histogram{kBounds};
    CHECK(histogram.counts().below(0.5) == 0);
    for (int at = 0; at < 99; ++at)
        histogram.add(0.7);
    CHECK(histogram.counts().below(0.5) == 1.0);
    histogram.add(3);
    CHECK(histogram.counts().below(0.99) == 1.0);
    CHECK(histogram.counts().below(1) == 4.0);
    histogram.add(50);
    CHECK(histogram.counts().below(1) == 4.0);
}

TEST_CASE("a histogram misses nothing of what threads add at once") {
    Histogram histogram{kBounds};
    {
        const auto add = [&] {
            for (int at = 0; at < 10'000; ++at)
                histogram.add(1);
        };
        const std::jthread one{add};
        const std::jthread other{add};
    }
    CHECK(histogram.counts().total() == 20'000);
    CHECK(histogram.counts().sum == 20'000);
}
