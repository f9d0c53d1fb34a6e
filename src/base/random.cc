#include "base/random.h"

#include "base/check.h"

#include <sys/random.h>

#include <cstring>

namespace tandem {

std::uint64_t Random::next() {
    std::uint64_t value = 0;
    std::uint8_t raw[sizeof value];
    fill(raw);
    std::memcpy(&value, raw, sizeof value);
    return value;
}

std::string Random::bytes(std::size_t count) {
    std::string out(count, '\0');
    fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

std::string Random::text(std::size_t length, std::string_view alphabet) {
    check(alphabet.size() >= 2 && alphabet.size() <= 256);
    // Bytes past the last whole multiple of the alphabet are thrown away, or its first characters
    // would be likelier.
    const std::size_t fair = 256 / alphabet.size() * alphabet.size();
    std::string out;
    while (out.size() < length) {
        std::uint8_t raw[32];
        fill(raw);
        for (const std::uint8_t byte : raw) {
            if (byte < fair && out.size() < length) out.push_back(alphabet[byte % alphabet.size()]);
        }
    }
    return out;
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
        check(got > 0 || errno == EINTR);
        if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    // SplitMix64 (Steele, Lea, Flood 2014): one multiply-xorshift chain per 8 bytes.
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        mixed ^= mixed >> 31U;
        std::memcpy(bytes.data() + at, &mixed, std::min<std::size_t>(8, bytes.size() - at));
    }
}

}  // namespace tandem
