// What a socket may cost, above all one that has not said who it is: each limit is kept, and
// counted under its name.
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>

namespace tandem::simulation {
namespace {

const net::Peer kHome{.address = "192.0.2.7"};
const net::Peer kElsewhere{.address = "198.51.100.1"};
const net::Peer kHere{.address = "127.0.0.1", .loopback = true};

/// How often a limit was reached.
std::int64_t hits(ServedHub& hub, const std::string& limit) {
    return hub.hub->metrics.counter("tandem_limit_hits_total", "limit=\"" + limit + "\"").value();
}

std::string auth_with(const std::string& key) {
    return R"({"id":1,"op":"auth","body":{"token":")" + key + R"("}})";
}

}  // namespace

TEST_CASE("one address has so many sockets that have not said who they are, others have theirs") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp");
    hub.doors.limits.auth_time = 60s;
    std::deque<Socket> strangers;
    for (int at = 0; at < 10; ++at)
        CHECK(strangers.emplace_back(hub, net::Headers{}, kHome).open());
    const Socket one_more{hub, {}, kHome};
    CHECK(one_more.answer().status == 429);
    CHECK(one_more.answer().field("retry-after") == "60");
    CHECK(hits(hub, "ws.pending_address") == 1);
    CHECK(hits(hub, "ws.pending") == 0);

    SUBCASE("who says so at once is none of them") {
        CHECK(Socket{hub, bearer(key), kHome}.open());
    }
    SUBCASE("others have theirs, and on this machine everybody has the same address") {
        CHECK(Socket{hub, {}, kElsewhere}.open());
        for (int at = 0; at < 20; ++at)
            CHECK(strangers.emplace_back(hub, net::Headers{}, kHere).open());
    }
    SUBCASE("who says so later makes room") {
        strangers.front().send(auth_with(key));
        hub.settle();
        CHECK(Socket{hub, {}, kHome}.open());
    }
    SUBCASE("who leaves makes room") {
        strangers.front().connection().drop();
        hub.settle();
        CHECK(Socket{hub, {}, kHome}.open());
    }
    strangers.clear();
    CHECK(hub.doors.pending == 0);
}

TEST_CASE("a socket says who it is in time, and in few bytes") {
    ServedHub hub;
    Socket silent{hub};
    hub.pass(4s);
    CHECK(silent.closed().empty());
    hub.pass(2s);
    CHECK(silent.closed().starts_with("1008"));
    CHECK(hits(hub, "ws.auth_time") == 1);

    Socket talker{hub};
    talker.send(R"({"id":1,"op":"auth","body":{"token":")" + std::string(5'000, 'x') + R"("}})");
    hub.settle();
    CHECK(talker.closed().starts_with("1009"));
    CHECK(hits(hub, "ws.auth_bytes") == 1);
    CHECK(hits(hub, "ws.message_bytes") == 0);

    Socket known{hub, bearer(hub.admin.admin_key)};
    known.send(R"({"id":1,"op":")" + std::string(200'000, 'x') + R"("})");
    hub.settle();
    CHECK(known.closed().starts_with("1009"));
    CHECK(hits(hub, "ws.message_bytes") == 1);
    CHECK(hits(hub, "ws.auth_time") == 1);
}

TEST_CASE("a socket that takes none of its replies is closed, and that counts as its queue") {
    ServedHub hub;
    hub.doors.limits.connection.queue_bytes = 1'000;
    hub.doors.limits.connection.control_reserve_bytes = 1'000;
    Socket socket{hub, bearer(hub.admin.admin_key)};
    REQUIRE(socket.open());
    socket.connection().hold(true);
    for (int at = 0; at < 30; ++at)
        socket.send(R"({"id":1,"op":"me.get"})");
    hub.settle();
    CHECK(hits(hub, "ws.queue_bytes") == 1);
    socket.connection().hold(false);
    CHECK(socket.closed() == R"(1013 {"retry_ms":1000,"why":"too slow"})");
}

TEST_CASE("a socket with as many unanswered requests as it may have is not read until half are") {
    ServedHub hub;
    hub.doors.limits.in_flight = 2;
    const std::string key = hub.make_device("lamp");
    Socket socket{hub, bearer(key)};
    REQUIRE(socket.open());
    const auto take = [](int id) {
        return R"({"id":)" + std::to_string(id) +
               R"(,"op":"commands.take","path":{"device":"me"},"headers":{"prefer":"wait=1"}})";
    };
    for (int id = 1; id <= 4; ++id)
        socket.send(take(id));
    hub.settle();
    CHECK(hits(hub, "ws.in_flight") == 1);
    CHECK(socket.connection().paused());
    hub.pass(5s);
    std::vector<std::int64_t> answered;
    for (const Value& message : socket.messages()) {
        if (const Value* id = message.find("id")) answered.push_back(*id->get<std::int64_t>());
    }
    CHECK(answered == std::vector<std::int64_t>{1, 2, 3, 4});
    CHECK_FALSE(socket.connection().paused());
}

}  // namespace tandem::simulation
