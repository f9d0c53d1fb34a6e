#include "store/telemetry/number_code.h"

#include "base/check.h"
#include "store/telemetry/integer_code.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace tandem::store {
namespace {

// What is exact in a double, so that a division by it is rounded once, and the same everywhere.
constexpr std::array<double, 10> kPowersOfTen{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

// The first byte. Stored: a number never changes its meaning. Below kPlanes it is the power of ten,
// with kExceptions added when there are some.
constexpr std::uint8_t kExceptions = 0x10;
constexpr std::uint8_t kPlanes = 0x20;
constexpr std::uint8_t kRaw = 0x20;  // of put_number()

constexpr std::string_view kNoForm = "no such form of numbers";

// Adding and taking it away again rounds a number of less than 2^51 to an integer, to even at a
// half, and leaves the integer in the lowest bits in between: several at a time on any processor,
// where the functions of <cmath> are calls without SSE4.1.
constexpr double kRounder = 0x1.8p52;
constexpr double kDecimalMax = 0x1p51;

/// The integer that divided by `power` gives `number`, when `exact`; else it means nothing.
struct Decimal {
    std::uint64_t integer = 0;  // two's complement
    bool exact = false;
};

Decimal decimal_of(std::uint64_t number, double power) {
    const double scaled = std::bit_cast<double>(number) * power;
    const double shifted = scaled + kRounder;
    const double back = (shifted - kRounder) / power;
    // Compares the bits: neither −0 nor NaN may pass for something else.
    const bool exact =
        std::abs(scaled) < kDecimalMax && std::bit_cast<std::uint64_t>(back) == number;
    return {
        .integer = std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(kRounder),
        .exact = exact};
}

double number_of(std::uint64_t integer, double power) {
    return static_cast<double>(static_cast<std::int64_t>(integer)) / power;
}

/// The lowest power of ten by which `number` is an exact decimal; kPowersOfTen.size() when none is.
std::size_t least_scale(std::uint64_t number) {
    std::size_t scale = 0;
    while (scale < kPowersOfTen.size() && !decimal_of(number, kPowersOfTen[scale]).exact)
        ++scale;
    return scale;
}

/// The power of ten that promises the fewest bytes. Looks at a few of the doubles only: trying all
/// powers on all would take longer than everything else.
std::size_t choose_scale(std::span<const std::uint64_t> doubles) {
    constexpr std::size_t kLooks = 32;
    constexpr std::size_t kExceptionBits = 80;
    std::array<std::size_t, kPowersOfTen.size() + 1> with_scale{};
    const std::size_t looks = std::min(kLooks, doubles.size());
    for (std::size_t look = 0; look < looks; ++look)
        ++with_scale[least_scale(doubles[look * doubles.size() / looks])];

    std::size_t best = 0;
    std::size_t bits_best = looks * kExceptionBits + 1;
    std::size_t exact = 0;
    for (std::size_t scale = 0; scale < kPowersOfTen.size(); ++scale) {
        exact += with_scale[scale];
        // A digit more is 3.3 bits more.
        const std::size_t bits = (looks - exact) * kExceptionBits + looks * scale * 33 / 10;
        if (bits < bits_best) {
            best = scale;
            bits_best = bits;
        }
    }
    return best;
}

/// Doubles as integers of one scale.
struct Decimals {
    std::size_t scale = 0;
    std::vector<std::uint64_t> integers;    // One each; where there is an exception, as before it.
    std::vector<std::uint64_t> exceptions;  // Their places.
};

Decimals decimals_of(std::span<const std::uint64_t> doubles) {
    Decimals out{.scale = choose_scale(doubles)};
    const double power = kPowersOfTen[out.scale];
    out.integers.resize(doubles.size());
    std::uint64_t before = 0;
    for (std::size_t at = 0; at < doubles.size(); ++at) {
        const Decimal decimal = decimal_of(doubles[at], power);
        if (decimal.exact) [[likely]] {
            before = decimal.integer;
        } else {
            out.exceptions.push_back(at);
        }
        out.integers[at] = before;
    }
    return out;
}

std::size_t nonzero_bytes(std::uint64_t word) {
    std::size_t count = 0;
    for (; word != 0; word >>= 8U)
        count += (word & 0xFFU) != 0 ? 1 : 0;
    return count;
}

/// What the planes of `doubles` take after zstd, about: bytes of zero are nearly free.
std::size_t planes_weight(std::span<const std::uint64_t> doubles) {
    std::size_t weight = 0;
    std::uint64_t before = 0;
    for (const std::uint64_t number : doubles) {
        weight += nonzero_bytes(number ^ before);
        before = number;
    }
    return weight;
}

void put_planes(std::string& out, std::span<const std::uint64_t> doubles) {
    std::uint64_t any = 0;
    std::uint64_t before = 0;
    for (const std::uint64_t number : doubles) {
        any |= number ^ before;
        before = number;
    }
    unsigned present = 0;
    for (unsigned plane = 0; plane < 8; ++plane)
        present |= (((any >> (8 * plane)) & 0xFFU) != 0 ? 1U : 0U) << plane;
    out += static_cast<char>(present);
    for (unsigned plane = 0; plane < 8; ++plane) {
        if ((present >> plane & 1U) == 0) continue;
        const std::size_t begin = out.size();
        out.resize(begin + doubles.size());
        before = 0;
        for (std::size_t at = 0; at < doubles.size(); ++at) {
            out[begin + at] = static_cast<char>((doubles[at] ^ before) >> (8 * plane));
            before = doubles[at];
        }
    }
}

void read_planes(ByteReader& from, std::span<std::uint64_t> doubles) {
    const unsigned present = from.byte();
    std::ranges::fill(doubles, 0);
    for (unsigned plane = 0; plane < 8; ++plane) {
        if ((present >> plane & 1U) == 0) continue;
        const std::string_view bytes = from.take(doubles.size());
        if (bytes.empty()) return;
        for (std::size_t at = 0; at < doubles.size(); ++at)
            doubles[at] |= std::uint64_t{static_cast<std::uint8_t>(bytes[at])} << (8 * plane);
    }
    for (std::size_t at = 1; at < doubles.size(); ++at)
        doubles[at] ^= doubles[at - 1];
}

void put_exceptions(std::string& out,
                    std::span<const std::uint64_t> places,
                    std::span<const std::uint64_t> doubles) {
    std::vector<std::uint64_t> odd;
    odd.reserve(places.size());
    for (const std::uint64_t place : places)
        odd.push_back(doubles[place]);
    put_varint(out, places.size());
    put_integers(out, places);
    put_planes(out, odd);
}

void read_exceptions(ByteReader& from, std::span<std::uint64_t> doubles) {
    const std::uint64_t count = from.varint();
    from.require(count > 0 && count <= doubles.size(), "no such number of exceptions");
    if (from.failed()) return;
    std::vector<std::uint64_t> places(count);
    std::vector<std::uint64_t> odd(count);
    read_integers(from, places);
    from.require(std::ranges::all_of(places, [&](auto place) { return place < doubles.size(); }),
                 "an exception is beyond the numbers");
    read_planes(from, odd);
    if (from.failed()) return;
    for (std::size_t at = 0; at < places.size(); ++at)
        doubles[places[at]] = odd[at];
}

std::string encode_decimals(const Decimals& decimals, std::span<const std::uint64_t> doubles) {
    std::string out;
    out += static_cast<char>(decimals.scale + (decimals.exceptions.empty() ? 0U : kExceptions));
    put_integers(out, decimals.integers);
    if (!decimals.exceptions.empty()) put_exceptions(out, decimals.exceptions, doubles);
    return out;
}

void read_decimals(ByteReader& from, std::size_t scale, std::span<std::uint64_t> doubles) {
    const double power = kPowersOfTen[scale];
    read_integers(from, doubles);
    for (std::uint64_t& number : doubles)
        number = std::bit_cast<std::uint64_t>(number_of(number, power));
}

}  // namespace

void put_numbers(std::string& out, std::span<const std::uint64_t> doubles) {
    check(!doubles.empty());
    const Decimals decimals = decimals_of(doubles);
    // Mostly exceptions: the decimals need not even be tried.
    if (decimals.exceptions.size() <= doubles.size() / 2) {
        const std::string encoded = encode_decimals(decimals, doubles);
        // Two bytes a number is less than planes take, unless the numbers stay the same, and then
        // there is little to gain.
        if (encoded.size() <= 2 * doubles.size() || encoded.size() <= planes_weight(doubles)) {
            out += encoded;
            return;
        }
    }
    out += static_cast<char>(kPlanes);
    put_planes(out, doubles);
}

void read_numbers(ByteReader& from, std::span<std::uint64_t> doubles) {
    check(!doubles.empty());
    const std::uint8_t form = from.byte();
    if (form == kPlanes) return read_planes(from, doubles);
    const std::size_t scale = form & 0x0FU;
    if (form > kPlanes || scale >= kPowersOfTen.size()) return from.refuse(kNoForm);
    read_decimals(from, scale, doubles);
    if ((form & kExceptions) != 0) read_exceptions(from, doubles);
}

void put_number(std::string& out, double number) {
    const auto bits = std::bit_cast<std::uint64_t>(number);
    const std::size_t scale = least_scale(bits);
    const bool decimal = scale < kPowersOfTen.size();
    const Decimal exact = decimal ? decimal_of(bits, kPowersOfTen[scale]) : Decimal{};
    if (decimal && varint_bytes(zigzag(exact.integer)) < sizeof bits) {
        out += static_cast<char>(scale);
        put_varint(out, zigzag(exact.integer));
        return;
    }
    out += static_cast<char>(kRaw);
    put_fixed<std::uint64_t>(out, bits);
}

double read_number(ByteReader& from) {
    const std::uint8_t form = from.byte();
    if (form == kRaw) return std::bit_cast<double>(from.fixed<std::uint64_t>());
    from.require(form < kPowersOfTen.size(), kNoForm);
    const std::uint64_t integer = unzigzag(from.varint());
    return from.failed() ? 0 : number_of(integer, kPowersOfTen[form]);
}

}  // namespace tandem::store
