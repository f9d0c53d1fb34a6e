#include "store/telemetry/integer_code.h"

#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

#include <limits>

using namespace tandem;
using namespace tandem::store;

namespace {

using Integers = std::vector<std::uint64_t>;

std::string encode(const Integers& values) {
    std::string out;
    put_integers(out, values);
    return out;
}

/// What comes back of `values`; fails the test when reading does not use all bytes.
Integers through(const Integers& values) {
    const std::string bytes = encode(values);
    ByteReader from{bytes, "byte "};
    Integers out(values.size());
    read_integers(from, out);
    CHECK_FALSE(from.failed());
    CHECK(from.left() == 0);
    return out;
}

constexpr std::uint64_t kTop = std::uint64_t{1} << 63U;
constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("a varint of any size comes back, in as many bytes as foretold") {
    for (unsigned shift = 0; shift < 64; ++shift) {
        for (const std::uint64_t number :
             {std::uint64_t{1} << shift, (std::uint64_t{1} << shift) - 1, kAll >> shift}) {
            std::string out;
            put_varint(out, number);
            CHECK(out.size() == varint_bytes(number));
            ByteReader from{out, "byte "};
            CHECK(from.varint() == number);
            CHECK(from.outcome().has_value());
            CHECK(unzigzag(zigzag(number)) == number);
        }
    }
}

TEST_CASE("a varint that is cut off or has more than 64 bits is refused where it begins") {
    struct Row {
        std::string bytes;
        std::string why;
    };
    const std::vector<Row> rows{
        {"", "byte 5: the bytes end early"},
        {"\x80", "byte 5: the bytes end early"},
        {std::string(10, '\xff') + '\x01', "byte 5: a number has more than 64 bits"},
        {std::string(9, '\xff') + '\x02', "byte 5: a number has more than 64 bits"},
    };
    for (const Row& row : rows) {
        ByteReader from{row.bytes, "byte ", 5};
        CHECK(from.varint() == 0);
        CHECK(from.byte() == 0);  // Nothing is read after what was refused.
        CHECK(from.left() == 0);
        const auto outcome = from.outcome();
        REQUIRE_FALSE(outcome.has_value());
        CHECK(outcome.error().code == ErrorCode::kStorageFailed);
        CHECK(outcome.error().detail == row.why);
    }
}

TEST_CASE("integers come back, whatever they are") {
    const std::vector<Integers> rows{
        {0},
        {kAll},
        {kTop, kTop - 1},
        {0, kAll, 0, kAll},
        {kTop, 0, kTop - 1, kTop, kAll, 1},
        {5, 5, 5, 5},
        {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
        {10, 7, 4, 1, static_cast<std::uint64_t>(-2)},
        {1, 2, 4, 7, 11, 16, 22, 29},
        {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9},
    };
    for (const Integers& values : rows)
        CHECK(through(values) == values);
    Dice dice{1};
    for (unsigned width = 1; width <= 64; ++width) {
        Integers values;
        for (int at = 0; at < 300; ++at)
            values.push_back(dice.bits() >> (64 - width));
        CHECK(through(values) == values);
        std::uint64_t sum = dice.bits();
        for (std::uint64_t& value : values)
            value = sum += value;
        CHECK(through(values) == values);
    }
}

TEST_CASE("a constant and a line take a few bytes, however many values there are") {
    CHECK(encode(Integers(4'096, 7)).size() == 3);
    Integers line;
    for (std::uint64_t at = 0; at < 4'096; ++at)
        line.push_back(1'000 + at * 10'000);
    CHECK(encode(line).size() <= 6);
}

TEST_CASE("a counter that counts a little and values around a level take a byte each") {
    Dice dice{2};
    Integers counter{std::uint64_t{1} << 40U};
    Integers level{std::uint64_t{1} << 40U};
    for (int at = 0; at < 511; ++at) {
        counter.push_back(counter.back() + 10'000 + dice.below(100));
        level.push_back(level.front() + dice.below(100));
    }
    CHECK(encode(counter).size() < 530);
    CHECK(encode(level).size() < 530);
}

TEST_CASE("integers that are cut off, or of no known form, are refused") {
    for (const Integers& values :
         {Integers{1, 2, 3}, Integers{1, 9, 2, 300}, Integers{0, 1, 3, 6}}) {
        const std::string bytes = encode(values);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            ByteReader from{std::string_view{bytes}.substr(0, size), "byte "};
            Integers out(values.size());
            read_integers(from, out);
            CHECK(from.failed());
        }
    }
    Integers one(1);
    ByteReader unknown{"\x04\x01\x01\x01", "byte "};
    read_integers(unknown, one);
    CHECK(unknown.outcome().error().detail == "byte 0: no such form of integers");
    ByteReader turns{"\x03\x01\x01\x01", "byte "};
    read_integers(turns, one);
    CHECK(turns.failed());
}
