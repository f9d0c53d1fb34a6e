// Users, apps, grants and tenants: how they are made, changed and ended.
#include "scenario/access_fixture.h"

#include <algorithm>

namespace tandem::simulation {
namespace {

Answer log_in(Estate& estate, const std::string& body) {
    return ask(estate.hub, {.method = "POST", .target = "/v1/session", .body = body});
}

std::string cookie_of(const Answer& answer) {
    const std::string field = answer.field("set-cookie");
    return field.substr(0, field.find(';'));
}

int status_with(Estate& estate, const std::string& cookie) {
    return ask(estate.hub, {.target = "/v1/me", .headers = {{"Cookie", cookie}}}).status;
}

constexpr const char* kAnna =
    R"({"id":"anna","name":"Anna Berg","role":"viewer","password":"first word of anna"})";
constexpr const char* kAnnaLogsIn = R"({"user":"anna","password":"first word of anna"})";

}  // namespace

TEST_CASE("a user logs in with the password that was set, and may what the role says") {
    Estate estate;
    estate.done("POST", "/v1/users", kAnna);
    const Answer begun = log_in(estate, kAnnaLogsIn);
    REQUIRE_MESSAGE(begun.status == 201, begun.body);
    const std::string cookie = cookie_of(begun);
    const auto as_anna = [&](const char* method, const char* target, const char* body) {
        return ask(estate.hub,
                   {.method = method,
                    .target = target,
                    .headers = {{"Cookie", cookie}, {"Origin", "http://127.0.0.1:8080"}},
                    .body = body})
            .status;
    };
    CHECK(as_anna("GET", "/v1/devices", "") == 200);
    CHECK(as_anna("POST", "/v1/devices", R"({"id":"lamp"})") == 403);
    CHECK(as_anna("GET", "/v1/users", "") == 403);
    estate.done("PATCH", "/v1/users/anna", R"({"role":"admin"})");
    CHECK(as_anna("POST", "/v1/devices", R"({"id":"lamp"})") == 201);
    CHECK(as_anna("GET", "/v1/users", "") == 200);
    estate.done("PATCH", "/v1/users/anna", R"({"role":"member"})");
    CHECK(as_anna("GET", "/v1/devices", "") == 403);
    CHECK(as_anna("GET", "/v1/devices/lamp", "") == 404);
    estate.grant(R"("user":"anna","scopes":["devices:read"],"devices":["lamp"])");
    CHECK(as_anna("GET", "/v1/devices/lamp", "") == 200);
}

TEST_CASE("a new password ends all sessions of the user, and the old one opens none") {
    Estate estate;
    estate.done("POST", "/v1/users", kAnna);
    const std::string cookie = cookie_of(log_in(estate, kAnnaLogsIn));
    REQUIRE(status_with(estate, cookie) == 200);
    estate.done("POST", "/v1/users/anna/password", R"({"password":"second word of anna"})");
    CHECK(status_with(estate, cookie) == 401);
    CHECK(log_in(estate, kAnnaLogsIn).status == 401);
    const Answer again = log_in(estate, R"({"user":"anna","password":"second word of anna"})");
    CHECK(again.status == 201);

    SUBCASE("one's own is set with the present one") {
        const std::string anna = estate.key_of_user("anna");
        const auto set = [&](const std::string& body) {
            return estate.call(anna, "POST", "/v1/users/anna/password", body).status;
        };
        CHECK(set(R"({"password":"third word of anna"})") == 400);
        CHECK(set(R"({"password":"third word of anna","current":"a guess of mine"})") == 403);
        CHECK(status_with(estate, cookie_of(again)) == 200);
        CHECK(set(R"({"password":"third word of anna","current":"second word of anna"})") == 204);
        CHECK(status_with(estate, cookie_of(again)) == 401);
        CHECK(log_in(estate, R"({"user":"anna","password":"third word of anna"})").status == 201);
    }
    SUBCASE("another's takes users:manage, and nobody else learns who is there") {
        const std::string anna = estate.key_of_user("anna");
        for (const char* other : {"admin", "nobody"}) {
            const Answer refused =
                estate.call(anna, "POST", "/v1/users/" + std::string{other} + "/password",
                            R"({"password":"mine from now on"})");
            CHECK(refused.status == 403);
        }
        CHECK(estate
                  .call(estate.hub.admin.admin_key, "POST", "/v1/users/anna/password",
                        R"({"password":"mine from now on"})")
                  .status == 403);
    }
    SUBCASE("short and long ones are refused") {
        const auto set = [&](std::size_t length) {
            return estate
                .call(estate.boss, "POST", "/v1/users/anna/password",
                      R"({"password":")" + std::string(length, 'x') + R"("})")
                .status;
        };
        CHECK(set(7) == 400);
        CHECK(set(8) == 204);
        CHECK(set(128) == 204);
        CHECK(set(129) == 400);
    }
}

TEST_CASE("who is deleted is out: session, socket and name") {
    Estate estate;
    estate.hub.make_device("lamp");
    estate.done("POST", "/v1/users", kAnna);
    const std::string cookie = cookie_of(log_in(estate, kAnnaLogsIn));
    Socket socket{estate.hub, bearer(estate.key_of_user("anna"))};
    REQUIRE(socket.open());
    estate.done("DELETE", "/v1/users/anna");
    estate.hub.settle();
    CHECK(socket.closed().starts_with("4401"));
    CHECK(status_with(estate, cookie) == 401);
    CHECK(log_in(estate, kAnnaLogsIn).status == 401);
    CHECK(estate.call(estate.boss, "GET", "/v1/users/anna").status == 404);
    CHECK(estate.call(estate.boss, "DELETE", "/v1/users/anna").status == 404);
}

TEST_CASE("a tenant keeps an administrator") {
    Estate estate;
    CHECK(estate.call(estate.boss, "DELETE", "/v1/users/admin").status == 409);
    CHECK(estate.call(estate.boss, "PATCH", "/v1/users/admin", R"({"role":"viewer"})").status ==
          409);
    CHECK(estate.call(estate.boss, "PATCH", "/v1/users/admin", R"({"name":"Boss"})").status == 200);
    estate.done("POST", "/v1/users",
                R"({"id":"anna","role":"admin","password":"first word of anna"})");
    CHECK(estate.call(estate.boss, "PATCH", "/v1/users/admin", R"({"role":"viewer"})").status ==
          200);
    CHECK(estate.call(estate.boss, "DELETE", "/v1/users/anna").status == 403);
}

TEST_CASE("no app manages people, and none can be granted to") {
    Estate estate;
    const std::string& app = estate.hub.admin.admin_key;
    CHECK(estate.call(app, "GET", "/v1/users").status == 403);
    CHECK(estate.call(app, "POST", "/v1/users", kAnna).status == 403);
    CHECK(estate.call(app, "GET", "/v1/tenants").status == 403);
    CHECK(estate.call(app, "GET", "/v1/apps").status == 200);
    for (const char* scope : {"users:manage", "tenants:manage", "nonsense", ""}) {
        CAPTURE(scope);
        CHECK(estate
                  .call(estate.boss, "POST", "/v1/grants",
                        R"({"app":"admin","devices":["*"],"scopes":[")" + std::string{scope} +
                            R"("]})")
                  .status == 400);
    }
}

