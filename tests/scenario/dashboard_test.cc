// Dashboards: whose they are, who sees and changes them, and what becomes of them.
#include "scenario/access_fixture.h"

namespace tandem::simulation {
namespace {

const char* const kHall =
    R"({"title":"Hall 3","tiles":[{"kind":"value","device":"lamp-1","series":"power",)"
    R"("x":0,"y":0,"w":3,"h":2}]})";
const char* const kSharedHall =
    R"({"title":"Hall 3","shared":"tenant","tiles":[{"kind":"text","options":{"text":"now"},)"
    R"("x":0,"y":0,"w":3,"h":2}]})";

/// A hub with two viewers.
struct House : Estate {
    explicit House(api::Rules rules = {}) : Estate{std::move(rules), false} {
        for (const char* name : {"anna", "ben"}) {
            done("POST", "/v1/users",
                 R"({"id":")" + std::string{name} +
                     R"(","role":"viewer","password":"a word of theirs"})");
        }
        anna = key_of_user("anna");
        ben = key_of_user("ben");
    }

    /// The id of a fresh one.
    std::string make(const std::string& key, const std::string& body = kHall) {
        const Answer made = call(key, "POST", "/v1/dashboards", body);
        REQUIRE_MESSAGE(made.status == 201, made.body);
        return *made.json().find("id")->get<std::string>();
    }
    int status(const std::string& key,
               const std::string& method,
               const std::string& id,
               const std::string& body = "") {
        return call(key, method, "/v1/dashboards/" + id, body).status;
    }
    Answer put(const std::string& key,
               const std::string& id,
               const std::string& version,
               const std::string& body) {
        net::Headers headers = bearer(key);
        headers.emplace_back("If-Match", '"' + version + '"');
        return ask(
            hub,
            {.method = "PUT", .target = "/v1/dashboards/" + id, .headers = headers, .body = body});
    }
    Names seen(const std::string& key) {
        return names_in(call(key, "GET", "/v1/dashboards").json());
    }

    std::string anna;
    std::string ben;
};

std::string limit_of(const Answer& refused) {
    const Value problem = refused.json();
    const Value* limit = problem.find("limit");
    return limit == nullptr ? "" : *limit->get<std::string>();
}

std::string pointer_of(const Answer& refused) {
    const Value problem = refused.json();
    const Value* errors = problem.find("errors");
    if (errors == nullptr) return {};
    return *errors->get<Value::Array>()->front().find("pointer")->get<std::string>();
}

}  // namespace

TEST_CASE("a private dashboard is its owner's, and nobody else's but who manages access") {
    House house;
    const std::string id = house.make(house.anna);
    CHECK(house.seen(house.anna) == Names{id});
    CHECK(house.seen(house.ben).empty());
    CHECK(house.seen(house.boss) == Names{id});
    CHECK(house.status(house.ben, "GET", id) == 404);
    CHECK(house.status(house.ben, "DELETE", id) == 404);
    CHECK(house.put(house.ben, id, "1", kSharedHall).status == 404);
    CHECK(house.status(house.anna, "GET", id) == 200);
    CHECK(house.status(house.boss, "GET", id) == 200);
    CHECK(house.status(house.boss, "DELETE", id) == 204);
    CHECK(house.status(house.anna, "GET", id) == 404);
}

TEST_CASE("a shared dashboard is everybody's to read and its owner's to change") {
    House house;
    const std::string id = house.make(house.anna);
    const Answer shared = house.put(house.anna, id, "1", kSharedHall);
    REQUIRE(shared.status == 200);
    CHECK(shared.field("etag") == "\"2\"");
    CHECK(house.seen(house.ben) == Names{id});
    const Value seen = house.call(house.ben, "GET", "/v1/dashboards/" + id).json();
    CHECK(*seen.find("owner") == Value{"user:anna"});
    CHECK(*seen.find("shared") == Value{"tenant"});
    CHECK(house.put(house.ben, id, "2", kHall).status == 403);
    CHECK(house.status(house.ben, "DELETE", id) == 403);
    CHECK(house.put(house.boss, id, "2", kSharedHall).status == 200);
    // Who changes it does not become its owner.
    CHECK(*house.call(house.ben, "GET", "/v1/dashboards/" + id).json().find("owner") ==
          Value{"user:anna"});
    CHECK(house.put(house.anna, id, "3", kHall).status == 200);
    CHECK(house.status(house.ben, "GET", id) == 404);
}

