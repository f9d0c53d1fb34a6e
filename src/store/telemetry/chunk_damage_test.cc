// What is refused, and how it is told: the bytes of a chunk as a disk may give them back.
#include "codec/crc32.h"
#include "store/telemetry/byte_writer.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::store;

namespace {

/// Sparse columns, two types of one series, exceptions, a dictionary and plain texts.
Rows varied_rows(std::size_t count) {
    Rows rows = sensor_rows(1, count);
    rows.columns[0].bits[count / 2] = 0x7FF8'0000'0000'0001U;
    std::vector<std::string> texts;
    for (std::size_t row = 0; row < count / 3; ++row)
        texts.push_back("text " + std::to_string(row * row));
    rows.columns.push_back(spread(numbers(8, ValueType::kUnsigned, {~std::uint64_t{0}}), 1, 1));
    rows.columns.push_back(spread(strings(8, texts), 2, 3));
    REQUIRE(fits_chunk(rows));
    return rows;
}

void put_crc(std::string& out) {
    const std::uint32_t crc = codec::crc32(out);
    for (unsigned shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(crc >> shift);
}

/// The bytes of a chunk with a CRC that fits whatever stands before it.
std::string sealed(std::string bytes) {
    put_crc(bytes);
    return bytes;
}

/// Why `bytes` are no chunk; empty when they are one.
std::string refusal(std::string_view bytes) {
    const auto chunk = Chunk::open(bytes);
    if (!chunk) {
        CHECK(chunk.error().code == ErrorCode::kStorageFailed);
        return chunk.error().detail;
    }
    const auto rows = chunk->rows();
    if (!rows) {
        CHECK(rows.error().code == ErrorCode::kStorageFailed);
        return rows.error().detail;
    }
    CHECK(fits_chunk(*rows));
    return {};
}

/// A chunk of two rows and one column, part by part, as a stranger might write it.
struct Parts {
    std::string front{"\x01\x02", 2};         // version, rows
    std::string axis{"\x00\x00\x0a\x03", 4};  // from, unit, offset of the last, bytes of the times
    std::string columns{"\x01", 1};           // how many
    std::string entry{"\x0a\x02", 2};         // slot 1 and type 2, count
    std::string values{"\x00\x02\x00\x04\x00\x06\x02\x04", 8};  // min 1, max 2, sum 3, first, last
    std::string length{"\x03", 1};                              // of the column
    std::string times{"\x00\x00\x14", 3};                       // a line from 0 in steps of 10
    std::string column{"\x00\x02\x02", 3};                      // a line from 1 in steps of 1

    [[nodiscard]] std::string bytes() const {
        return sealed(front + axis + columns + entry + values + length + times + column);
    }
};

struct Refused {
    std::string part;
    std::string Parts::* where;
    std::string why;
};

std::string of(std::initializer_list<int> bytes) {
    std::string out;
    for (const int byte : bytes)
        out += static_cast<char>(byte);
    return out;
}

}  // namespace

TEST_CASE("every prefix of a chunk is refused") {
    const std::string bytes = encode_chunk(varied_rows(100));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE(refusal(std::string_view{bytes}.substr(0, size)).starts_with("chunk, byte "));
}

TEST_CASE("any one changed byte is refused") {
    const std::string bytes = encode_chunk(varied_rows(100));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
            std::string other = bytes;
            other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ change);
            REQUIRE(refusal(other).ends_with("the CRC does not fit"));
        }
    }
}

TEST_CASE("a changed byte with a CRC made for it is refused, or is a chunk of good rows") {
    for (const std::size_t count : {3U, 12U, 100U}) {
        const std::string bytes = encode_chunk(varied_rows(count));
        const std::string content = bytes.substr(0, bytes.size() - 4);
        for (std::size_t at = 0; at < content.size(); ++at) {
            for (unsigned change = 1; change < 256; change += count == 3 ? 1 : 13) {
                std::string other = content;
                other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ change);
                refusal(sealed(other));
            }
            refusal(sealed(content.substr(0, at)));
        }
        CHECK_FALSE(refusal(sealed(content + 'x')).empty());
    }
}

