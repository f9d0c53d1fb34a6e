#include "door/origin.h"

#include <doctest/doctest.h>

using namespace tandem::door;

TEST_CASE("an Origin is a scheme, a host and a port") {
    struct Row {
        std::string_view text;
        Origin origin;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"http://hub", {"http", "hub", 80}},
             {"https://hub", {"https", "hub", 443}},
             {"https://hub:443", {"https", "hub", 443}},
             {"http://hub:8080", {"http", "hub", 8080}},
             {"HTTPS://Hub.Example:8443", {"https", "hub.example", 8443}},
             {"http://127.0.0.1:1", {"http", "127.0.0.1", 1}},
             {"http://[::1]:8080", {"http", "::1", 8080}},
             {"http://[FE80::1]", {"http", "fe80::1", 80}},
             {"https://a-b_c.example:65535", {"https", "a-b_c.example", 65'535}}}) {
        CAPTURE(row.text);
        const auto origin = read_origin(row.text);
        REQUIRE(origin.has_value());
        CHECK(*origin == row.origin);
    }
}

TEST_CASE("what is no origin is none") {
    struct Row {
        std::string_view text;
        std::string_view why;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"", "nothing"},
                                    {"null", "a sandboxed page"},
                                    {"hub", "no scheme"},
                                    {"//hub", "no scheme"},
                                    {"ftp://hub", "another scheme"},
                                    {"ws://hub", "another scheme"},
                                    {"file://", "no host"},
                                    {"http://", "no host"},
                                    {"http://:80", "no host"},
                                    {"http://[]", "no host"},
                                    {"http://hub/", "a path"},
                                    {"http://hub/page", "a path"},
                                    {"http://hub?x", "a query"},
                                    {"http://me@hub", "user information"},
                                    {"http://hub:", "no port"},
                                    {"http://hub:0", "no port"},
                                    {"http://hub:65536", "no port"},
                                    {"http://hub:-1", "no port"},
                                    {"http://hub:80x", "no port"},
                                    {"http://hub:+80", "no port"},
                                    {"http://[::1", "no end of the address"},
                                    {"http://[::1]x", "something after the address"},
                                    {"http://a b", "a space"},
                                    {"http://hub, http://hub", "two origins"},
                                    {" http://hub", "a space in front"}}) {
        CAPTURE(row.text);
        CHECK_MESSAGE(!read_origin(row.text).has_value(), row.why);
    }
}

TEST_CASE("a page of the hub's own origin may call, and of those that are configured") {
    const std::vector<std::string> allowed{"https://app.example", "http://localhost:5173"};
    struct Row {
        std::string_view origin;
        std::string_view host;
        bool tls;
        bool good;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"http://hub:8080", "hub:8080", false, true, "its own"},
             {"http://HUB:8080", "hub:8080", false, true, "hosts have no case"},
             {"http://hub", "hub", false, true, "the default port"},
             {"http://hub:80", "hub", false, true, "the default port, said"},
             {"https://hub", "hub:443", true, true, "the default port of TLS"},
             {"http://[::1]:8080", "[::1]:8080", false, true, "an address of version 6"},
             {"https://app.example", "hub", true, true, "configured"},
             {"https://app.example:443", "hub", true, true, "configured, the port said"},
             {"http://localhost:5173", "hub:8080", false, true, "configured"},
             {"http://hub:8081", "hub:8080", false, false, "another port"},
             {"https://hub:8080", "hub:8080", false, false, "another scheme"},
             {"http://hub", "hub", true, false, "without TLS to a hub with TLS"},
             {"http://evil.example", "hub", false, false, "another host"},
             {"http://hub.evil.example", "hub", false, false, "a host that begins like it"},
             {"http://evilhub", "hub", false, false, "a host that ends like it"},
             {"http://app.example", "hub", false, false, "configured with TLS only"},
             {"https://app.example.evil", "hub", true, false, "begins like a configured one"},
             {"https://app.example/", "hub", true, false, "no origin"},
             {"null", "hub", false, false, "a sandboxed page"},
             {"", "hub", false, false, "no origin"},
             {"http://hub", "", false, false, "no host to compare with"}}) {
        CAPTURE(row.origin);
        CAPTURE(row.host);
        CHECK_MESSAGE(origin_allowed(row.origin, row.host, row.tls, allowed) == row.good, row.why);
    }
}

TEST_CASE("nothing in the list of origins allows everybody") {
    for (const char* entry : {"*", "null", "", "https://*.example", "https://"}) {
        CAPTURE(entry);
        CHECK_FALSE(origin_allowed("https://evil.example", "hub", true, {entry}));
        CHECK_FALSE(origin_allowed("null", "hub", true, {entry}));
    }
}

TEST_CASE("a Host names the hub by an address, as localhost, or by a configured name") {
    const std::vector<std::string> names{"hub.example", "Hall.Local"};
    struct Row {
        std::string_view host;
        bool good;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"127.0.0.1", true, "an address"},
             {"192.168.1.20:8080", true, "an address with a port"},
             {"[::1]:8080", true, "an address of version 6"},
             {"[fe80::1]", true, "an address of version 6"},
             {"localhost", true, "which no foreign name server can make point here"},
             {"LocalHost:8080", true, "names have no case"},
             {"hub.example", true, "configured"},
             {"HUB.example:9", true, "configured, whatever the port"},
             {"hall.local", true, "configured in another case"},
             {"evil.example", false, "a foreign name that points here: DNS rebinding"},
             {"hub.example.evil", false, "begins like a configured one"},
             {"localhost.evil", false, "begins like localhost"},
             {"a.localhost", false, "a name below localhost"},
             {"127.0.0.1.evil", false, "begins like an address"},
             {"2130706433", false, "an address in one number is a name"},
             {"", false, "nothing"},
             {":8080", false, "no name"},
             {"hub.example/", false, "no host"},
             {"me@hub.example", false, "no host"},
             {"hub.example:port", false, "no port"}}) {
        CAPTURE(row.host);
        CHECK_MESSAGE(host_served(row.host, names) == row.good, row.why);
    }
    CHECK_FALSE(host_served("hub.example", {}));
}
