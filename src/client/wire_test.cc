#include "client/wire.h"

#include "net/http.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

constexpr auto kJson = contract::Encoding::kJson;
constexpr auto kCbor = contract::Encoding::kCbor;

std::string header(const net::HttpRequest& request, std::string_view name) {
    const std::string* found = net::find_header(request.headers, name);
    return found == nullptr ? "" : *found;
}

}  // namespace

TEST_CASE("a call as an HTTP request") {
    SUBCASE("has the method and the path of its operation, parameters filled in and escaped") {
        const auto request = http_request(
            {.operation = "keys.revoke", .path = Value::Object{{"device", "a/b c"}, {"key", "k1"}}},
            kJson);
        REQUIRE(request);
        CHECK(request->method == "DELETE");
        CHECK(request->target == "/v1/devices/a%2Fb%20c/keys/k1");
        CHECK(request->body.empty());
        CHECK(header(*request, "content-type").empty());
    }

    SUBCASE("has lists with commas and objects as pairs in its query, and leaves null out") {
        const auto request = http_request(
            {.operation = "devices.list",
             .query = Value::Object{{"labels", Value::Object{{"site", "a"}, {"line", 2}}},
                                    {"status", Value::Array{"x", "y"}},
                                    {"limit", 10},
                                    {"cursor", nullptr}}},
            kJson);
        REQUIRE(request);
        CHECK(request->target == "/v1/devices?labels=site%3Da%2Cline%3D2&status=x%2Cy&limit=10");
    }

    SUBCASE("carries its body in the encoding that it names") {
        const Call call{.operation = "telemetry.write",
                        .path = Value::Object{{"device", "me"}},
                        .headers = Value::Object{{"prefer", "return=minimal"}},
                        .body = Value::Object{{"power", 8.5}}};
        const auto json = http_request(call, kJson);
        REQUIRE(json);
        CHECK(json->body == R"({"power":8.5})");
        CHECK(header(*json, "content-type") == "application/json");
        CHECK(header(*json, "accept") == "application/json");
        CHECK(header(*json, "prefer") == "return=minimal");
        const auto cbor = http_request(call, kCbor);
        REQUIRE(cbor);
        CHECK(header(*cbor, "content-type") == "application/cbor");
        const auto body = decode(kCbor, cbor->body);
        REQUIRE(body);
        CHECK(*body == call.body);
    }

    SUBCASE("is refused where there is none") {
        struct Row {
            Call call;
            ErrorCode code;
            const char* reason;
        };
        const std::vector<Row> rows{
            {{.operation = "lamps.dim"}, ErrorCode::kUnknownOperation, "no such operation"},
            {{.operation = "stream.subscribe"}, ErrorCode::kBadRequest, "a socket's alone"},
            {{.operation = "devices.get"}, ErrorCode::kInvalidField, "no parameters"},
            {{.operation = "devices.get", .path = Value::Object{{"device", ""}}},
             ErrorCode::kInvalidField,
             "would ask for the list"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.reason);
            const auto request = http_request(row.call, kJson);
            REQUIRE(!request);
            CHECK(request.error().code == row.code);
        }
    }
}

TEST_CASE("an HTTP response as a reply") {
    SUBCASE("has its status, its headers in lower case and its body, read by its own type") {
        const auto reply =
            http_reply({.status = 201,
                        .headers = {{"ETag", "\"1\""}, {"Content-Type", "application/json"}},
                        .body = R"({"id":"lamp-1"})"});
        REQUIRE(reply);
        CHECK(reply->status == 201);
        CHECK(text_at(reply->headers, "etag") == "\"1\"");
        CHECK(text_at(reply->body, "id") == "lamp-1");
    }

    SUBCASE("may have no body") {
        const auto reply = http_reply({.status = 204, .headers = {}, .body = {}});
        REQUIRE(reply);
        CHECK(reply->body.is_null());
    }

    SUBCASE("a problem is an error, with Retry-After where the problem does not say") {
        const auto reply = http_reply(
            {.status = 429,
             .headers = {{"content-type", "application/problem+json"}, {"retry-after", "3"}},
             .body = R"({"type":"/problems/rate-limited","detail":"slower"})"});
        REQUIRE(!reply);
        CHECK(reply.error().code == ErrorCode::kRateLimited);
        CHECK(reply.error().retry_after == Duration{3s});
    }

    SUBCASE("a page of something that is no hub is an error that says so") {
        const auto reply = http_reply(
            {.status = 200, .headers = {{"content-type", "text/html"}}, .body = "<html>"});
        REQUIRE(!reply);
        CHECK(reply.error().detail.contains("is this a hub?"));
    }

    SUBCASE("a value that was as deep as it may be is read in whatever it is answered") {
        const std::string deep = std::string(31, '[') + std::string(31, ']');
        for (const std::string& body :
             {R"({"config":{"version":1,"value":{"a":)" + deep + "}}}",
              R"({"items":[{"id":"a","schema":)" + deep + "}]}",
              R"({"devices":{"a":{"series":{"s":{"readings":[{"t":1,"v":)" + deep + "}]}}}}}"}) {
            CAPTURE(body);
            CHECK(http_reply(
                {.status = 200, .headers = {{"content-type", "application/json"}}, .body = body}));
            CHECK(decode(kJson, R"({"id":1,"body":)" + body + "}"));
        }
    }

    SUBCASE("a body that cannot be read is an error") {
        const auto reply = http_reply(
            {.status = 200, .headers = {{"content-type", "application/json"}}, .body = "{"});
        REQUIRE(!reply);
        CHECK(reply.error().code == ErrorCode::kMalformedBody);
    }
}

TEST_CASE("only what is as good twice as once is repeated unasked") {
    CHECK(repeatable({.operation = "devices.get"}));
    CHECK(repeatable({.operation = "devices.put"}));
    CHECK(repeatable({.operation = "devices.delete"}));
    CHECK(!repeatable({.operation = "commands.send"}));
    CHECK(!repeatable({.operation = "keys.create"}));
    CHECK(!repeatable({.operation = "lamps.dim"}));
}

TEST_CASE("a reading is repeated unasked only when it has its time with it") {
    CHECK(repeatable({.operation = "telemetry.write",
                      .body = Value::Array{Value::Object{{"t", 1}, {"v", Value::Object{}}}}}));
    CHECK(!repeatable({.operation = "telemetry.write", .body = Value::Object{{"power", 8.1}}}));
}

}  // namespace tandem::client
