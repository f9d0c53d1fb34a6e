// How a device hears of its config, on whichever door it is, and how the hub knows what it has.
#include "api/device_state.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

namespace tandem::simulation {
namespace {

/// A hub with one lamp and its owner.
struct Lamp {
    ServedHub hub;
    std::string key = hub.make_device("lamp");

    Answer as_owner(const std::string& method,
                    const std::string& target,
                    const std::string& body = {},
                    net::Headers more = {}) {
        net::Headers headers = bearer(hub.admin.admin_key);
        headers.insert(headers.end(), more.begin(), more.end());
        return ask(hub, {.method = method,
                         .target = "/v1/devices/lamp" + target,
                         .headers = headers,
                         .body = body});
    }
    void want(const std::string& change) {
        const Answer done = as_owner("PATCH", "/config", change);
        REQUIRE_MESSAGE(done.status == 200, done.body);
    }
    Answer acknowledge(const std::string& version) {
        return ask(hub, {.method = "POST",
                         .target = "/v1/me/config/ack",
                         .headers = bearer(key),
                         .body = R"({"version":)" + version + "}"});
    }
    /// A device that polls, with the version that it has.
    void poll(Connection& connection, const std::string& version, const std::string& wait) {
        connection.feed("GET /v1/me/config HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"" +
                        version + "\"\r\nPrefer: wait=" + wait + "\r\nAuthorization: Bearer " +
                        key + "\r\n\r\n");
    }
};

/// The configs that a socket has been told of since the last call, `from>version delta `.
std::string told(Socket& socket) {
    std::string out;
    for (const Value& message : socket.messages()) {
        const Value* config = message.find("config");
        if (config == nullptr) continue;
        out += std::to_string(*config->find("from")->get<std::int64_t>()) + ">" +
               std::to_string(*config->find("version")->get<std::int64_t>()) + " " +
               codec::to_json(*config->find("delta")) + " ";
    }
    return out;
}

}  // namespace

TEST_CASE("a device's socket is told each change of its config as it is made") {
    Lamp lamp;
    Socket socket{lamp.hub, bearer(lamp.key)};
    CHECK(told(socket) == "");
    lamp.want(R"({"mode":"eco","level":3})");
    lamp.want(R"({"level":null,"limit":{"max":9}})");
    CHECK(told(socket) == R"(0>1 {"mode":"eco","level":3} 1>2 {"level":null,"limit":{"max":9}} )");
    const Answer put =
        lamp.as_owner("PUT", "/config", R"({"limit":{"max":9,"min":1}})", {{"If-Match", "\"2\""}});
    CHECK(put.status == 200);
    CHECK(told(socket) == R"(2>3 {"mode":null,"limit":{"min":1}} )");
    // What the device says of itself is not told to it, and others are not told at all.
    Socket owner{lamp.hub, bearer(lamp.hub.admin.admin_key)};
    static_cast<void>(
        socket.request(R"({"id":1,"op":"state.patch","path":{"device":"me"},"body":{"a":1}})"));
    lamp.want(R"({"level":4})");
    CHECK(told(owner) == "");
}

TEST_CASE("a device that returns is told in one message what has changed since it acknowledged") {
    Lamp lamp;
    lamp.want(R"({"mode":"eco","level":3})");
    {
        Socket socket{lamp.hub, bearer(lamp.key)};
        const auto messages = socket.messages();
        REQUIRE(messages.size() == 2);
        CHECK(messages[0].find("hello") != nullptr);
        CHECK(messages[1].find("config") != nullptr);
        const Value reply = socket.request(
            R"({"id":1,"op":"config.ack","path":{"device":"me"},"body":{"version":1}})");
        CHECK(*reply.find("body") == Value::Object{{"acknowledged", 1}, {"version", 1}});
    }
    {
        Socket nothing_new{lamp.hub, bearer(lamp.key)};
        CHECK(told(nothing_new) == "");
    }
    lamp.want(R"({"level":4})");
    lamp.want(R"({"level":5,"night":true})");
    lamp.want(R"({"mode":null})");
    // It did not say that it has it: it is told again.
    for (int times = 0; times < 2; ++times) {
        Socket socket{lamp.hub, bearer(lamp.key)};
        CHECK(told(socket) == R"(1>4 {"mode":null,"level":5,"night":true} )");
    }
    CHECK(lamp.acknowledge("4").status == 200);
    Socket socket{lamp.hub, bearer(lamp.key)};
    CHECK(told(socket) == "");
}

TEST_CASE("who follows a config is told which version of it the device has, once for each") {
    Lamp lamp;
    lamp.want(R"({"level":3})");
    Socket owner{lamp.hub, bearer(lamp.hub.admin.admin_key)};
    const Value subscribed =
        owner.request(R"({"id":1,"op":"stream.subscribe","body":{"kinds":["config"]}})");
    REQUIRE(*subscribed.find("status") == Value{200});
    const auto followed = [&] {
        std::string out;
        for (const Value& message : owner.messages()) {
            const Value* events = message.find("ev");
            if (events == nullptr) continue;
            for (const Value& event : *events->get<Value::Array>()) {
                CHECK(*event.find("k") == Value{"config"});
                out += codec::to_json(*event.find("v")) + " ";
            }
        }
        return out;
    };
    CHECK(lamp.acknowledge("1").status == 200);
    CHECK(followed() == R"({"version":1,"value":{"level":3},"acknowledged":1} )");
    // It is nothing new.
    CHECK(lamp.acknowledge("1").status == 200);
    CHECK(followed() == "");
    lamp.want(R"({"level":4})");
    CHECK(followed() == R"({"version":2,"value":{"level":4},"acknowledged":1} )");
    CHECK(lamp.acknowledge("2").status == 200);
    CHECK(followed() == R"({"version":2,"value":{"level":4},"acknowledged":2} )");
    CHECK(lamp.acknowledge("0").status == 200);
    CHECK(followed() == R"({"version":2,"value":{"level":4}} )");
    CHECK(lamp.acknowledge("9").status == 400);
    CHECK(followed() == "");
}

TEST_CASE("config comes before the commands that waited") {
    Lamp lamp;
    lamp.want(R"({"level":3})");
    CHECK(lamp.as_owner("POST", "/commands", R"({"name":"blink"})").status == 202);
    Socket socket{lamp.hub, bearer(lamp.key)};
    const auto messages = socket.messages();
    REQUIRE(messages.size() == 3);
    CHECK(messages[1].find("config") != nullptr);
    CHECK(messages[2].find("cmd") != nullptr);
}

TEST_CASE("the twin tells what the device has and which keys it has taken over, since when not") {
    Lamp lamp;
    lamp.want(R"({"mode":"eco","level":3})");
    CHECK(lamp.as_owner("GET", "/twin").json().find("acknowledged") == nullptr);
    lamp.hub.pass(5s);
    CHECK(lamp.acknowledge("1").status == 200);
    CHECK(ask(lamp.hub, {.method = "PATCH",
                         .target = "/v1/me/state",
                         .headers = bearer(lamp.key),
                         .body = R"({"level":3})"})
              .status == 200);
    const Value twin = lamp.as_owner("GET", "/twin").json();
    CHECK(*twin.find("acknowledged")->find("version") == Value{1});
    CHECK(*twin.find("acknowledged")->find("updated") == Value{1'700'000'005'000});
    const Value& sync = *twin.find("sync");
    CHECK(*sync.find("level") == Value::Object{{"in_sync", true}});
    CHECK(*sync.find("mode") ==
          Value::Object{{"in_sync", false}, {"pending_since", 1'700'000'000'000}});
}

TEST_CASE("a device cannot have a version that there has never been") {
    Lamp lamp;
    CHECK(lamp.acknowledge("1").problem() == "invalid-field");
    CHECK(lamp.acknowledge("-1").problem() == "invalid-field");
    CHECK(lamp.acknowledge("0").status == 200);
    lamp.want(R"({"level":3})");
    CHECK(lamp.acknowledge("2").problem() == "invalid-field");
}

TEST_CASE("a poll for the config is answered the moment that it changes") {
    Lamp lamp;
    lamp.want(R"({"level":3})");
    Connection poll{lamp.hub};
    lamp.poll(poll, "1", "30");
    lamp.hub.pass(10s);
    CHECK(poll.take() == "");
    CHECK(ask(lamp.hub, {.method = "PATCH",
                         .target = "/v1/me/state",
                         .headers = bearer(lamp.key),
                         .body = R"({"level":3})"})
              .status == 200);
    CHECK(poll.take() == "");
    lamp.want(R"({"level":4})");
    const std::string answer = poll.take();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("preference-applied: wait=30") != std::string::npos);
    CHECK(answer.find("etag: \"2\"") != std::string::npos);
    CHECK(answer.ends_with(R"({"level":4})"));
}

