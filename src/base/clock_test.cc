#include "base/clock.h"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("the machine's clocks") {
    const SystemClock clock;

    SUBCASE("the world's time is counted from 1970") {
        using std::chrono::sys_days;
        using std::chrono::year;
        // Generous: what is caught is another epoch or unit.
        CHECK(clock.now() > sys_days{year{2024} / 1 / 1});
        CHECK(clock.now() < sys_days{year{2200} / 1 / 1});
    }

    SUBCASE("the clock of timers never goes back") {
        Monotonic last = clock.monotonic();
        for (int round = 0; round < 10'000; ++round) {
            const Monotonic now = clock.monotonic();
            REQUIRE(now >= last);
            last = now;
        }
    }
}

TEST_CASE("an instant holds every year that a reading may be of") {
    using std::chrono::sys_days;
    using std::chrono::year;
    CHECK(Instant{sys_days{year{1} / 1 / 1}}.time_since_epoch().count() == -62'135'596'800'000'000);
    CHECK(Instant{sys_days{year{10'000} / 1 / 1}}.time_since_epoch().count() ==
          253'402'300'800'000'000);
}
