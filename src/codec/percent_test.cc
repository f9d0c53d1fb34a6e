#include "codec/percent.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::codec;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string decoded(std::string_view text) {
    auto out = percent_decode(text);
    REQUIRE(out);
    return *out;
}

Pairs pairs(std::string_view query) {
    auto out = parse_query(query);
    REQUIRE(out);
    return *out;
}

}  // namespace

TEST_CASE("percent-encoding") {
    SUBCASE("every byte but the unreserved ones is escaped") {
        CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
        CHECK(percent_encode(" /?#[]@!$&'()*+,;=%:\"") ==
              "%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%3A%22");
        CHECK(percent_encode("\u20ac") == "%E2%82%AC");
    }

    SUBCASE("escapes are undone, once, in either case of their digits") {
        CHECK(decoded("a%2Fb") == "a/b");
        CHECK(decoded("%e2%82%AC") == "\u20ac");
        CHECK(decoded("%252F") == "%2F");
        CHECK(decoded("") == "");
    }

    SUBCASE("a plus sign is a plus sign") {
        CHECK(decoded("12:00+01:00") == "12:00+01:00");
    }

    SUBCASE("what is encoded comes back as it was") {
        std::string all;
        for (char c = 1; c < 127; ++c)
            all += c;
        all += "\u00e9\u20ac\U0001D11E";
        CHECK(decoded(percent_encode(all)) == all);
    }

    SUBCASE("what it refuses") {
        struct Row {
            std::string_view text;
            std::string_view why;
        };
        const Row rows[] = {
            {"%", "no digits"},
            {"a%2", "one digit"},
            {"%2g", "no hexadecimal digit"},
            {"%g2", "no hexadecimal digit"},
            {"%%41", "no hexadecimal digit"},
            {"%+1", "a sign"},
            {"% 1", "a space"},
            {"%u0041", "another notation"},
            {"%00", "a NUL"},
            {"%80", "not UTF-8"},
            {"%C0%AF", "a slash in a form longer than its shortest"},
            {"%ED%A0%80", "a surrogate"},
            {"\xFF", "not UTF-8, without an escape"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const auto out = percent_decode(row.text);
            REQUIRE_FALSE(out);
            CHECK(out.error().code == ErrorCode::kBadRequest);
        }
    }
}

TEST_CASE("the pairs of a query") {
    SUBCASE("keep their order, repeated names included") {
        CHECK(pairs("b=1&a=2&b=3") == Pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}});
    }

    SUBCASE("are decoded after they are taken apart") {
        CHECK(pairs("a%26b=c%3Dd") == Pairs{{"a&b", "c=d"}});
    }

    SUBCASE("may lack a value, a name or both") {
        CHECK(pairs("a") == Pairs{{"a", ""}});
        CHECK(pairs("a=") == Pairs{{"a", ""}});
        CHECK(pairs("=1") == Pairs{{"", "1"}});
        CHECK(pairs("").empty());
        CHECK(pairs("&a=1&&b=2&") == Pairs{{"a", "1"}, {"b", "2"}});
    }

    SUBCASE("split at the first equals sign only, and at no semicolon") {
        CHECK(pairs("a=b=c") == Pairs{{"a", "b=c"}});
        CHECK(pairs("a=1;b=2") == Pairs{{"a", "1;b=2"}});
    }

    SUBCASE("keep a plus sign, so that an offset from UTC survives") {
        CHECK(pairs("from=2026-01-01T00:00:00+01:00") ==
              Pairs{{"from", "2026-01-01T00:00:00+01:00"}});
    }

    SUBCASE("are refused as a whole when a name or a value is") {
        CHECK_FALSE(parse_query("a=1&b=%2"));
        CHECK_FALSE(parse_query("a=1&%=2"));
    }
}
