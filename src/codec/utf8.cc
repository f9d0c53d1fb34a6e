#include "codec/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tandem::codec {
namespace {

using Byte = unsigned char;

constexpr std::ptrdiff_t kAtOnce = 8;

bool continues(Byte byte) {
    return (byte & 0xC0U) == 0x80U;
}

// RFC 3629 section 4: what the second byte may be after a given first.
bool second_fits(Byte first, Byte second) {
    if (first == 0xE0) return second >= 0xA0 && second <= 0xBF;
    if (first == 0xED) return second >= 0x80 && second <= 0x9F;
    if (first == 0xF0) return second >= 0x90 && second <= 0xBF;
    if (first == 0xF4) return second >= 0x80 && second <= 0x8F;
    return continues(second);
}

std::size_t length_of(Byte first) {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (first >= 0xF0 && first <= 0xF4) return 4;
    return 0;
}

// Most text is ASCII: one look at eight bytes.
bool is_ascii_ahead(const Byte* at, const Byte* end) {
    if (end - at < kAtOnce) return false;
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    return (eight & 0x8080808080808080U) == 0;
}

bool sequence_good(const Byte* at, std::size_t length) {
    if (length == 1) return true;
    if (!second_fits(at[0], at[1])) return false;
    for (std::size_t next = 2; next < length; ++next) {
        if (!continues(at[next])) return false;
    }
    return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
    const auto* at = reinterpret_cast<const Byte*>(text.data());
    const Byte* const end = at + text.size();
    while (at != end) {
        if (is_ascii_ahead(at, end)) {
            at += kAtOnce;
            continue;
        }
        const std::size_t length = length_of(*at);
        if (length == 0 || static_cast<std::size_t>(end - at) < length) return false;
        if (!sequence_good(at, length)) return false;
        at += length;
    }
    return true;
}

}  // namespace tandem::codec
