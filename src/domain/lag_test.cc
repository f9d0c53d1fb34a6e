#include "domain/lag.h"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

constexpr Monotonic kStart{1'000s};

}  // namespace

TEST_CASE("what has not been seen to come has no age, what was there before all looks none known") {
    Watermarks marks;
    CHECK(marks.age_after(5, kStart) == Duration{0});
    marks.mark(10, kStart);
    CHECK(marks.age_after(10, kStart + 9s) == Duration{0});
    CHECK(marks.age_after(9, kStart + 9s) == std::nullopt);
    marks.mark(10, kStart + 9s);
    CHECK(marks.age_after(10, kStart + 9s) == Duration{0});
}

TEST_CASE("an age is that of the look that first saw what comes next") {
    Watermarks marks;
    marks.mark(10, kStart);
    marks.mark(13, kStart + 1s);
    marks.mark(20, kStart + 2s);
    const Monotonic now = kStart + 5s;
    CHECK(marks.age_after(10, now) == 4s);
    CHECK(marks.age_after(12, now) == 4s);
    CHECK(marks.age_after(13, now) == 3s);
    CHECK(marks.age_after(20, now) == Duration{0});
    CHECK(marks.reached_before(kStart + 1'500ms) == 13);
    CHECK(marks.reached_before(kStart + 1s) == 10);
    CHECK(marks.reached_before(kStart) == 10);
    CHECK(marks.reached_before(kStart - 1s) == 10);
}

TEST_CASE("a day of looks takes a few hundred marks, and ages are right to an eighth") {
    constexpr Duration kLook = 250ms;
    Watermarks marks;
    std::uint64_t position = 0;
    Monotonic now = kStart;
    for (; now < kStart + 24h; now += kLook)
        marks.mark(++position, now);
    CHECK(marks.size() < 400);
    for (std::uint64_t ago = 1; ago < position; ago = ago * 3 / 2 + 1) {
        const std::uint64_t after = position - ago;
        const Duration exact = now - (kStart + kLook * after);
        const Duration told = marks.age_after(after, now).value();
        CAPTURE(ago);
        CHECK(told <= exact);
        CHECK(told + told / 8 + kLook >= exact);
        // The other way round: a position that had been reached by then, and not long before.
        const std::uint64_t then = marks.reached_before(now - exact);
        CHECK(then <= after);
        CHECK(then + ago / 4 + 2 >= after);
    }
}

TEST_CASE(
    "of two lags the further one counts, figure by figure, and an unknown age is the longest") {
    CHECK(further({.age = 1s, .events = 9}, {.age = 2s, .events = 3}) ==
          Lag{.age = 2s, .events = 9});
    CHECK(further({.age = {}, .events = 1}, {.age = 2s, .events = 3}) ==
          Lag{.age = {}, .events = 3});
}