TEST_CASE("who has not seen the latest version changes nothing") {
    House house;
    const std::string id = house.make(house.anna);
    CHECK(house.status(house.anna, "PUT", id, kSharedHall) == 428);
    REQUIRE(house.put(house.anna, id, "1", kSharedHall).status == 200);
    CHECK(house.put(house.anna, id, "1", kHall).status == 412);
    net::Headers stale = bearer(house.anna);
    stale.emplace_back("If-Match", "\"1\"");
    CHECK(ask(house.hub, {.method = "DELETE", .target = "/v1/dashboards/" + id, .headers = stale})
              .status == 412);
    const Value now = house.call(house.anna, "GET", "/v1/dashboards/" + id).json();
    CHECK(*now.find("version") == Value{2});
    CHECK(*now.find("shared") == Value{"tenant"});
    CHECK(house.status(house.anna, "DELETE", id) == 204);
    CHECK(house.put(house.anna, id, "2", kHall).status == 404);
}

TEST_CASE("both doors keep the same dashboards and refuse the same ones alike") {
    House house;
    const std::string id = house.make(house.anna);
    Socket socket{house.hub, bearer(house.anna)};
    REQUIRE(socket.open());
    const Value listed = socket.request(R"({"id":1,"op":"dashboards.list"})");
    CHECK(names_in(*listed.find("body")) == Names{id});
    const std::string path = R"("path":{"dashboard":")" + id + R"("})";
    const Value put =
        socket.request(R"({"id":2,"op":"dashboards.put",)" + path +
                       R"(,"headers":{"if-match":"\"1\""},"body":)" + kSharedHall + "}");
    CHECK(*put.find("status") == Value{200});
    const Value stale =
        socket.request(R"({"id":3,"op":"dashboards.put",)" + path +
                       R"(,"headers":{"if-match":"\"1\""},"body":)" + kSharedHall + "}");
    CHECK(*stale.find("status") == Value{412});
    const char* const gauge =
        R"({"title":"Hall","tiles":[{"kind":"value","device":"lamp-1","x":0,"y":0,"w":3,"h":2}]})";
    const Value bad =
        socket.request(R"({"id":4,"op":"dashboards.create","body":)" + std::string{gauge} + "}");
    const Answer refused = house.call(house.anna, "POST", "/v1/dashboards", gauge);
    CHECK(*bad.find("status") == Value{400});
    CHECK(refused.status == 400);
    CHECK(pointer_of(refused) == "/tiles/0/series");
    CHECK(*bad.find("problem") == refused.json());
    CHECK(*socket.request(R"({"id":5,"op":"dashboards.delete",)" + path + "}").find("status") ==
          Value{204});
    CHECK(house.seen(house.anna).empty());
}

TEST_CASE("what a deleted user shared stays without an owner, what was private is gone") {
    House house;
    house.make(house.anna);
    const std::string shared = house.make(house.anna, kSharedHall);
    house.done("DELETE", "/v1/users/anna");
    CHECK(house.seen(house.boss) == Names{shared});
    const Value left = house.call(house.ben, "GET", "/v1/dashboards/" + shared).json();
    CHECK(left.find("owner") == nullptr);
    // Whoever comes under the same name does not inherit it.
    house.done("POST", "/v1/users",
               R"({"id":"anna","role":"viewer","password":"a word of theirs"})");
    const std::string namesake = house.key_of_user("anna");
    CHECK(house.put(namesake, shared, "2", kSharedHall).status == 403);
    CHECK(house.put(house.boss, shared, "1", kSharedHall).status == 412);
    CHECK(house.put(house.boss, shared, "2", kSharedHall).status == 200);
    // Private to nobody would be lost.
    CHECK(pointer_of(house.put(house.boss, shared, "3", kHall)) == "/shared");
    CHECK(house.status(house.boss, "DELETE", shared) == 204);
}

TEST_CASE("nobody of another tenant sees a dashboard, however it is shared") {
    House house;
    const std::string id = house.make(house.anna, kSharedHall);
    house.done("POST", "/v1/tenants",
               R"({"id":"plant","user":"head","password":"first word of head"})");
    const std::string head = house.key_of_user("head", TenantId{"plant"});
    CHECK(house.seen(head).empty());
    CHECK(house.status(head, "GET", id) == 404);
    CHECK(house.status(head, "DELETE", id) == 404);
    CHECK(house.put(head, id, "1", kSharedHall).status == 404);
}

