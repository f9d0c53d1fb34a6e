// What a socket hears of itself: acknowledgements of many messages, credentials that end, a hub
// that stops.
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::simulation {
namespace {

/// What has been acknowledged since the last call, and what has a refusal of its own.
struct Heard {
    std::int64_t settled = 0;
    std::int64_t refused = 0;
    int acks = 0;
    std::vector<std::int64_t> refusals;
};
Heard heard(Socket& socket) {
    Heard out;
    for (const Value& message : socket.messages()) {
        if (const Value* ack = message.find("ack")) {
            CHECK(*ack->find("durability") == Value{"memory"});
            out.settled += *ack->find("n")->get<std::int64_t>();
            out.refused += *ack->find("refused")->get<std::int64_t>();
            ++out.acks;
        } else if (const Value* id = message.find("id")) {
            out.refusals.push_back(*id->get<std::int64_t>());
        }
    }
    return out;
}

std::string batched(int id, const std::string& body) {
    return R"({"id":)" + std::to_string(id) +
           R"(,"op":"telemetry.write","path":{"device":"me"},"ack":"batch","body":)" + body + "}";
}

/// A hub with a lamp whose keys run out.
struct Renewing {
    struct Key {
        std::string id;
        std::string key;
    };

    ServedHub hub;

    Renewing() {
        const Answer made = ask(hub, {.method = "POST",
                                      .target = "/v1/devices",
                                      .headers = bearer(hub.admin.admin_key),
                                      .body = R"({"id":"lamp"})"});
        REQUIRE(made.status == 201);
    }
    Key make_key(Duration lives) {
        const std::int64_t expires = (hub.clock.now() + lives).time_since_epoch() / 1ms;
        const Answer made = ask(hub, {.method = "POST",
                                      .target = "/v1/devices/lamp/keys",
                                      .headers = bearer(hub.admin.admin_key),
                                      .body = R"({"expires":)" + std::to_string(expires) + "}"});
        REQUIRE_MESSAGE(made.status == 201, made.body);
        const Value view = made.json();
        return {.id = *view.find("id")->get<std::string>(),
                .key = *view.find("key")->get<std::string>()};
    }
    /// Lets time pass, and looks at the credentials every second as the node does.
    void pass(int seconds) {
        for (int at = 0; at < seconds; ++at) {
            hub.pass(1s);
            hub.part->sockets.end_expired(hub.world());
        }
    }
};

constexpr const char* kMe = R"({"id":1,"op":"me.get"})";

std::string renewal(const std::string& key) {
    return R"({"id":2,"op":"auth","body":{"token":")" + key + R"("}})";
}
std::int64_t status_of(Socket& socket, const std::string& request) {
    return *socket.request(request).find("status")->get<std::int64_t>();
}
/// The times that were left when the socket was warned, since the last call.
std::string warned(Socket& socket) {
    std::string out;
    for (const Value& message : socket.messages()) {
        if (const Value* auth = message.find("auth")) {
            out += std::to_string(*auth->find("expires_in")->get<std::int64_t>()) + " ";
        }
    }
    return out;
}

}  // namespace

TEST_CASE("writes in batches have one answer for all that one commit has settled") {
    ServedHub hub;
    Socket socket{hub, bearer(hub.make_device("lamp"))};
    static_cast<void>(socket.messages());
    std::string frame = "[";
    for (int id = 1; id <= 50; ++id)
        frame += (id == 1 ? "" : ",") + batched(id, R"({"power":)" + std::to_string(id) + "}");
    socket.send(frame + "]");
    const Heard of_frame = heard(socket);
    CHECK(of_frame.settled == 50);
    CHECK(of_frame.acks == 1);
    CHECK(of_frame.refusals.empty());
    socket.send(batched(51, R"({"power":1})"));
    CHECK(heard(socket).settled == 1);
}

TEST_CASE("what is refused of a batch says so by itself, and counts") {
    ServedHub hub;
    Socket socket{hub, bearer(hub.make_device("lamp"))};
    static_cast<void>(socket.messages());
    socket.send("[" + batched(1, R"({"power":1})") + "," + batched(2, R"({"power":null})") + "," +
                batched(3, R"([{"t":1,"v":{"a":1}},{"t":2,"v":{"a":null}}])") + "," +
                batched(4, R"({"power":2})") + "]");
    const Heard of_frame = heard(socket);
    CHECK(of_frame.settled == 4);
    CHECK(of_frame.refused == 2);
    CHECK(of_frame.refusals == std::vector<std::int64_t>{2, 3});
    const Value latest =
        socket.request(R"({"id":9,"op":"telemetry.latest","path":{"device":"me"}})");
    CHECK(*latest.find("body")->find("series")->find("power")->find("v") == Value{2});
}

TEST_CASE("only writes of readings are acknowledged in batches") {
    ServedHub hub;
    Socket socket{hub, bearer(hub.make_device("lamp"))};
    const Value other = socket.request(R"({"id":1,"op":"me.get","ack":"batch"})");
    CHECK(*other.find("status") == Value{400});
    const Value word = socket.request(
        R"({"id":1,"op":"telemetry.write","path":{"device":"me"},"ack":"each","body":{"a":1}})");
    CHECK(*word.find("status") == Value{400});
}

TEST_CASE("a socket is warned a minute before its key runs out, once, and may renew it") {
    Renewing lamp;
    Socket socket{lamp.hub, bearer(lamp.make_key(90s).key)};
    lamp.pass(29);
    CHECK(warned(socket) == "");
    lamp.pass(1);
    CHECK(warned(socket) == "60 ");
    CHECK(status_of(socket, kMe) == 200);
    lamp.pass(10);
    CHECK(warned(socket) == "");
    CHECK(status_of(socket, renewal(lamp.make_key(40s).key)) == 200);
    lamp.pass(1);
    CHECK(warned(socket) == "39 ");
    CHECK(status_of(socket, kMe) == 200);
    lamp.pass(38);
    CHECK(socket.closed() == "");
    // From here on it is in its grace, and is not warned again.
    lamp.pass(1);
    CHECK(warned(socket) == "");
}

TEST_CASE("a socket whose key has run out goes on for 30 s, and nothing else does") {
    Renewing lamp;
    const std::string key = lamp.make_key(10s).key;
    Socket socket{lamp.hub, bearer(key)};
    lamp.pass(10);
    // At once: requests over REST, and other sockets.
    CHECK(ask(lamp.hub, {.method = "GET", .target = "/v1/me", .headers = bearer(key)}).status ==
          401);
    CHECK(Socket{lamp.hub, bearer(key)}.answer().status == 401);
    // The device has its readings taken and gets its commands meanwhile.
    CHECK(status_of(socket, R"({"id":1,"op":"telemetry.write","path":{"device":"me"},)"
                            R"("body":{"power":1}})") == 200);
    REQUIRE(ask(lamp.hub, {.method = "POST",
                           .target = "/v1/devices/lamp/commands",
                           .headers = bearer(lamp.hub.admin.admin_key),
                           .body = R"({"name":"blink"})"})
                .status == 202);
    const auto messages = socket.messages();
    CHECK(std::ranges::any_of(messages, [](const Value& each) { return each.find("cmd"); }));
    lamp.pass(29);
    CHECK(status_of(socket, kMe) == 200);
    CHECK(socket.closed() == "");
    lamp.pass(1);
    CHECK(socket.closed() == "4401 the credential has run out");
    CHECK(lamp.hub.hub->metrics.counter("tandem_limit_hits_total", "limit=\"ws.auth_grace\"")
              .value() == 1);
}

TEST_CASE("a key that has run out can be renewed within its grace") {
    Renewing lamp;
    Socket socket{lamp.hub, bearer(lamp.make_key(10s).key)};
    lamp.pass(25);
    CHECK(status_of(socket, renewal(lamp.make_key(1h).key)) == 200);
    for (int times = 0; times < 2; ++times) {
        lamp.pass(30);
        CHECK(status_of(socket, kMe) == 200);
    }
    CHECK(socket.closed() == "");
}

TEST_CASE(
    "a socket keeps its principal: another's key is refused, and so is one that has run out") {
    Renewing lamp;
    const std::string old = lamp.make_key(10s).key;
    Socket socket{lamp.hub, bearer(old)};
    lamp.pass(10);
    const Value other = socket.request(renewal(lamp.hub.make_device("fan")));
    CHECK(*other.find("status") == Value{403});
    CHECK(*other.find("problem")->find("detail") ==
          Value{"a socket keeps its principal: open another"});
    CHECK(status_of(socket, renewal(old)) == 401);
    // Neither has changed who it is, or given it more time.
    const Value me = socket.request(kMe);
    CHECK(*me.find("body")->find("id") == Value{"lamp"});
    lamp.pass(30);
    CHECK(socket.closed() == "4401 the credential has run out");
}

TEST_CASE("a key that is rotated has a next one that lives as long") {
    Renewing at;
    const auto rotated = [&](const std::string& id) {
        const Answer made = ask(at.hub, {.method = "POST",
                                         .target = "/v1/devices/lamp/keys/" + id + "/rotate",
                                         .headers = bearer(at.hub.admin.admin_key)});
        REQUIRE_MESSAGE(made.status == 201, made.body);
        return made.json();
    };
    const Renewing::Key first = at.make_key(24h);
    at.hub.pass(6h);
    const Value next = rotated(first.id);
    const std::int64_t expected = (at.hub.clock.now() + 24h).time_since_epoch() / 1ms;
    REQUIRE(next.find("expires") != nullptr);
    CHECK(*next.find("expires") == Value{expected});
}

TEST_CASE("a key that is revoked has no grace, before its time and after it") {
    for (const int seconds : {5, 15}) {
        CAPTURE(seconds);
        Renewing lamp;
        const auto made = lamp.make_key(10s);
        Socket socket{lamp.hub, bearer(made.key)};
        lamp.pass(seconds);
        CHECK(socket.closed() == "");
        CHECK(ask(lamp.hub, {.method = "DELETE",
                             .target = "/v1/devices/lamp/keys/" + made.id,
                             .headers = bearer(lamp.hub.admin.admin_key)})
                  .status == 204);
        CHECK(socket.closed() == "4401 the credential has ended");
    }
}

TEST_CASE("a socket of a session is warned a minute before that ends, once") {
    ServedHub hub;
    auth::Sessions& sessions = hub.hub->sessions;
    const std::string cookie = sessions.begin({.kind = PrincipalKind::kUser,
                                               .tenant = node::home_tenant(),
                                               .id = "admin",
                                               .credential = {},
                                               .scopes = Scopes::all()},
                                              hub.clock.monotonic());
    const auto who = sessions.find(cookie, hub.clock.monotonic());
    REQUIRE(who.has_value());
    const auto ticket = sessions.make_ticket(*who, "", hub.clock.monotonic());
    Socket socket{hub,
                  {{"Sec-WebSocket-Protocol", "tandem.v1.json, tandem.ticket." + ticket.text}}};
    REQUIRE(socket.open());
    const auto look = [&] { hub.part->sockets.end_expired(hub.world()); };
    // The socket keeps the session from idling out.
    for (int at = 0; at < 12 * 3 - 1; ++at) {
        hub.clock.passed += 20min;
        look();
    }
    hub.clock.passed += 19min - 1s;
    look();
    CHECK(warned(socket).empty());
    hub.clock.passed += 1s;
    look();
    CHECK(warned(socket) == "60 ");
    hub.clock.passed += 59s;
    look();
    CHECK(warned(socket).empty());
    CHECK(socket.closed().empty());
    hub.clock.passed += 2s;
    look();
    hub.settle();
    CHECK(socket.closed().starts_with("4401"));
}

TEST_CASE("a hub that stops says so, and closes its sockets one after the other") {
    ServedHub hub;
    std::vector<std::unique_ptr<Socket>> sockets;
    for (int at = 0; at < 4; ++at) {
        sockets.push_back(std::make_unique<Socket>(hub, bearer(hub.admin.admin_key)));
        static_cast<void>(sockets.back()->messages());
    }
    Socket stranger{hub, {}};
    hub.part->sockets.drain({.after = 200ms, .spread = 400ms});
    CHECK(stranger.closed() == R"(1012 {"retry_ms":1000})");
    for (const auto& socket : sockets) {
        const auto messages = socket->messages();
        REQUIRE(messages.size() == 1);
        CHECK(*messages[0].find("goaway") == Value::Object{{"after_ms", 200}, {"spread_ms", 400}});
    }
    const auto open = [&] {
        return std::ranges::count_if(sockets,
                                     [](const auto& each) { return each->closed().empty(); });
    };
    hub.pass(195ms);
    CHECK(open() == 4);
    // Until then it is a socket like any other.
    CHECK(*sockets.front()->request(R"({"id":1,"op":"me.get"})").find("status") == Value{200});
    for (int left = 3; left >= 0; --left) {
        hub.pass(100ms);
        CHECK(open() == left);
    }
    CHECK(sockets.back()->closed() == R"(1012 {"retry_ms":1000})");
}

}  // namespace tandem::simulation
