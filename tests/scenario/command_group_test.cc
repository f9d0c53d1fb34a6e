// One command to each of many devices, by name and by label.
#include "client/rest_client.h"
#include "simulation/hub_in_a_box.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

namespace tandem::simulation {
namespace {

using client::items_at;
using client::text_at;

/// A hub with lamps in two halls, and what its operator sends.
struct Halls {
    explicit Halls(HubSettings settings = {}) : hub{std::move(settings)} {
        for (const char* lamp : {"lamp-1", "lamp-2"})
            keys[lamp] = hub.make_device(lamp, {{"hall", "3"}, {"kind", "lamp"}});
        keys["lamp-3"] = hub.make_device("lamp-3", {{"hall", "4"}, {"kind", "lamp"}});
    }

    net::Headers operator_headers(const std::string& prefer = {}) {
        net::Headers headers = bearer(hub.admin.admin_key);
        if (!prefer.empty()) headers.emplace_back("Prefer", prefer);
        return headers;
    }
    Answer send(const std::string& body) {
        return ask(hub, {.method = "POST",
                         .target = "/v1/commands",
                         .headers = operator_headers(),
                         .body = body});
    }
    /// `name:attempt` of each command that the device has, oldest first.
    std::string queue(const std::string& device) {
        const Answer listed = ask(
            hub, {.target = "/v1/devices/" + device + "/commands", .headers = operator_headers()});
        std::string out;
        for (const Value& each : items_at(listed.json(), "items"))
            out += text_at(each, "name") + ":" + text_at(each, "status") + " ";
        return out;
    }

    ServedHub hub;
    std::map<std::string, std::string> keys;
};

/// `device:status` or `device:problem` of each item.
std::string told(const Answer& answer) {
    std::string out;
    for (const Value& item : items_at(answer.json(), "items")) {
        out += text_at(item, "device") + ":";
        const Value* command = item.find("command");
        const Value* problem = item.find("problem");
        REQUIRE((command == nullptr) != (problem == nullptr));
        out += command != nullptr ? text_at(*command, "status") : text_at(*problem, "type");
        out += " ";
    }
    return out;
}

/// Sends as `head` says and leaves the request waiting.
void begin(Connection& connection, Halls& halls, const std::string& body) {
    connection.feed(
        "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=5\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\nAuthorization: Bearer " + halls.hub.admin.admin_key +
        "\r\n\r\n" + body);
}

/// What `{"cmd":…}` the socket has got, answered with `status`.
void finish_all(Socket& socket, const std::string& body) {
    for (const Value& message : socket.messages()) {
        const Value* command = message.find("cmd");
        if (command == nullptr) continue;
        socket.send(R"({"op":"commands.finish","path":{"device":"me","command":")" +
                    text_at(*command, "id") + R"("},"body":)" + body + "}");
    }
}

}  // namespace

TEST_CASE("a command goes to the devices that are named, to each once") {
    Halls halls;
    const Answer sent = halls.send(
        R"({"devices":["lamp-3","lamp-1","lamp-3"],"name":"off","params":{"now":true}})");
    CHECK(sent.status == 202);
    CHECK(told(sent) == "lamp-3:queued lamp-1:queued ");
    CHECK(halls.queue("lamp-1") == "off:queued ");
    CHECK(halls.queue("lamp-2") == "");
    CHECK(halls.queue("lamp-3") == "off:queued ");
    // The parameters are not said back for each, but each device gets them.
    CHECK(sent.body.find("params") == std::string::npos);
    Socket lamp{halls.hub, bearer(halls.keys["lamp-1"])};
    const auto messages = lamp.messages();
    REQUIRE(!messages.empty());
    CHECK(*messages.back().find("cmd")->find("params") == Value{Value::Object{{"now", true}}});
}

TEST_CASE("a command goes to the devices with a label, over WebSocket as over REST") {
    Halls halls;
    const Answer sent = halls.send(R"({"labels":{"hall":"3","kind":"lamp"},"name":"off"})");
    CHECK(sent.status == 202);
    CHECK(told(sent) == "lamp-1:queued lamp-2:queued ");
    Socket socket{halls.hub, bearer(halls.hub.admin.admin_key)};
    const Value reply = socket.request(
        R"({"id":1,"op":"commands.send_many","body":{"labels":{"kind":"lamp"},"name":"on"}})");
    CHECK(*reply.find("status") == Value{202});
    CHECK(halls.queue("lamp-1") == "off:queued on:queued ");
    CHECK(halls.queue("lamp-3") == "on:queued ");
}

