// The life of a command on either side of the device's socket: handed over, lost with the socket,
// leased, expired, overtaken.
#include "scenario/hooked_registry.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

namespace tandem::simulation {
namespace {

/// A hub with the device `pump`, and what its operator sees.
struct Pump {
    explicit Pump(HubSettings settings = {}) : hub{std::move(settings)} {}

    ServedHub hub;
    std::string key = hub.make_device("pump");

    Answer as_operator(const std::string& method,
                       const std::string& target,
                       const std::string& body = {}) {
        return ask(hub, {.method = method,
                         .target = "/v1/devices/pump/commands" + target,
                         .headers = bearer(hub.admin.admin_key),
                         .body = body});
    }
    std::string send(const std::string& name, const std::string& ttl = "60000") {
        const Answer sent =
            as_operator("POST", "", R"({"name":")" + name + R"(","ttl":)" + ttl + "}");
        REQUIRE_MESSAGE(sent.status == 202, sent.body);
        return *sent.json().find("id")->get<std::string>();
    }
    /// `status attempt` of a command.
    std::string look(const std::string& id) {
        const Value command = as_operator("GET", "/" + id).json();
        return *command.find("status")->get<std::string>() + " " +
               std::to_string(*command.find("attempt")->get<std::int64_t>());
    }
    std::string version(const std::string& id) {
        return as_operator("GET", "/" + id).field("etag");
    }
    /// The names of the commands that a poll leases for 10 s.
    std::string take() {
        net::Headers headers = bearer(key);
        headers.emplace_back("Prefer", "wait=0");
        const Answer taken =
            ask(hub, {.target = "/v1/me/commands?status=queued&lease=10000", .headers = headers});
        REQUIRE_MESSAGE(taken.status == 200, taken.body);
        std::string names;
        for (const Value& item : *taken.json().find("items")->get<Value::Array>())
            names += *item.find("name")->get<std::string>() + " ";
        return names;
    }
    Answer as_device(const std::string& target, const std::string& body = {}) {
        return ask(hub, {.method = "POST",
                         .target = "/v1/me/commands/" + target,
                         .headers = bearer(key),
                         .body = body});
    }
};

/// `name:attempt` of the commands that a socket has got since the last call.
std::string got(Socket& socket) {
    std::string out;
    for (const Value& message : socket.messages()) {
        const Value* command = message.find("cmd");
        if (command == nullptr) continue;
        out += *command->find("name")->get<std::string>() + ":" +
               std::to_string(*command->find("attempt")->get<std::int64_t>()) + " ";
    }
    return out;
}

/// `status:attempt`, and `:progress` if there is one, of each event of a command since the last
/// call.
std::string steps(Socket& follower) {
    std::string out;
    for (const Value& message : follower.messages()) {
        const Value* events = message.find("ev");
        if (events == nullptr) continue;
        for (const Value& event : *events->get<Value::Array>()) {
            const Value* told = event.find("v");
            out += *told->find("status")->get<std::string>() + ":" +
                   std::to_string(*told->find("attempt")->get<std::int64_t>());
            if (const Value* progress = told->find("progress")) {
                out += ":" + codec::to_json(*progress);
            }
            out += " ";
        }
    }
    return out;
}

}  // namespace

TEST_CASE("what waits for a device is handed over when its socket opens, oldest first") {
    Pump pump;
    const std::string first = pump.send("a");
    static_cast<void>(pump.send("b"));
    CHECK(pump.look(first) == "queued 0");
    Socket socket{pump.hub, bearer(pump.key)};
    CHECK(got(socket) == "a:1 b:1 ");
    CHECK(pump.look(first) == "delivered 1");
    static_cast<void>(pump.send("c"));
    CHECK(got(socket) == "c:1 ");
}

TEST_CASE("a command that a socket took with it is handed to the next") {
    Pump pump;
    auto socket = std::make_unique<Socket>(pump.hub, bearer(pump.key));
    const std::string lost = pump.send("lost");
    const std::string known = pump.send("known");
    CHECK(got(*socket) == "lost:1 known:1 ");
    CHECK(*socket
               ->request(R"({"id":1,"op":"commands.ack","path":{"device":"me","command":")" +
                         known + R"("}})")
               .find("status") == Value{200});
    socket.reset();
    CHECK(pump.look(lost) == "queued 1");
    CHECK(pump.look(known) == "acknowledged 1");
    Socket next{pump.hub, bearer(pump.key)};
    CHECK(got(next) == "lost:2 ");
}

