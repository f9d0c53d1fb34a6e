#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::codec {

namespace detail {

// kCrc32Tables[0]: the remainder of every byte under the Castagnoli polynomial, bits reflected; RFC
// 3720, appendix B.4 has the polynomial and test values. The others: the remainder of the byte with
// that many zero bytes behind it, so that eight bytes can be taken in one step.
constexpr std::array<std::array<std::uint32_t, 256>, 8> crc32_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1U) ^ ((rest & 1U) * 0x82F63B78U);
        tables[0][byte] = rest;
    }
    for (std::size_t zeros = 1; zeros < tables.size(); ++zeros) {
        for (std::uint32_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t rest = tables[zeros - 1][byte];
            tables[zeros][byte] = (rest >> 8U) ^ tables[0][rest & 0xFFU];
        }
    }
    return tables;
}

inline constexpr std::array<std::array<std::uint32_t, 256>, 8> kCrc32Tables = crc32_tables();

/// One byte of the message at a time; `rest` is the remainder so far.
constexpr std::uint32_t crc32_bytewise(std::uint32_t rest, std::string_view bytes) {
    for (const char c : bytes) {
        rest = (rest >> 8U) ^ kCrc32Tables[0][(rest ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return rest;
}

/// The same by tables for eight bytes at a time: about 1 GB/s.
[[nodiscard]] std::uint32_t crc32_by_tables(std::uint32_t rest, std::string_view bytes);
/// The same by the processor's own instruction where it has one, else by tables.
[[nodiscard]] std::uint32_t crc32_fastest(std::uint32_t rest, std::string_view bytes);

}  // namespace detail

/// CRC32C (Castagnoli) of `bytes`; as though they followed others, when given the CRC of those as
/// `before`. Finds damage and typing mistakes, not forgery. Several GB/s on processors that have an
/// instruction for it. Any thread.
[[nodiscard]] constexpr std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) {
    if consteval {
        return ~detail::crc32_bytewise(~before, bytes);
    }
    return ~detail::crc32_fastest(~before, bytes);
}

}  // namespace tandem::codec
