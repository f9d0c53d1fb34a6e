// What grants let users and apps see and do, through both doors, and what becomes of it when they
// change.
#include "scenario/access_fixture.h"

#include <algorithm>

namespace tandem::simulation {
namespace {

/// A hub with two devices in hall 3 and one in the yard.
struct Halls : Estate {
    std::string lamp = hub.make_device("lamp", {{"site", "hall-3"}});
    std::string oven = hub.make_device("oven", {{"site", "hall-3"}});
    std::string gate = hub.make_device("gate", {{"site", "yard"}});

    void write_all(int value) {
        for (const char* device : {"lamp", "oven", "gate"}) {
            write(device, R"({"power":)" + std::to_string(value) + R"(,"heat":)" +
                              std::to_string(value) + "}");
        }
    }
};

constexpr const char* kHall = R"("scopes":["devices:read","telemetry:read","commands:send",)"
                              R"("commands:read"],"labels":{"site":"hall-3"})";

}  // namespace

TEST_CASE("an app without grants has nothing but its name, and no device is there for it") {
    Halls halls;
    const std::string app = halls.make_app("display");
    CHECK(halls.call(app, "GET", "/v1/me").status == 200);
    CHECK(halls.call(app, "GET", "/v1/devices").status == 403);
    CHECK(halls.call(app, "GET", "/v1/devices/lamp").status == 404);
    CHECK(halls.call(app, "GET", "/v1/devices/nobody").status == 404);
    CHECK(halls.call(app, "GET", "/v1/telemetry").status == 403);
    Socket socket{halls.hub, bearer(app)};
    REQUIRE(socket.open());
    CHECK(*subscribe(socket, "{}").find("status") == Value{403});
    CHECK(*subscribe(socket, R"({"devices":["lamp"]})").find("status") == Value{404});
}

TEST_CASE("lists, queries, groups and streams show what grants cover, whatever is asked for") {
    Halls halls;
    const std::string app = halls.make_app("display");
    halls.grant(R"("app":"display",)" + std::string{kHall});
    halls.write_all(1);

    SUBCASE("lists") {
        CHECK(names_in(halls.call(app, "GET", "/v1/devices").json()) == Names{"lamp", "oven"});
        const Answer one = halls.call(app, "GET", "/v1/devices?limit=1");
        CHECK(names_in(one.json()) == Names{"lamp"});
        CHECK(halls.call(app, "GET", "/v1/devices?labels=site=yard").json() ==
              Value::Object{{"items", Value::Array{}}});
    }
    SUBCASE("one device, and another that might as well not be there") {
        CHECK(halls.call(app, "GET", "/v1/devices/lamp").status == 200);
        const Answer hidden = halls.call(app, "GET", "/v1/devices/gate");
        const Answer absent = halls.call(app, "GET", "/v1/devices/nobody");
        CHECK(hidden.status == 404);
        CHECK(hidden.body == absent.body);
        // Where the device is known the scope is missed.
        CHECK(halls.call(app, "DELETE", "/v1/devices/lamp").status == 403);
        CHECK(halls.call(app, "DELETE", "/v1/devices/gate").status == 404);
    }
    SUBCASE("the same over a socket") {
        Socket socket{halls.hub, bearer(app)};
        const auto status = [&](const std::string& op, const std::string& device) {
            return *socket
                        .request(R"({"id":7,"op":")" + op + R"(","path":{"device":")" + device +
                                 R"("}})")
                        .find("status");
        };
        CHECK(status("devices.get", "lamp") == Value{200});
        CHECK(status("devices.get", "gate") == Value{404});
        CHECK(status("devices.delete", "lamp") == Value{403});
        CHECK(status("devices.delete", "gate") == Value{404});
    }
    SUBCASE("queries of many devices") {
        const Answer all = halls.call(app, "GET", "/v1/telemetry?series=power");
        REQUIRE_MESSAGE(all.status == 200, all.body);
        CHECK(all.body.contains("lamp"));
        CHECK(all.body.contains("oven"));
        CHECK_FALSE(all.body.contains("gate"));
        CHECK(halls.call(app, "GET", "/v1/telemetry?devices=lamp").status == 200);
        CHECK(halls.call(app, "GET", "/v1/telemetry?devices=lamp,gate").status == 404);
    }
    SUBCASE("commands to many devices") {
        const Answer named = halls.call(app, "POST", "/v1/commands",
                                        R"({"name":"blink","devices":["lamp","gate","nobody"]})");
        REQUIRE_MESSAGE(named.status == 207, named.body);
        CHECK(names_in(halls.call(halls.boss, "GET", "/v1/devices/lamp/commands").json(),
                       "device") == Names{"lamp"});
        CHECK(names_in(halls.call(halls.boss, "GET", "/v1/devices/gate/commands").json(), "device")
                  .empty());
        // By labels only what is covered is meant.
        const Answer labelled =
            halls.call(app, "POST", "/v1/commands", R"({"name":"blink","labels":{"site":"yard"}})");
        CHECK(labelled.json().find("items")->get<Value::Array>()->empty());
    }
    SUBCASE("streams") {
        Socket socket{halls.hub, bearer(app)};
        REQUIRE(*subscribe(socket, R"({"series":["power"]})").find("status") == Value{200});
        static_cast<void>(socket.messages());
        halls.write_all(2);
        CHECK(heard(socket) == Names{"lamp/power", "oven/power"});
        CHECK(*subscribe(socket, R"({"devices":["gate"]})").find("status") == Value{404});
        CHECK(*subscribe(socket, R"({"kinds":["config"]})").find("status") == Value{403});
        socket.send(R"({"id":2,"op":"stream.subscribe","body":{"start":"latest"}})");
        CHECK(heard(socket) == Names{"lamp/heat", "lamp/power", "oven/heat", "oven/power"});
    }
    SUBCASE("a read of the stream") {
        const Answer page = halls.call(app, "GET", "/v1/stream?start=latest&series=power");
        REQUIRE_MESSAGE(page.status == 200, page.body);
        CHECK(page.body.contains("oven"));
        CHECK_FALSE(page.body.contains("gate"));
    }
}

