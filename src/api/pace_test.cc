#include "api/pace.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

Monotonic at(Duration passed) {
    return Monotonic{passed};
}

}  // namespace

TEST_CASE("a pace is not known before there are two looks a second apart") {
    api::Pace pace;
    CHECK_FALSE(pace.per_second());
    pace.look(10, at(5s));
    pace.look(1'000, at(5s + 900ms));
    CHECK_FALSE(pace.per_second());
    pace.look(30, at(7s));
    CHECK(pace.per_second() == 10.0);
}

TEST_CASE("a pace is of the last minute alone") {
    api::Pace pace;
    for (int second = 0; second <= 100; ++second)
        pace.look(static_cast<std::uint64_t>(second) * 1'000, at(second * 1s));
    for (int second = 101; second <= 160; ++second)
        pace.look(100'000 + static_cast<std::uint64_t>(second - 100) * 5, at(second * 1s));
    CHECK(pace.per_second() == 5.0);
}
