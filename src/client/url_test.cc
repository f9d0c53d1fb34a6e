#include "client/url.h"

#include <doctest/doctest.h>

namespace tandem::client {

TEST_CASE("the URL of a hub") {
    SUBCASE("says host, port and whether TLS is spoken; the port may be the scheme's own") {
        struct Row {
            const char* text;
            HubUrl url;
        };
        const std::vector<Row> rows{
            {"http://127.0.0.1:8080", {.tls = false, .host = "127.0.0.1", .port = 8080}},
            {"http://hub.example.org", {.tls = false, .host = "hub.example.org", .port = 80}},
            {"https://hub.example.org/", {.tls = true, .host = "hub.example.org", .port = 443}},
            {"https://[::1]:8443", {.tls = true, .host = "::1", .port = 8443}},
            {"http://[fe80::1]", {.tls = false, .host = "fe80::1", .port = 80}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.text);
            const auto url = parse_hub_url(row.text);
            REQUIRE(url);
            CHECK(*url == row.url);
        }
    }

    SUBCASE("refuses what it would have to drop silently") {
        struct Row {
            const char* text;
            const char* reason;
        };
        const std::vector<Row> rows{
            {"", "nothing"},
            {"127.0.0.1:8080", "no scheme"},
            {"ws://127.0.0.1", "the socket is opened by the client, from http"},
            {"http://", "no host"},
            {"http://:80", "no host before the port"},
            {"http://hub:0", "no such port"},
            {"http://hub:65536", "no such port"},
            {"http://hub:80a", "rest after the port"},
            {"http://hub/v1", "a path"},
            {"http://hub?key=tdk_1", "a query, a secret in it"},
            {"http://ann:secret@hub", "a user"},
            {"http://::1", "IPv6 without brackets"},
            {"http://[::1", "a bracket that does not close"},
            {"http://hub\r\nX: y", "a line break"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.text);
            CAPTURE(row.reason);
            const auto url = parse_hub_url(row.text);
            REQUIRE(!url);
            CHECK(url.error().code == ErrorCode::kInvalidField);
        }
    }

    SUBCASE("is written back as it was, the scheme's own port left out") {
        for (const char* text : {"http://127.0.0.1:8080", "https://[::1]:8443", "https://hub"}) {
            CHECK(parse_hub_url(text)->text() == text);
        }
        CHECK(parse_hub_url("https://hub:443")->text() == "https://hub");
        CHECK(parse_hub_url("http://hub:443")->authority() == "hub:443");
    }
}

}  // namespace tandem::client
