#include "net/websocket_handshake.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::net {
namespace {

HttpRequest good_handshake() {
    return {.method = "GET",
            .target = "/",
            .host = "a",
            .headers = {{"host", "a"},
                        {"upgrade", "websocket"},
                        {"connection", "keep-alive, Upgrade"},
                        {"sec-websocket-version", "13"},
                        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}},
            .body = {}};
}

TEST_CASE("a key is answered as RFC 6455 section 1.3 shows it") {
    CHECK(accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(encode_key("the sample nonce") == "dGhlIHNhbXBsZSBub25jZQ==");
}

TEST_CASE("a good handshake tells the key and the subprotocols in their order") {
    HttpRequest request = good_handshake();
    request.headers.emplace_back("sec-websocket-protocol", "b, a");
    request.headers.emplace_back("sec-websocket-protocol", "c");
    const auto handshake = read_handshake(request);
    REQUIRE(handshake.has_value());
    CHECK(handshake->key == "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(handshake->protocols == std::vector<std::string>{"b", "a", "c"});
}

TEST_CASE("a handshake that is malformed is refused") {
    struct Row {
        std::string_view why;
        std::string_view name;
        std::optional<std::string> value;  ///< None: the field is missing.
        ErrorCode code;
    };
    using enum ErrorCode;
    const Row rows[] = {
        {"no upgrade", "upgrade", {}, kUpgradeRequired},
        {"another upgrade", "upgrade", "h2c", kUpgradeRequired},
        {"no version", "sec-websocket-version", {}, kUpgradeRequired},
        {"version 8", "sec-websocket-version", "8", kUpgradeRequired},
        {"two versions in one", "sec-websocket-version", "13, 8", kUpgradeRequired},
        {"Connection without upgrade", "connection", "keep-alive", kBadRequest},
        {"no Connection", "connection", {}, kBadRequest},
        {"no key", "sec-websocket-key", {}, kBadRequest},
        {"an empty key", "sec-websocket-key", "", kBadRequest},
        {"a key of 15 bytes", "sec-websocket-key", "AAAAAAAAAAAAAAAAAAAA", kBadRequest},
        {"a key of 17 bytes", "sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAAA=", kBadRequest},
        {"a key outside base64", "sec-websocket-key", "dGhlIHNhbXBsZSBub25j*Q==", kBadRequest},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        HttpRequest request = good_handshake();
        std::erase_if(request.headers, [&](const auto& field) { return field.first == row.name; });
        if (row.value) request.headers.emplace_back(row.name, *row.value);
        const auto refused = read_handshake(request);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == row.code);
    }
    HttpRequest twice = good_handshake();
    twice.headers.emplace_back("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK_FALSE(read_handshake(twice).has_value());
    HttpRequest post = good_handshake();
    post.method = "POST";
    CHECK(read_handshake(post).error().code == kBadRequest);
    HttpRequest with_body = good_handshake();
    with_body.body = "x";
    CHECK(read_handshake(with_body).error().code == kBadRequest);
    HttpRequest protocol = good_handshake();
    protocol.headers.emplace_back("sec-websocket-protocol", "a b");
    CHECK(read_handshake(protocol).error().code == kBadRequest);
}

}  // namespace
}  // namespace tandem::net
