#include "codec/crc32.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace tandem::codec;

static_assert(crc32("123456789") == 0xE3069283U);  // The check value that CRC catalogues give.
static_assert(crc32("6789", crc32("12345")) == 0xE3069283U);

// RFC 3720, appendix B.4.
TEST_CASE("CRC32C of the examples of RFC 3720") {
    std::string up;
    for (int byte = 0; byte < 32; ++byte)
        up += static_cast<char>(byte);
    const std::string down{up.rbegin(), up.rend()};
    CHECK(crc32(std::string(32, '\0')) == 0x8A9136AAU);
    CHECK(crc32(std::string(32, '\xFF')) == 0x62A8AB43U);
    CHECK(crc32(up) == 0x46DD794EU);
    CHECK(crc32(down) == 0x113FDB5CU);
    CHECK(crc32("") == 0);
}

TEST_CASE("any one changed bit changes the CRC") {
    const std::string text = "tdk_0123456789abcdef";
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string other = text;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
        CHECK(crc32(other) != crc32(text));
    }
}

TEST_CASE("all ways to compute the CRC agree, whatever the length and where the bytes lie") {
    std::string bytes;
    std::uint32_t state = 1;
    for (int at = 0; at < 320; ++at) {
        state = state * 1'664'525 + 1'013'904'223;
        bytes += static_cast<char>(state >> 24U);
    }
    for (std::size_t from = 0; from < 16; ++from) {
        for (std::size_t size = 0; size <= 300; ++size) {
            const std::string_view some = std::string_view{bytes}.substr(from, size);
            const std::uint32_t expected = detail::crc32_bytewise(state, some);
            REQUIRE(detail::crc32_by_tables(state, some) == expected);
            REQUIRE(detail::crc32_fastest(state, some) == expected);
        }
    }
}

TEST_CASE("the CRC of bytes in two parts is the CRC of the whole") {
    const std::string_view text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        CHECK(crc32(text.substr(cut), crc32(text.substr(0, cut))) == crc32(text));
}
