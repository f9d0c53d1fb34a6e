#include "simulate/signal.h"

#include <doctest/doctest.h>

#include <cmath>

namespace tandem::simulate {

TEST_CASE("noise") {
    SUBCASE("is the same for the same seed and another for another") {
        Noise first{1};
        Noise again{1};
        Noise other{2};
        const double drawn = first.uniform();
        CHECK(drawn == again.uniform());
        CHECK(drawn != other.uniform());
    }

    SUBCASE("is uniform from 0 to 1, and normal with mean 0 and deviation 1") {
        Noise noise{3};
        constexpr int kDraws = 20'000;
        double sum = 0;
        double normal_sum = 0;
        double squares = 0;
        for (int draw = 0; draw < kDraws; ++draw) {
            const double drawn = noise.uniform();
            REQUIRE(drawn >= 0);
            REQUIRE(drawn < 1);
            sum += drawn;
            const double normal = noise.gauss();
            normal_sum += normal;
            squares += normal * normal;
        }
        CHECK(sum / kDraws == doctest::Approx(0.5).epsilon(0.02));
        CHECK(std::abs(normal_sum / kDraws) < 0.03);
        CHECK(squares / kDraws == doctest::Approx(1).epsilon(0.05));
    }
}

TEST_CASE("a value that wanders") {
    SUBCASE("stays where it is when no time passes") {
        Noise noise{1};
        Wander wander{2, 10s};
        const double before = wander.step(5s, noise);
        CHECK(wander.step(0us, noise) == before);
    }

    SUBCASE("keeps its spread whatever the length of its steps") {
        for (const Duration step : {Duration{1s}, Duration{10s}, Duration{1h}}) {
            Noise noise{4};
            Wander wander{2, 10s};
            constexpr int kSteps = 20'000;
            double squares = 0;
            for (int at = 0; at < kSteps; ++at) {
                const double value = wander.step(step, noise);
                squares += value * value;
            }
            CHECK(std::sqrt(squares / kSteps) == doctest::Approx(2).epsilon(0.1));
        }
    }
}

TEST_CASE("a stopwatch gives the time between calls, none at first or when time has gone back") {
    Stopwatch watch;
    const Instant noon{Duration{1'700'000'000'000'000}};
    CHECK(watch.lap(noon) == 0us);
    CHECK(watch.lap(noon + 5s) == 5s);
    CHECK(watch.lap(noon) == 0us);
    CHECK(watch.lap(noon + 1s) == 1s);
}

TEST_CASE("a day has its peak at its hour and its low twelve hours away") {
    const Instant midnight{Duration{1'699'920'000'000'000}};
    CHECK(day_curve(midnight + 14h, 14) == doctest::Approx(1));
    CHECK(day_curve(midnight + 2h, 14) == doctest::Approx(-1));
    CHECK(day_curve(midnight - 10h, 14) == doctest::Approx(1));
}

TEST_CASE("a sensor's resolution leaves so many decimals") {
    CHECK(rounded(21.4567, 1) == 21.5);
    CHECK(rounded(-0.04, 1) == 0);
    CHECK(rounded(1'234.5, 0) == 1'235);
}

}  // namespace tandem::simulate
