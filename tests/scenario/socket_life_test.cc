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
    ServedHub hub;
    REQUIRE(ask(hub, {.method = "POST",
                      .target = "/v1/devices",
                      .headers = bearer(hub.admin.admin_key),
                      .body = R"({"id":"lamp"})"})
                .status == 201);
    const auto make_key = [&](std::int64_t lives_ms) {
        const std::int64_t expires = hub.clock.now().time_since_epoch() / 1ms + lives_ms;
        const Answer made = ask(hub, {.method = "POST",
                                      .target = "/v1/devices/lamp/keys",
                                      .headers = bearer(hub.admin.admin_key),
                                      .body = R"({"expires":)" + std::to_string(expires) + "}"});
        REQUIRE_MESSAGE(made.status == 201, made.body);
        return *made.json().find("key")->get<std::string>();
    };
    // As the node does every second.
    const auto pass = [&](int seconds) {
        for (int at = 0; at < seconds; ++at) {
            hub.pass(1s);
            hub.part->sockets.end_expired(hub.world());
        }
    };
    // The time that is left when the socket is warned; the last of it.
    const auto warned = [](Socket& socket) {
        std::string out;
        for (const Value& message : socket.messages()) {
            if (const Value* auth = message.find("auth")) {
                out += std::to_string(*auth->find("expires_in")->get<std::int64_t>()) + " ";
            }
        }
        return out;
    };
    Socket socket{hub, bearer(make_key(90'000))};
    pass(29);
    CHECK(warned(socket) == "");
    pass(1);
    CHECK(warned(socket) == "60 ");
    static_cast<void>(socket.request(R"({"id":1,"op":"me.get"})"));
    pass(10);
    CHECK(warned(socket) == "");
    const std::string next = make_key(40'000);
    const Value renewed =
        socket.request(R"({"id":2,"op":"auth","body":{"token":")" + next + R"("}})");
    CHECK(*renewed.find("status") == Value{200});
    pass(1);
    CHECK(warned(socket) == "39 ");
    static_cast<void>(socket.request(R"({"id":1,"op":"me.get"})"));
    pass(38);
    CHECK(socket.closed() == "");
    pass(1);
    CHECK(socket.closed() == "4401 the credential has run out");
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