TEST_CASE("a grant says whom, what and with what, or is refused") {
    Estate estate;
    estate.make_app("display");
    struct Row {
        const char* body;
        int status;
        const char* why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {R"({"scopes":["devices:read"]})", 400, "to nobody"},
             {R"({"app":"display","user":"admin","scopes":["devices:read"]})", 400, "to two"},
             {R"({"app":"nobody","scopes":["devices:read"]})", 404, "to no app"},
             {R"({"user":"display","scopes":["devices:read"]})", 404, "to no user"},
             {R"({"app":"display","devices":["*"]})", 400, "no scopes"},
             {R"({"app":"display","scopes":["audit:read"],"devices":["lamp"]})", 400,
              "the tenant's audit with one device"},
             {R"({"app":"display","scopes":["audit:read"],"devices":["*"]})", 201,
              "the tenant's audit with every device"},
             {R"({"app":"display","scopes":["devices:read"],"devices":["*","lamp"]})", 400,
              "every device and one"},
             {R"({"app":"display","scopes":["devices:read"],"devices":["la*"]})", 400,
              "a pattern of ids"},
             {R"({"app":"display","scopes":["devices:read"],"devices":["a/../b"]})", 400, "no id"},
             {R"({"app":"display","scopes":["devices:read"],"series":["*x"]})", 400, "no pattern"},
             {R"({"app":"display","scopes":["devices:read"],"series":["x**"]})", 400, "two stars"},
             {R"({"app":"display","scopes":["devices:read"],"series":[""]})", 400, "no series"},
             {R"({"app":"display","scopes":["devices:read"],"role":"admin"})", 400, "a role"},
             {R"({"app":"display","scopes":["devices:read"],"tenant":"plant"})", 400, "a tenant"},
             {R"({"app":"display","scopes":["devices:read"]})", 201, "no devices: none"}}) {
        CAPTURE(row.why);
        const Answer answer = estate.call(estate.boss, "POST", "/v1/grants", row.body);
        CHECK_MESSAGE(answer.status == row.status, answer.body);
    }
}

