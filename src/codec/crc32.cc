#include "codec/crc32.h"

#include <cstring>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace tandem::codec::detail {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t word_of(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, kWord);
    return word;
}

#ifdef __x86_64__

// SSE4.2 came in 2008, but a build for any x86-64 may not take it for granted.
[[gnu::target("sse4.2")]] std::uint32_t crc32_by_instruction(std::uint32_t rest,
                                                             std::string_view bytes) {
    std::uint64_t wide = rest;
    while (bytes.size() >= kWord) {
        wide = _mm_crc32_u64(wide, word_of(bytes.data()));
        bytes.remove_prefix(kWord);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (const char c : bytes)
        narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(c));
    return narrow;
}

bool has_instruction() {
    static const bool has = __builtin_cpu_supports("sse4.2") != 0;
    return has;
}

#endif

}  // namespace

std::uint32_t crc32_by_tables(std::uint32_t rest, std::string_view bytes) {
    while (bytes.size() >= kWord) {
        std::uint32_t next = 0;
        for (std::size_t at = 0; at < kWord; ++at) {
            // The remainder so far lies over the first four bytes.
            const std::uint32_t over = at < 4 ? (rest >> (8 * at)) & 0xFFU : 0;
            const auto byte = static_cast<unsigned char>(bytes[at]);
            next ^= kCrc32Tables[kWord - 1 - at][over ^ byte];
        }
        rest = next;
        bytes.remove_prefix(kWord);
    }
    return crc32_bytewise(rest, bytes);
}

std::uint32_t crc32_fastest(std::uint32_t rest, std::string_view bytes) {
#ifdef __x86_64__
    if (has_instruction()) return crc32_by_instruction(rest, bytes);
#endif
    return crc32_by_tables(rest, bytes);
}

}  // namespace tandem::codec::detail
