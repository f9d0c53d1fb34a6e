#include "base/log_pace.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

TEST_CASE("an event that comes too often is told of so many times a second, the rest as a number") {
    LogPace pace;
    const Monotonic start{10s};
    for (std::uint64_t line = 0; line < LogPace::kLinesPerSecond; ++line)
        CHECK(pace.take("token_refused", start) == 0);
    for (int line = 0; line < 1'000; ++line)
        CHECK_FALSE(pace.take("token_refused", start + 999ms).has_value());
    CHECK(pace.take("token_refused", start + 1s) == 1'000);
    CHECK(pace.take("token_refused", start + 1s) == 0);
}

TEST_CASE("an event that comes too often keeps no other from being told of") {
    LogPace pace;
    const Monotonic start{10s};
    while (pace.take("token_refused", start)) {
    }
    CHECK(pace.take("disk_full", start) == 0);
}
