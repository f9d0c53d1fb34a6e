#pragma once

// What the tests of all readers of XML share.

#include "base/reader.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::codec {

/// What a reader gives, in one line: `{ key:a int:1 } `, or the refusal in its place.
inline std::string tokens(Reader& reader) {
    std::string out;
    while (true) {
        auto token = reader.next();
        if (!token) return out + "! " + token.error().detail;
        switch (*token) {
            case Token::kNull:
                out += "null ";
                break;
            case Token::kBool:
                out += reader.boolean() ? "true " : "false ";
                break;
            case Token::kInt:
                out += "int:" + std::to_string(reader.integer()) + " ";
                break;
            case Token::kUint:
                out += "uint:" + std::to_string(reader.unsigned_integer()) + " ";
                break;
            case Token::kDouble:
                out += "double:" + std::to_string(reader.number()) + " ";
                break;
            case Token::kString:
                out += "text:" + std::string{reader.text()} + " ";
                break;
            case Token::kKey:
                out += "key:" + std::string{reader.text()} + " ";
                break;
            case Token::kArrayBegin:
                out += "[ ";
                break;
            case Token::kArrayEnd:
                out += "] ";
                break;
            case Token::kObjectBegin:
                out += "{ ";
                break;
            case Token::kObjectEnd:
                out += "} ";
                break;
            case Token::kEnd:
                return out;
        }
    }
}

/// `times` times the same.
inline std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t at = 0; at < times; ++at)
        out += piece;
    return out;
}

/// UTF-8 as UTF-16 with its byte order mark. A declaration names the other encoding then.
inline std::string utf16(std::string_view text, bool big_endian) {
    std::string out;
    const auto unit = [&](std::uint32_t value) {
        const char high = static_cast<char>(value >> 8U);
        const char low = static_cast<char>(value & 255U);
        out += big_endian ? high : low;
        out += big_endian ? low : high;
    };
    unit(0xFEFF);
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
        for (std::size_t more = 1; more < length; ++more)
            point = (point << 6U) | (static_cast<unsigned char>(text[at + more]) & 0x3FU);
        at += length;
        if (point < 0x10000) {
            unit(point);
        } else {
            unit(0xD800 + ((point - 0x10000) >> 10U));
            unit(0xDC00 + ((point - 0x10000) & 0x3FFU));
        }
    }
    return out;
}

/// A text with its first `UTF-8` replaced.
inline std::string declared_as(std::string_view text, std::string_view encoding) {
    std::string out{text};
    const std::size_t at = out.find("UTF-8");
    if (at != std::string::npos) out.replace(at, 5, encoding);
    return out;
}

}  // namespace tandem::codec
