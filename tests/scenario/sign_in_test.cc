// Browser sessions over the REST door: how they begin, what their cookie may do, how they end.
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::simulation {
namespace {

constexpr std::string_view kOrigin = "http://127.0.0.1:8080";

Answer begin(ServedHub& hub, const Value& body, bool tls = false) {
    return ask(
        hub, {.method = "POST", .target = "/v1/session", .body = codec::to_json(body), .tls = tls});
}

std::string make_code(ServedHub& hub) {
    const Answer made = ask(hub, {.method = "POST", .target = "/v1/login-codes", .local = true});
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return *made.json().find("code")->get<std::string>();
}

/// `name=value` of the cookie that an answer sets.
std::string cookie_of(const Answer& answer) {
    const std::string field = answer.field("set-cookie");
    return field.substr(0, field.find(';'));
}

std::string begin_session(ServedHub& hub) {
    const Answer begun = begin(hub, Value::Object{{"code", make_code(hub)}});
    REQUIRE_MESSAGE(begun.status == 201, begun.body);
    return cookie_of(begun);
}

net::Headers with_cookie(const std::string& cookie) {
    return {{"Cookie", cookie}, {"Origin", std::string{kOrigin}}};
}

Answer me(ServedHub& hub, const std::string& cookie) {
    return ask(hub, {.target = "/v1/me", .headers = {{"Cookie", cookie}}});
}

std::string ticket_of(ServedHub& hub, const std::string& cookie) {
    const Answer made =
        ask(hub, {.method = "POST", .target = "/v1/ws-tickets", .headers = with_cookie(cookie)});
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return *made.json().find("ticket")->get<std::string>();
}

bool has_line(ServedHub& hub, std::string_view line) {
    const auto lines = hub.audit();
    return std::ranges::find(lines, line) != lines.end();
}

}  // namespace

TEST_CASE("a code begins one session") {
    ServedHub hub;
    const std::string code = make_code(hub);
    const Answer begun = begin(hub, Value::Object{{"code", code}});
    CHECK(begun.status == 201);
    CHECK(begun.json() ==
          Value::Object{{"user", "admin"}, {"tenant", "main"}, {"idle_ms", 1'800'000}});
    CHECK(begun.field("cache-control") == "no-store");
    const Answer who = me(hub, cookie_of(begun));
    CHECK(who.status == 200);
    CHECK(*who.json().find("id") == Value{"admin"});
    CHECK(*who.json().find("kind") == Value{"user"});
    const Answer again = begin(hub, Value::Object{{"code", code}});
    CHECK(again.problem() == "unauthenticated");
    CHECK(again.field("set-cookie") == "");
    CHECK(has_line(hub, "user:admin session.begin ok"));
    CHECK(has_line(hub, "anonymous session.begin unauthenticated"));
}

TEST_CASE("a code is good for 10 minutes") {
    ServedHub hub;
    const std::string early = make_code(hub);
    const std::string late = make_code(hub);
    hub.pass(10min);
    CHECK(begin(hub, Value::Object{{"code", early}}).status == 201);
    hub.pass(1ms);
    CHECK(begin(hub, Value::Object{{"code", late}}).status == 401);
}

TEST_CASE("codes are made on the hub's machine alone") {
    ServedHub hub;
    for (const net::Headers& headers : {net::Headers{}, bearer(hub.admin.admin_key)}) {
        const Answer refused =
            ask(hub, {.method = "POST", .target = "/v1/login-codes", .headers = headers});
        CHECK(refused.problem() == "forbidden");
    }
    CHECK(has_line(hub, "anonymous login_codes.create forbidden"));
}

TEST_CASE("the right password begins a session, and only that") {
    ServedHub hub{{.verifies_passwords = true}};
    const auto with = [&](const std::string& user, const std::string& password) {
        return begin(hub, Value::Object{{"user", user}, {"password", password}});
    };
    const Answer begun = with("admin", hub.admin.admin_password);
    CHECK(begun.status == 201);
    CHECK(me(hub, cookie_of(begun)).status == 200);
    const Answer wrong = with("admin", hub.admin.admin_password + "x");
    const Answer unknown = with("nobody", hub.admin.admin_password);
    CHECK(wrong.problem() == "unauthenticated");
    // Nobody learns who exists.
    CHECK(wrong.body == unknown.body);
    CHECK(wrong.field("set-cookie") == "");
    CHECK(with("admin", "").status == 401);
}

TEST_CASE("what is neither a code nor a user with a password begins nothing") {
    struct Row {
        std::string_view body;
        int status;
        std::string_view why;
    };
    ServedHub hub;
    for (const Row& row : std::initializer_list<Row>{
             {"", 400, "nothing"},
             {"{}", 400, "neither"},
             {R"({"user":"admin"})", 400, "no password"},
             {R"({"password":"x"})", 400, "no user"},
             {R"({"code":1})", 400, "no text"},
             {R"({"code":"x","more":1})", 400, "an unknown member"},
             {R"({"user":"a b","password":"x"})", 400, "no name"},
             {"{", 400, "no JSON"},
             {R"({"code":"x"})", 401, "an unknown code"},
             {R"({"code":""})", 401, "an empty code"},
             {R"({"user":"admin","password":"x"})", 503, "this hub verifies no passwords"}}) {
        CAPTURE(row.body);
        const Answer refused =
            ask(hub, {.method = "POST", .target = "/v1/session", .body = std::string{row.body}});
        CHECK_MESSAGE(refused.status == row.status, row.why);
        CHECK(refused.field("set-cookie") == "");
    }
    const Answer form = ask(hub, {.method = "POST",
                                  .target = "/v1/session",
                                  .headers = {{"Content-Type", "text/plain"}},
                                  .body = "{}"});
    CHECK(form.problem() == "unsupported-media-type");
}

TEST_CASE("the cookie is for this hub's pages alone, and with TLS for TLS alone") {
    ServedHub hub;
    const Answer plain = begin(hub, Value::Object{{"code", make_code(hub)}});
    const std::string value = cookie_of(plain).substr(cookie_of(plain).find('=') + 1);
    CHECK(value.size() == 43);
    CHECK(plain.field("set-cookie") ==
          "tandem-session=" + value + "; Path=/; HttpOnly; SameSite=Strict");
    const Answer secure = begin(hub, Value::Object{{"code", make_code(hub)}}, true);
    CHECK(secure.field("set-cookie").starts_with("__Host-tandem-session="));
    CHECK(secure.field("set-cookie").ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"));
}

TEST_CASE("a cookie changes things only from a page of the hub") {
    ServedHub hub;
    const std::string cookie = begin_session(hub);
    struct Row {
        std::string_view method;
        std::string_view origin;
        int status;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"GET", "", 200, "looking needs no page"},
             {"GET", kOrigin, 200, "from its own page"},
             {"GET", "https://evil.example", 403, "from another page"},
             {"POST", kOrigin, 201, "from its own page"},
             {"POST", "", 403, "from nowhere: a page could have made the browser do so"},
             {"POST", "null", 403, "from a sandbox"},
             {"POST", "https://evil.example", 403, "from another page"}}) {
        CAPTURE(row.why);
        net::Headers headers{{"Cookie", cookie}};
        if (!row.origin.empty()) headers.emplace_back("Origin", row.origin);
        const Answer answer = ask(hub, {.method = std::string{row.method},
                                        .target = "/v1/devices",
                                        .headers = headers,
                                        .body = row.method == "POST" ? "{}" : ""});
        CHECK(answer.status == row.status);
        if (row.status == 403) CHECK(answer.problem() == "origin-refused");
    }
}

