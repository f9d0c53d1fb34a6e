#include "codec/crc32.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem::codec;

static_assert(crc32("123456789") == 0xE3069283U);  // The check value that CRC catalogues give.

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
