#include "codec/json_escape.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace tandem::codec {
namespace {

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0U | (point >> 6U));
        out += static_cast<char>(0x80U | (point & 63U));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0U | (point >> 12U));
        out += static_cast<char>(0x80U | ((point >> 6U) & 63U));
        out += static_cast<char>(0x80U | (point & 63U));
    } else {
        out += static_cast<char>(0xF0U | (point >> 18U));
        out += static_cast<char>(0x80U | ((point >> 12U) & 63U));
        out += static_cast<char>(0x80U | ((point >> 6U) & 63U));
        out += static_cast<char>(0x80U | (point & 63U));
    }
}

char short_escape(char c) {
    switch (c) {
        case '"':
            return '"';
        case '\\':
            return '\\';
        case '/':
            return '/';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

/// The four hexadecimal digits at `at`, if they are there.
std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) {
    std::uint32_t out = 0;
    const std::string_view digits = text.substr(std::min(at, text.size()), 4);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
    const bool good = error == std::errc{} && digits.size() == 4 && end == digits.data() + 4;
    if (!good) return {};
    return out;
}

JsonEscape unicode_escape(std::string_view text, std::string& out) {
    constexpr const char* kDigits = "four hexadecimal digits are expected";
    std::size_t at = 2;  // The backslash and the u.
    auto point = hex4(text, at);
    if (!point) return {.end = at, .refused = kDigits};
    at += 4;
    if (*point >= 0xDC00 && *point <= 0xDFFF) {
        return {.end = at, .refused = "a lone low surrogate"};
    }
    if (*point >= 0xD800 && *point <= 0xDBFF) {
        constexpr const char* kLone = "a lone high surrogate";
        if (!text.substr(at).starts_with("\\u")) return {.end = at, .refused = kLone};
        at += 2;
        const auto low = hex4(text, at);
        if (!low) return {.end = at, .refused = kDigits};
        at += 4;
        if (*low < 0xDC00 || *low > 0xDFFF) return {.end = at, .refused = kLone};
        point = 0x10000 + ((*point - 0xD800) << 10U) + (*low - 0xDC00);
    }
    append_utf8(out, *point);
    return {.end = at};
}

}  // namespace

JsonEscape read_json_escape(std::string_view text, std::string& out) {
    if (text.size() < 2) return {.end = text.size(), .refused = "the string does not end"};
    if (text[1] == 'u') return unicode_escape(text, out);
    const char plain = short_escape(text[1]);
    if (plain == '\0') return {.end = 2, .refused = "no such escape"};
    out += plain;
    return {.end = 2};
}

}  // namespace tandem::codec
