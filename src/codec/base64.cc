#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace tandem::codec {
namespace {

constexpr std::string_view kPlain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t kNone = 255;  // In a table: no character of the alphabet.
using Table = std::array<std::uint8_t, 256>;

constexpr Table invert(std::string_view alphabet) {
    Table table{};
    table.fill(kNone);
    for (std::size_t at = 0; at < alphabet.size(); ++at) {
        table[static_cast<unsigned char>(alphabet[at])] = static_cast<std::uint8_t>(at);
    }
    return table;
}

constexpr Table kPlainTable = invert(kPlain);
constexpr Table kUrlTable = invert(kUrl);

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned held = 0;  // How many bits of `bits` are not written yet.
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out += alphabet[(bits >> held) & 63U];
        }
    }
    if (held > 0) out += alphabet[(bits << (6 - held)) & 63U];
    return out;
}

Result<std::string> decode(std::string_view text, const Table& table) {
    if (text.size() % 4 == 1)
        return fail(ErrorCode::kBadRequest, "base 64: a character is missing");
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::uint8_t six = table[static_cast<unsigned char>(text[at])];
        if (six == kNone) {
            return fail(ErrorCode::kBadRequest,
                        "base 64, byte " + std::to_string(at) + ": not of the alphabet");
        }
        bits = (bits << 6U) | six;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>((bits >> held) & 255U);
    }
    if ((bits & ((1U << held) - 1U)) != 0) {
        return fail(ErrorCode::kBadRequest, "base 64: the last character has stray bits");
    }
    return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out = encode(bytes, kPlain);
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

Result<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) {
        return fail(ErrorCode::kBadRequest, "base 64: the padding is not complete");
    }
    // Two at most; a third is found as a character outside the alphabet.
    if (text.ends_with('=')) text.remove_suffix(1);
    if (text.size() % 4 == 3 && text.ends_with('=')) text.remove_suffix(1);
    return decode(text, kPlainTable);
}

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrl);
}

Result<std::string> base64url_decode(std::string_view text) {
    return decode(text, kUrlTable);
}

}  // namespace tandem::codec
