#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tandem::codec {

namespace detail {

// The remainder of every byte under the Castagnoli polynomial, bits reflected; RFC 3720,
// appendix B.4 has the polynomial and test values.
constexpr std::array<std::uint32_t, 256> crc32_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1U) ^ ((rest & 1U) * 0x82F63B78U);
        table[byte] = rest;
    }
    return table;
}

inline constexpr std::array<std::uint32_t, 256> kCrc32Table = crc32_table();

}  // namespace detail

/// CRC32C (Castagnoli) of `bytes`. Finds damage and typing mistakes, not forgery. Any thread.
[[nodiscard]] constexpr std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t rest = 0xFFFFFFFFU;
    for (const char c : bytes) {
        rest = (rest >> 8U) ^ detail::kCrc32Table[(rest ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return ~rest;
}

}  // namespace tandem::codec