TEST_CASE("dashboards take a scope: a grant gives it, a device never has it") {
    House house;
    house.done("POST", "/v1/users", R"({"id":"carl","password":"a word of theirs"})");
    const std::string carl = house.key_of_user("carl");
    CHECK(house.call(carl, "GET", "/v1/dashboards").status == 403);
    house.grant(R"("user":"carl","scopes":["dashboards:read"],"devices":["lamp-1"])");
    CHECK(house.call(carl, "GET", "/v1/dashboards").status == 200);
    CHECK(house.call(carl, "POST", "/v1/dashboards", kHall).status == 403);
    const std::string lamp = house.hub.make_device("lamp-1");
    CHECK(house.call(lamp, "GET", "/v1/dashboards").status == 403);
}

TEST_CASE("dashboards of an owner, of a tenant and their size have limits, which are counted") {
    api::Rules rules;
    rules.dashboards_owned = 2;
    rules.dashboards = 3;
    rules.dashboard_bytes = 400;
    House house{rules};
    house.make(house.anna);
    const std::string second = house.make(house.anna);
    const Answer owned = house.call(house.anna, "POST", "/v1/dashboards", kHall);
    CHECK(owned.status == 409);
    CHECK(limit_of(owned) == "dashboards.owned");
    house.make(house.ben);
    const Answer all = house.call(house.ben, "POST", "/v1/dashboards", kHall);
    CHECK(all.status == 409);
    CHECK(limit_of(all) == "tenant.dashboards");
    const Value quotas = *house.done("GET", "/v1/tenants/main").find("quotas");
    const Value& counted = quotas.get<Value::Array>()->back();
    CHECK(*counted.find("name") == Value{"tenant.dashboards"});
    CHECK(*counted.find("used") == Value{3});
    // What is there may be changed, and what is deleted makes room.
    CHECK(house.put(house.anna, second, "1", kSharedHall).status == 200);
    REQUIRE(house.status(house.anna, "DELETE", second) == 204);
    house.make(house.anna);
    const std::string long_text = R"({"title":"T","tiles":[{"kind":"text","options":{"text":")" +
                                  std::string(400, 'x') + R"("},"x":0,"y":0,"w":1,"h":1}]})";
    const Answer large = house.call(house.anna, "POST", "/v1/dashboards", long_text);
    CHECK(large.status == 413);
    CHECK(limit_of(large) == "dashboards.bytes");
    for (const char* limit : {"dashboards.owned", "tenant.dashboards", "dashboards.bytes"}) {
        CAPTURE(limit);
        const std::string labels = R"(limit=")" + std::string{limit} + '"';
        CHECK(house.hub.hub->metrics.counter("tandem_limit_hits_total", labels).value() == 1);
    }
}

TEST_CASE("a repeat with the same Idempotency-Key makes no second dashboard") {
    House house;
    net::Headers headers = bearer(house.anna);
    headers.emplace_back("Idempotency-Key", "first");
    const auto make = [&] {
        return ask(
            house.hub,
            {.method = "POST", .target = "/v1/dashboards", .headers = headers, .body = kHall});
    };
    const Answer first = make();
    CHECK(first.status == 201);
    CHECK(first.field("location").starts_with("/v1/dashboards/"));
    CHECK(make().body == first.body);
    CHECK(house.seen(house.anna).size() == 1);
}

TEST_CASE("the audit names the dashboard that was made, changed and deleted") {
    House house;
    const std::string id = house.make(house.anna);
    REQUIRE(house.put(house.anna, id, "1", kSharedHall).status == 200);
    CHECK(house.status(house.ben, "DELETE", id) == 403);
    REQUIRE(house.status(house.anna, "DELETE", id) == 204);
    house.hub.settle();
    const Value page = house.done("GET", "/v1/audit?limit=100");
    std::string told;
    for (const Value& line : *page.find("items")->get<Value::Array>()) {
        if (*line.find("resource") != Value{"dashboard:" + id}) continue;
        told += *line.find("actor")->get<std::string>() + " " +
                *line.find("kind")->get<std::string>() + "\n";
    }
    CHECK(told ==
          "user:anna dashboard_created\nuser:anna dashboard_updated\nuser:ben authz_fail\n"
          "user:anna dashboard_deleted\n");
}

}  // namespace tandem::simulation