TEST_CASE("a device that gets or loses a grant's label joins or leaves what the grant shows") {
    Halls halls;
    const std::string app = halls.make_app("display");
    halls.grant(R"("app":"display",)" + std::string{kHall});
    Socket socket{halls.hub, bearer(app)};
    REQUIRE(*subscribe(socket, R"({"series":["power"]})").find("status") == Value{200});
    static_cast<void>(socket.messages());
    halls.done("PATCH", "/v1/devices/gate", R"({"labels":{"site":"hall-3"}})");
    halls.done("PATCH", "/v1/devices/oven", R"({"labels":{"site":"yard"}})");
    static_cast<void>(socket.messages());
    halls.write_all(2);
    CHECK(heard(socket) == Names{"gate/power", "lamp/power"});
    CHECK(halls.call(app, "GET", "/v1/devices/gate").status == 200);
    CHECK(halls.call(app, "GET", "/v1/devices/oven").status == 404);
}

TEST_CASE("grants of series limit what is read, written and heard") {
    Halls halls;
    const std::string app = halls.make_app("meter");
    halls.grant(R"("app":"meter","scopes":["devices:read","devices:write","telemetry:read",)"
                R"("telemetry:write"],"devices":["lamp"],"series":["pow*"])");
    halls.write_all(1);
    halls.done("PUT", "/v1/devices/lamp/series/heat", R"({"unit":"Cel"})");

    SUBCASE("reads") {
        const Answer latest = halls.call(app, "GET", "/v1/devices/lamp/latest");
        CHECK(latest.body.contains("power"));
        CHECK_FALSE(latest.body.contains("heat"));
        const Answer all = halls.call(app, "GET", "/v1/devices/lamp/telemetry");
        CHECK(all.body.contains("power"));
        CHECK_FALSE(all.body.contains("heat"));
        CHECK(halls.call(app, "GET", "/v1/devices/lamp/telemetry?series=heat").status == 403);
        const Answer query = halls.call(app, "GET", "/v1/telemetry");
        CHECK(query.body.contains("power"));
        CHECK_FALSE(query.body.contains("heat"));
        CHECK(halls.call(app, "GET", "/v1/telemetry?series=heat").status == 403);
        CHECK_FALSE(halls.call(app, "GET", "/v1/devices/lamp/td").body.contains("heat"));
        CHECK_FALSE(halls.call(app, "GET", "/v1/devices/lamp/series").body.contains("heat"));
        CHECK(halls.call(app, "GET", "/v1/devices/lamp/series/heat").status == 403);
    }
    SUBCASE("writes") {
        const Answer mixed =
            halls.call(app, "POST", "/v1/devices/lamp/telemetry", R"({"power":2,"heat":2})");
        CHECK(mixed.status == 207);
        CHECK(mixed.body.contains("no grant covers the series heat"));
        CHECK(halls.call(app, "POST", "/v1/devices/lamp/telemetry", R"({"heat":2})").status == 403);
        const Answer many = halls.call(app, "POST", "/v1/telemetry",
                                       R"({"lamp":{"power":3,"heat":3},"gate":{"power":3}})");
        CHECK(many.status == 207);
        CHECK(*many.json().find("accepted") == Value{1});
        CHECK(halls.call(app, "DELETE", "/v1/devices/lamp/telemetry?from=0&to=1").status == 403);
        CHECK(halls.call(app, "DELETE", "/v1/devices/lamp/telemetry?series=heat&from=0&to=1")
                  .status == 403);
        CHECK(halls.call(app, "DELETE", "/v1/devices/lamp/telemetry?series=power&from=0&to=1")
                  .status == 200);
        CHECK(halls.call(app, "PUT", "/v1/devices/lamp/series/heat", "{}").status == 403);
    }
    SUBCASE("streams") {
        Socket socket{halls.hub, bearer(app)};
        REQUIRE(*subscribe(socket, "{}").find("status") == Value{200});
        static_cast<void>(socket.messages());
        halls.write_all(2);
        CHECK(heard(socket) == Names{"lamp/power"});
    }
}

