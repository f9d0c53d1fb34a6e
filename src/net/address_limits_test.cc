#include "net/address_limits.h"

#include "net/test_transport.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

struct Book {
    Book() {
        limits.address_connections = 3;
        limits.address_rate = 2;
        limits.address_burst = 5;
    }
    /// How many of `count` new connections are let in.
    int admitted(const std::string& address, int count) {
        int in = 0;
        for (int at = 0; at < count; ++at)
            in += book.admit(address) ? 1 : 0;
        return in;
    }
    Limits limits;
    ManualLoop clock;
    AddressLimits book{limits, clock};
};

}  // namespace

TEST_CASE("an address has so many connections at a time, and others theirs") {
    Book own;
    CHECK(own.admitted("192.0.2.1", 10) == 3);
    CHECK(own.admitted("192.0.2.2", 2) == 2);
    own.book.release("192.0.2.1");
    CHECK(own.admitted("192.0.2.1", 10) == 1);
}

TEST_CASE("an address has so many new connections a second, after a burst") {
    Book own;
    own.limits.address_connections = 1'000;
    CHECK(own.admitted("192.0.2.1", 10) == 5);
    own.clock.advance(1s);
    CHECK(own.admitted("192.0.2.1", 10) == 2);
    own.clock.advance(1h);
    CHECK(own.admitted("192.0.2.1", 10) == 5);
}

TEST_CASE("a network of IPv6 counts as one address") {
    Book own;
    CHECK(own.admitted("2001:db8:0:1::1", 2) == 2);
    CHECK(own.admitted("2001:db8:0:1:ffff::2", 2) == 1);
    CHECK(own.admitted("2001:db8:0:2::1", 2) == 2);
}

TEST_CASE("addresses that have gone are forgotten") {
    Book own;
    for (int at = 0; at < 5'000; ++at) {
        const std::string address =
            "10.0." + std::to_string(at / 250) + "." + std::to_string(at % 250);
        REQUIRE(own.book.admit(address));
        own.book.release(address);
        own.clock.advance(1s);
    }
    CHECK(own.book.size() <= 1'024);
}

}  // namespace tandem::net
