#include "base/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

using namespace tandem;

TEST_CASE("seeded randomness") {
    SUBCASE("is SplitMix64, as published") {
        SeededRandom zero{0};
        CHECK(zero.next() == 0xE220A8397B1DCDAFU);
        CHECK(zero.next() == 0x6E789E6AA1B965F4U);
        CHECK(zero.next() == 0x06C45D188009454FU);
        SeededRandom other{1234567};
        CHECK(other.next() == 6457827717110365317U);
        CHECK(other.next() == 3203168211198807973U);
    }

    SUBCASE("is the same for the same seed and another for another") {
        CHECK(SeededRandom{7}.bytes(100) == SeededRandom{7}.bytes(100));
        CHECK(SeededRandom{7}.bytes(100) != SeededRandom{8}.bytes(100));
    }
}

TEST_CASE("random bytes") {
    SystemRandom system;
    SeededRandom seeded{1};

    SUBCASE("are as many as were asked for") {
        for (std::size_t count = 0; count < 70; ++count) {
            CHECK(system.bytes(count).size() == count);
            CHECK(seeded.bytes(count).size() == count);
        }
        // More than the kernel gives at once when a signal comes in between.
        CHECK(system.bytes(100'000).size() == 100'000);
    }

    SUBCASE("are filled to the last one and not beyond") {
        for (Random* random : {static_cast<Random*>(&system), static_cast<Random*>(&seeded)}) {
            for (std::size_t count = 1; count < 20; ++count) {
                // Each place is zero in one try of 256: in 200 tries it changes at some time.
                std::array<bool, 20> changed{};
                for (int round = 0; round < 200; ++round) {
                    std::array<std::uint8_t, 20> bytes{};
                    random->fill(std::span{bytes}.first(count));
                    for (std::size_t at = 0; at < bytes.size(); ++at)
                        changed[at] = changed[at] || bytes[at] != 0;
                }
                CHECK(std::ranges::count(changed, true) == static_cast<std::ptrdiff_t>(count));
            }
        }
    }

    SUBCASE("of the system do not repeat") {
        std::set<std::string> seen;
        for (int round = 0; round < 1'000; ++round)
            seen.insert(system.bytes(16));
        CHECK(seen.size() == 1'000);
    }
}

TEST_CASE("random text") {
    SeededRandom random{3};

    SUBCASE("is as long as asked for and of the alphabet alone") {
        for (std::size_t length : {0U, 1U, 16U, 33U, 1000U}) {
            const std::string text = random.text(length, "ab-");
            CHECK(text.size() == length);
            CHECK(text.find_first_not_of("ab-") == std::string::npos);
        }
    }

    SUBCASE("favours no character, although 62 does not divide 256") {
        constexpr std::string_view kAlphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        std::map<char, int> counts;
        for (const char c : random.text(62'000, kAlphabet))
            ++counts[c];
        CHECK(counts.size() == kAlphabet.size());
        // 1000 each on average, 32 as the deviation; taking a byte modulo 62 would make 1211 of
        // some and 968 of the others.
        for (const auto& [c, count] : counts) {
            CAPTURE(c);
            CHECK(count > 850);
            CHECK(count < 1'150);
        }
    }

    SUBCASE("may use an alphabet of all bytes") {
        std::string all;
        for (int byte = 0; byte < 256; ++byte)
            all += static_cast<char>(byte);
        CHECK(random.text(500, all).size() == 500);
    }
}