TEST_CASE("an app has two secrets while it changes them, each ends on its own") {
    Estate estate;
    estate.done("POST", "/v1/apps", R"({"id":"other"})");
    const std::string first = estate.make_app("display");
    const auto status = [&](const std::string& key) {
        return estate.call(key, "GET", "/v1/me").status;
    };
    const Value rotated = estate.done("POST", "/v1/apps/display/secrets");
    const std::string second = *rotated.find("secret")->get<std::string>();
    const Value listed = estate.done("GET", "/v1/apps/display");
    CHECK(listed.find("secret") == nullptr);
    CHECK(listed.find("secrets")->get<Value::Array>()->size() == 2);
    CHECK(status(first) == 200);
    CHECK(status(second) == 200);
    CHECK(estate.call(estate.boss, "POST", "/v1/apps/display/secrets").status == 409);

    SUBCASE("the old one after a day") {
        estate.hub.clock.passed += 24h;
        CHECK(status(first) == 401);
        CHECK(status(second) == 200);
        CHECK(estate.call(estate.boss, "POST", "/v1/apps/display/secrets").status == 201);
    }
    SUBCASE("or when it is revoked, with its sockets") {
        Socket old{estate.hub, bearer(first)};
        Socket fresh{estate.hub, bearer(second)};
        const auto parts = auth::read_key(first);
        estate.done("DELETE", "/v1/apps/display/secrets/" + parts->id.text());
        estate.hub.settle();
        CHECK(old.closed().starts_with("4401"));
        CHECK(fresh.closed().empty());
        CHECK(status(first) == 401);
        CHECK(estate
                  .call(estate.boss, "DELETE",
                        "/v1/apps/other/secrets/" + auth::read_key(second)->id.text())
                  .status == 404);
        CHECK(status(second) == 200);
    }
    SUBCASE("both when the app is deleted, and its grants with it") {
        estate.grant(R"("app":"display","scopes":["devices:read"],"devices":["*"])");
        Socket socket{estate.hub, bearer(second)};
        estate.done("DELETE", "/v1/apps/display");
        estate.hub.settle();
        CHECK(socket.closed().starts_with("4401"));
        CHECK(status(first) == 401);
        CHECK(status(second) == 401);
        const std::string again = estate.make_app("display");
        CHECK(estate.call(again, "GET", "/v1/devices").status == 403);
    }
}

TEST_CASE("changes name the version that they were made from") {
    Estate estate;
    estate.done("POST", "/v1/users", kAnna);
    estate.make_app("display");
    const std::string grant =
        estate.grant(R"("app":"display","scopes":["devices:read"],"devices":["*"])");
    struct Row {
        std::string target;
        const char* patch;
    };
    // The grant first: it goes with its app.
    for (const Row& row : {Row{"/v1/grants/" + grant, R"({"scopes":["telemetry:read"]})"},
                           Row{"/v1/users/anna", R"({"name":"Anna B."})"},
                           Row{"/v1/apps/display", R"({"name":"Display"})"}}) {
        CAPTURE(row.target);
        const auto with = [&](const char* method, const char* version, const char* body) {
            net::Headers headers = bearer(estate.boss);
            headers.emplace_back("If-Match", version);
            return ask(estate.hub,
                       {.method = method, .target = row.target, .headers = headers, .body = body});
        };
        CHECK(with("PATCH", "\"2\"", row.patch).status == 412);
        const Answer changed = with("PATCH", "\"1\"", row.patch);
        CHECK(changed.status == 200);
        CHECK(changed.field("etag") == "\"2\"");
        // What changes nothing is no new version.
        CHECK(with("PATCH", "\"2\"", row.patch).field("etag") == "\"2\"");
        CHECK(with("PATCH", "\"1\"", row.patch).status == 412);
        CHECK(with("PATCH", "\"2\"", R"({"version":7})").status == 400);
        CHECK(with("DELETE", "\"1\"", "").status == 412);
        CHECK(with("DELETE", "\"2\"", "").status == 204);
    }
}

