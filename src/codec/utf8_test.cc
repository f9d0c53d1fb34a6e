#include "codec/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem::codec;

TEST_CASE("UTF-8 as RFC 3629 has it") {
    SUBCASE("the first and last character of every length") {
        for (const std::string_view text :
             {std::string_view{"\0", 1}, std::string_view{"\x7F"}, std::string_view{"\xC2\x80"},
              std::string_view{"\xDF\xBF"}, std::string_view{"\xE0\xA0\x80"},
              std::string_view{"\xED\x9F\xBF"}, std::string_view{"\xEE\x80\x80"},
              std::string_view{"\xEF\xBF\xBF"}, std::string_view{"\xF0\x90\x80\x80"},
              std::string_view{"\xF4\x8F\xBF\xBF"}, std::string_view{}}) {
            CHECK(is_utf8(text));
        }
    }

    SUBCASE("what it refuses, wherever in the text") {
        struct Row {
            std::string_view text;
            std::string_view why;
        };
        const Row rows[] = {
            {"\x80", "a continuation without a beginning"},
            {"\xBF", "a continuation without a beginning"},
            {"\xC0\x80", "two bytes for what fits one"},
            {"\xC1\xBF", "two bytes for what fits one"},
            {"\xE0\x9F\xBF", "three bytes for what fits two"},
            {"\xF0\x8F\xBF\xBF", "four bytes for what fits three"},
            {"\xED\xA0\x80", "the first surrogate"},
            {"\xED\xBF\xBF", "the last surrogate"},
            {"\xF4\x90\x80\x80", "beyond U+10FFFF"},
            {"\xF5\x80\x80\x80", "no such first byte"},
            {"\xFE", "no such first byte"},
            {"\xFF", "no such first byte"},
            {"\xC2", "the second byte is missing"},
            {"\xE2\x82", "the third byte is missing"},
            {"\xF0\x9D\x84", "the fourth byte is missing"},
            {"\xC2\x41", "the second byte is no continuation"},
            {"\xE2\x82\x41", "the third byte is no continuation"},
            {"\xF0\x9D\x84\xC0", "the fourth byte is no continuation"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            // Eight bytes at a time are looked at, so the place within eight matters.
            for (std::size_t before = 0; before < 17; ++before) {
                const std::string text = std::string(before, 'a') + std::string{row.text};
                CHECK_FALSE(is_utf8(text));
                CHECK_FALSE(is_utf8(text + "aaaaaaaaaaaaaaaa"));
            }
        }
    }

    SUBCASE("a good character is good wherever it stands") {
        for (std::size_t before = 0; before < 17; ++before) {
            CHECK(is_utf8(std::string(before, 'a') + "\xF0\x9D\x84\x9E" + std::string(9, 'a')));
        }
    }
}
