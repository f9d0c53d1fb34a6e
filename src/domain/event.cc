#include "domain/event.h"

#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, 10> kNames{"reading",  "config", "state", "command",
                                                  "presence", "device", "event", "series",
                                                  "audit",    "advice"};
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kVersion = 1;
constexpr std::size_t kLogBytes = 8;

// base64url of RFC 4648 section 5, without padding. Small and here because domain/ uses base/ only.
std::string encode(std::string_view raw) {
    std::string out;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : raw) {
        held = (held << 8U) | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out += kAlphabet[(held >> bits) & 63U];
        }
    }
    if (bits > 0) out += kAlphabet[(held << (6 - bits)) & 63U];
    return out;
}

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::size_t digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) return {};
        held = (held << 6U) | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>((held >> bits) & 255U);
        }
    }
    if (bits >= 6 || (held & ((1U << bits) - 1U)) != 0) return {};
    return out;
}

void put_varint(std::string& out, std::uint64_t number) {
    while (number >= 128) {
        out += static_cast<char>((number & 127U) | 128U);
        number >>= 7U;
    }
    out += static_cast<char>(number);
}

std::optional<std::uint64_t> take_varint(std::string_view& from) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 63 && !from.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        number |= static_cast<std::uint64_t>(byte & 127U) << shift;
        if (byte < 128) return number;
    }
    return {};
}

}  // namespace

std::string_view name_of(Event::Kind kind) {
    return kNames.at(static_cast<std::size_t>(kind));
}

std::optional<Event::Kind> event_kind(std::string_view name) {
    for (std::size_t at = 0; at < kNames.size(); ++at) {
        if (kNames.at(at) == name) return static_cast<Event::Kind>(at);
    }
    return {};
}

std::string cursor_text(const Cursor& cursor) {
    std::string raw{kVersion};
    raw += cursor.log;
    put_varint(raw, 0);  // the shard: the embedded store has one
    put_varint(raw, cursor.sequence);
    return encode(raw);
}

std::optional<Cursor> read_cursor(std::string_view text) {
    const auto raw = decode(text);
    if (!raw || raw->size() < 1 + kLogBytes || raw->front() != kVersion) return {};
    std::string_view rest = std::string_view{*raw}.substr(1 + kLogBytes);
    const auto shard = take_varint(rest);
    const auto sequence = take_varint(rest);
    if (!shard || *shard != 0 || !sequence || !rest.empty()) return {};
    return Cursor{.log = raw->substr(1, kLogBytes), .sequence = *sequence};
}

}  // namespace tandem
