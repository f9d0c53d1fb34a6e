// The first thing that every request meets, and the pages that are no operation.
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

namespace tandem::simulation {
namespace {

constexpr std::array<door::ConsoleFile, 2> kConsole{
    door::ConsoleFile{.path = "/index.html",
                      .media_type = "text/html; charset=utf-8",
                      .bytes = "<!doctype html>",
                      .etag = "\"abc\""},
    door::ConsoleFile{.path = "/assets/app-1.js",
                      .media_type = "text/javascript",
                      .bytes = "export {};",
                      .etag = "\"def\"",
                      .immutable = true},
};

Answer get(ServedHub& hub, const std::string& target, net::Headers headers = {}) {
    return ask(hub, {.target = target, .headers = std::move(headers)});
}

/// What HEAD is answered with, byte by byte.
std::string head(ServedHub& hub, const std::string& target) {
    Connection connection{hub};
    connection.feed("HEAD " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return connection.take();
}

}  // namespace

TEST_CASE("a hub answers to its addresses and its configured names alone") {
    ServedHub hub{{.public_hosts = {"hub.example"}}};
    struct Row {
        std::string host;
        int status;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"127.0.0.1:8080", 200, "an address"},
             {"[::1]:8080", 200, "an address"},
             {"localhost", 200, "this machine"},
             {"hub.example", 200, "configured"},
             {"evil.example", 421, "DNS rebinding"},
             {"hub.example.evil:8080", 421, "begins like a configured one"}}) {
        CAPTURE(row.host);
        const Answer answer = ask(hub, {.target = "/healthz", .host = row.host});
        CHECK_MESSAGE(answer.status == row.status, row.why);
    }
    const Answer local = ask(hub, {.target = "/healthz", .host = "whatever", .local = true});
    CHECK(local.status == 200);  // Nobody rebinds a socket in a directory.
}

TEST_CASE("a page may call the hub when its origin is the hub's or configured") {
    ServedHub hub{{.origins = {"https://app.example"}}};
    struct Row {
        std::string origin;
        bool good;
        std::string_view why;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"http://127.0.0.1:8080", true, "its own"},
                                    {"https://app.example", true, "configured"},
                                    {"https://127.0.0.1:8080", false, "another scheme"},
                                    {"http://127.0.0.1", false, "another port"},
                                    {"https://evil.example", false, "a stranger"},
                                    {"null", false, "a sandbox"}}) {
        CAPTURE(row.origin);
        const Answer answer = get(hub, "/healthz", {{"Origin", row.origin}});
        CHECK_MESSAGE((answer.status == 200) == row.good, row.why);
        CHECK(answer.field("access-control-allow-origin") == (row.good ? row.origin : ""));
        if (!row.good) CHECK(answer.problem() == "origin-refused");
    }
    CHECK(get(hub, "/healthz").field("access-control-allow-origin") == "");
    // What is kept for one page is not for another: also what was asked for by none.
    CHECK(get(hub, "/v1/devices", bearer(hub.admin.admin_key)).field("vary").contains("Origin"));
}

TEST_CASE("the audit hears of pages that may not call, at both doors") {
    ServedHub hub;
    const net::Headers evil{{"Origin", "https://evil.example"}};
    for (int at = 0; at < 3; ++at)
        CHECK(get(hub, "/v1/devices", evil).status == 403);
    CHECK(Socket{hub, evil}.answer().status == 403);
    Connection waits{hub};
    waits.feed(
        "POST /v1/session HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nOrigin: null\r\n"
        "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    CHECK(waits.take().contains(" 403 "));
    CHECK(std::ranges::count(hub.audit(), "anonymous page.call origin-refused") == 1);
    CHECK(std::ranges::count(hub.audit(), "anonymous stream.open origin-refused") == 1);
    hub.pass(61s);  // Those alike are one more line.
    CHECK(std::ranges::count(hub.audit(), "anonymous page.call origin-refused") == 2);
}

TEST_CASE("a preflight of a configured origin is told what it may send") {
    ServedHub hub{{.origins = {"https://app.example"}}};
    const auto preflight = [&](const std::string& origin) {
        return ask(hub,
                   {.method = "OPTIONS",
                    .target = "/v1/devices",
                    .headers = {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}}});
    };
    const Answer good = preflight("https://app.example");
    CHECK(good.status == 204);
    CHECK(good.field("access-control-allow-origin") == "https://app.example");
    CHECK(good.field("access-control-allow-methods").find("DELETE") != std::string::npos);
    CHECK(good.field("access-control-allow-headers").find("If-Match") != std::string::npos);
    // Without it a browser keeps no cookies and no keys of its own in such a call.
    CHECK(good.field("access-control-allow-credentials") == "");
    CHECK(good.field("vary") == "Origin");
    CHECK(preflight("https://evil.example").status == 403);
}

