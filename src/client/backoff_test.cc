#include "client/backoff.h"

#include "client/test_hub.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

Task<bool> wait(Pause* pause, Duration longest) {
    co_await pause->wait(longest);
    co_return true;
}

}  // namespace

TEST_CASE("backoff") {
    SeededRandom random{7};
    Backoff backoff{1s, 60s};

    SUBCASE("each wait is twice the one before, between half and all of it, up to the longest") {
        Duration whole = 1s;
        for (int tries = 0; tries < 70; ++tries) {
            const Duration next = backoff.next(random);
            CHECK(next >= whole / 2);
            CHECK(next < whole);
            whole = std::min<Duration>(whole * 2, 60s);
        }
    }

    SUBCASE("after a success the next wait is short again") {
        for (int tries = 0; tries < 6; ++tries)
            static_cast<void>(backoff.next(random));
        backoff.reset();
        CHECK(backoff.next(random) < 1s);
    }

    SUBCASE("two devices that lose the hub together do not come back together") {
        SeededRandom other{8};
        Backoff second{1s, 60s};
        CHECK(backoff.next(random) != second.next(other));
    }
}

TEST_CASE("a pause") {
    net::ManualLoop loop;
    Pause pause{loop};

    SUBCASE("ends when its time has passed, not before") {
        const auto over = begin(wait(&pause, 5s));
        loop.advance(4s);
        CHECK(!over->has_value());
        loop.advance(1s);
        CHECK(over->has_value());
    }

    SUBCASE("ends when it is woken, and leaves no timer behind") {
        const auto over = begin(wait(&pause, 5s));
        pause.wake();
        loop.run_posted();
        CHECK(over->has_value());
        CHECK(loop.timers() == 0);
    }

    SUBCASE("waking nobody does not shorten the next one") {
        pause.wake();
        loop.run_posted();
        const auto over = begin(wait(&pause, 5s));
        loop.run_posted();
        CHECK(!over->has_value());
        loop.advance(5s);
        CHECK(over->has_value());
    }
}

}  // namespace tandem::client
