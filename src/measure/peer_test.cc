#include "measure/peer.h"

#include <doctest/doctest.h>

namespace tandem::measure {

TEST_CASE("a peer is a URL of its door, with a path, and has no key") {
    struct Row {
        std::string_view url;
        client::Door door;
        std::string_view base;
        std::string_view target;
    };
    constexpr auto rest = client::Door::kRest;
    constexpr auto socket = client::Door::kWebSocket;
    for (const Row& row : {Row{"http://192.0.2.1", rest, "http://192.0.2.1", "/"},
                           Row{"https://host:8443/a/b?c=d", rest, "https://host:8443", "/a/b?c=d"},
                           Row{"ws://192.0.2.1:81/", socket, "http://192.0.2.1:81", "/"},
                           Row{"wss://host", socket, "https://host", "/"}}) {
        CAPTURE(row.url);
        const auto peer = make_peer(row.url, row.door, "");
        REQUIRE(peer.has_value());
        CHECK(peer->url == row.url);
        CHECK(peer->access.url.text() == row.base);
        CHECK(peer->target == row.target);
        CHECK(peer->access.key.empty());
        CHECK(peer->pids.empty());  // Elsewhere.
    }
    for (const auto& [url, door] : {std::pair{"ws://host/", rest},
                                    {"http://host/", socket},
                                    {"host/", rest},
                                    {"", socket},
                                    {"http://ho st/", rest},
                                    {"http://host/a\r\nb", rest},
                                    {"http://", rest}}) {
        CAPTURE(url);
        CHECK_FALSE(make_peer(url, door, "").has_value());
    }
}

}  // namespace tandem::measure