TEST_CASE("each tenant has devices, people and programs of its own, under the same names") {
    Estate estate;
    estate.hub.make_device("lamp");
    estate.make_app("display");
    estate.done("POST", "/v1/tenants",
                R"({"id":"plant","name":"The plant","user":"boss",)"
                R"("password":"first day of the plant"})");
    const Answer begun =
        log_in(estate, R"({"user":"boss","tenant":"plant","password":"first day of the plant"})");
    REQUIRE_MESSAGE(begun.status == 201, begun.body);
    CHECK(*begun.json().find("tenant") == Value{"plant"});
    CHECK(log_in(estate, R"({"user":"boss","password":"first day of the plant"})").status == 401);
    const std::string boss = estate.key_of_user("boss", TenantId{"plant"});

    SUBCASE("what one has the other does not see") {
        CHECK(names_in(estate.call(boss, "GET", "/v1/devices").json()).empty());
        CHECK(names_in(estate.call(boss, "GET", "/v1/users").json()) == Names{"boss"});
        CHECK(names_in(estate.call(boss, "GET", "/v1/apps").json()).empty());
        CHECK(names_in(estate.call(boss, "GET", "/v1/grants").json()).empty());
        CHECK(estate.call(boss, "GET", "/v1/devices/lamp").status == 404);
        CHECK(estate.call(boss, "GET", "/v1/users/admin").status == 404);
        CHECK(estate.call(boss, "DELETE", "/v1/apps/display").status == 404);
        CHECK(estate.call(boss, "DELETE", "/v1/grants/admin").status == 404);
        CHECK(estate.call(boss, "POST", "/v1/devices", R"({"id":"lamp"})").status == 201);
        CHECK(estate.call(boss, "POST", "/v1/apps", R"({"id":"display"})").status == 201);
        CHECK(estate.call(boss, "DELETE", "/v1/devices/lamp").status == 204);
        CHECK(estate.call(estate.boss, "GET", "/v1/devices/lamp").status == 200);
        CHECK(estate
                  .call(boss, "POST", "/v1/grants",
                        R"({"user":"admin","scopes":["devices:read"],"devices":["*"]})")
                  .status == 404);
    }
    SUBCASE("the hub is its operator's") {
        CHECK(estate.call(boss, "GET", "/v1/tenants").status == 403);
        CHECK(estate.call(boss, "GET", "/v1/status").status == 403);
        CHECK(estate.call(boss, "DELETE", "/v1/tenants/main").status == 403);
        CHECK(estate.call(boss, "GET", "/v1/audit").status == 200);
    }
    SUBCASE("a stream shows one's own, not the neighbour's of the same name") {
        REQUIRE(estate.call(boss, "POST", "/v1/devices", R"({"id":"lamp"})").status == 201);
        Socket socket{estate.hub, bearer(boss)};
        REQUIRE(*subscribe(socket, "{}").find("status") == Value{200});
        static_cast<void>(socket.messages());
        estate.write("lamp", R"({"power":1})");
        CHECK(heard(socket).empty());
        REQUIRE(estate.call(boss, "POST", "/v1/devices/lamp/telemetry", R"({"heat":1})").status ==
                200);
        CHECK(heard(socket) == Names{"lamp/heat"});
    }
    SUBCASE("a tenant ends with all that is its own, and its name is not given again") {
        Socket socket{estate.hub, bearer(boss)};
        const std::string app = *estate.call(boss, "POST", "/v1/apps", R"({"id":"display"})")
                                     .json()
                                     .find("secret")
                                     ->get<std::string>();
        REQUIRE(estate.call(boss, "POST", "/v1/devices", R"({"id":"lamp"})").status == 201);
        CHECK(estate.call(estate.boss, "DELETE", "/v1/tenants/plant").status == 409);
        REQUIRE(estate.call(boss, "DELETE", "/v1/devices/lamp").status == 204);
        estate.done("DELETE", "/v1/tenants/plant");
        estate.hub.settle();
        CHECK(socket.closed().starts_with("4401"));
        CHECK(estate.call(boss, "GET", "/v1/me").status == 401);
        CHECK(estate.call(app, "GET", "/v1/me").status == 401);
        CHECK(log_in(estate,
                     R"({"user":"boss","tenant":"plant","password":"first day of the plant"})")
                  .status == 401);
        CHECK(names_in(estate.done("GET", "/v1/tenants")) == Names{"main"});
        CHECK(estate
                  .call(estate.boss, "POST", "/v1/tenants",
                        R"({"id":"plant","user":"other","password":"second day of it"})")
                  .status == 409);
        CHECK(estate.call(estate.boss, "DELETE", "/v1/tenants/main").status == 409);
        CHECK(estate.call(estate.boss, "GET", "/v1/devices/lamp").status == 200);
    }
}

