// The live adviser: what devices have cost through their door, what the other one would have cost,
// who may see it, and who is told.
#include "advise/constants.h"
#include "api/ledgers.h"
#include "client/rest_client.h"
#include "net/websocket_frame.h"
#include "scenario/access_fixture.h"
#include "simulation/hub_in_a_box.h"

namespace tandem::simulation {
namespace {

const std::string kReading = R"({"temperature":21.5,"humidity":40})";

std::string request_of(const std::string& key, const std::string& head, const std::string& body) {
    return head + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " + key +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A hub with a pump that writes over REST, and time that passes in seconds.
struct Plant : Estate {
    Plant() : Estate{{}, false} {}

    /// One second; everybody who is there does what it does.
    void second() {
        hub.clock.passed += 1s;
        hub.loop.advance(1s);
        hub.settle();
    }
    /// A reading a second over a REST connection that is kept; gives the last answer.
    std::string write_for(int seconds) {
        std::string answer;
        for (int at = 0; at < seconds; ++at) {
            second();
            if (at % 20 == 0) follower.send(R"({"op":"me.get"})");
            pump.feed(request_of(key, "POST /v1/me/telemetry", kReading));
            answer = pump.take();
            REQUIRE(answer.starts_with("HTTP/1.1 200"));
        }
        return answer;
    }
    Value advice(const std::string& device = "pump") {
        return done("GET", "/v1/devices/" + device + "/advice");
    }
    /// The events of the kind that have come since the last call, without their sentences.
    std::vector<std::string> told() {
        std::vector<std::string> out;
        for (const Value& message : follower.messages()) {
            const Value* events = message.find("ev");
            if (events == nullptr) continue;
            for (const Value& event : *events->get<Value::Array>()) {
                const Value& value = *event.find("v");
                CHECK(*event.find("k") == Value{"advice"});
                out.push_back(*event.find("d")->get<std::string>() + ": " +
                              *value.find("door")->get<std::string>() + " -> " +
                              *value.find("advised_door")->get<std::string>() + " " +
                              *value.find("reason")->get<std::string>());
            }
        }
        return out;
    }

    std::string key = hub.make_device("pump");
    Socket follower{hub, bearer(hub.admin.admin_key)};
    Connection pump{hub};
};

double number(const Value& value, std::string_view first, std::string_view second = "") {
    const Value* found = value.find(first);
    REQUIRE(found != nullptr);
    if (!second.empty()) found = found->find(second);
    REQUIRE(found != nullptr);
    return found->as_double();
}

const Value& item(const Value& list, std::size_t at) {
    const auto* items = list.get<Value::Array>();
    REQUIRE(items != nullptr);
    REQUIRE(items->size() > at);
    return items->at(at);
}

void pong(Socket& socket) {
    socket.connection().feed(net::encode_frame({.final = true,
                                                .opcode = net::Opcode::kPong,
                                                .mask = net::Mask{1, 2, 3, 4},
                                                .payload_bytes = 0},
                                               ""));
}

}  // namespace

TEST_CASE("a device's ledger is what has passed through its door, the same at both doors") {
    Plant plant;
    plant.write_for(60);
    const Value advice = plant.advice();
    CHECK(*advice.find("door") == Value{"rest"});
    CHECK(*advice.find("way") == Value{"REST, kept alive"});
    CHECK(*advice.find("since") == Value{1'700'000'001'000});
    CHECK(*advice.find("last") == Value{1'700'000'060'000});
    const Value& hour = *advice.find("hour");
    CHECK(number(hour, "seconds") == 59);
    const Value& rest = item(*hour.find("doors"), 0);
    CHECK(hour.find("doors")->get<Value::Array>()->size() == 1);
    CHECK(*rest.find("door") == Value{"rest"});
    CHECK(*rest.find("messages_up") == Value{60});
    CHECK(*rest.find("messages_down") == Value{60});
    CHECK(*rest.find("connections") == Value{1});
    CHECK(number(rest, "connected_s") == 59);
    const Value& bytes = *rest.find("bytes");
    CHECK(number(bytes, "payload") == 60 * static_cast<double>(kReading.size()));
    const std::string asked = request_of(plant.key, "POST /v1/me/telemetry", kReading);
    CHECK(number(bytes, "payload") + number(bytes, "framing") >
          60 * static_cast<double>(asked.size() + 300));
    CHECK(number(bytes, "total") == number(bytes, "payload") + number(bytes, "framing") +
                                        number(bytes, "tls") + number(bytes, "tcp_ip"));
    CHECK(number(rest, "bytes_up") + number(rest, "bytes_down") == number(bytes, "total"));
    CHECK(number(hour, "here", "messages") == 120);
    CHECK(*hour.find("here")->find("bytes") == bytes);
    CHECK(*advice.find("day")->find("doors") == *hour.find("doors"));

    Socket boss{plant.hub, bearer(plant.boss)};
    const Value reply = boss.request(R"({"id":1,"op":"advice.get","path":{"device":"pump"}})");
    CHECK(*reply.find("body") == advice);
    const Value list = boss.request(R"({"id":1,"op":"advice.list"})");
    CHECK(*list.find("body") == plant.done("GET", "/v1/advice"));
    // Time that was observed, and nothing concluded from so little.
    CHECK(*advice.find("reason") == Value{"young"});
    CHECK(*advice.find("worth_changing") == Value{false});
    CHECK(*advice.find("advised_door") == Value{"rest"});
    CHECK(number(advice, "sure") < 0.05);
}

TEST_CASE("a reading a second over REST is on the wrong door, and an hour of it says so surely") {
    Plant plant;
    plant.write_for(3'700);
    const Value advice = plant.advice();
    CHECK(*advice.find("reason") == Value{"worth"});
    CHECK(*advice.find("worth_changing") == Value{true});
    CHECK(*advice.find("advised_door") == Value{"ws"});
    CHECK(*advice.find("advised_way") == Value{"WebSocket, JSON"});
    CHECK(number(advice, "sure") == 1);
    const Value& hour = *advice.find("hour");
    CHECK(number(hour, "seconds") == 3'600);
    CHECK(number(hour, "here", "messages") == doctest::Approx(7'200).epsilon(0.001));
    CHECK(number(*advice.find("day"), "seconds") == 3'699);
    // The other door, by the model's own constants.
    const advise::Constants table;
    const double reply = table[advise::Constant::kSocketWriteUp] +
                         table[advise::Constant::kSocketReplyDown] + 3 * 52;
    const double other = 3'600 * (reply + static_cast<double>(kReading.size()));
    CHECK(*hour.find("other")->find("door") == Value{"ws"});
    CHECK(number(*hour.find("other"), "bytes", "total") == doctest::Approx(other).epsilon(0.02));
    const double here = number(*hour.find("here"), "bytes", "total");
    CHECK(number(advice, "saving", "bytes_a_day") ==
          doctest::Approx(24 * (here - other)).epsilon(0.02));
    // What it is connected with is not known.
    CHECK(hour.find("other")->find("radio_on_s") == nullptr);
}

TEST_CASE("labels that name a network tell of the radio") {
    Plant plant;
    plant.done("PATCH", "/v1/devices/pump", R"({"labels":{"network":"nb-iot","power":"battery"}})");
    plant.write_for(60);
    // From so little no day is concluded.
    CHECK(plant.advice().find("saving") == nullptr);
    plant.write_for(600);
    const Value advice = plant.advice();
    CHECK(number(*advice.find("hour"), "here", "radio_on_s") > 0);
    CHECK(number(*advice.find("hour"), "other", "radio_on_s") > 0);
    CHECK(advice.find("saving")->find("radio_on_s_a_day") != nullptr);
}

TEST_CASE("of a device that has not spoken there is nothing to say, and no stranger exists") {
    Plant plant;
    plant.hub.make_device("lamp");
    const Value advice = plant.advice("lamp");
    CHECK(*advice.find("reason") == Value{"young"});
    CHECK(*advice.find("worth_changing") == Value{false});
    CHECK(advice.find("door") == nullptr);
    CHECK(advice.find("hour")->find("other") == nullptr);
    CHECK(plant.call(plant.boss, "GET", "/v1/devices/nobody/advice").status == 404);
    CHECK(names_in(plant.done("GET", "/v1/advice"), "device").empty());
}

TEST_CASE("advice is for who may read the device: of a list those, and no others") {
    Plant plant;
    const std::string fan = plant.hub.make_device("fan", {{"hall", "3"}});
    plant.write_for(5);
    Socket device{plant.hub, bearer(fan)};
    const std::string some = plant.make_app("some");
    const std::string hall = plant.make_app("hall");
    const std::string none = plant.make_app("none");
    plant.grant(R"("app":"some","scopes":["devices:read"],"devices":["pump"])");
    plant.grant(R"("app":"hall","scopes":["devices:read"],"labels":{"hall":"3"})");
    plant.grant(R"("app":"none","scopes":["telemetry:read"],"devices":["pump"])");
    const auto status = [&](const std::string& key, const std::string& device_id) {
        return plant.call(key, "GET", "/v1/devices/" + device_id + "/advice").status;
    };
    const auto listed = [&](const std::string& key) {
        return names_in(plant.call(key, "GET", "/v1/advice").json(), "device");
    };
    CHECK(listed(plant.boss) == Names{"fan", "pump"});
    CHECK(listed(some) == Names{"pump"});
    CHECK(status(some, "pump") == 200);
    CHECK(status(some, "fan") == 404);
    CHECK(listed(hall) == Names{"fan"});
    CHECK(status(hall, "fan") == 200);
    CHECK(status(hall, "pump") == 404);
    CHECK(plant.call(none, "GET", "/v1/advice").status == 403);
    CHECK(status(none, "pump") == 403);
    // A device sees itself, and no list.
    CHECK(status(plant.key, "me") == 200);
    CHECK(status(plant.key, "fan") == 404);
    CHECK(plant.call(plant.key, "GET", "/v1/advice").status == 403);
    CHECK(plant.call("", "GET", "/v1/advice").status == 401);
}

TEST_CASE("a list is read in pages and by what it is about") {
    Plant plant;
    const std::string fan = plant.hub.make_device("fan");
    Socket device{plant.hub, bearer(fan)};
    plant.write_for(700);
    const auto listed = [&](const std::string& query) {
        return names_in(plant.done("GET", "/v1/advice" + query), "device");
    };
    CHECK(listed("") == Names{"fan", "pump"});
    CHECK(listed("?worth_changing=true") == Names{"pump"});
    CHECK(listed("?worth_changing=false") == Names{"fan"});
    CHECK(listed("?door=ws") == Names{"fan"});
    CHECK(listed("?door=sse").empty());
    CHECK(listed("?saving=1000000") == Names{"pump"});
    CHECK(listed("?saving=1000000000000").empty());
    const Value first = plant.done("GET", "/v1/advice?limit=1");
    CHECK(names_in(first, "device") == Names{"fan"});
    const std::string next = *first.find("next")->get<std::string>();
    const Value second = plant.done("GET", "/v1/advice?limit=1&cursor=" + next);
    CHECK(names_in(second, "device") == Names{"pump"});
    CHECK(second.find("next") == nullptr);
    CHECK(plant.call(plant.boss, "GET", "/v1/advice?worth_changing=perhaps").status == 400);
    CHECK(plant.call(plant.boss, "GET", "/v1/advice?cursor=nonsense").status == 400);
}

TEST_CASE("an event tells once that the advice changes, and again when the device has followed") {
    Plant plant;
    REQUIRE(*subscribe(plant.follower, R"({"kinds":["advice"]})").find("status") == Value{200});
    plant.write_for(590);
    CHECK(plant.told().empty());
    plant.write_for(330);
    CHECK(plant.told() == std::vector<std::string>{"pump: rest -> ws worth"});
    // The same for another half hour is no change.
    plant.write_for(1'800);
    CHECK(plant.told().empty());

    plant.pump.drop();
    Socket device{plant.hub, bearer(plant.key)};
    for (int at = 0; at < 700; ++at) {
        plant.second();
        if (at % 20 == 0) plant.follower.send(R"({"op":"me.get"})");
        device.send(R"({"id":1,"op":"telemetry.write","path":{"device":"me"},"body":)" + kReading +
                    "}");
        static_cast<void>(device.messages());
    }
    CHECK(plant.told() == std::vector<std::string>{"pump: ws -> ws fits"});
    const auto changes = [&](const std::string& door) {
        const std::string label = "door=\"" + door + "\"";
        return plant.hub.hub->metrics.counter("tandem_advice_changes_total", label).value();
    };
    CHECK(changes("ws") == 2);
    CHECK(changes("rest") == 0);
    CHECK(*plant.advice().find("door") == Value{"ws"});
}

TEST_CASE("events of advice are for who may read the device") {
    Plant plant;
    const std::string some = plant.make_app("some");
    const std::string other = plant.make_app("other");
    plant.grant(R"("app":"some","scopes":["devices:read"],"devices":["pump"])");
    plant.grant(R"("app":"other","scopes":["devices:read"],"devices":["fan"])");
    const auto heard_by = [&](const std::string& key) {
        const Answer page = plant.call(key, "GET", "/v1/stream?kinds=advice&start=now");
        REQUIRE(page.status == 200);
        return *page.json().find("cur")->get<std::string>();
    };
    const std::string before = heard_by(some);
    plant.write_for(700);
    const auto count = [&](const std::string& key) {
        const Value page = plant.call(key, "GET", "/v1/stream?kinds=advice&start=" + before).json();
        const Value* events = page.find("ev");
        return events == nullptr ? 0 : events->get<Value::Array>()->size();
    };
    CHECK(count(some) == 1);
    CHECK(count(other) == 0);
}

TEST_CASE("a REST device that would do better on a socket is told with its readings") {
    Plant plant;
    const std::string early = plant.write_for(590);
    CHECK(early.find("rel=\"alternate\"") == std::string::npos);
    const std::string late = plant.write_for(330);
    CHECK(late.find("link: </v1/stream>; rel=\"alternate\"; title=\"ws\"\r\n") !=
          std::string::npos);
    // With readings only, and to the device only.
    plant.pump.feed(request_of(plant.key, "GET /v1/me/config", ""));
    CHECK(plant.pump.take().find("alternate") == std::string::npos);
    const Answer other = plant.call(plant.boss, "POST", "/v1/devices/pump/telemetry", kReading);
    CHECK(other.field("link").empty());
}

TEST_CASE("a device whose socket is silent is told in its next hello that REST would do") {
    Plant plant;
    const auto hello_of = [](Socket& socket) {
        for (const Value& message : socket.messages()) {
            if (const Value* hello = message.find("hello")) return *hello;
        }
        return Value{};
    };
    {
        Socket device{plant.hub, bearer(plant.key)};
        CHECK(hello_of(device).find("advice") == nullptr);
        for (int at = 0; at < 3'000; ++at) {
            plant.second();
            if (at % 20 == 10) pong(device);
            if (at % 600 == 0) {
                device.send(R"({"id":1,"op":"telemetry.write","path":{"device":"me"},"body":)" +
                            kReading + "}");
            }
        }
        CHECK(device.closed().empty());
    }
    Socket again{plant.hub, bearer(plant.key)};
    const Value hello = hello_of(again);
    const Value* advice = hello.find("advice");
    REQUIRE(advice != nullptr);
    CHECK(*advice->find("door") == Value{"rest"});
    CHECK(advice->find("says")->get<std::string>()->starts_with("REST would save "));
    CHECK(number(*advice, "saving_bytes_a_day") > 100'000);
}

TEST_CASE("requests that wait, and events over a request, are ways of their own") {
    Plant plant;
    plant.pump.feed(request_of(plant.key, "POST /v1/me/telemetry", kReading));
    static_cast<void>(plant.pump.take());
    plant.pump.feed(
        "GET /v1/me/commands?status=queued HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
        "Prefer: wait=5\r\nAuthorization: Bearer " +
        plant.key + "\r\n\r\n");
    for (int at = 0; at < 6; ++at)
        plant.second();
    REQUIRE(plant.pump.take().starts_with("HTTP/1.1 200"));
    Connection events{plant.hub};
    events.feed(
        "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: text/event-stream\r\n"
        "Authorization: Bearer " +
        plant.key + "\r\n\r\n");
    plant.pump.feed(request_of(plant.key, "POST /v1/me/telemetry", kReading));
    plant.second();
    REQUIRE(events.take().find("temperature") != std::string::npos);
    const Value advice = plant.advice();
    const Value& doors = *advice.find("hour")->find("doors");
    CHECK(names_in(Value::Object{{"items", doors}}, "door") == Names{"poll", "rest", "sse"});
    const Value& poll = item(doors, 1);
    CHECK(*poll.find("messages_up") == Value{1});
    // The request for commands is the poll's, to the byte; readings are not.
    CHECK(number(poll, "bytes", "payload") == 0);
    CHECK(number(poll, "bytes", "framing") > 300);
    CHECK(number(item(doors, 0), "bytes", "payload") == 2 * static_cast<double>(kReading.size()));
    CHECK(number(item(doors, 2), "messages_down") >= 2);
}

TEST_CASE("a connection that two devices share is split at their requests") {
    Plant plant;
    const std::string fan = plant.hub.make_device("fan");
    const std::string long_reading = R"({"note":")" + std::string(2'000, 'x') + R"("})";
    for (int at = 0; at < 5; ++at) {
        plant.pump.feed(request_of(plant.key, "POST /v1/me/telemetry", kReading));
        REQUIRE(plant.pump.take().starts_with("HTTP/1.1 200"));
        plant.pump.feed(request_of(fan, "POST /v1/me/telemetry", long_reading));
        REQUIRE(plant.pump.take().starts_with("HTTP/1.1 200"));
    }
    const auto up = [&](const std::string& device) {
        const Value advice = plant.advice(device);
        return number(item(*advice.find("hour")->find("doors"), 0), "bytes_up");
    };
    CHECK(up("fan") > 5 * 2'000);
    CHECK(up("pump") < 5 * 700);
}

TEST_CASE("a device that comes over several loops has one ledger for who looks") {
    World world{1};
    Network network{world, {}};
    HubInABox hub{world, network, {.loops = 3}};
    hub.start();
    Machine machine{world};
    const auto connect = [&](const std::string& key) {
        return std::make_unique<client::RestClient>(machine, access_as(key),
                                                    connect_from(network, machine));
    };
    const auto owner = connect(hub.admin_key());
    const auto asked = [&](client::HubClient& client, client::Call call) {
        auto reply = finish(world, client.call(std::move(call)));
        REQUIRE_MESSAGE(reply.has_value(), reply.error().detail);
        return reply->body;
    };
    const Value path = Value::Object{{"device", "pump"}};
    asked(*owner, {.operation = "devices.create", .body = Value::Object{{"id", "pump"}}});
    const Value key =
        asked(*owner, {.operation = "keys.create", .path = path, .body = Value::Object{}});
    // Each connection goes to any of the loops.
    std::vector<std::unique_ptr<client::RestClient>> pumps;
    for (int at = 0; at < 12; ++at) {
        pumps.push_back(connect(client::text_at(key, "key")));
        for (int time = 0; time < 5; ++time) {
            asked(*pumps.back(), {.operation = "telemetry.write",
                                  .path = path,
                                  .body = Value::Object{{"x", 12 * at + time}}});
        }
    }
    std::size_t ledgers = 0;
    for (const api::Shard* shard : hub.hub().shards)
        ledgers += shard->ledgers->size();
    CHECK(ledgers > 1);
    const Value advice = asked(*owner, {.operation = "advice.get", .path = path});
    const Value& rest = item(*advice.find("hour")->find("doors"), 0);
    CHECK(*rest.find("messages_up") == Value{60});
    CHECK(*rest.find("connections") == Value{12});
    const Value list = asked(*owner, {.operation = "advice.list"});
    CHECK(names_in(list, "device") == Names{"pump"});
    // And none when it is gone, wherever its connections are.
    asked(*owner, {.operation = "devices.delete", .path = path});
    world.run_for(1s);
    for (const api::Shard* shard : hub.hub().shards)
        CHECK(shard->ledgers->size() == 0);
}

TEST_CASE("of a deleted device nothing is known, nor of another with its name") {
    Plant plant;
    plant.write_for(5);
    plant.done("DELETE", "/v1/devices/pump");
    CHECK(plant.call(plant.boss, "GET", "/v1/devices/pump/advice").status == 404);
    plant.hub.make_device("pump");
    CHECK(plant.advice().find("door") == nullptr);
}

TEST_CASE("a ledger of a device that is silent for a day is let go") {
    Plant plant;
    plant.write_for(2);
    plant.pump.drop();
    const std::string fan = plant.hub.make_device("fan");
    plant.hub.clock.passed += 25h;
    plant.hub.loop.advance(25h);
    CHECK(names_in(plant.done("GET", "/v1/advice"), "device") == Names{"pump"});
    // Others that speak clear it away, a few at a time.
    for (int at = 0; at < 40; ++at) {
        const Answer done = plant.call(fan, "POST", "/v1/me/telemetry", kReading);
        REQUIRE(done.status == 200);
    }
    CHECK(names_in(plant.done("GET", "/v1/advice"), "device") == Names{"fan"});
    CHECK(plant.hub.hub->metrics.gauge("tandem_ledger_devices").value() == 1);
}

}  // namespace tandem::simulation