TEST_CASE("nobody with such a label: nothing is sent, and that is no error") {
    Halls halls;
    const Answer sent = halls.send(R"({"labels":{"hall":"5"},"name":"off"})");
    CHECK(sent.status == 200);
    CHECK(sent.body == R"({"items":[]})");
}

TEST_CASE("either devices or labels, and no more than the limit of either") {
    api::Rules rules;
    rules.commands.group = 2;
    Halls halls{{.rules = rules}};
    CHECK(halls.send(R"({"name":"off"})").problem() == "invalid-field");
    CHECK(halls.send(R"({"devices":["lamp-1"],"labels":{"hall":"3"},"name":"off"})").problem() ==
          "invalid-field");
    CHECK(halls.send(R"({"devices":["lamp 1"],"name":"off"})").problem() == "invalid-field");
    for (const char* body : {R"({"devices":["lamp-1","lamp-2","lamp-3"],"name":"off"})",
                             R"({"labels":{"kind":"lamp"},"name":"off"})"}) {
        const Answer refused = halls.send(body);
        CHECK(refused.problem() == "invalid-field");
        CHECK(*refused.json().find("limit") == Value{"commands.group"});
    }
    CHECK(halls.queue("lamp-1") == "");
    CHECK(halls.send(R"({"labels":{"hall":"3"},"name":"off"})").status == 202);
}

TEST_CASE("each device is refused for itself, and the others get their command") {
    api::Rules rules;
    rules.commands.queue = 1;
    Halls halls{{.rules = rules}};
    CHECK(halls.send(R"({"devices":["lamp-2"],"name":"first"})").status == 202);
    const Answer patched = ask(halls.hub, {.method = "PATCH",
                                           .target = "/v1/devices/lamp-3",
                                           .headers = halls.operator_headers(),
                                           .body = R"({"schema":{"commands":{"blink":{}}}})"});
    REQUIRE_MESSAGE(patched.status == 200, patched.body);
    const Answer sent =
        halls.send(R"({"devices":["lamp-1","lamp-2","lamp-3","nobody"],"name":"off"})");
    CHECK(sent.status == 207);
    CHECK(told(sent) ==
          "lamp-1:queued lamp-2:/problems/queue-full lamp-3:/problems/invalid-field "
          "nobody:/problems/not-found ");
    CHECK(halls.queue("lamp-1") == "off:queued ");
    CHECK(halls.queue("lamp-2") == "first:queued ");
}

TEST_CASE("the audit names who sent to a group, and each device that got it") {
    Halls halls;
    CHECK(halls.send(R"({"devices":["lamp-1","nobody"],"name":"off"})").status == 207);
    const Answer lines =
        ask(halls.hub, {.target = "/v1/audit?limit=2", .headers = halls.operator_headers()});
    std::multiset<std::string> found;
    for (const Value& line : items_at(lines.json(), "items")) {
        found.insert(text_at(line, "actor") + " " + text_at(line, "action") + " " +
                     text_at(line, "resource") + " " + text_at(line, "result"));
    }
    CHECK(found == std::multiset<std::string>{"app:admin commands.send_many  ok",
                                              "app:admin commands.send_many device:lamp-1 ok"});
}

TEST_CASE("a device sends to no group, not even to itself") {
    Halls halls;
    const Answer refused = ask(halls.hub, {.method = "POST",
                                           .target = "/v1/commands",
                                           .headers = bearer(halls.keys["lamp-1"]),
                                           .body = R"({"devices":["lamp-1"],"name":"off"})"});
    CHECK(refused.problem() == "forbidden");
    CHECK(halls.queue("lamp-1") == "");
}

TEST_CASE("who sends to a group and waits is answered when all have ended") {
    Halls halls;
    Socket first{halls.hub, bearer(halls.keys["lamp-1"])};
    Socket second{halls.hub, bearer(halls.keys["lamp-2"])};
    Connection sender{halls.hub};
    begin(sender, halls, R"({"labels":{"hall":"3"},"name":"off"})");
    finish_all(first, R"({"status":"done","result":1})");
    halls.hub.pass(1s);
    CHECK(sender.take() == "");
    finish_all(second, R"({"status":"failed","result":"dark"})");
    const std::string answer = sender.take();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("preference-applied: wait=5") != std::string::npos);
    CHECK(answer.find(R"("status":"done")") != std::string::npos);
    CHECK(answer.find(R"("result":"dark")") != std::string::npos);
}

