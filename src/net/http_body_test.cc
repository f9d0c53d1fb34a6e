#include "net/http_body.h"

#include "net/test_transport.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

TEST_CASE("the fields say how a body is framed") {
    const auto kind = [](const Headers& headers) {
        const auto framing = read_framing(headers, HttpVersion::k11);
        REQUIRE(framing.has_value());
        return framing->kind;
    };
    CHECK(kind({}) == Framing::Kind::kNone);
    CHECK(kind({{"content-length", "0"}}) == Framing::Kind::kNone);
    CHECK(kind({{"content-length", "1"}}) == Framing::Kind::kLength);
    CHECK(kind({{"transfer-encoding", "Chunked"}}) == Framing::Kind::kChunked);
}

TEST_CASE("memory follows what has come, not what was declared") {
    const Limits limits;
    BodyReader reader{limits};
    REQUIRE(reader.start({.kind = Framing::Kind::kLength, .length = 16'000'000}, limits.body_bytes)
                .has_value());
    std::string body;
    auto bytes = bytes_of("abc");
    const auto whole = reader.read(bytes, body);
    REQUIRE(whole.has_value());
    CHECK_FALSE(*whole);
    CHECK(body.capacity() < 1'000);
}

TEST_CASE("a body takes its own bytes and leaves the rest") {
    const Limits limits;
    BodyReader reader{limits};
    std::string body;

    SUBCASE("of a length") {
        REQUIRE(reader.start({.kind = Framing::Kind::kLength, .length = 2}, 10).has_value());
        auto bytes = bytes_of("abGET");
        CHECK(*reader.read(bytes, body));
        CHECK(body == "ab");
        CHECK(bytes.size() == 3);
    }
    SUBCASE("of chunks") {
        REQUIRE(reader.start({.kind = Framing::Kind::kChunked}, 10).has_value());
        auto bytes = bytes_of("2\r\nab\r\n0\r\n\r\nGET");
        CHECK(*reader.read(bytes, body));
        CHECK(body == "ab");
        CHECK(bytes.size() == 3);
    }
    SUBCASE("until the end") {
        REQUIRE(reader.start({.kind = Framing::Kind::kUntilClose}, 10).has_value());
        auto bytes = bytes_of("ab");
        CHECK_FALSE(*reader.read(bytes, body));
        CHECK(reader.until_close());
        CHECK(body == "ab");
    }
    SUBCASE("of no length") {
        REQUIRE(reader.start({}, 10).has_value());
        auto bytes = bytes_of("GET");
        CHECK(*reader.read(bytes, body));
        CHECK(bytes.size() == 3);
    }
}

TEST_CASE("a declared length above the limit is refused before a byte has come") {
    const Limits limits;
    BodyReader reader{limits};
    const auto refused = reader.start({.kind = Framing::Kind::kLength, .length = 11}, 10);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kBodyTooLarge);
    CHECK(refused.error().limit == "http.body_bytes");
}

}  // namespace
}  // namespace tandem::net