TEST_CASE("who may write some devices makes none of them another's, and no other its own") {
    Halls halls;
    const std::string app = halls.make_app("planner");
    halls.grant(R"("app":"planner","scopes":["devices:read","devices:write"],)"
                R"("devices":["new-1"],"labels":{"site":"hall-3"})");
    CHECK(halls.call(app, "POST", "/v1/devices", R"({"id":"new-1"})").status == 201);
    CHECK(halls.call(app, "POST", "/v1/devices", R"({"id":"new-2"})").status == 403);
    CHECK(halls.call(app, "POST", "/v1/devices", R"({"id":"new-2","labels":{"site":"hall-3"}})")
              .status == 201);
    CHECK(halls.call(app, "PATCH", "/v1/devices/lamp", R"({"name":"Lamp"})").status == 200);
    CHECK(halls.call(app, "PATCH", "/v1/devices/lamp", R"({"labels":{"site":"yard"}})").status ==
          403);
    CHECK(halls.call(app, "PUT", "/v1/devices/lamp", "{}").status == 403);
    CHECK(halls.call(app, "PATCH", "/v1/devices/gate", R"({"labels":{"site":"hall-3"}})").status ==
          404);
    CHECK(halls.call(app, "PUT", "/v1/devices/new-3", R"({"labels":{"site":"hall-3"}})").status ==
          404);
}

// ---------------------------------------------------------------- changes

TEST_CASE("a change of a grant counts at the next message of an open socket") {
    Halls halls;
    const std::string app = halls.make_app("display");
    const std::string grant = halls.grant(R"("app":"display",)" + std::string{kHall});
    Socket socket{halls.hub, bearer(app)};
    const auto status = [&] {
        return *socket.request(R"({"id":7,"op":"devices.get","path":{"device":"lamp"}})")
                    .find("status");
    };
    CHECK(status() == Value{200});
    halls.done("PATCH", "/v1/grants/" + grant, R"({"scopes":["telemetry:read"]})");
    CHECK(status() == Value{403});
    halls.done("PATCH", "/v1/grants/" + grant, R"({"labels":{"site":"yard"}})");
    CHECK(status() == Value{404});
    halls.done("PATCH", "/v1/grants/" + grant,
               R"({"scopes":["devices:read"],"labels":null,"devices":["*"]})");
    CHECK(status() == Value{200});
    halls.done("DELETE", "/v1/grants/" + grant);
    CHECK(status() == Value{404});
    CHECK(socket.closed().empty());
}

TEST_CASE("a socket that follows something comes back for what it may follow now") {
    Halls halls;
    const std::string app = halls.make_app("display");
    const std::string other = halls.make_app("other");
    const std::string grant = halls.grant(R"("app":"display",)" + std::string{kHall});
    halls.grant(R"("app":"other",)" + std::string{kHall});
    Socket socket{halls.hub, bearer(app)};
    REQUIRE(*subscribe(socket, R"({"series":["power"]})").find("status") == Value{200});
    Socket bystander{halls.hub, bearer(other)};
    REQUIRE(*subscribe(bystander, R"({"series":["power"]})").find("status") == Value{200});
    static_cast<void>(socket.messages());
    static_cast<void>(bystander.messages());
    halls.done("PATCH", "/v1/grants/" + grant, R"({"labels":null,"devices":["gate"]})");
    halls.write_all(2);
    halls.hub.settle();
    CHECK(socket.closed() == R"(4500 {"retry_ms":100,"why":"access has changed"})");
    CHECK(heard(socket) == Names{});
    CHECK(bystander.closed().empty());
    CHECK(heard(bystander) == Names{"lamp/power", "oven/power"});
    // As it was told to.
    Socket again{halls.hub, bearer(app)};
    again.send(R"({"id":1,"op":"stream.subscribe","body":{"series":["power"],"start":"latest"}})");
    CHECK(heard(again) == Names{"gate/power"});
}