TEST_CASE("who waits for a group in vain is told how far each is") {
    Halls halls;
    Socket first{halls.hub, bearer(halls.keys["lamp-1"])};
    Connection sender{halls.hub};
    begin(sender, halls, R"({"labels":{"hall":"3"},"name":"off"})");
    finish_all(first, R"({"status":"done"})");
    halls.hub.pass(4'900ms);
    CHECK(sender.take() == "");
    halls.hub.pass(200ms);
    const std::string answer = sender.take();
    CHECK(answer.starts_with("HTTP/1.1 202 Accepted\r\n"));
    CHECK(answer.find(R"("status":"done")") != std::string::npos);
    CHECK(answer.find(R"("status":"queued")") != std::string::npos);
}

TEST_CASE("results are told until they are 128 KiB together; commands.get has all") {
    Halls halls;
    Connection sender{halls.hub};
    std::vector<std::unique_ptr<Socket>> lamps;
    for (const auto& [lamp, key] : halls.keys)
        lamps.push_back(std::make_unique<Socket>(halls.hub, bearer(key)));
    begin(sender, halls, R"({"labels":{"kind":"lamp"},"name":"log"})");
    for (const auto& lamp : lamps) {
        finish_all(*lamp, R"({"status":"done","result":")" + std::string(60'000, 'x') + R"("})");
    }
    std::string answer = sender.take();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    std::size_t results = 0;
    for (std::size_t at = answer.find("\"result\""); at != std::string::npos;
         at = answer.find("\"result\"", at + 1)) {
        ++results;
    }
    CHECK(results == 2);
    CHECK(halls.queue("lamp-3") == "log:done ");
}

TEST_CASE("a group that was sent to by half when the hub died gets the rest, and nobody twice") {
    // Every moment of the sending is once the moment of the crash.
    std::set<std::size_t> had;
    for (int moment = 1; moment <= 24; ++moment) {
        CAPTURE(moment);
        World world{static_cast<std::uint64_t>(moment)};
        Network network{world, {}};
        HubInABox box{world, network, {}};
        box.start();
        Machine machine{world};
        const auto call = [&](client::Call asked) {
            client::RestClient hub{machine, access_as(box.admin_key()),
                                   connect_from(network, machine)};
            return finish(world, hub.call(std::move(asked)));
        };
        constexpr int kDevices = 40;
        for (int at = 0; at < kDevices; ++at) {
            REQUIRE(call({.operation = "devices.create",
                          .body = Value::Object{{"id", "lamp-" + std::to_string(at)},
                                                {"labels", Value::Object{{"hall", "3"}}}}}));
        }
        const client::Call send{
            .operation = "commands.send_many",
            .headers = Value::Object{{"idempotency-key", "k-1"}},
            .body = Value::Object{{"name", "off"}, {"labels", Value::Object{{"hall", "3"}}}}};
        {
            client::RestClient hub{machine, access_as(box.admin_key()),
                                   connect_from(network, machine)};
            auto answer = std::make_shared<std::optional<Result<client::Reply>>>();
            spawn(keep(hub.call(send), answer));
            world.run_for(moment * 500us);
            box.crash();
            world.run_for(1s);
        }
        box.start();
        const auto count = [&] {
            std::size_t with_one = 0;
            for (int at = 0; at < kDevices; ++at) {
                const auto listed =
                    call({.operation = "commands.list",
                          .path = Value::Object{{"device", "lamp-" + std::to_string(at)}}});
                REQUIRE(listed);
                const std::size_t commands = items_at(listed->body, "items").size();
                CHECK(commands <= 1);
                with_one += commands;
            }
            return with_one;
        };
        had.insert(count());
        const auto again = call(send);
        REQUIRE(again);
        CHECK(items_at(again->body, "items").size() == kDevices);
        CHECK(count() == kDevices);
    }
    // Some crash came when some devices had theirs and others had not.
    CHECK(std::ranges::any_of(had, [](std::size_t each) { return each > 0 && each < 40; }));
}

}  // namespace tandem::simulation
