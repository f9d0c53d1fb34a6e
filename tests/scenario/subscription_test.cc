// Who gets which events over a socket.
#include "auth/key.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <set>

namespace tandem::simulation {
namespace {

void write(ServedHub& hub, const std::string& device, std::int64_t value) {
    const Answer stored = ask(hub, {.method = "POST",
                                    .target = "/v1/devices/" + device + "/telemetry",
                                    .headers = bearer(hub.admin.admin_key),
                                    .body = R"({"power":)" + std::to_string(value) + "}"});
    REQUIRE_MESSAGE(stored.status == 200, stored.body);
}

Value subscribe(Socket& socket, const std::string& body) {
    return socket.request(R"({"id":1,"op":"stream.subscribe","body":)" + body + "}");
}

/// The devices that the events since the last call are of.
std::set<std::string> heard(Socket& socket) {
    std::set<std::string> out;
    for (const Value& message : socket.messages()) {
        const Value* events = message.find("ev");
        if (events == nullptr) continue;
        for (const Value& event : *events->get<Value::Array>())
            out.insert(*event.find("d")->get<std::string>());
    }
    return out;
}

using Devices = std::set<std::string>;

/// A hub with two devices in the kitchen and one in the hall, and the device that looks.
struct House {
    ServedHub hub;
    std::string lamp = hub.make_device("lamp", {{"room", "kitchen"}});
    std::string oven = hub.make_device("oven", {{"room", "kitchen"}});
    std::string door = hub.make_device("door", {{"room", "hall"}});

    Devices heard_by(Socket& socket) {
        static_cast<void>(socket.messages());
        for (const char* each : {"lamp", "oven", "door"})
            write(hub, each, ++value);
        return heard(socket);
    }
    std::int64_t value = 0;
};

}  // namespace

TEST_CASE("a subscription gets what its filter names, both devices and labels") {
    House house;
    struct Row {
        std::string body;
        Devices devices;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"{}", {"door", "lamp", "oven"}, "everything"},
             {R"({"devices":["lamp","door"]})", {"door", "lamp"}, "only these"},
             {R"({"devices":["nobody"]})", {}, "a device that does not exist"},
             {R"({"labels":{"room":"kitchen"}})", {"lamp", "oven"}, "only with the label"},
             {R"({"labels":{"room":"cellar"}})", {}, "nobody has the label"},
             {R"({"labels":{"room":"kitchen","x":"y"}})", {}, "nobody has both labels"},
             {R"({"devices":["lamp","door"],"labels":{"room":"kitchen"}})",
              {"lamp"},
              "only these, and of them only with the label"},
             {R"({"series":["pow*"]})", {"door", "lamp", "oven"}, "a beginning"},
             {R"({"series":["x"]})", {}, "another series"},
             {R"({"kinds":["presence"]})", {}, "another kind"}}) {
        CAPTURE(row.body);
        Socket socket{house.hub, bearer(house.hub.admin.admin_key)};
        REQUIRE(*subscribe(socket, row.body).find("status") == Value{200});
        CHECK_MESSAGE(house.heard_by(socket) == row.devices, row.why);
    }
}

TEST_CASE("a device hears of itself alone, however it asks") {
    House house;
    struct Row {
        std::string body;
        int status;
        Devices devices;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"{}", 200, {"lamp"}, "everything is itself"},
             {R"({"devices":["me"]})", 200, {"lamp"}, "itself"},
             {R"({"devices":["lamp"]})", 200, {"lamp"}, "itself by its name"},
             {R"({"devices":["oven"]})", 404, {}, "another one"},
             {R"({"devices":["me","oven"]})", 404, {}, "another one too"},
             {R"({"labels":{"room":"kitchen"}})", 200, {"lamp"}, "its own label, not the others'"},
             {R"({"labels":{"room":"hall"}})", 200, {}, "a label that only another one has"},
             {R"({"devices":["me"],"labels":{"room":"hall"}})", 200, {}, "without the label"}}) {
        CAPTURE(row.body);
        Socket socket{house.hub, bearer(house.lamp)};
        CHECK(*subscribe(socket, row.body).find("status") == Value{row.status});
        CHECK_MESSAGE(house.heard_by(socket) == row.devices, row.why);
    }
}

