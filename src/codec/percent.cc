#include "codec/percent.h"

#include "codec/utf8.h"

#include <cstddef>

namespace tandem::codec {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

/// The value of a hexadecimal digit; 16 or more for anything else.
unsigned digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    return 16;
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        const std::string_view digits = text.substr(at + 1, 2);
        if (digits.size() < 2 || digit(digits[0]) > 15 || digit(digits[1]) > 15) {
            return fail(ErrorCode::kBadRequest, "two hexadecimal digits are expected after \"%\"");
        }
        out += static_cast<char>(digit(digits[0]) * 16 + digit(digits[1]));
        at += 2;
    }
    if (!is_utf8(out)) return fail(ErrorCode::kBadRequest, "the URL is not UTF-8");
    if (out.contains('\0')) return fail(ErrorCode::kBadRequest, "the URL holds a NUL");
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
        }
    }
    return out;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> out;  // No longer than the query.
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view piece = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (piece.empty()) continue;
        const std::size_t equals = piece.find('=');
        auto name = percent_decode(piece.substr(0, equals));
        if (!name) return pass(name);
        auto value = percent_decode(equals == std::string_view::npos ? std::string_view{}
                                                                     : piece.substr(equals + 1));
        if (!value) return pass(value);
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

}  // namespace tandem::codec