TEST_CASE("signing out ends the session, its cookie and its sockets") {
    ServedHub hub;
    const std::string cookie = begin_session(hub);
    const std::string other = begin_session(hub);
    const net::Headers offer{
        {"Origin", std::string{kOrigin}},
        {"Sec-WebSocket-Protocol", "tandem.v1.json, tandem.ticket." + ticket_of(hub, cookie)}};
    Socket socket{hub, offer};
    REQUIRE(socket.open());
    Socket of_other{
        hub,
        {{"Origin", std::string{kOrigin}},
         {"Sec-WebSocket-Protocol", "tandem.v1.json, tandem.ticket." + ticket_of(hub, other)}}};
    REQUIRE(of_other.open());

    const Answer ended =
        ask(hub, {.method = "DELETE", .target = "/v1/session", .headers = with_cookie(cookie)});
    CHECK(ended.status == 204);
    CHECK(ended.field("set-cookie") ==
          "tandem-session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    CHECK(me(hub, cookie).status == 401);
    CHECK(socket.closed() == "4401 the credential has ended");
    CHECK(me(hub, other).status == 200);
    CHECK(of_other.closed() == "");
    CHECK(has_line(hub, "user:admin session.end ok"));
    // A second time there is nothing to end.
    const Answer again =
        ask(hub, {.method = "DELETE", .target = "/v1/session", .headers = with_cookie(cookie)});
    CHECK(again.status == 204);
}

TEST_CASE("signing out takes a page of the hub") {
    ServedHub hub;
    const std::string cookie = begin_session(hub);
    const Answer refused =
        ask(hub, {.method = "DELETE", .target = "/v1/session", .headers = {{"Cookie", cookie}}});
    CHECK(refused.problem() == "origin-refused");
    CHECK(me(hub, cookie).status == 200);
}

TEST_CASE("an idle session ends, one that is used goes on for 12 hours") {
    ServedHub hub;
    const std::string used = begin_session(hub);
    const std::string idle = begin_session(hub);
    hub.pass(30min);
    CHECK(me(hub, used).status == 200);
    hub.pass(1min);
    CHECK(me(hub, idle).status == 401);
    CHECK(me(hub, used).status == 200);
    for (Duration since = 31min; since + 25min <= 12h; since += 25min) {
        hub.pass(25min);
        CHECK(me(hub, used).status == 200);
    }
    hub.pass(25min);
    CHECK(me(hub, used).status == 401);
}

TEST_CASE("the paths of sessions tell their methods") {
    ServedHub hub;
    const Answer options = ask(hub, {.method = "OPTIONS", .target = "/v1/session"});
    CHECK(options.status == 204);
    CHECK(options.field("allow") == "POST, DELETE, OPTIONS");
    const Answer get = ask(hub, {.target = "/v1/session"});
    CHECK(get.status == 405);
    CHECK(get.field("allow") == "POST, DELETE, OPTIONS");
    CHECK(ask(hub, {.method = "DELETE", .target = "/v1/login-codes"}).field("allow") ==
          "POST, OPTIONS");
}

}  // namespace tandem::simulation