TEST_CASE("what is administered leaves an audit line that says what, and never a password") {
    Estate estate;
    estate.done("POST", "/v1/users", kAnna);
    estate.done("POST", "/v1/users/anna/password", R"({"password":"second word of anna"})");
    const std::string grant =
        estate.grant(R"("user":"anna","scopes":["devices:read"],"devices":["*"])");
    estate.done("DELETE", "/v1/grants/" + grant);
    estate.done("DELETE", "/v1/users/anna");
    const Value page = estate.done("GET", "/v1/audit");
    const auto has = [&](const std::string& action, const std::string& resource) {
        const auto& lines = *page.find("items")->get<Value::Array>();
        return std::ranges::any_of(lines, [&](const Value& line) {
            return *line.find("action") == Value{action} &&
                   *line.find("resource") == Value{resource} &&
                   *line.find("actor") == Value{"user:admin"} &&
                   *line.find("result") == Value{"ok"};
        });
    };
    CHECK(has("users.create", "user:anna"));
    CHECK(has("users.password", "user:anna"));
    CHECK(has("grants.create", "grant:" + grant));
    CHECK(has("grants.delete", "grant:" + grant));
    CHECK(has("users.delete", "user:anna"));
    CHECK_FALSE(codec::to_json(page).contains("word of anna"));
}

TEST_CASE("a tenant has as many users, apps and grants as it may") {
    Estate estate;
    auto& rules = estate.hub.hub->rules;
    rules.users = 2;
    rules.apps = 3;
    rules.grants = 2;
    rules.tenants = 2;
    const auto limit_of = [&](const std::string& target, const std::string& body) {
        const Answer answer = estate.call(estate.boss, "POST", target, body);
        if (answer.status < 300) return std::string{};
        CHECK(answer.status == 409);
        return *answer.json().find("limit")->get<std::string>();
    };
    const std::string password = R"("password":"first word of it")";
    CHECK(limit_of("/v1/users", R"({"id":"anna",)" + password + "}").empty());
    CHECK(limit_of("/v1/users", R"({"id":"bert",)" + password + "}") == "tenant.users");
    CHECK(limit_of("/v1/apps", R"({"id":"a"})").empty());
    CHECK(limit_of("/v1/apps", R"({"id":"b"})").empty());
    CHECK(limit_of("/v1/apps", R"({"id":"c"})") == "tenant.apps");
    const std::string grant = R"({"app":"a","scopes":["devices:read"]})";
    CHECK(limit_of("/v1/grants", grant).empty());
    CHECK(limit_of("/v1/grants", grant) == "tenant.grants");
    CHECK(limit_of("/v1/tenants", R"({"id":"t1","user":"u",)" + password + "}").empty());
    CHECK(limit_of("/v1/tenants", R"({"id":"t2","user":"u",)" + password + "}") == "hub.tenants");
    CHECK(estate.hub.hub->metrics.counter("tandem_limit_hits_total", "limit=\"tenant.users\"")
              .value() == 1);
}

}  // namespace tandem::simulation
