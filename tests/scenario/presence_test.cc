// When a device counts as there, and when what it reported counts as too old.
#include "api/device_state.h"
#include "api/dispatch.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::simulation {
namespace {

/// A hub with one pump, and somebody who follows what is told of it.
struct Watch {
    ServedHub hub;
    std::string key = hub.make_device("pump");
    Socket follower{hub, bearer(hub.admin.admin_key)};

    explicit Watch(const std::string& kinds = R"("presence","series")") {
        const Value reply = follower.request(
            R"({"id":1,"op":"stream.subscribe","body":{"kinds":[)" + kinds + "]}}");
        REQUIRE(*reply.find("status") == Value{200});
    }
    Answer as_owner(const std::string& method,
                    const std::string& target,
                    const std::string& body = {}) {
        return ask(hub, {.method = method,
                         .target = "/v1/devices/pump" + target,
                         .headers = bearer(hub.admin.admin_key),
                         .body = body});
    }
    /// Lets time pass; who follows stays there.
    void pass(Duration span) {
        for (Duration left = span; left > Duration{0}; left -= 20s) {
            hub.pass(std::min<Duration>(left, 20s));
            follower.send(R"({"op":"me.get"})");
        }
    }
    void declare(const std::string& series, const std::string& fields) {
        const Answer done = as_owner("PUT", "/series/" + series, fields);
        REQUIRE_MESSAGE(done.status == 200, done.body);
        hub.pass(1ms);
    }
    void write(const std::string& body) {
        const Answer done = as_owner("POST", "/telemetry", body);
        REQUIRE_MESSAGE(done.status == 200, done.body);
        hub.pass(1ms);
    }
    bool online() {
        return *as_owner("GET", "").json().find("presence")->find("online") == Value{true};
    }
    /// `stale since`, or `fresh since` in milliseconds after noon.
    std::string state(const std::string& series) {
        const Value view = as_owner("GET", "/series/" + series).json();
        if (view.find("stale") == nullptr) return "";
        const bool stale = *view.find("stale") == Value{true};
        const auto since = static_cast<std::int64_t>(view.find("since")->as_double());
        return (stale ? "stale " : "fresh ") + std::to_string(since - 1'700'000'000'000);
    }
    /// What has been told since the last call: `on:ws off:ws power:stale `.
    std::string told() {
        std::string out;
        for (const Value& message : follower.messages()) {
            const Value* events = message.find("ev");
            if (events == nullptr) continue;
            for (const Value& event : *events->get<Value::Array>())
                out += text_of(event) + " ";
        }
        return out;
    }

private:
    static std::string text_of(const Value& event) {
        const Value& value = *event.find("v");
        if (*event.find("k") == Value{"series"}) {
            return *event.find("s")->get<std::string>() +
                   (*value.find("stale") == Value{true} ? ":stale" : ":fresh");
        }
        return (*value.find("online") == Value{true} ? "on:" : "off:") +
               *value.find("door")->get<std::string>();
    }
};

}  // namespace

TEST_CASE("a device is offline the moment that its connection ends") {
    Watch watch;
    Socket socket{watch.hub, bearer(watch.key)};
    CHECK(watch.told() == "on:ws ");
    socket.connection().drop();
    CHECK(watch.told() == "off:ws ");
    CHECK_FALSE(watch.online());
}