TEST_CASE("the newest readings come first to who asks for them, from the same devices") {
    House house;
    write(house.hub, "lamp", 1);
    write(house.hub, "oven", 2);
    write(house.hub, "door", 3);
    struct Row {
        std::string key;
        std::string body;
        Devices devices;
    };
    for (const Row& row : std::initializer_list<Row>{
             {house.hub.admin.admin_key, R"({"start":"latest"})", {"door", "lamp", "oven"}},
             {house.hub.admin.admin_key, R"({"start":"latest","devices":["oven"]})", {"oven"}},
             {house.hub.admin.admin_key,
              R"({"start":"latest","labels":{"room":"hall"}})",
              {"door"}},
             {house.hub.admin.admin_key,
              R"({"start":"latest","devices":["lamp","door"],"labels":{"room":"hall"}})",
              {"door"}},
             {house.lamp, R"({"start":"latest","labels":{"room":"kitchen"}})", {"lamp"}},
             {house.lamp, R"({"start":"latest","labels":{"room":"hall"}})", {}}}) {
        CAPTURE(row.body);
        Socket socket{house.hub, bearer(row.key)};
        static_cast<void>(socket.messages());
        socket.send(R"({"id":1,"op":"stream.subscribe","body":)" + row.body + "}");
        CHECK(heard(socket) == row.devices);
    }
}

TEST_CASE("labels are followed as they change") {
    House house;
    Socket socket{house.hub, bearer(house.hub.admin.admin_key)};
    REQUIRE(*subscribe(socket, R"({"labels":{"room":"hall"}})").find("status") == Value{200});
    CHECK(house.heard_by(socket) == Devices{"door"});
    const auto move = [&](const std::string& device, const std::string& room) {
        const Answer moved = ask(house.hub, {.method = "PATCH",
                                             .target = "/v1/devices/" + device,
                                             .headers = bearer(house.hub.admin.admin_key),
                                             .body = R"({"labels":{"room":")" + room + R"("}})"});
        REQUIRE(moved.status == 200);
    };
    move("lamp", "hall");
    CHECK(house.heard_by(socket) == Devices{"door", "lamp"});
    move("door", "kitchen");
    CHECK(house.heard_by(socket) == Devices{"lamp"});
}

TEST_CASE("a scope that is missing is missed however the devices are named") {
    House house;
    SeededRandom random{9};
    const std::string text = auth::make_key(PrincipalKind::kApp, random);
    const auto parts = auth::read_key(text);
    REQUIRE(parts.has_value());
    // A key of an app that may see devices, but none of their readings.
    house.hub.hub->credentials.put({.id = parts->id,
                                    .kind = PrincipalKind::kApp,
                                    .tenant = node::home_tenant(),
                                    .principal = "admin",
                                    .scopes = {Scope::kSelfRead, Scope::kDevicesRead},
                                    .digest = house.hub.hub->credentials.digest_of(parts->secret)});
    for (const char* body : {"{}", R"({"devices":["lamp"]})", R"({"labels":{"room":"kitchen"}})",
                             R"({"devices":["lamp"],"labels":{"room":"kitchen"}})",
                             R"({"kinds":["presence","reading"]})"}) {
        CAPTURE(body);
        Socket socket{house.hub, bearer(text)};
        REQUIRE(socket.open());
        CHECK(*subscribe(socket, body).find("status") == Value{403});
    }
    Socket socket{house.hub, bearer(text)};
    CHECK(*subscribe(socket, R"({"kinds":["presence","device"]})").find("status") == Value{200});
}

TEST_CASE("a socket may have 100 subscriptions") {
    ServedHub hub;
    Socket socket{hub, bearer(hub.admin.admin_key)};
    for (int count = 1; count <= 100; ++count)
        REQUIRE(*subscribe(socket, "{}").find("body")->find("sub") == Value{count});
    const Value refused = subscribe(socket, "{}");
    CHECK(*refused.find("problem")->find("type") == Value{"/problems/too-many-subscriptions"});
    CHECK(*refused.find("problem")->find("limit") == Value{"ws.subscriptions"});
    CHECK(
        *socket.request(R"({"id":2,"op":"stream.unsubscribe","body":{"sub":50}})").find("status") ==
        Value{204});
    CHECK(*subscribe(socket, "{}").find("status") == Value{200});
    CHECK(
        *socket.request(R"({"id":2,"op":"stream.unsubscribe","body":{"sub":50}})").find("status") ==
        Value{404});
}

