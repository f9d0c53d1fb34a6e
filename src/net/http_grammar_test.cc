#include "net/http_grammar.h"

#include "net/test_transport.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

TEST_CASE("a token has the characters of RFC 9110 section 5.6.2 and no others") {
    const std::string_view others = "!#$%&'*+-.^_`|~";
    for (int c = 0; c < 256; ++c) {
        const auto one = static_cast<char>(c);
        const bool letter = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z');
        const bool digit = one >= '0' && one <= '9';
        const bool other = c != 0 && others.find(one) != std::string_view::npos;
        CHECK(is_token(std::string(1, one)) == (letter || digit || other));
    }
    CHECK_FALSE(is_token(""));
}

TEST_CASE("a field's value has no control characters but tabs") {
    for (int c = 0; c < 256; ++c) {
        const bool good = c == '\t' || (c >= 0x20 && c != 0x7f);
        CHECK(is_field_value(std::string{'a', static_cast<char>(c), 'b'}) == good);
    }
    CHECK(is_field_value(""));
}

TEST_CASE("a number is digits that fit") {
    CHECK(read_decimal("0") == 0);
    CHECK(read_decimal("007") == 7);
    CHECK(read_decimal("9223372036854775807") == 9'223'372'036'854'775'807U);
    CHECK(read_hexadecimal("fF") == 255);
    CHECK(read_hexadecimal("ffffffffffffffff") == 0xffff'ffff'ffff'ffffU);
    for (const std::string_view bad : {"", "-1", "+1", " 1", "1 ", "1,1", "0x1", "a",
                                       "9223372036854775808", "00000000000000000001"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_decimal(bad).has_value());
    }
    for (const std::string_view bad : {"", "-1", "0x1", "g", "1_0", "00000000000000001"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_hexadecimal(bad).has_value());
    }
}

TEST_CASE("a list is read without its empty elements and compared without case") {
    const auto elements = list_elements(" a,, b ,\t,C");
    CHECK(elements == std::vector<std::string_view>{"a", "b", "C"});
    CHECK(list_elements("").empty());
    const Headers headers{{"connection", "keep-alive"}, {"connection", "Upgrade, x"}};
    CHECK(lists(headers, "connection", "upgrade"));
    CHECK_FALSE(lists(headers, "connection", "up"));
    CHECK(count_fields(headers, "connection") == 2);
}

TEST_CASE("a failure names its limit") {
    const auto failed = fail_limit(ErrorCode::kHeadTooLarge, "http.head_bytes");
    CHECK(failed.error().code == ErrorCode::kHeadTooLarge);
    CHECK(failed.error().limit == "http.head_bytes");
}

TEST_CASE("line reader") {
    LineReader lines;

    SUBCASE("a line is put together out of its pieces") {
        for (const std::string_view piece : {"a", "b\r"}) {
            auto bytes = bytes_of(piece);
            CHECK(lines.next(bytes, 10) == LineReader::Found::kPartial);
            CHECK(bytes.empty());
        }
        CHECK(lines.partial_bytes() == 3);
        const std::string_view rest = "\ncd";
        auto bytes = bytes_of(rest);
        CHECK(lines.next(bytes, 10) == LineReader::Found::kWhole);
        CHECK(lines.line() == "ab");
        CHECK(bytes.size() == 2);
        CHECK(lines.partial_bytes() == 0);
    }
    SUBCASE("LF alone ends no line") {
        for (const std::string_view bad : {"\n", "a\n"}) {
            auto bytes = bytes_of(bad);
            CHECK(lines.next(bytes, 10) == LineReader::Found::kBroken);
        }
    }
    SUBCASE("a line may be as long as the limit, its end included") {
        auto good = bytes_of("12345678\r\n");
        CHECK(lines.next(good, 10) == LineReader::Found::kWhole);
        auto bad = bytes_of("123456789\r\n");
        CHECK(lines.next(bad, 10) == LineReader::Found::kTooLong);
        CHECK(lines.line() == "123456789\r");
    }
    SUBCASE("of a line that is too long as much is told, however it comes") {
        for (const std::size_t first : {1U, 4U, 6U, 9U, 10U}) {
            LineReader anew;
            const std::string_view line = "123456789abc\r\n";
            auto begins = bytes_of(line.substr(0, first));
            REQUIRE(anew.next(begins, 10) == LineReader::Found::kPartial);
            auto goes_on = bytes_of(line.substr(first));
            CHECK(anew.next(goes_on, 10) == LineReader::Found::kTooLong);
            CHECK(anew.line() == "123456789a");
        }
    }
}

}  // namespace
TEST_CASE("an authority is a host with a port that may be empty, and nothing else") {
    for (const std::string_view good :
         {"a", "a.example", "127.0.0.1:8080", "a:", "[::1]", "[::1]:80", "[::1]:", "a%41b", "x_y",
          "[v1.fe80::a+en1]:80"}) {
        CAPTURE(good);
        CHECK(is_authority(good));
    }
    for (const std::string_view bad :
         {"",      ":80",     "a:8x", "a:80:80", "[::1",   "::1",        "[]",
          "[]:80", "[::1]80", "a%",   "a%4",     "a%zz",   "local%host", "u@a",
          "a b",   "a,b",     "a/b",  "[::1]:x", "[:[:1]", "a]",         "[::1%25en0"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_authority(bad));
    }
}

}  // namespace tandem::net