TEST_CASE("a device that says nothing for 45 s is offline, one that answers pings is not") {
    Watch watch;
    Socket silent{watch.hub, bearer(watch.key)};
    Socket speaking{watch.hub, bearer(watch.hub.make_device("fan"))};
    CHECK(watch.told() == "on:ws on:ws ");
    for (int second = 0; second < 44; ++second) {
        watch.pass(1s);
        if (second % 10 == 0) speaking.send(R"({"op":"me.get"})");
    }
    CHECK(watch.online());
    CHECK_FALSE(silent.connection().closed());
    // The hub gives it up, and has no connection any more.
    watch.pass(1'100ms);
    CHECK(silent.connection().closed());
    silent.connection().drop();
    CHECK_FALSE(watch.online());
    CHECK(speaking.closed() == "");
}

TEST_CASE("a socket that takes over is never told of as gone, however late the older one ends") {
    Watch watch;
    auto first = std::make_unique<Socket>(watch.hub, bearer(watch.key));
    Socket second{watch.hub, bearer(watch.key)};
    Socket third{watch.hub, bearer(watch.key)};
    CHECK(first->closed().starts_with("4409"));
    CHECK(second.closed().starts_with("4409"));
    second.connection().drop();
    watch.pass(1s);
    first.reset();
    CHECK(watch.told().find("off") == std::string::npos);
    CHECK(watch.online());
    third.connection().drop();
    CHECK(watch.told() == "off:ws ");
}

TEST_CASE("a REST device is there for two of its intervals, a poll that waits included") {
    Watch watch;
    watch.declare("flow", R"({"interval":20000})");
    const Answer wrote = ask(watch.hub, {.method = "POST",
                                         .target = "/v1/me/telemetry",
                                         .headers = bearer(watch.key),
                                         .body = R"({"flow":1})"});
    CHECK(wrote.status == 200);
    CHECK(watch.told() == "on:rest ");
    watch.pass(49s);
    CHECK(watch.online());
    watch.pass(2s);
    CHECK_FALSE(watch.online());
    CHECK(watch.told() == "off:rest ");

    Connection poll{watch.hub};
    poll.feed(
        "GET /v1/me/commands?status=queued HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=60\r\n"
        "Authorization: Bearer " +
        watch.key + "\r\n\r\n");
    watch.pass(100s);
    CHECK(watch.online());
    watch.pass(12s);
    CHECK_FALSE(watch.online());
    CHECK(watch.told() == "on:rest off:rest ");
}

TEST_CASE("a series goes stale and comes back, each told once") {
    Watch watch;
    watch.declare("flow", R"({"stale_after":30000})");
    watch.write(R"({"flow":1,"other":2})");
    CHECK(watch.state("flow") == "fresh 0");
    watch.pass(29s);
    watch.write(R"({"other":3})");
    CHECK(watch.told() == "");
    watch.pass(2s);
    CHECK(watch.told() == "flow:stale ");
    CHECK(watch.state("flow") == "stale 30001");
    watch.pass(10min);
    // Too old to help, or of another series.
    watch.write(R"([{"t":1700000005000,"v":{"flow":2}},{"t":1700000006000,"v":{"other":2}}])");
    CHECK(watch.told() == "");
    watch.write(R"({"flow":3})");
    CHECK(watch.told() == "flow:fresh ");
    CHECK(watch.state("flow").starts_with("fresh "));
    watch.pass(31s);
    CHECK(watch.told() == "flow:stale ");
}

TEST_CASE("readings that keep coming keep a series fresh") {
    Watch watch;
    watch.declare("flow", R"({"stale_after":2000})");
    for (int second = 0; second < 60; ++second) {
        watch.write(R"({"flow":1})");
        watch.pass(1s);
    }
    CHECK(watch.told() == "");
}

TEST_CASE("a declared series without a reading goes stale too") {
    Watch watch;
    watch.declare("flow", R"({"stale_after":30000})");
    watch.pass(29s);
    CHECK(watch.told() == "");
    watch.pass(2s);
    CHECK(watch.told() == "flow:stale ");
    CHECK(watch.state("flow") == "stale 30000");
    watch.write(R"({"flow":1})");
    CHECK(watch.told() == "flow:fresh ");
}

TEST_CASE("what comes by a gateway's body ends staleness as well") {
    Watch watch;
    watch.declare("flow", R"({"stale_after":1000})");
    watch.pass(3s);
    CHECK(watch.told() == "flow:stale ");
    CHECK(ask(watch.hub, {.method = "POST",
                          .target = "/v1/telemetry",
                          .headers = bearer(watch.hub.admin.admin_key),
                          .body = R"({"pump":{"flow":1}})"})
              .status == 200);
    watch.pass(1ms);
    CHECK(watch.told() == "flow:fresh ");
}

TEST_CASE("another measure is applied at once, and none at all ends the state") {
    Watch watch;
    watch.write(R"({"flow":1})");
    watch.pass(1min);
    CHECK(watch.state("flow") == "");
    watch.declare("flow", R"({"stale_after":30000})");
    CHECK(watch.told() == "flow:stale ");
    CHECK(watch.state("flow") == "stale 30000");
    watch.declare("flow", R"({"stale_after":3600000})");
    CHECK(watch.told() == "flow:fresh ");
    watch.declare("flow", R"({"stale_after":30000})");
    CHECK(watch.told() == "flow:stale ");
    watch.declare("flow", "{}");
    CHECK(watch.told() == "flow:fresh ");
    watch.pass(10min);
    CHECK(watch.told() == "");
}

TEST_CASE("a hub that starts again tells what went stale meanwhile, and nothing twice") {
    Watch watch;
    watch.declare("flow", R"({"stale_after":10000})");
    watch.declare("heat", R"({"stale_after":60000})");
    watch.pass(15s);
    CHECK(watch.told() == "flow:stale ");
    const std::string since = watch.state("flow");
    // What a hub that is killed leaves: the store, and nobody who looks.
    const DeviceRef pump{.tenant = node::home_tenant(), .id = DeviceId{"pump"}};
    watch.hub.world().devices().find(pump)->deleted = true;
    watch.hub.world().devices().forget(pump);
    watch.pass(60s);
    CHECK(watch.told() == "");
    const auto started = conformance::start(api::start(watch.hub.world()));
    watch.pass(5ms);
    REQUIRE(started->has_value());
    CHECK(watch.told() == "heat:stale ");
    CHECK(watch.state("flow") == since);
    CHECK(watch.state("heat") == "stale 60001");
    watch.write(R"({"flow":1,"heat":2})");
    CHECK(watch.told() == "flow:fresh heat:fresh ");
}

TEST_CASE("telemetry.latest and the state go by one rule") {
    Watch watch;
    watch.declare("flow", R"({"stale_after":30000})");
    watch.write(R"({"flow":1})");
    const auto latest = [&] {
        return *watch.as_owner("GET", "/latest")
                    .json()
                    .find("series")
                    ->find("flow")
                    ->find("stale") == Value{true};
    };
    watch.pass(29'900ms);
    CHECK_FALSE(latest());
    watch.pass(300ms);
    CHECK(latest());
    CHECK(watch.told() == "flow:stale ");
}

TEST_CASE("a subscription to series hears of the staleness of those alone") {
    Watch watch;
    Socket other{watch.hub, bearer(watch.hub.admin.admin_key)};
    static_cast<void>(other.request(
        R"({"id":1,"op":"stream.subscribe","body":{"kinds":["series"],"series":["fl*"]}})"));
    watch.declare("flow", R"({"stale_after":1000})");
    watch.declare("heat", R"({"stale_after":1000})");
    watch.pass(3s);
    std::string names;
    for (const Value& message : other.messages()) {
        for (const Value& event : *message.find("ev")->get<Value::Array>())
            names += *event.find("s")->get<std::string>() + " ";
    }
    CHECK(names == "flow ");
    CHECK(watch.told() == "flow:stale heat:stale ");
}

}  // namespace tandem::simulation
