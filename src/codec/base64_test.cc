#include "codec/base64.h"

#include "base/random.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::codec;

namespace {

struct Refused {
    std::string_view text;
    std::string_view why;
};

}  // namespace

// RFC 4648, section 10.
TEST_CASE("base 64 of the examples of RFC 4648") {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFB\xFF\xBF", "+/+/"},
    };
    for (const auto& [bytes, text] : rows) {
        CAPTURE(text);
        CHECK(base64_encode(bytes) == text);
        const auto back = base64_decode(text);
        REQUIRE(back);
        CHECK(*back == bytes);
    }
}

TEST_CASE("base 64 for URLs has its own last two characters and no padding") {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"\xFB\xFF\xBF", "-_-_"},
    };
    for (const auto& [bytes, text] : rows) {
        CAPTURE(text);
        CHECK(base64url_encode(bytes) == text);
        const auto back = base64url_decode(text);
        REQUIRE(back);
        CHECK(*back == bytes);
    }
}

TEST_CASE("random bytes come back as they were") {
    SeededRandom random{5};
    for (std::size_t length = 0; length < 200; ++length) {
        const std::string bytes = random.bytes(length);
        const auto plain = base64_decode(base64_encode(bytes));
        const auto url = base64url_decode(base64url_encode(bytes));
        REQUIRE(plain);
        REQUIRE(url);
        CHECK(*plain == bytes);
        CHECK(*url == bytes);
    }
}

TEST_CASE("what base 64 refuses") {
    SUBCASE("with padding") {
        const Refused rows[] = {
            {"Zg", "no padding"},
            {"Zg=", "half of the padding"},
            {"Zg===", "too much padding"},
            {"Zm9v====", "padding that stands for nothing"},
            {"Z===", "one character and three of padding"},
            {"====", "padding alone"},
            {"Zg==Zg==", "padding in the middle"},
            {"Z=g=", "padding before the end"},
            {"Zh==", "stray bits after one byte"},
            {"Zm9=", "stray bits after two bytes"},
            {"-_-_", "the characters of the other alphabet"},
            {"Zm 9v", "a space"},
            {"Zm9v\n", "a line end"},
            {" Zg=", "a space that makes the length right"},
            {"Zm9\xC3", "a byte beyond ASCII"},
            {std::string_view{"Zm9\0", 4}, "a NUL"},
        };
        for (const Refused& row : rows) {
            CAPTURE(row.why);
            const auto bytes = base64_decode(row.text);
            REQUIRE_FALSE(bytes);
            CHECK(bytes.error().code == ErrorCode::kBadRequest);
        }
    }

    SUBCASE("for URLs") {
        const Refused rows[] = {
            {"Zg==", "padding"},
            {"Z", "a character that makes no byte"},
            {"Zm9vZ", "a character that makes no byte"},
            {"Zh", "stray bits after one byte"},
            {"Zm9", "stray bits after two bytes"},
            {"+/+/", "the characters of the other alphabet"},
            {"Zm9v\n", "a line end"},
        };
        for (const Refused& row : rows) {
            CAPTURE(row.why);
            const auto bytes = base64url_decode(row.text);
            REQUIRE_FALSE(bytes);
            CHECK(bytes.error().code == ErrorCode::kBadRequest);
        }
    }

    SUBCASE("saying where") {
        CHECK(base64url_decode("Zm9v*A").error().detail == "base 64, byte 4: not of the alphabet");
    }
}