TEST_CASE("a socket that takes over gets what the older one did not acknowledge") {
    Pump pump;
    auto first = std::make_unique<Socket>(pump.hub, bearer(pump.key));
    const std::string id = pump.send("a");
    CHECK(got(*first) == "a:1 ");
    Socket second{pump.hub, bearer(pump.key)};
    CHECK(got(second) == "a:2 ");
    CHECK(first->closed().starts_with("4409"));
    // The end of the older one changes nothing any more.
    first.reset();
    CHECK(pump.look(id) == "delivered 2");
    CHECK(got(second) == "");
    const Answer device =
        ask(pump.hub, {.target = "/v1/devices/pump", .headers = bearer(pump.hub.admin.admin_key)});
    CHECK(*device.json().find("presence")->find("online") == Value{true});
}

/// A pump whose registry may take no commands for a while.
struct FullPump : Pump {
    FullPump() { hub.part->shard.stores.registry = &registry; }
    ~FullPump() { hub.part->shard.stores.registry = &behind; }
    FullPump(const FullPump&) = delete;
    FullPump& operator=(const FullPump&) = delete;

    Registry& behind = *hub.part->shard.stores.registry;
    HookedRegistry registry{behind, hub.loop};
};

TEST_CASE("what could not be handed over when a socket opened is handed over when the store can") {
    FullPump pump;
    const std::string id = pump.send("a");
    pump.registry.keeps_commands = false;
    Socket socket{pump.hub, bearer(pump.key)};
    CHECK(got(socket) == "");
    pump.hub.pass(6s);
    CHECK(got(socket) == "");
    pump.registry.keeps_commands = true;
    pump.hub.pass(6s);
    CHECK(got(socket) == "a:1 ");
    CHECK(pump.look(id) == "delivered 1");
}

TEST_CASE(
    "what an older socket had comes once to the newer, also when the store could not be used") {
    FullPump pump;
    Socket first{pump.hub, bearer(pump.key)};
    const std::string id = pump.send("a");
    CHECK(got(first) == "a:1 ");
    pump.registry.keeps_commands = false;
    Socket second{pump.hub, bearer(pump.key)};
    CHECK(got(second) == "");
    pump.registry.keeps_commands = true;
    static_cast<void>(pump.send("b"));
    CHECK(got(second) == "a:2 b:1 ");
    pump.hub.pass(6s);
    CHECK(got(second) == "");
    CHECK(pump.look(id) == "delivered 2");
}