TEST_CASE("a secret in a URL is refused at every path, before anything else is done") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    for (const std::string& target : std::initializer_list<std::string>{
             "/v1/me?token=" + key, "/healthz?access_token=x", "/?key=x", "/v1/stream?token=" + key,
             "/v1/devices/" + key, "/nothing?password=x"}) {
        CAPTURE(target);
        CHECK(get(hub, target).problem() == "secret-in-url");
    }
    CHECK(Socket{hub, bearer(key)}.open());
}

TEST_CASE("what is not there, or not so, is told as a problem") {
    ServedHub hub;
    struct Row {
        std::string method;
        std::string target;
        std::string_view problem;
        std::string_view allow;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"GET", "/nothing", "not-found", ""},
             {"GET", "/v1/nothing", "not-found", ""},
             {"POST", "/v1/me", "method-not-allowed", "GET, HEAD, OPTIONS"},
             {"POST", "/healthz", "method-not-allowed", "GET, HEAD, OPTIONS"},
             {"PATCH", "/v1/devices", "method-not-allowed", "GET, HEAD, POST, OPTIONS"},
             {"BREW", "/v1/devices", "not-implemented", ""},
             {"BREW", "/healthz", "not-implemented", ""},
             {"GET", "/v1/devices/%zz", "bad-request", ""},
             {"GET", "/problems/nothing", "not-found", ""}}) {
        CAPTURE(row.method);
        CAPTURE(row.target);
        const Answer answer = ask(hub, {.method = row.method, .target = row.target});
        CHECK(answer.problem() == row.problem);
        CHECK(answer.field("allow") == row.allow);
    }
}

