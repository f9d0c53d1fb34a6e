#include "measure/relay.h"

#include "net/test_sockets.h"

#include <doctest/doctest.h>

namespace tandem::measure {
namespace {

/// A server behind a network of 60 ms, and a client before it.
struct Relayed {
    net::TestServer server;
    SeededRandom random{1};
    std::unique_ptr<Relay> relay;
    std::unique_ptr<net::RawClient> client;

    Relayed() {
        server.open();
        auto opened = Relay::open(server.loop, random, {.host = "127.0.0.1", .port = server.port()},
                                  {.delay = 30ms}, {.delay = 30ms});
        REQUIRE(opened);
        relay = *std::move(opened);
        client = std::make_unique<net::RawClient>(relay->port());
        REQUIRE(server.until([this] { return !server.heard.empty() && there().opened == 1; }));
    }
    net::Heard& there() { return *server.heard.at(0); }
    /// What was sent comes to the relay; then time passes, and whatever is due happens.
    void pass(Duration span) {
        turn();
        server.clock.advance(span);
        turn();
    }
    void turn() {
        for (int turns = 0; turns < 5; ++turns)
            server.loop.turn(1ms);
    }
};

}  // namespace

TEST_CASE("a relay: what is sent arrives when the network has it, both ways") {
    Relayed both;
    both.client->send("one");
    both.pass(89ms);  // A round trip until the connection is there, and a half.
    CHECK(both.there().bytes.empty());
    both.pass(1ms);
    CHECK(both.server.until([&] { return both.there().bytes == "one"; }));

    both.there().transport->write("two");
    both.pass(29ms);
    CHECK(both.client->receive());
    CHECK(both.client->received().empty());
    both.pass(1ms);
    CHECK(both.server.until(
        [&] { return both.client->receive() && both.client->received() == "two"; }));
}

TEST_CASE("a relay: the end of a connection comes behind its bytes") {
    Relayed both;
    both.client->send("last");
    both.client->send_end();
    both.pass(89ms);
    CHECK(both.there().ended == 0);
    both.pass(1ms);
    CHECK(both.server.until([&] { return both.there().ended == 1; }));
    CHECK(both.there().bytes == "last");
}

TEST_CASE("a relay: who resets a connection does so at the other end too") {
    Relayed both;
    const ::linger now{.l_onoff = 1, .l_linger = 0};
    REQUIRE(::setsockopt(both.client->fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    both.client->close();
    CHECK(both.server.until([&] { return both.there().closed == 1; }));
    CHECK(both.there().ended == 0);
}

}  // namespace tandem::measure