TEST_CASE("what is no filter is refused") {
    ServedHub hub;
    Socket socket{hub, bearer(hub.admin.admin_key)};
    for (const char* body :
         {R"({"series":["a b"]})", R"({"series":["a*b"]})", R"({"kinds":["readings"]})",
          R"({"start":"yesterday"})", R"({"start":""})", R"({"devices":["a/b"]})",
          R"({"devices":"lamp"})", R"({"nothing":1})"}) {
        CAPTURE(body);
        CHECK(*subscribe(socket, body).find("status") == Value{400});
    }
}

TEST_CASE("a consumer that comes back with its cursor gets what it missed, once and in order") {
    House house;
    Cursor cursor;
    {
        Socket socket{house.hub, bearer(house.hub.admin.admin_key)};
        const Value reply = subscribe(socket, "{}");
        cursor = checked(read_cursor(*reply.find("body")->find("cursor")->get<std::string>()));
    }
    std::vector<std::int64_t> expected;
    for (std::int64_t value = 1; value <= 2'500; ++value) {
        write(house.hub, value % 3 == 0 ? "door" : "lamp", value);
        if (value % 3 != 0) expected.push_back(value);
    }
    Socket socket{house.hub, bearer(house.hub.admin.admin_key)};
    const std::string body =
        R"({"labels":{"room":"kitchen"},"start":")" + cursor_text(cursor) + "\"}";
    static_cast<void>(socket.messages());
    socket.send(R"({"id":1,"op":"stream.subscribe","body":)" + body + "}");
    write(house.hub, "oven", 2'501);
    expected.push_back(2'501);
    std::vector<std::int64_t> got;
    const auto read = [&] {
        for (const Value& message : socket.messages()) {
            CHECK(message.find("gap") == nullptr);
            if (const Value* events = message.find("ev")) {
                for (const Value& event : *events->get<Value::Array>())
                    got.push_back(*event.find("v")->get<std::int64_t>());
            }
        }
    };
    for (int turn = 0; turn < 100 && got.size() < expected.size(); ++turn) {
        house.hub.settle();
        read();
    }
    CHECK(got == expected);
}

TEST_CASE("a consumer that reads too slowly gets receipts, and everything is accounted for") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp"));
    Socket socket{hub, bearer(hub.admin.admin_key)};
    REQUIRE(*subscribe(socket, "{}").find("status") == Value{200});
    std::int64_t sent = 0;
    std::int64_t receipted = 0;
    std::int64_t written = 0;
    const auto count = [&] {
        for (const Value& message : socket.messages()) {
            if (const Value* events = message.find("ev"))
                sent += std::ssize(*events->get<Value::Array>());
            if (const Value* gap = message.find("gap"))
                receipted += *gap->find("n")->get<std::int64_t>();
        }
    };
    const std::string text(1'000, 'x');
    for (int round = 0; round < 3; ++round) {
        socket.connection().hold(true);
        for (int batch = 0; batch < 40; ++batch) {
            std::string body = "[";
            for (int item = 0; item < 10; ++item) {
                const std::int64_t time = 1'600'000'000'000 + ++written;
                body += (item == 0 ? "" : ",") + (R"({"t":)" + std::to_string(time)) +
                        R"(,"v":{"note":")" + text + R"("}})";
            }
            const Answer stored = ask(hub, {.method = "POST",
                                            .target = "/v1/devices/lamp/telemetry",
                                            .headers = bearer(hub.admin.admin_key),
                                            .body = body + "]"});
            REQUIRE(stored.status == 200);
        }
        count();
        socket.connection().hold(false);
        count();
    }
    CHECK(receipted > 0);
    CHECK(sent > 0);
    CHECK(sent + receipted == written);
}

}  // namespace tandem::simulation
