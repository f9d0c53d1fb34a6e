#include "store/telemetry/number_code.h"

#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace tandem;
using namespace tandem::store;

namespace {

using Bits = std::vector<std::uint64_t>;

std::string encode(const Bits& values) {
    std::string out;
    put_numbers(out, values);
    return out;
}

Bits through(const Bits& values) {
    const std::string bytes = encode(values);
    ByteReader from{bytes, "byte "};
    Bits out(values.size());
    read_numbers(from, out);
    CHECK_FALSE(from.failed());
    CHECK(from.left() == 0);
    return out;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What no decimal is: a quiet and a signalling NaN with a payload, a negative one, and more.
const Bits& odd_bits() {
    static const Bits bits{
        0x7FF8'0000'DEAD'BEEFU,
        0x7FF0'0000'0000'0001U,
        0xFFF8'0000'0000'0000U,
        0xFFFF'FFFF'FFFF'FFFFU,
        std::bit_cast<std::uint64_t>(kInfinity),
        std::bit_cast<std::uint64_t>(-kInfinity),
        std::bit_cast<std::uint64_t>(-0.0),
        std::bit_cast<std::uint64_t>(std::numeric_limits<double>::denorm_min()),
        std::bit_cast<std::uint64_t>(std::numeric_limits<double>::max()),
        std::bit_cast<std::uint64_t>(1.0 / 3),
    };
    return bits;
}

Bits decimals(std::size_t count, double power) {
    Dice dice{3};
    double value = 21;
    std::vector<double> out;
    for (std::size_t at = 0; at < count; ++at) {
        value += 0.05 * dice.around();
        out.push_back(std::round(value * power) / power);
    }
    return bits_of(out);
}

}  // namespace

TEST_CASE("every bit of a double comes back, alone and among decimals") {
    for (const std::uint64_t odd : odd_bits()) {
        CHECK(through({odd}) == Bits{odd});
        for (const std::size_t place : {std::size_t{0}, std::size_t{1}, std::size_t{99}}) {
            Bits values = decimals(100, 100);
            values[place] = odd;
            CHECK(through(values) == values);
        }
    }
    CHECK(through(odd_bits()) == odd_bits());
    CHECK(through(Bits(512, odd_bits()[0])) == Bits(512, odd_bits()[0]));
    Dice dice{4};
    Bits random;
    for (int at = 0; at < 1'000; ++at)
        random.push_back(dice.bits());
    CHECK(through(random) == random);
}

TEST_CASE("decimals of every power of ten, and what is next to them, come back") {
    double power = 1;
    for (int scale = 0; scale <= 10; ++scale, power *= 10) {
        CHECK(through(decimals(200, power)) == decimals(200, power));
        Bits next = decimals(200, power);
        for (std::uint64_t& bits : next)
            ++bits;
        CHECK(through(next) == next);
    }
    for (const double edge : {0x1p51, 0x1p52, 0x1p53, 0x1p63, 1e22}) {
        const Bits around =
            bits_of({edge, edge - 1, edge + 1, -edge, 1 - edge, std::nextafter(edge, 0), 0.5});
        CHECK(through(around) == around);
    }
}

TEST_CASE("a few odd ones among decimals cost a few bytes") {
    Bits values = decimals(512, 100);
    const std::size_t without = encode(values).size();
    CHECK(without < 530);
    values[17] = odd_bits()[0];
    values[18] = odd_bits()[6];
    values[300] = odd_bits()[9];
    CHECK(encode(values).size() < without + 50);
}

TEST_CASE("doubles with all their digits take no more than their eight bytes, floats fewer") {
    Dice dice{5};
    std::vector<double> full;
    std::vector<double> floats;
    for (int at = 0; at < 512; ++at) {
        full.push_back(dice.around());
        floats.push_back(static_cast<double>(static_cast<float>(21 + dice.around())));
    }
    CHECK(encode(bits_of(full)).size() <= 512 * 8 + 2);
    CHECK(encode(bits_of(floats)).size() <= 512 * 5 + 2);
}

TEST_CASE("one double comes back, a short decimal in two or three bytes") {
    for (const std::uint64_t odd : odd_bits()) {
        std::string out;
        put_number(out, std::bit_cast<double>(odd));
        ByteReader from{out, "byte "};
        CHECK(std::bit_cast<std::uint64_t>(read_number(from)) == odd);
        CHECK(from.left() == 0);
    }
    for (const double number : {0.0, 21.37, -40.0, 0.1, 4'503'599'627'370'496.0}) {
        std::string out;
        put_number(out, number);
        ByteReader from{out, "byte "};
        CHECK(read_number(from) == number);
        CHECK(out.size() <= (std::abs(number) < 100 ? 3U : 9U));
    }
}

TEST_CASE("numbers that are cut off, or of no known form, are refused") {
    Bits mixed = decimals(40, 10);
    mixed[3] = odd_bits()[0];
    for (const Bits& values : {mixed, odd_bits()}) {
        const std::string bytes = encode(values);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            ByteReader from{std::string_view{bytes}.substr(0, size), "byte "};
            Bits out(values.size());
            read_numbers(from, out);
            CHECK(from.failed());
        }
    }
    for (const char form : {'\x0a', '\x1f', '\x21', '\xff'}) {
        const std::string bytes = form + std::string(20, '\0');
        ByteReader from{bytes, "byte "};
        Bits out(2);
        read_numbers(from, out);
        CHECK(from.outcome().error().detail == "byte 0: no such form of numbers");
        ByteReader alone{bytes, "byte "};
        CHECK(read_number(alone) == 0);
        CHECK(alone.failed());
    }
}

TEST_CASE("an exception beyond the numbers is refused") {
    // Two zeros, one exception in place 2, its planes: none.
    const std::string bytes{"\x10\x00\x00\x00\x01\x00\x04\x00\x00", 9};
    ByteReader from{bytes, "byte "};
    Bits out(2);
    read_numbers(from, out);
    CHECK(from.outcome().error().detail.ends_with("an exception is beyond the numbers"));
}