TEST_CASE("OPTIONS tells the methods of a path") {
    ServedHub hub{{.console = kConsole}};
    const auto options = [&](const std::string& target) {
        return ask(hub, {.method = "OPTIONS", .target = target});
    };
    CHECK(options("/v1/devices").field("allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(options("/healthz").field("allow") == "GET, HEAD, OPTIONS");
    CHECK(options("/index.html").field("allow") == "GET, HEAD, OPTIONS");
    CHECK(options("*").status == 204);
    CHECK(options("/nothing").status == 404);
}

TEST_CASE("the console's files may run nothing that is not theirs") {
    ServedHub hub{{.console = kConsole}};
    for (const char* target : {"/", "/index.html"}) {
        CAPTURE(target);
        const Answer page = get(hub, target);
        CHECK(page.status == 200);
        CHECK(page.body == "<!doctype html>");
        CHECK(page.field("content-type") == "text/html; charset=utf-8");
        CHECK(page.field("cache-control") == "no-cache");
        const std::string policy = page.field("content-security-policy");
        for (const char* part : {"default-src 'self'", "object-src 'none'", "base-uri 'none'",
                                 "frame-ancestors 'none'"})
            CHECK_MESSAGE(policy.find(part) != std::string::npos, part);
        CHECK(policy.find("unsafe") == std::string::npos);
        CHECK(page.field("x-content-type-options") == "nosniff");
        CHECK(page.field("x-frame-options") == "DENY");
        CHECK(page.field("referrer-policy") == "no-referrer");
    }
    CHECK(get(hub, "/assets/app-1.js").field("cache-control") ==
          "public, max-age=31536000, immutable");
    CHECK(get(hub, "/assets/").status == 404);
    CHECK(get(hub, "/assets/../index.html").status == 404);
}

TEST_CASE("a file that the browser has is not sent again") {
    ServedHub hub{{.console = kConsole}};
    struct Row {
        std::string if_none_match;
        int status;
    };
    for (const Row& row : {Row{"\"abc\"", 304}, Row{"W/\"abc\"", 304}, Row{"\"x\", \"abc\"", 304},
                           Row{"\"abcd\"", 200}, Row{"\"def\"", 200}, Row{"abc", 200}}) {
        CAPTURE(row.if_none_match);
        const Answer answer = get(hub, "/", {{"If-None-Match", row.if_none_match}});
        CHECK(answer.status == row.status);
        CHECK(answer.field("etag") == "\"abc\"");
        CHECK(answer.body.empty() == (row.status == 304));
    }
}

TEST_CASE("HEAD is answered as GET, without the body") {
    ServedHub hub{{.console = kConsole}};
    for (const char* target : {"/", "/healthz", "/openapi.json", "/problems/not-found", "/v1/me"}) {
        CAPTURE(target);
        Connection connection{hub};
        connection.feed(std::string{"GET "} + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const std::string whole = connection.take();
        const std::string only_head = head(hub, target);
        CHECK(only_head == whole.substr(0, whole.find("\r\n\r\n") + 4));
        CHECK(whole.size() > only_head.size());
    }
}

TEST_CASE("every error has a page that its type leads to") {
    ServedHub hub;
    for (const ErrorRow& row : errors()) {
        const Answer page = get(hub, "/problems/" + std::string{row.name});
        CAPTURE(row.name);
        CHECK(page.status == 200);
        CHECK(page.body.find(row.title) != std::string::npos);
        CHECK(page.body.find(std::to_string(row.status)) != std::string::npos);
    }
}

TEST_CASE("the documents are those of the catalogue") {
    ServedHub hub;
    CHECK(*get(hub, "/openapi.json").json().find("openapi") == Value{"3.1.0"});
    CHECK(*get(hub, "/asyncapi.json").json().find("asyncapi") == Value{"3.0.0"});
}

TEST_CASE("figures are for those who may read them") {
    ServedHub hub;
    CHECK(get(hub, "/metrics").problem() == "unauthenticated");
    CHECK(get(hub, "/metrics", bearer(hub.make_device("lamp-1"))).problem() == "forbidden");
    const Answer figures = get(hub, "/metrics", bearer(hub.admin.admin_key));
    CHECK(figures.status == 200);
    CHECK(figures.field("content-type") == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(figures.body.find("tandem_requests_total{door=\"rest\",op=\"devices.create\","
                            "status=\"201\"} 1") != std::string::npos);
}

TEST_CASE("who waits to be told to send a body is not told where the head decides") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    const auto told = [&](const std::string& line, const std::string& with, std::string type) {
        Connection connection{hub};
        connection.feed(line + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " +
                        with + "\r\nContent-Type: " + type +
                        "\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
        hub.settle();
        return connection.take().substr(9, 3);
    };
    const std::string json = "application/json";
    const std::string write = "POST /v1/me/telemetry";
    CHECK(told(write, key, json) == "100");
    CHECK(told(write, "tdk_wrong", json) == "401");
    CHECK(told(write, "", json) == "401");
    CHECK(told("POST /v1/devices", key, json) == "403");
    CHECK(told("POST /v1/devices/other/telemetry", key, json) == "404");
    CHECK(told("DELETE /v1/devices", hub.admin.admin_key, json) == "405");
    CHECK(told(write, key, "image/png") == "415");
    // A session begins with a body, and needs no key.
    CHECK(told("POST /v1/session", "", json) == "100");
    // A refusal is one, wherever it is decided: it is audited and counted.
    const auto lines = hub.audit();
    CHECK(std::ranges::count(lines, "anonymous telemetry.write unauthenticated") == 1);
    CHECK(std::ranges::count(lines, "device:lamp-1 devices.create forbidden") == 1);
    CHECK(get(hub, "/metrics", bearer(hub.admin.admin_key))
              .body.find("op=\"telemetry.write\",status=\"401\"} 1") != std::string::npos);
}

TEST_CASE("a hub is healthy while it runs, and ready while it can work") {
    ServedHub hub;
    CHECK(get(hub, "/healthz").status == 200);
    CHECK(get(hub, "/readyz").status == 200);
    hub.doors.unready = [] { return std::string{"the disk is full"}; };
    CHECK(get(hub, "/healthz").status == 200);
    const Answer unready = get(hub, "/readyz");
    CHECK(unready.status == 503);
    CHECK(unready.body == R"({"status":"not ready","why":"the disk is full"})");
    hub.doors.unready = [] { return std::string{}; };
    CHECK(get(hub, "/readyz").status == 200);
    hub.doors.draining = true;
    CHECK(get(hub, "/readyz").status == 503);
    CHECK(get(hub, "/healthz").field("connection") == "close");
}

TEST_CASE("bodies and answers have the media types that are asked for, or none") {
    ServedHub hub;
    const auto send = [&](const std::string& method, net::Headers headers, std::string body) {
        const std::string path = method == "PATCH" ? "/v1/devices/lamp-1" : "/v1/devices";
        headers.emplace_back("Authorization", "Bearer " + hub.admin.admin_key);
        return ask(hub, {.method = method, .target = path, .headers = headers, .body = body});
    };
    static_cast<void>(hub.make_device("lamp-1"));
    struct Row {
        std::string method;
        net::Headers headers;
        int status;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"POST", {}, 201, "without a type: JSON"},
             {"POST", {{"Content-Type", "application/json; charset=utf-8"}}, 201, "with a charset"},
             {"POST", {{"Content-Type", "text/plain"}}, 415, "what a form may send from any page"},
             {"POST", {{"Content-Type", "application/merge-patch+json"}}, 415, "no patch"},
             {"PATCH", {{"Content-Type", "application/merge-patch+json"}}, 200, "a patch"},
             {"PATCH", {{"Content-Type", "application/json"}}, 200, "a patch in plain JSON"},
             {"PATCH", {{"Content-Type", "application/json-patch+json"}}, 415, "another patch"},
             {"POST", {{"Content-Type", "application/cbor"}}, 400, "JSON that is said to be CBOR"},
             {"POST", {{"Content-Encoding", "br"}}, 415, "a coding that is not known"},
             {"POST", {{"Content-Encoding", "gzip, zstd"}}, 415, "two codings"},
             {"POST", {{"Content-Encoding", "gzip"}}, 400, "JSON that is said to be gzip"},
             {"POST", {{"Content-Encoding", "identity"}}, 201, "no coding"},
             {"POST", {{"Accept", "text/html"}}, 406, "nothing that is spoken here"},
             {"POST", {{"Accept", "text/html, */*;q=0.1"}}, 201, "anything, if need be"}}) {
        CAPTURE(row.why);
        CHECK(send(row.method, row.headers, "{}").status == row.status);
    }
    const Answer cbor = send("POST", {{"Accept", "application/cbor"}}, "{}");
    CHECK(cbor.field("content-type") == "application/cbor");
}

TEST_CASE("a page of a list links to the next, until the last") {
    ServedHub hub;
    for (const char* id : {"a", "b", "c", "d", "e"})
        static_cast<void>(hub.make_device(id));
    std::string target = "/v1/devices?limit=2&search=";
    std::string ids;
    int pages = 0;
    while (!target.empty()) {
        const Answer page = get(hub, target, bearer(hub.admin.admin_key));
        REQUIRE(page.status == 200);
        ++pages;
        for (const Value& item : *page.json().find("items")->get<Value::Array>())
            ids += *item.find("id")->get<std::string>();
        const std::string link = page.field("link");
        CHECK((page.json().find("next") != nullptr) == !link.empty());
        target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
        if (!link.empty()) CHECK(link.ends_with("; rel=\"next\""));
    }
    CHECK(ids == "abcde");
    CHECK(pages == 3);
}

TEST_CASE("what has not changed is not sent again") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    const auto with = [&](const std::string& tags) {
        net::Headers headers = bearer(hub.admin.admin_key);
        if (!tags.empty()) headers.emplace_back("If-None-Match", tags);
        return get(hub, "/v1/devices/lamp-1", headers);
    };
    const std::string tag = with("").field("etag");
    CHECK(tag == "\"1\"");
    CHECK(with(tag).status == 304);
    CHECK(with(tag).body.empty());
    CHECK(with("\"0\", " + tag).status == 304);
    CHECK(with("*").status == 304);
    CHECK(with("\"2\"").status == 200);
    CHECK(with("\"11\"").status == 200);
}

TEST_CASE("what is left of the budget is told, and its end") {
    api::Rules rules;
    rules.rates.requests = {.per_second = 1, .burst = 5};
    ServedHub hub{{.rules = rules}};
    const auto me = [&] { return get(hub, "/v1/me", bearer(hub.admin.admin_key)); };
    for (int left = 4; left >= 0; --left)
        CHECK(me().field("ratelimit") ==
              "\"requests\";r=" + std::to_string(left) + ";t=" + std::to_string(5 - left));
    const Answer refused = me();
    CHECK(refused.problem() == "rate-limited");
    CHECK(refused.field("retry-after") == "1");
    CHECK(*refused.json().find("retry_after_ms") == Value{1'000});
    CHECK(*refused.json().find("limit") == Value{"requests_per_second"});
    hub.pass(1s);
    CHECK(me().status == 200);
    CHECK(me().status == 429);
}

}  // namespace tandem::simulation
