#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::store {

/// The most that a number takes as a varint.
constexpr std::size_t kVarintBytesMax = 10;

/// How many bytes `number` takes as a varint: one for each seven bits, and at least one.
[[nodiscard]] constexpr std::size_t varint_bytes(std::uint64_t number) {
    return (static_cast<std::size_t>(std::bit_width(number | 1U)) + 6) / 7;
}

/// Numbers near zero, of either sign, as small ones without a sign: 0, −1, 1, −2 as 0, 1, 2, 3.
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t number) {
    return (number << 1U) ^ (0 - (number >> 63U));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t number) {
    return (number >> 1U) ^ (0 - (number & 1U));
}

/// Writes `number`, seven bits a byte, the lowest first, the highest bit of a byte saying that
/// another one follows. Gives where the next byte goes; `to` has room for kVarintBytesMax.
inline char* write_varint(char* to, std::uint64_t number) {
    // Whether it takes one byte or two is what changes from number to number: no branch on that.
    if (number < 0x4000) {
        const bool two = number >= 0x80;
        to[0] = static_cast<char>(number | (two ? 0x80U : 0U));
        to[1] = static_cast<char>(number >> 7U);
        return to + (two ? 2 : 1);
    }
    while (number >= 0x80) {
        *to++ = static_cast<char>(number | 0x80U);
        number >>= 7U;
    }
    *to++ = static_cast<char>(number);
    return to;
}

inline void put_varint(std::string& out, std::uint64_t number) {
    char room[kVarintBytesMax];  // NOLINT(*-member-init): written before it is read
    out.append(room, static_cast<std::size_t>(write_varint(room, number) - room));
}

inline void put_signed(std::string& out, std::int64_t number) {
    put_varint(out, zigzag(static_cast<std::uint64_t>(number)));
}

/// Its length as a varint, and its bytes.
inline void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}

/// All bytes of `number`, the lowest first.
template <typename Number>
void put_fixed(std::string& out, Number number) {
    char raw[sizeof number];  // NOLINT(*-member-init): written before it is read
    for (std::size_t at = 0; at < sizeof number; ++at)
        raw[at] = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * at));
    out.append(raw, sizeof raw);
}

}  // namespace tandem::store