TEST_CASE("a poll for the config that waits in vain is answered with 304") {
    Lamp lamp;
    lamp.want(R"({"level":3})");
    Connection poll{lamp.hub};
    lamp.poll(poll, "1", "2");
    lamp.hub.pass(1'900ms);
    CHECK(poll.take() == "");
    lamp.hub.pass(200ms);
    CHECK(poll.take().starts_with("HTTP/1.1 304 "));
    // Who has another version, or says none, does not wait.
    lamp.poll(poll, "0", "30");
    CHECK(poll.take().starts_with("HTTP/1.1 200 "));
    CHECK(lamp.as_owner("GET", "/config", "", {{"Prefer", "wait=30"}}).status == 200);
}

TEST_CASE("a poll for the config ends when the hub stops") {
    Lamp lamp;
    lamp.want(R"({"level":3})");
    Connection poll{lamp.hub};
    lamp.poll(poll, "1", "30");
    CHECK(poll.take() == "");
    lamp.hub.hub->draining = true;
    lamp.hub.world().devices().wake_all();
    lamp.hub.settle();
    CHECK(poll.take().starts_with("HTTP/1.1 304 "));
}

TEST_CASE("a socket may wait for the config too, and preconditions mean the same there") {
    Lamp lamp;
    Socket socket{lamp.hub, bearer(lamp.hub.admin.admin_key)};
    const auto put = [&](const std::string& headers) {
        return *socket
                    .request(R"({"id":1,"op":"config.put","path":{"device":"lamp"},"headers":{)" +
                             headers + R"(},"body":{"level":1}})")
                    .find("status");
    };
    CHECK(put("") == Value{428});
    CHECK(put(R"("if-match":"\"7\"")") == Value{412});
    CHECK(put(R"("if-match":"\"0\"")") == Value{200});
    CHECK(put(R"("if-none-match":"*")") == Value{412});
    CHECK(put(R"("if-match":"\"0\", \"1\"")") == Value{200});
    const auto patch = [&](const std::string& headers) {
        const std::string message =
            R"({"id":1,"op":"state.patch","path":{"device":"lamp"},"body":{"a":1},"headers":{)";
        return *socket.request(message + headers + "}}").find("status");
    };
    CHECK(patch(R"("if-match":"\"0\"")") == Value{200});
    CHECK(patch(R"("if-none-match":"*")") == Value{412});
    socket.send(R"({"id":5,"op":"config.get","path":{"device":"lamp"},)"
                R"("headers":{"if-none-match":"\"2\"","prefer":"wait=30"}})");
    CHECK(socket.messages().empty());
    lamp.want(R"({"level":2})");
    const auto messages = socket.messages();
    REQUIRE(messages.size() == 1);
    CHECK(*messages[0].find("status") == Value{200});
    CHECK(*messages[0].find("body") == Value::Object{{"level", 2}});
}

}  // namespace tandem::simulation