TEST_CASE("server-sent events and polls end when what their reader may see changes") {
    Halls halls;
    const std::string app = halls.make_app("display");
    const std::string grant = halls.grant(R"("app":"display",)" + std::string{kHall});
    const std::string head =
        " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " + app + "\r\n";
    Connection events{halls.hub};
    events.feed("GET /v1/stream" + head + "Accept: text/event-stream\r\n\r\n");
    Connection poll{halls.hub};
    poll.feed("GET /v1/stream" + head + "Prefer: wait=60\r\n\r\n");
    halls.hub.settle();
    CHECK(events.take().starts_with("HTTP/1.1 200 "));
    CHECK(poll.take().empty());
    halls.done("DELETE", "/v1/grants/" + grant);
    halls.write_all(7);
    halls.hub.settle();
    const std::string rest = events.take();
    CHECK_FALSE(rest.contains("power"));
    CHECK(rest.ends_with("0\r\n\r\n"));
    const std::string answer = poll.take();
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK_FALSE(answer.contains("power"));
    CHECK(halls.hub.hub->metrics.gauge("tandem_subscriptions").value() == 0);
}

TEST_CASE("a poll for a config that ends after the grant has gone shows nothing") {
    Halls halls;
    const std::string app = halls.make_app("display");
    const std::string grant =
        halls.grant(R"("app":"display","scopes":["config:read"],"labels":{"site":"hall-3"})");
    halls.done("PATCH", "/v1/devices/lamp/config", R"({"level":1})");
    Connection poll{halls.hub};
    poll.feed(
        "GET /v1/devices/lamp/config HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: "
        "Bearer " +
        app + "\r\nIf-None-Match: \"1\"\r\nPrefer: wait=60\r\n\r\n");
    halls.hub.settle();
    CHECK(poll.take().empty());
    halls.done("DELETE", "/v1/grants/" + grant);
    halls.done("PATCH", "/v1/devices/lamp/config", R"({"level":2})");
    halls.hub.settle();
    const std::string answer = poll.take();
    CHECK(answer.starts_with("HTTP/1.1 404 "));
    CHECK_FALSE(answer.contains("level"));
}

TEST_CASE("a command that waits is cancelled when its sender may not send it any more") {
    Halls halls;
    const std::string app = halls.make_app("display");
    const std::string keeper = halls.make_app("keeper");
    const std::string grant = halls.grant(R"("app":"display",)" + std::string{kHall});
    halls.grant(R"("app":"keeper",)" + std::string{kHall});
    const auto send = [&](const std::string& key, const std::string& name) {
        const Answer sent =
            halls.call(key, "POST", "/v1/devices/lamp/commands", R"({"name":")" + name + R"("})");
        REQUIRE_MESSAGE(sent.status == 202, sent.body);
        return *sent.json().find("id")->get<std::string>();
    };
    const std::string first = send(app, "first");
    const std::string second = send(keeper, "second");
    const auto status = [&](const std::string& id) {
        return *halls.done("GET", "/v1/devices/lamp/commands/" + id).find("status");
    };
    const auto taken = [&] {
        net::Headers headers = bearer(halls.lamp);
        headers.emplace_back("Prefer", "wait=0");
        const Answer leased =
            ask(halls.hub, {.target = "/v1/me/commands?limit=10", .headers = headers});
        REQUIRE_MESSAGE(leased.status == 200, leased.body);
        return names_in(leased.json(), "name");
    };
    SUBCASE("by a grant that has gone") {
        halls.done("DELETE", "/v1/grants/" + grant);
        CHECK(taken() == Names{"second"});
        CHECK(status(first) == Value{"cancelled"});
        CHECK(status(second) == Value{"delivered"});
    }
    SUBCASE("by the end of the app, and the device hears of it on its socket no more") {
        halls.done("DELETE", "/v1/apps/display");
        Socket socket{halls.hub, bearer(halls.lamp)};
        REQUIRE(socket.open());
        halls.hub.settle();
        Names names;
        for (const Value& message : socket.messages()) {
            if (const Value* command = message.find("cmd"))
                names.insert(*command->find("name")->get<std::string>());
        }
        CHECK(names == Names{"second"});
        CHECK(status(first) == Value{"cancelled"});
    }
    SUBCASE("by the device that is another's now") {
        halls.done("PATCH", "/v1/devices/lamp", R"({"labels":{"site":"yard"}})");
        CHECK(taken() == Names{});
        CHECK(status(second) == Value{"cancelled"});
    }
    SUBCASE("and not while it may") {
        halls.done("PATCH", "/v1/grants/" + grant, R"({"scopes":["commands:send"]})");
        CHECK(taken() == Names{"first", "second"});
    }
    halls.hub.settle();
    const auto lines = halls.hub.audit();
    const auto told =
        std::ranges::count(lines, std::string{"app:display commands.release forbidden"});
    CHECK(told == (status(first) == Value{"cancelled"} ? 1 : 0));
}

}  // namespace tandem::simulation