TEST_CASE("a leased command goes back to the queue when its lease is over") {
    Pump pump;
    const std::string id = pump.send("a");
    CHECK(pump.take() == "a ");
    CHECK(pump.look(id) == "delivered 1");
    CHECK(pump.take() == "");
    pump.hub.pass(9'900ms);
    CHECK(pump.take() == "");
    pump.hub.pass(200ms);
    CHECK(pump.look(id) == "queued 1");
    CHECK(pump.take() == "a ");
    CHECK(pump.look(id) == "delivered 2");
}

TEST_CASE("a lease lasts as long as it was given for, however the clock is set meanwhile") {
    Pump pump;
    const std::string id = pump.send("a", "86400000");
    pump.hub.pass(3s);
    CHECK(pump.take() == "a ");

    SUBCASE("back") {
        pump.hub.clock.ahead = -1h;
    }
    SUBCASE("ahead") {
        pump.hub.clock.ahead = 1h;
    }
    pump.hub.pass(4s);
    CHECK(pump.take() == "");
    pump.hub.pass(5'900ms);
    CHECK(pump.look(id) == "delivered 1");
    CHECK(pump.take() == "");
    pump.hub.pass(200ms);
    CHECK(pump.look(id) == "queued 1");
    CHECK(pump.take() == "a ");
}

TEST_CASE("a lease that is renewed after the clock was set lasts so long from then on") {
    Pump pump;
    const std::string id = pump.send("a", "86400000");
    CHECK(pump.take() == "a ");
    pump.hub.pass(9s);
    pump.hub.clock.ahead = -1h;
    CHECK(pump.as_device(id + "/lease", R"({"lease":20000})").status == 200);
    pump.hub.pass(19'900ms);
    CHECK(pump.look(id) == "delivered 1");
    pump.hub.pass(200ms);
    CHECK(pump.look(id) == "queued 1");
}

TEST_CASE("a lease that is over hands the command to a socket that is there") {
    Pump pump;
    static_cast<void>(pump.send("a"));
    CHECK(pump.take() == "a ");
    Socket socket{pump.hub, bearer(pump.key)};
    CHECK(got(socket) == "");  // The poll still has it.
    pump.hub.pass(10'100ms);
    CHECK(got(socket) == "a:2 ");
}

TEST_CASE("an acknowledged command is not handed out again") {
    Pump pump;
    const std::string id = pump.send("a");
    CHECK(pump.take() == "a ");
    CHECK(pump.as_device(id + "/ack").status == 200);
    pump.hub.pass(20s);
    CHECK(pump.take() == "");
    CHECK(pump.look(id) == "acknowledged 1");
}

TEST_CASE("a lease that is renewed lasts so long from then on, and nobody is told of it") {
    Pump pump;
    Socket follower{pump.hub, bearer(pump.hub.admin.admin_key)};
    static_cast<void>(
        follower.request(R"({"id":1,"op":"stream.subscribe","body":{"kinds":["command"]}})"));
    const std::string id = pump.send("a");
    CHECK(pump.take() == "a ");
    CHECK(steps(follower) == "queued:0 delivered:1 ");
    pump.hub.pass(9s);
    const Answer renewed = pump.as_device(id + "/lease", R"({"lease":20000})");
    CHECK(renewed.status == 200);
    CHECK(*renewed.json().find("attempt") == Value{1});
    CHECK(pump.version(id) == R"("3")");
    CHECK(pump.as_device(id + "/lease").status == 200);  // 30 s, as a lease has without a word.
    pump.hub.pass(29'900ms);
    CHECK(pump.look(id) == "delivered 1");
    CHECK(steps(follower) == "");
    pump.hub.pass(200ms);
    CHECK(pump.look(id) == "queued 1");
    CHECK(pump.as_device(id + "/lease").problem() == "conflict");
    CHECK(steps(follower) == "queued:1 ");
}

TEST_CASE("a command on a socket has no lease that could be renewed") {
    Pump pump;
    Socket socket{pump.hub, bearer(pump.key)};
    const std::string id = pump.send("a");
    CHECK(got(socket) == "a:1 ");
    CHECK(pump.as_device(id + "/lease").problem() == "conflict");
}

TEST_CASE("what was sent behind a leased command waits for it, at either door") {
    Pump pump;
    const std::string first = pump.send("first");
    CHECK(pump.take() == "first ");
    const std::string second = pump.send("second");
    CHECK(pump.take() == "");

    SUBCASE("until its lease is over: then both come in order") {
        pump.hub.pass(10'100ms);
        CHECK(pump.take() == "first second ");
    }
    SUBCASE("until it is acknowledged: a poll that waits gets it at that moment") {
        Connection poll{pump.hub};
        poll.feed(
            "GET /v1/me/commands?status=queued HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=9\r\n"
            "Authorization: Bearer " +
            pump.key + "\r\n\r\n");
        CHECK(poll.take() == "");
        CHECK(pump.as_device(first + "/ack").status == 200);
        CHECK(poll.take().find(R"("name":"second")") != std::string::npos);
    }
    SUBCASE("until it is cancelled") {
        CHECK(pump.as_operator("DELETE", "/" + first).status == 200);
        CHECK(pump.take() == "second ");
    }
    SUBCASE("also on a socket that opens meanwhile") {
        Socket socket{pump.hub, bearer(pump.key)};
        CHECK(got(socket) == "");
        static_cast<void>(pump.send("third"));
        CHECK(got(socket) == "");
        CHECK(pump.as_device(first + "/result", R"({"status":"done"})").status == 200);
        CHECK(got(socket) == "second:1 third:1 ");
    }
}

TEST_CASE("a device tells how far it is with a command that it has acknowledged") {
    Pump pump;
    Socket follower{pump.hub, bearer(pump.hub.admin.admin_key)};
    static_cast<void>(
        follower.request(R"({"id":1,"op":"stream.subscribe","body":{"kinds":["command"]}})"));
    const std::string id = pump.send("a");
    const auto progress = [&](const std::string& value) {
        return pump.as_device(id + "/progress", R"({"progress":)" + value + "}");
    };
    CHECK(progress("1").problem() == "conflict");
    CHECK(pump.take() == "a ");
    CHECK(progress("1").problem() == "conflict");
    CHECK(pump.as_device(id + "/ack").status == 200);
    static_cast<void>(steps(follower));
    const Answer told = progress(R"({"percent":40})");
    CHECK(told.status == 200);
    CHECK(*told.json().find("status") == Value{"acknowledged"});
    const Value percent = Value::Object{{"percent", 40}};
    CHECK(*pump.as_operator("GET", "/" + id).json().find("progress") == percent);
    CHECK(pump.version(id) == R"("4")");
    CHECK(steps(follower) == R"(acknowledged:1:{"percent":40} )");
    // The same again is no news.
    CHECK(progress(R"({"percent":40})").status == 200);
    CHECK(pump.version(id) == R"("4")");
    CHECK(steps(follower) == "");
    CHECK(pump.as_device(id + "/result", R"({"status":"done","result":7})").status == 200);
    CHECK(steps(follower) == R"(done:1:{"percent":40} )");
    CHECK(progress("2").problem() == "conflict");
    CHECK(*pump.as_operator("GET", "/" + id).json().find("progress") == percent);
}

TEST_CASE("params, progress and result have a size, and a refusal names the field and the limit") {
    api::Rules rules;
    rules.commands.params_bytes = 20;
    rules.commands.progress_bytes = 10;
    rules.commands.result_bytes = 30;
    Pump pump{{.rules = rules}};
    // A text with its quotes as JSON.
    const auto text = [](std::size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; };
    const auto refused = [&](const Answer& answer, std::string_view field, std::string_view limit) {
        CHECK(answer.problem() == "invalid-field");
        const Value problem = answer.json();
        CHECK(*problem.find("limit") == Value{limit});
        const auto* errors = problem.find("errors")->get<Value::Array>();
        REQUIRE(errors->size() == 1);
        CHECK(*errors->front().find("pointer") == Value{field});
    };
    const auto send = [&](std::size_t bytes) {
        return pump.as_operator("POST", "", R"({"name":"a","params":)" + text(bytes) + "}");
    };
    refused(send(21), "/params", "commands.params_bytes");
    const Answer sent = send(20);
    REQUIRE(sent.status == 202);
    const std::string id = *sent.json().find("id")->get<std::string>();
    CHECK(pump.take() == "a ");
    CHECK(pump.as_device(id + "/ack").status == 200);
    const auto progress = [&](std::size_t bytes) {
        return pump.as_device(id + "/progress", R"({"progress":)" + text(bytes) + "}");
    };
    refused(progress(11), "/progress", "commands.progress_bytes");
    CHECK(progress(10).status == 200);
    const auto result = [&](std::size_t bytes) {
        return pump.as_device(id + "/result", R"({"status":"done","result":)" + text(bytes) + "}");
    };
    refused(result(31), "/result", "commands.result_bytes");
    CHECK(pump.look(id) == "acknowledged 1");
    CHECK(result(30).status == 200);
    const auto& hits = pump.hub.hub->metrics.counter("tandem_limit_hits_total",
                                                     R"(limit="commands.result_bytes")");
    CHECK(hits.value() == 1);
}

TEST_CASE("a command that nobody took in time expires") {
    Pump pump;
    const std::string brief = pump.send("brief", "5000");
    const std::string longer = pump.send("longer", "8000");
    pump.hub.pass(4'900ms);
    CHECK(pump.look(brief) == "queued 0");
    pump.hub.pass(200ms);
    CHECK(pump.look(brief) == "expired 0");
    CHECK(pump.look(longer) == "queued 0");
    Socket socket{pump.hub, bearer(pump.key)};
    CHECK(got(socket) == "longer:1 ");
    CHECK(pump.as_device(brief + "/ack").problem() == "conflict");
    pump.hub.pass(4s);
    CHECK(pump.look(longer) == "expired 1");
}

TEST_CASE("an acknowledged command may finish for an hour after its time") {
    Pump pump;
    const std::string in_time = pump.send("in-time", "5000");
    const std::string too_late = pump.send("too-late", "5000");
    CHECK(pump.take() == "in-time too-late ");
    CHECK(pump.as_device(in_time + "/ack").status == 200);
    CHECK(pump.as_device(too_late + "/ack").status == 200);
    pump.hub.pass(50min);
    CHECK(pump.as_device(in_time + "/result", R"({"status":"done","result":7})").status == 200);
    pump.hub.pass(15min);
    CHECK(pump.look(in_time) == "done 1");
    CHECK(pump.look(too_late) == "expired 1");
    CHECK(pump.as_device(too_late + "/result", R"({"status":"done"})").problem() == "conflict");
}

TEST_CASE("a command may be cancelled until the device has acknowledged it") {
    Pump pump;
    const std::string queued = pump.send("a");
    CHECK(pump.as_operator("DELETE", "/" + queued).status == 200);
    CHECK(pump.look(queued) == "cancelled 0");
    CHECK(pump.take() == "");
    const std::string delivered = pump.send("b");
    CHECK(pump.take() == "b ");
    CHECK(pump.as_operator("DELETE", "/" + delivered).status == 200);
    CHECK(pump.as_device(delivered + "/ack").problem() == "conflict");
    const std::string known = pump.send("c");
    CHECK(pump.take() == "c ");
    CHECK(pump.as_device(known + "/ack").status == 200);
    CHECK(pump.as_operator("DELETE", "/" + known).problem() == "conflict");
}

TEST_CASE("a full queue has room again when a command ends, by itself too") {
    api::Rules rules;
    rules.commands.queue = 2;
    ServedHub hub{{.rules = rules}};
    static_cast<void>(hub.make_device("pump"));
    const auto send = [&](const std::string& ttl) {
        return ask(hub, {.method = "POST",
                         .target = "/v1/devices/pump/commands",
                         .headers = bearer(hub.admin.admin_key),
                         .body = R"({"name":"a","ttl":)" + ttl + "}"});
    };
    CHECK(send("5000").status == 202);
    CHECK(send("60000").status == 202);
    const Answer full = send("60000");
    CHECK(full.problem() == "queue-full");
    CHECK(full.field("retry-after") == "30");
    hub.pass(5'100ms);
    CHECK(send("60000").status == 202);
    CHECK(send("60000").status == 429);
}

TEST_CASE("more commands wait than a smaller limit allows now: all are handed out") {
    Pump pump;
    for (const char* name : {"a", "b", "c", "d"})
        pump.send(name);
    pump.hub.hub->rules.commands.queue = 1;
    std::string all;
    for (std::string names = pump.take(); !names.empty(); names = pump.take()) {
        all += names;
        const Answer open = pump.as_operator("GET", "?status=delivered");
        for (const Value& item : *open.json().find("items")->get<Value::Array>()) {
            const std::string id = *item.find("id")->get<std::string>();
            CHECK(pump.as_device(id + "/ack").status == 200);
            CHECK(pump.as_device(id + "/result", R"({"status":"done"})").status == 200);
        }
    }
    CHECK(all == "a b c d ");
}

TEST_CASE("a poll that waits gets a command the moment that it is sent") {
    Pump pump;
    Connection poll{pump.hub};
    poll.feed(
        "GET /v1/me/commands?status=queued HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n"
        "Authorization: Bearer " +
        pump.key + "\r\n\r\n");
    pump.hub.pass(10s);
    CHECK(poll.take() == "");
    static_cast<void>(pump.send("a"));
    const std::string answer = poll.take();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("preference-applied: wait=30") != std::string::npos);
    CHECK(answer.find(R"("name":"a")") != std::string::npos);
}

TEST_CASE("a poll that waits in vain is answered with nothing") {
    Pump pump;
    Connection poll{pump.hub};
    poll.feed(
        "GET /v1/me/commands?status=queued HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=2\r\n"
        "Authorization: Bearer " +
        pump.key + "\r\n\r\n");
    pump.hub.pass(1'900ms);
    CHECK(poll.take() == "");
    pump.hub.pass(200ms);
    CHECK(poll.take().find(R"({"items":[]})") != std::string::npos);
}

TEST_CASE("nothing is leased to a poll that has gone") {
    Pump pump;
    Connection poll{pump.hub};
    poll.feed(
        "GET /v1/me/commands?status=queued HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n"
        "Authorization: Bearer " +
        pump.key + "\r\n\r\n");
    poll.drop();
    const std::string id = pump.send("a");
    CHECK(pump.look(id) == "queued 0");
    CHECK(pump.take() == "a ");
}

TEST_CASE("who sends and waits is told the end, or that there is none yet") {
    Pump pump;
    Socket socket{pump.hub, bearer(pump.key)};
    static_cast<void>(socket.messages());
    const auto send = [&](Connection& sender) {
        const std::string body = R"({"name":"a"})";
        sender.feed(
            "POST /v1/devices/pump/commands HTTP/1.1\r\nHost: localhost\r\n"
            "Prefer: wait=5\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\nAuthorization: Bearer " + pump.hub.admin.admin_key +
            "\r\n\r\n" + body);
        const auto messages = socket.messages();
        REQUIRE(messages.size() == 1);
        return *messages[0].find("cmd")->find("id")->get<std::string>();
    };
    Connection first{pump.hub};
    const std::string id = send(first);
    CHECK(first.take() == "");
    socket.send(R"({"op":"commands.finish","path":{"device":"me","command":")" + id +
                R"("},"body":{"status":"failed","result":"dry"}})");
    const std::string ended = first.take();
    CHECK(ended.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(ended.find(R"("status":"failed")") != std::string::npos);
    CHECK(ended.find(R"("result":"dry")") != std::string::npos);

    Connection second{pump.hub};
    static_cast<void>(send(second));
    pump.hub.pass(4'900ms);
    CHECK(second.take() == "");
    pump.hub.pass(200ms);
    const std::string not_yet = second.take();
    CHECK(not_yet.starts_with("HTTP/1.1 202 Accepted\r\n"));
    CHECK(not_yet.find("location: /v1/devices/pump/commands/") != std::string::npos);
    CHECK(not_yet.find(R"("status":"delivered")") != std::string::npos);
}

TEST_CASE("an Idempotency-Key belongs to one principal and one request") {
    ServedHub hub;
    // A device with the name of the first application.
    const std::string device = hub.make_device("admin");
    static_cast<void>(hub.make_device("pump"));
    const auto write = [&](const std::string& key, const std::string& body) {
        net::Headers headers = bearer(key);
        headers.emplace_back("Idempotency-Key", "k");
        return ask(hub, {.method = "POST",
                         .target = "/v1/devices/admin/telemetry",
                         .headers = headers,
                         .body = body});
    };
    const Answer first = write(hub.admin.admin_key, R"({"a":1})");
    CHECK(first.status == 200);
    CHECK(write(hub.admin.admin_key, R"({"a":1})").body == first.body);
    CHECK(write(hub.admin.admin_key, R"({"a":2})").problem() == "unprocessable");
    // Another principal's key is another key.
    CHECK(write(device, R"({"a":3})").status == 200);
}

TEST_CASE("an Idempotency-Key is kept for a day, and has 128 bytes at most") {
    ServedHub hub;
    static_cast<void>(hub.make_device("pump"));
    const auto send = [&](const std::string& key) {
        net::Headers headers = bearer(hub.admin.admin_key);
        headers.emplace_back("Idempotency-Key", key);
        const Answer sent = ask(hub, {.method = "POST",
                                      .target = "/v1/devices/pump/commands",
                                      .headers = headers,
                                      .body = R"({"name":"a"})"});
        return sent.status == 202 ? *sent.json().find("id")->get<std::string>() : sent.problem();
    };
    const std::string id = send("k");
    CHECK(send("k") == id);
    CHECK(send("other") != id);
    hub.pass(24h);
    CHECK(send("k") == id);
    hub.pass(2min);
    CHECK(send("k") != id);
    CHECK(send(std::string(128, 'x')).size() == 26);
    CHECK(send(std::string(129, 'x')) == "invalid-field");
}

}  // namespace tandem::simulation
