// What a hub does that has more to do than it can, and how much at once one caller may ask.
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tandem::simulation {
namespace {

using api::Pressure;

Answer asked(ServedHub& hub,
             const std::string& method,
             const std::string& target,
             const std::string& body = {}) {
    return ask(
        hub,
        {.method = method, .target = target, .headers = bearer(hub.admin.admin_key), .body = body});
}

Socket socket_of(ServedHub& hub, net::Headers headers = {}) {
    headers.push_back(bearer(hub.admin.admin_key).front());
    return Socket{hub, std::move(headers)};
}

std::int64_t status_of(const Value& reply) {
    return *reply.find("status")->get<std::int64_t>();
}

std::int64_t hits(ServedHub& hub, const std::string& limit) {
    return hub.hub->metrics.counter("tandem_limit_hits_total", "limit=\"" + limit + "\"").value();
}

}  // namespace

TEST_CASE("without memory only what is vital is served, alike on both doors") {
    ServedHub hub;
    hub.make_device("lamp-1");
    Socket socket = socket_of(hub);
    REQUIRE(socket.open());
    hub.hub->load.set({.memory = Pressure::kHighest, .late = false});

    const Answer refused = asked(hub, "POST", "/v1/devices/lamp-1/telemetry", R"({"power":1})");
    CHECK(refused.status == 503);
    CHECK(refused.problem() == "unavailable");
    CHECK(refused.field("retry-after") == "5");
    CHECK(refused.field("connection") == "close");
    CHECK(refused.body.contains("memory.bytes"));
    const Value told = socket.request(
        R"({"id":1,"op":"telemetry.write","path":{"device":"lamp-1"},"body":{"power":1}})");
    CHECK(status_of(told) == 503);
    CHECK(hits(hub, "memory.bytes") == 2);
    CHECK_FALSE(Socket{hub, bearer(hub.admin.admin_key)}.open());
    CHECK(hits(hub, "memory.bytes") == 3);

    const std::string command = R"({"name":"on"})";
    CHECK(asked(hub, "POST", "/v1/devices/lamp-1/commands", command).status == 202);
    CHECK(status_of(socket.request(R"({"id":2,"op":"commands.send","path":{"device":"lamp-1"},)"
                                   R"("body":)" +
                                   command + "}")) == 202);
    const Answer keys = ask(hub, {.method = "GET",
                                  .target = "/v1/devices/lamp-1/keys",
                                  .headers = bearer(hub.admin.admin_key),
                                  .local = true});
    REQUIRE_MESSAGE(keys.status == 200, keys.body);
    const Value items = *keys.json().find("items");
    const std::string key = *items.get<Value::Array>()->front().find("id")->get<std::string>();
    CHECK(asked(hub, "DELETE", "/v1/devices/lamp-1/keys/" + key).status == 204);

    hub.hub->load.set({});
    CHECK(asked(hub, "POST", "/v1/devices/lamp-1/telemetry", R"({"power":1})").status == 200);
}

TEST_CASE("with little memory, or late loops, there are no new subscriptions") {
    ServedHub hub;
    hub.make_device("lamp-1");
    Socket socket = socket_of(hub);
    const std::string subscribe = R"({"id":1,"op":"stream.subscribe","body":{}})";
    for (const auto& [judged, limit] :
         {std::pair{api::LoadWatch::Judged{.memory = Pressure::kHigher, .late = false},
                    "memory.bytes"},
          std::pair{api::LoadWatch::Judged{.memory = Pressure::kNone, .late = true}, "loop.lag"}}) {
        hub.hub->load.set(judged);
        CHECK(status_of(socket.request(subscribe)) == 503);
        CHECK(hits(hub, limit) == 1);
        // Everything else goes on, each time on a new connection.
        const Answer read = asked(hub, "GET", "/v1/devices/lamp-1");
        CHECK(read.status == 200);
        CHECK(read.field("connection") == "close");
        const Answer file = ask(hub, {.method = "GET",
                                      .target = "/v1/devices/lamp-1/telemetry?series=power",
                                      .headers = {bearer(hub.admin.admin_key).front(),
                                                  {"accept", "application/x-ndjson"}}});
        CHECK(file.status == 200);
        CHECK(file.field("connection") == "close");
        CHECK(socket_of(hub).open());
    }
    hub.hub->load.set({});
    CHECK(status_of(socket.request(subscribe)) == 200);
    CHECK(asked(hub, "GET", "/v1/devices/lamp-1").field("connection") != "close");
}

TEST_CASE("with not much memory no new socket is compressed") {
    ServedHub hub;
    hub.doors.deflate = true;
    const net::Headers offer{{"sec-websocket-extensions", "permessage-deflate"}};
    CHECK(socket_of(hub, offer).answer().field("sec-websocket-extensions") != "");
    hub.hub->load.set({.memory = Pressure::kHigh, .late = false});
    Socket plain = socket_of(hub, offer);
    CHECK(plain.open());
    CHECK(plain.answer().field("sec-websocket-extensions").empty());
}

TEST_CASE("with not much memory a slow socket gets receipts when its queue is half full") {
    for (const auto pressure : {Pressure::kNone, Pressure::kHigh}) {
        ServedHub hub;
        hub.make_device("lamp-1");
        hub.hub->load.set({.memory = pressure, .late = false});
        Socket socket = socket_of(hub);
        REQUIRE(status_of(socket.request(R"({"id":1,"op":"stream.subscribe","body":{}})")) == 200);
        socket.connection().hold(true);
        // More than half of the queue, and not all of it.
        const std::string text(1'000, 'x');
        const std::size_t readings = hub.doors.limits.connection.queue_bytes * 3 / 4 / text.size();
        for (std::size_t at = 0; at < readings; ++at) {
            REQUIRE(
                asked(hub, "POST", "/v1/devices/lamp-1/telemetry", R"({"note":")" + text + "\"}")
                    .status == 200);
            hub.pass(100ms);
        }
        socket.connection().hold(false);
        hub.pass(1s);
        bool receipted = false;
        for (const Value& message : socket.messages())
            receipted = receipted || message.find("gap") != nullptr;
        CHECK(receipted == (pressure == Pressure::kHigh));
    }
}

TEST_CASE("a caller has so many requests unanswered, and another one more") {
    HubSettings settings;
    settings.rules.in_flight = {.of_one = 3, .all = 4};
    ServedHub hub{settings};
    const std::string device = hub.make_device("lamp-1");
    const auto poll = [](const std::string& key) {
        return "GET /v1/devices/lamp-1/commands?status=queued HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
               "Prefer: wait=30\r\nAuthorization: Bearer " +
               key + "\r\n\r\n";
    };
    std::vector<std::unique_ptr<Connection>> waiting;
    for (int at = 0; at < 3; ++at) {
        waiting.push_back(std::make_unique<Connection>(hub));
        waiting.back()->feed(poll(device));
    }
    hub.settle();
    for (const auto& each : waiting)
        CHECK(each->take().empty());

    const auto me = [&hub](const std::string& key) {
        return ask(hub, {.target = "/v1/me", .headers = bearer(key)});
    };
    const Answer refused = me(device);
    CHECK(refused.status == 429);
    CHECK(refused.field("retry-after") == "1");
    CHECK(hits(hub, "requests.in_flight") == 1);
    CHECK(me(hub.admin.admin_key).status == 200);

    // The fourth of all.
    const Answer made = asked(hub, "POST", "/v1/devices", R"({"id":"oven"})");
    REQUIRE(made.status == 201);
    Socket other = socket_of(hub);
    static_cast<void>(other.messages());
    other.send(R"({"id":9,"op":"commands.send","path":{"device":"oven"},)"
               R"("headers":{"prefer":"wait=30"},"body":{"name":"on"}})");
    hub.settle();
    CHECK(other.messages().empty());
    CHECK(me(hub.admin.admin_key).status == 503);
    CHECK(hits(hub, "requests.in_flight_all") == 1);

    hub.pass(31s);
    CHECK(me(device).status == 200);
}

}  // namespace tandem::simulation
