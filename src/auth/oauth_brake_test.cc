#include "auth/oauth_brake.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

TEST_CASE("so many come a minute, and the next is told how long to wait") {
    OAuthBrake brake{2};
    Monotonic now{1'000s};
    CHECK(!brake.wait("192.0.2.7", now));
    CHECK(!brake.take("192.0.2.7", now));
    CHECK(!brake.take("192.0.2.7", now));
    CHECK(brake.take("192.0.2.7", now) == 30s);
    CHECK(brake.wait("192.0.2.7", now) == 30s);
    CHECK(!brake.take("192.0.2.8", now));
    now += 30s;
    CHECK(!brake.wait("192.0.2.7", now));
    CHECK(!brake.take("192.0.2.7", now));
    CHECK(brake.take("192.0.2.7", now));
}

TEST_CASE("to ask how long takes nothing") {
    OAuthBrake brake{1};
    const Monotonic now{1'000s};
    CHECK(!brake.wait("a", now));
    CHECK(!brake.wait("a", now));
    CHECK(!brake.take("a", now));
    CHECK(brake.wait("a", now));
}

TEST_CASE("where too many different ones come, those that are new share one bucket") {
    OAuthBrake brake{1};
    const Monotonic now{1'000s};
    for (std::size_t at = 0; at < OAuthBrake::kMax; ++at)
        REQUIRE(!brake.take("a" + std::to_string(at), now));
    CHECK(!brake.take("first new", now));
    CHECK(brake.take("second new", now));
    CHECK(brake.wait("third new", now));
    // Those that have waited make room.
    CHECK(!brake.take("second new", now + 60s));
    CHECK(!brake.take("third new", now + 60s));
}