TEST_CASE("a refusal says what is damaged and at which byte") {
    REQUIRE(refusal(Parts{}.bytes()).empty());
    const std::vector<Refused> rows{
        {of({2, 2}), &Parts::front, "byte 0: no version of the layout that is known here"},
        {of({0x21, 2}), &Parts::front, "byte 0: a flag is not known here"},
        {of({1, 0}), &Parts::front, "byte 1: no such number of rows"},
        {of({1, 0x81, 0x20}), &Parts::front, "byte 1: no such number of rows"},
        {of({0, 3, 10, 3}), &Parts::axis, "byte 3: no such unit of time"},
        {of({0, 0, 0, 3}), &Parts::axis, "byte 4: more rows than there are times for"},
        {of({0, 2}) + std::string(9, '\xff') + of({1, 3}), &Parts::axis,
         "byte 4: the last time is beyond all times"},
        {of({0, 0, 10, 0xff, 0xff, 0xff, 0xff, 0x7f}), &Parts::axis,
         "byte 5: the body is longer than a chunk may have"},
        {of({0}), &Parts::columns, "byte 6: no such number of columns"},
        {of({0x81, 8}), &Parts::columns, "byte 6: no such number of columns"},
        {of({5}), &Parts::columns, "byte 6: more columns than bytes for them"},
        {of({8, 2}), &Parts::entry, "byte 7: no such type of values"},
        {of({15, 2}), &Parts::entry, "byte 7: no such type of values"},
        {std::string(9, '\xfa') + of({1, 2}), &Parts::entry, "byte 7: a slot is beyond all slots"},
        {of({10, 3}), &Parts::entry, "byte 8: a column has no such number of values"},
        {of({10, 1, 11, 0}), &Parts::entry,
         "byte 9: the first value of a column is after the last row"},
        {of({10, 1, 4, 7}), &Parts::entry,
         "byte 10: the last value of a column is before the first"},
        {of({10, 1, 4, 0}), &Parts::entry,
         "byte 10: a column has not as many values as its times allow"},
        {of({0, 6, 0, 4, 0, 6, 2, 4}), &Parts::values,
         "byte 12: the smallest value is above the largest"},
        {of({0, 2, 0, 4, 0x20, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f, 2, 4}), &Parts::values,
         "byte 14: a sum is not finite"},
        {of({4}), &Parts::length, "byte 18: the body is not as long as the header says"},
        {of({0, 0, 20, 0}), &Parts::times, "byte 18: the body is not as long as the header says"},
        {of({0, 0, 18}), &Parts::times, "byte of the body 2: the times are out of order"},
        {of({0, 2, 18}), &Parts::times, "byte of the body 2: the times are out of order"},
        {of({4, 0, 18}), &Parts::times, "byte of the body 0: no such form of integers"},
        {of({0, 4, 2}), &Parts::column,
         "byte of the body 5: the header tells other values than the column"},
        {of({0, 2, 0x80}), &Parts::column, "byte of the body 5: the bytes end early"},
    };
    for (const Refused& row : rows) {
        Parts parts;
        parts.*row.where = row.part;
        CHECK(refusal(parts.bytes()) == "chunk, " + row.why);
    }
    Parts longer;
    longer.length = of({4});
    longer.column += '\0';
    CHECK(refusal(longer.bytes()) ==
          "chunk, byte of the body 5: a column is shorter than the header says");
}

TEST_CASE("a series with two values in one row is refused") {
    Parts parts;
    parts.columns = of({2});
    // Twice the same rows: the column of integers, and one of booleans before it.
    parts.entry = of({9, 2, 1, 2, 1}) + of({2, 2});
    parts.times += '\x02';  // true in row 1
    CHECK(refusal(parts.bytes()) == "chunk, byte 23: a series has two values in one row");
}

TEST_CASE("a body that is no zstd frame, or one of another length, is refused") {
    Parts parts;
    parts.front[0] = 0x11;
    CHECK(refusal(parts.bytes()) == "chunk, byte 18: the body cannot be decompressed");

    // A frame with a body of 64 MiB, told in the header as the length of the times.
    const std::string frame = of({0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 4, 3, 0, 0});
    parts.axis = of({0, 0, 10, 0xfd, 0xff, 0xff, 0x1f});
    parts.times = frame;
    parts.column = {};
    CHECK(refusal(parts.bytes()) == "chunk, byte 21: the body cannot be decompressed");
}

TEST_CASE("a dictionary cannot make more text than a chunk may hold") {
    // 1,025 rows of one text of 64 KiB, which the body holds once.
    constexpr std::size_t kText = std::size_t{64} * 1'024;
    std::string column = of({1, 1, 0, 0x80, 0x80, 8, 0}) + std::string(kText, 'x') + of({0, 0, 0});
    std::string bytes = of({1});
    put_varint(bytes, 1'025);
    bytes += of({0, 0});
    put_varint(bytes, 1'024);
    bytes += of({3, 1, 13});
    put_varint(bytes, 1'025);
    bytes += of({0, 0});
    put_varint(bytes, column.size());
    bytes += of({0, 0, 2}) + column;
    const std::string why = refusal(sealed(bytes));
    CHECK(why.ends_with("the texts are longer than a chunk may hold"));
}
