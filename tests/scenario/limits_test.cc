// What a client meets at its limits: what is left of its budgets, why it was limited, how many
// there may be in a tenant, and how often somebody may try to log in.
#include "api/dispatch.h"
#include "scenario/access_fixture.h"

#include <algorithm>

namespace tandem::simulation {
namespace {

Value member(const Value& of, std::string_view name) {
    const Value* found = of.find(name);
    return found == nullptr ? Value{} : *found;
}

/// The item of a list whose `name` it is; null without one.
Value named(const Value& items, std::string_view name, std::string_view under = "name") {
    for (const Value& each : *items.get<Value::Array>()) {
        if (member(each, under) == Value{name}) return each;
    }
    return {};
}

std::string limit_of(const Answer& answer) {
    const Value limit = member(answer.json(), "limit");
    const auto* text = limit.get<std::string>();
    return text == nullptr ? std::string{} : *text;
}

std::int64_t hits(ServedHub& hub, const std::string& limit) {
    return hub.hub->metrics.counter("tandem_limit_hits_total", "limit=\"" + limit + "\"").value();
}

/// Logs in from an address; gives the whole answer's text.
std::string log_in(ServedHub& hub,
                   const net::Peer& peer,
                   const std::string& user,
                   const std::string& password) {
    Connection connection{hub, peer};
    const std::string body = R"({"user":")" + user + R"(","password":")" + password + R"("})";
    connection.feed(
        "POST /v1/session HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: "
        "application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    // The hash is made on a thread of its own.
    std::string answer = connection.take();
    while (answer.empty()) {
        hub.settle();
        answer = connection.take();
    }
    return answer;
}

bool has_status(const std::string& answer, int status) {
    return answer.starts_with("HTTP/1.1 " + std::to_string(status));
}

const net::Peer kHome{.address = "192.0.2.7"};

ServedHub hub_with_passwords(double account, double address) {
    HubSettings settings{.verifies_passwords = true};
    settings.rules.login_account.most = account;
    settings.rules.login_address.most = address;
    return ServedHub{std::move(settings)};
}

/// What has been said of limits on a socket since the last look.
std::vector<std::string> limits_told(Socket& socket) {
    std::vector<std::string> out;
    for (const Value& message : socket.messages()) {
        if (const Value* limits = message.find("limits")) out.push_back(codec::to_json(*limits));
    }
    return out;
}

}  // namespace

// ---------------------------------------------------------------- logging in

TEST_CASE(
    "an account waits after wrong passwords, twice as long each time, and a right one helps") {
    ServedHub hub = hub_with_passwords(2, 1'000);
    const std::string& right = hub.admin.admin_password;
    for (int tries = 0; tries < 2; ++tries)
        CHECK(has_status(log_in(hub, kHome, "admin", "a guess of mine"), 401));
    // The right one as well, from wherever it comes.
    const std::string held = log_in(hub, {.address = "192.0.2.8"}, "admin", right);
    CHECK(has_status(held, 429));
    CHECK(held.contains("retry-after: 30\r\n"));
    CHECK(held.contains(R"("limit":"login.account")"));
    CHECK(hits(hub, "login.account") == 1);
    hub.pass(30s);
    CHECK(has_status(log_in(hub, kHome, "admin", "another guess"), 401));
    CHECK(log_in(hub, kHome, "admin", right).contains("retry-after: 60\r\n"));
    CHECK(has_status(log_in(hub, kHome, "nobody", "a guess of mine"), 401));
    hub.pass(60s);
    CHECK(has_status(log_in(hub, kHome, "admin", right), 201));
    CHECK(has_status(log_in(hub, kHome, "admin", "one more guess"), 401));
    const auto lines = hub.audit();
    CHECK(std::ranges::count(lines, "anonymous session.begin rate-limited") > 0);
}

TEST_CASE("an address has so many wrong logins, whatever the account, and others have theirs") {
    ServedHub hub = hub_with_passwords(1'000, 3);
    const auto guess = [&](const net::Peer& peer, const std::string& user) {
        return log_in(hub, peer, user, "a guess of mine");
    };
    for (const char* user : {"anna", "berta", "carl"})
        CHECK(has_status(guess({.address = "2001:db8:1:2::1"}, user), 401));
    const std::string held = guess({.address = "2001:db8:1:2:ffff::9"}, "dora");
    CHECK(has_status(held, 429));
    CHECK(held.contains(R"("limit":"login.address")"));
    CHECK(held.contains("retry-after: 20\r\n"));
    CHECK(has_status(guess({.address = "2001:db8:1:3::1"}, "dora"), 401));
    hub.pass(20s);
    CHECK(has_status(guess({.address = "2001:db8:1:2::1"}, "dora"), 401));
    CHECK(hits(hub, "login.address") == 1);
    SUBCASE("but not who is on the same machine") {
        for (int tries = 0; tries < 10; ++tries)
            CHECK(has_status(guess({.address = "127.0.0.1", .loopback = true}, "dora"), 401));
    }
    SUBCASE("and right ones do not count") {
        for (int tries = 0; tries < 10; ++tries) {
            CHECK(has_status(log_in(hub, kHome, "admin", hub.admin.admin_password), 201));
        }
    }
}

TEST_CASE(
    "the audit says at which account somebody guesses, and nothing that was typed for a name") {
    ServedHub hub = hub_with_passwords(1'000, 1'000);
    for (const char* name : {"admin", "my-secret-password"})
        CHECK(has_status(log_in(hub, kHome, name, "a guess of mine"), 401));
    const Answer page = ask(
        hub, {.target = "/v1/audit?action=session.begin", .headers = bearer(hub.admin.admin_key)});
    REQUIRE_MESSAGE(page.status == 200, page.body);
    CHECK(page.body.contains(R"("resource":"user:admin")"));
    CHECK_FALSE(page.body.contains("my-secret-password"));
}

TEST_CASE("whoever has a session guesses its password no faster than at the door") {
    api::Rules rules;
    rules.login_account.most = 2;
    Estate estate{rules, false};
    const auto set = [&](const std::string& current) {
        return estate.call(estate.boss, "POST", "/v1/users/admin/password",
                           R"({"password":"another word of mine","current":")" + current + R"("})");
    };
    CHECK(set("a guess").status == 403);
    CHECK(set("a guess").status == 403);
    const Answer held = set(estate.hub.admin.admin_password);
    CHECK(held.status == 429);
    CHECK(limit_of(held) == "login.account");
    estate.hub.pass(30s);
    CHECK(set(estate.hub.admin.admin_password).status == 204);
}

// ---------------------------------------------------------------- budgets

TEST_CASE("over REST each answer to whoever is known says what is left of the budget it spends") {
    api::Rules rules;
    rules.rates.device_requests = {.per_second = 1, .burst = 2};
    rules.rates.readings = {.per_second = 5, .burst = 20};
    Estate estate{rules};
    const std::string lamp = estate.hub.make_device("lamp");
    const auto as_lamp = [&](const std::string& method, const std::string& target,
                             const std::string& body = "") {
        return estate.call(lamp, method, target, body);
    };
    const Answer written = as_lamp("POST", "/v1/me/telemetry", R"({"power":1,"volt":230})");
    CHECK(written.field("ratelimit-policy") == R"("readings";q=20;qu="readings";w=4)");
    CHECK(written.field("ratelimit") == R"("readings";r=18;t=1)");
    const Answer read = as_lamp("GET", "/v1/me");
    CHECK(read.field("ratelimit-policy") == R"("requests";q=2;w=2)");
    CHECK(read.field("ratelimit") == R"("requests";r=1;t=1)");
    // Of what is refused for another reason, too.
    CHECK(as_lamp("GET", "/v1/me/commands/unknown").field("ratelimit") == R"("requests";r=0;t=2)");
    const Answer refused = as_lamp("GET", "/v1/me");
    CHECK(refused.status == 429);
    CHECK(refused.field("ratelimit") == R"("requests";r=0;t=2)");
    CHECK(refused.field("retry-after") == "1");
    CHECK(ask(estate.hub, {.target = "/v1/me"}).field("ratelimit") == "");
}

TEST_CASE("a socket hears when a budget gets scarce and when it is empty, once each") {
    api::Rules rules;
    rules.rates.device_requests = {.per_second = 1, .burst = 8};
    Estate estate{rules};
    const std::string lamp = estate.hub.make_device("lamp");
    Socket socket{estate.hub, bearer(lamp)};
    REQUIRE(socket.open());
    const auto spend = [&](int count) {
        for (int at = 0; at < count; ++at)
            socket.send(R"({"id":7,"op":"me.get"})");
        estate.hub.settle();
        return limits_told(socket);
    };
    using Told = std::vector<std::string>;
    CHECK(spend(6) == Told{});
    CHECK(spend(1) == Told{R"({"requests":{"q":8,"w":8,"r":1,"t":7}})"});
    CHECK(spend(1) == Told{R"({"requests":{"q":8,"w":8,"r":0,"t":8}})"});
    CHECK(spend(20) == Told{});
    estate.hub.pass(3s);
    CHECK(spend(2) == Told{});
    estate.hub.pass(8s);
    CHECK(spend(7) == Told{R"({"requests":{"q":8,"w":8,"r":1,"t":7}})"});
}

TEST_CASE("both doors spend one budget, and a socket hears of what REST has spent") {
    api::Rules rules;
    rules.rates.device_requests = {.per_second = 1, .burst = 8};
    Estate estate{rules};
    const std::string lamp = estate.hub.make_device("lamp");
    Socket socket{estate.hub, bearer(lamp)};
    REQUIRE(socket.open());
    for (int at = 0; at < 7; ++at)
        CHECK(estate.call(lamp, "GET", "/v1/me").status == 200);
    CHECK(*socket.request(R"({"id":1,"op":"me.get"})").find("status") == Value{200});
    CHECK(*socket.request(R"({"id":2,"op":"me.get"})").find("status") == Value{429});
    CHECK(estate.call(lamp, "GET", "/v1/me").status == 429);
}

// ---------------------------------------------------------------- why was I limited?

TEST_CASE("whoever was limited hears by what, how often, and what to do, at both doors") {
    api::Rules rules;
    rules.rates.device_requests = {.per_second = 1, .burst = 4};
    rules.rates.readings = {.per_second = 1, .burst = 2};
    Estate estate{rules};
    const std::string lamp = estate.hub.make_device("lamp");
    const std::string other = estate.hub.make_device("other");
    CHECK(estate.call(lamp, "POST", "/v1/me/telemetry", R"({"a":1,"b":2,"c":3})").status == 413);
    for (int at = 0; at < 4; ++at)
        CHECK(estate.call(lamp, "GET", "/v1/me").status == 200);
    for (int at = 0; at < 3; ++at)
        CHECK(estate.call(lamp, "GET", "/v1/me/twin").status == 429);
    estate.hub.pass(2s);
    Socket socket{estate.hub, bearer(lamp)};
    const Value over_rest = estate.call(lamp, "GET", "/v1/me/limits").json();
    const Value over_socket = member(socket.request(R"({"id":1,"op":"limits.get"})"), "body");
    const Value seen = member(over_rest, "hits");
    CHECK(seen == member(over_socket, "hits"));
    REQUIRE(seen.get<Value::Array>()->size() == 2);
    const Value& newest = seen.get<Value::Array>()->front();
    CHECK(member(newest, "limit") == Value{"requests_per_second"});
    CHECK(member(newest, "operation") == Value{"twin.get"});
    CHECK(member(newest, "door") == Value{"rest"});
    CHECK(member(newest, "count") == Value{3});
    CHECK(member(newest, "detail") == Value{"requests_per_second is 1 with bursts of 4"});
    CHECK(member(newest, "retry_after") == Value{1'000});
    CHECK(member(newest, "advice").get<std::string>()->starts_with("ask less often"));
    CHECK(member(seen.get<Value::Array>()->back(), "limit") == Value{"readings_burst"});
    const Value requests = named(member(over_rest, "limits"), "requests_per_second");
    CHECK(member(requests, "max") == Value{4});
    CHECK(member(requests, "per_second") == Value{1.0});
    CHECK(member(requests, "remaining") == Value{1});
    CHECK(member(requests, "reset") == Value{3'000});
    CHECK(named(member(over_rest, "limits"), "tenant.devices").is_null());
    // Nobody else hears of it.
    CHECK(member(estate.call(other, "GET", "/v1/me/limits").json(), "hits") ==
          Value{Value::Array{}});
}

TEST_CASE("a socket that is not read for a moment hears why") {
    api::Rules rules;
    rules.ws_messages_per_second = 1;
    rules.ws_messages_burst = 3;
    Estate estate{rules};
    const std::string app = estate.make_app("display");
    Socket socket{estate.hub, bearer(app)};
    REQUIRE(socket.open());
    for (int at = 0; at < 5; ++at)
        socket.send(R"({"id":7,"op":"me.get"})");
    estate.hub.settle();
    CHECK(limits_told(socket) ==
          std::vector<std::string>{R"({"messages":{"q":3,"w":3,"r":0,"t":3}})"});
    const Value seen = member(estate.call(app, "GET", "/v1/me/limits").json(), "hits");
    const Value slowed = named(seen, "ws.messages_per_second", "limit");
    CHECK(member(slowed, "operation") == Value{""});
    CHECK(member(slowed, "door") == Value{"ws"});
}

TEST_CASE("a workload is compared with the limits in force, at both doors alike") {
    api::Rules rules;
    rules.rates.readings = {.per_second = 10, .burst = 100};
    Estate estate{rules};
    const std::string app = estate.make_app("planner");
    const std::string workload = R"({"devices":10,"interval":100,"readings":2})";
    const Answer over_rest = estate.call(app, "POST", "/v1/me/limits/check", workload);
    REQUIRE(over_rest.status == 200);
    Socket socket{estate.hub, bearer(app)};
    const Value over_socket =
        socket.request(R"({"id":1,"op":"limits.check","body":)" + workload + "}");
    CHECK(over_rest.json() == member(over_socket, "body"));
    CHECK(member(over_rest.json(), "fits") == Value{false});
    const Value readings =
        named(member(over_rest.json(), "limits"), "readings_per_second", "limit");
    CHECK(member(readings, "wanted") == Value{20.0});
    CHECK(member(readings, "allowed") == Value{10.0});
    CHECK(member(readings, "change") == Value{"an interval of 200 ms"});
}

// ---------------------------------------------------------------- quotas

TEST_CASE("a tenant has so many devices, at both doors, and each has its own") {
    api::Rules rules;
    rules.devices = 2;
    Estate estate{rules, false};
    estate.done("POST", "/v1/devices", R"({"id":"one"})");
    estate.done("PUT", "/v1/devices/two", "{}");
    const Answer refused = estate.call(estate.boss, "POST", "/v1/devices", R"({"id":"three"})");
    CHECK(refused.status == 409);
    CHECK(limit_of(refused) == "tenant.devices");
    CHECK(estate.call(estate.boss, "PUT", "/v1/devices/three", "{}").status == 409);
    Socket socket{estate.hub, bearer(estate.boss)};
    const Value reply = socket.request(R"({"id":1,"op":"devices.create","body":{"id":"three"}})");
    CHECK(member(reply, "status") == Value{409});
    CHECK(member(member(reply, "problem"), "limit") == Value{"tenant.devices"});
    CHECK(hits(estate.hub, "tenant.devices") == 3);
    // What is there may be changed.
    estate.done("PUT", "/v1/devices/two", R"({"name":"The second"})");
    estate.done("POST", "/v1/tenants",
                R"({"id":"plant","user":"head","password":"first word of head"})");
    const std::string head = estate.key_of_user("head", TenantId{"plant"});
    CHECK(estate.call(head, "POST", "/v1/devices", R"({"id":"one"})").status == 201);
    estate.done("DELETE", "/v1/devices/one");
    // What fails takes no place.
    CHECK(estate.call(estate.boss, "POST", "/v1/devices", R"({"id":"two"})").status == 409);
    estate.done("POST", "/v1/devices", R"({"id":"three"})");
    CHECK(estate.call(estate.boss, "POST", "/v1/devices", R"({"id":"four"})").status == 409);
}

TEST_CASE("a hub that starts counts the devices that are there") {
    Estate estate;
    for (const char* id : {"one", "two", "three"})
        estate.hub.make_device(id);
    api::Quota& devices = estate.hub.hub->device_quota;
    devices.set(node::home_tenant(), 0);
    REQUIRE(conformance::start(api::start(estate.hub.world()))->has_value());
    CHECK(devices.count(node::home_tenant()) == 3);
}

TEST_CASE("a tenant has so many sockets; one more comes again when another has closed") {
    api::Rules rules;
    rules.sockets = 1;
    Estate estate{rules};
    const std::string lamp = estate.hub.make_device("lamp");
    const std::string app = estate.make_app("display");
    std::optional<Socket> first;
    first.emplace(estate.hub, bearer(lamp));
    REQUIRE(first->open());
    Socket second{estate.hub, bearer(app)};
    CHECK(second.answer().status == 429);
    CHECK(limit_of(second.answer()) == "tenant.sockets");
    CHECK(second.answer().field("retry-after") == "60");
    Socket third{estate.hub};
    REQUIRE(third.open());
    third.send(R"({"id":1,"op":"auth","body":{"token":")" + app + R"("}})");
    estate.hub.settle();
    CHECK(third.closed().starts_with("4429 {\"retry_ms\":60000"));
    CHECK(hits(estate.hub, "tenant.sockets") == 2);
    const Value seen = member(estate.call(app, "GET", "/v1/me/limits").json(), "hits");
    CHECK(member(named(seen, "tenant.sockets", "limit"), "count") == Value{2});
    first->connection().drop();
    estate.hub.settle();
    Socket fourth{estate.hub, bearer(app)};
    CHECK(fourth.open());
    CHECK(estate.hub.hub->socket_quota.count(node::home_tenant()) == 1);
}

TEST_CASE(
    "a device that opens sockets again and again waits, each time longer, and no other does") {
    Estate estate;
    const std::string lamp = estate.hub.make_device("lamp");
    const std::string other = estate.hub.make_device("other");
    const auto opened = [&](const std::string& key) {
        return Socket{estate.hub, bearer(key)}.answer();
    };
    for (int at = 0; at < 15; ++at)
        CHECK(opened(lamp).status == 101);
    const Answer refused = opened(lamp);
    CHECK(refused.status == 429);
    CHECK(limit_of(refused) == "ws.device_connects");
    CHECK(!refused.field("retry-after").empty());
    // The same for one that says who it is in its first message.
    Socket late{estate.hub};
    REQUIRE(late.open());
    late.send(R"({"id":1,"op":"auth","body":{"token":")" + lamp + R"("}})");
    estate.hub.settle();
    CHECK(late.closed().starts_with("4429 {\"retry_ms\":"));
    CHECK(late.closed().contains("ws.device_connects"));
    CHECK(hits(estate.hub, "ws.device_connects") == 2);
    // Its other requests go on, and so do others' sockets.
    CHECK(estate.call(lamp, "GET", "/v1/me").status == 200);
    CHECK(opened(other).status == 101);
    estate.hub.pass(5min);
    CHECK(opened(lamp).status == 101);
}

TEST_CASE("an app opens more sockets than a device, and not without end") {
    api::Rules rules;
    rules.connects.most = 20;
    Estate estate{rules};
    const std::string app = estate.make_app("display");
    for (int at = 0; at < 20; ++at)
        CHECK(Socket{estate.hub, bearer(app)}.open());
    const Answer refused = Socket{estate.hub, bearer(app)}.answer();
    CHECK(refused.status == 429);
    CHECK(limit_of(refused) == "ws.connects");
    estate.hub.pass(3s);
    CHECK(Socket{estate.hub, bearer(app)}.open());
}

TEST_CASE("whoever manages a tenant sees how much of its quotas is used, and the operator of all") {
    Estate estate{{}, false};
    estate.done("POST", "/v1/tenants",
                R"({"id":"plant","user":"head","password":"first word of head"})");
    const std::string head = estate.key_of_user("head", TenantId{"plant"});
    REQUIRE(estate.call(head, "POST", "/v1/devices", R"({"id":"press"})").status == 201);
    REQUIRE(estate.call(head, "POST", "/v1/apps", R"({"id":"planner"})").status == 201);
    Socket socket{estate.hub, bearer(head)};
    REQUIRE(socket.open());
    const Value quotas = member(estate.done("GET", "/v1/tenants/plant"), "quotas");
    const Value limits = member(estate.call(head, "GET", "/v1/me/limits").json(), "limits");
    struct Row {
        const char* name;
        std::int64_t used;
        std::int64_t max;
    };
    for (const Row& row : {Row{"tenant.devices", 1, 100'000}, Row{"tenant.sockets", 1, 50'000},
                           Row{"tenant.users", 1, 1'000}, Row{"tenant.apps", 1, 1'000},
                           Row{"tenant.grants", 0, 10'000}, Row{"tenant.dashboards", 0, 1'000}}) {
        CAPTURE(row.name);
        CHECK(member(named(quotas, row.name), "used") == Value{row.used});
        CHECK(member(named(quotas, row.name), "max") == Value{row.max});
        CHECK(named(limits, row.name) == named(quotas, row.name));
    }
    CHECK(estate.call(head, "GET", "/v1/tenants/plant").status == 403);
    CHECK(estate.call(estate.boss, "GET", "/v1/tenants/nowhere").status == 404);
    CHECK(estate.call(head, "DELETE", "/v1/devices/press").status == 204);
    estate.done("DELETE", "/v1/tenants/plant");
    CHECK(estate.call(estate.boss, "GET", "/v1/tenants/plant").status == 404);
}

}  // namespace tandem::simulation
