#include "store/telemetry/column_code.h"

#include "store/telemetry/integer_code.h"
#include "store/telemetry/number_code.h"
#include "store/telemetry/text_code.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>
#include <vector>

namespace tandem::store {
namespace {

// How the rows that have a value are told. Stored: a number never changes its meaning.
enum class Presence : std::uint8_t { kBits = 0, kNumbers = 1 };

constexpr std::size_t bytes_of_bits(std::size_t bits) {
    return (bits + 7) / 8;
}

/// `bit(at)` for each of `count`, the lowest bit of a byte first.
template <typename Bit>
void put_bits(std::string& out, std::size_t count, Bit bit) {
    unsigned byte = 0;
    for (std::size_t at = 0; at < count; ++at) {
        byte |= static_cast<unsigned>(bit(at)) << (at % 8);
        if (at % 8 != 7) continue;
        out += static_cast<char>(byte);
        byte = 0;
    }
    if (count % 8 != 0) out += static_cast<char>(byte);
}

/// Calls `take(at, bit)` for each of `count` bits; refuses bits behind them that are set.
template <typename Take>
void read_bits(ByteReader& from, std::size_t count, Take take) {
    const std::string_view bytes = from.take(bytes_of_bits(count));
    if (bytes.empty()) return;
    for (std::size_t at = 0; at < count; ++at)
        take(at, static_cast<std::uint8_t>(bytes[at / 8]) >> (at % 8) & 1U);
    const auto last = static_cast<std::uint8_t>(bytes.back());
    from.require(count % 8 == 0 || last >> (count % 8) == 0, "a bit is set beyond the last row");
}

void put_presence(std::string& out, std::span<const std::uint32_t> at, std::size_t row_count) {
    if (at.size() == row_count) return;
    const std::size_t before = out.size();
    out += static_cast<char>(Presence::kNumbers);
    put_integers(out, std::vector<std::uint64_t>{at.begin(), at.end()});
    if (out.size() - before <= 1 + bytes_of_bits(row_count)) return;
    out.resize(before);
    out += static_cast<char>(Presence::kBits);
    auto next = at.begin();
    put_bits(out, row_count, [&](std::size_t row) {
        const bool has = next != at.end() && *next == row;
        if (has) ++next;
        return has;
    });
}

void read_presence_numbers(ByteReader& from, std::span<std::uint32_t> at, std::size_t row_count) {
    std::vector<std::uint64_t> rows(at.size());
    read_integers(from, rows);
    const bool ascending =
        std::ranges::adjacent_find(rows, std::ranges::greater_equal{}) == rows.end();
    from.require(ascending && rows.back() < row_count, "the rows of a column are out of order");
    if (from.failed()) return;
    std::ranges::transform(rows, at.begin(),
                           [](std::uint64_t row) { return static_cast<std::uint32_t>(row); });
}

void read_presence_bits(ByteReader& from, std::span<std::uint32_t> at, std::size_t row_count) {
    std::size_t count = 0;
    read_bits(from, row_count, [&](std::size_t row, unsigned has) {
        if (has != 0 && count < at.size()) at[count] = static_cast<std::uint32_t>(row);
        count += has;
    });
    from.require(count == at.size(), "a column is in more or fewer rows than it has values");
}

void read_presence(ByteReader& from, std::span<std::uint32_t> at, std::size_t row_count) {
    if (at.size() == row_count) return std::iota(at.begin(), at.end(), 0U);
    switch (Presence{from.byte()}) {
        case Presence::kNumbers:
            return read_presence_numbers(from, at, row_count);
        case Presence::kBits:
            return read_presence_bits(from, at, row_count);
    }
    from.refuse("no such way to tell the rows of a column");
}

void put_values(std::string& out, const Column& column) {
    switch (column.type) {
        case ValueType::kBoolean:
            return put_bits(out, column.bits.size(),
                            [&](std::size_t at) { return column.bits[at]; });
        case ValueType::kInteger:
        case ValueType::kUnsigned:
            return put_integers(out, column.bits);
        case ValueType::kDouble:
            return put_numbers(out, column.bits);
        case ValueType::kString:
        case ValueType::kDocument:
            return put_texts(out, column.texts);
    }
}

void read_values(ByteReader& from, Column& column, std::size_t& text_bytes_left) {
    const std::size_t count = column.at.size();
    is_text(column.type) ? column.texts.resize(count) : column.bits.resize(count);
    switch (column.type) {
        case ValueType::kBoolean:
            return read_bits(from, count,
                             [&](std::size_t at, unsigned bit) { column.bits[at] = bit; });
        case ValueType::kInteger:
        case ValueType::kUnsigned:
            return read_integers(from, column.bits);
        case ValueType::kDouble:
            return read_numbers(from, column.bits);
        case ValueType::kString:
        case ValueType::kDocument:
            return read_texts(from, column.texts, text_bytes_left);
    }
}

bool is_edge(const Edge& edge,
             const Column& column,
             std::size_t at,
             std::span<const std::int64_t> times) {
    if (times[column.at[at]] != edge.time) return false;
    if (!is_text(column.type)) return column.bits[at] == edge.bits;
    const std::string& text = column.texts[at];
    return edge.text ? *edge.text == text : text.size() > kSummaryTextBytesMax;
}

bool all_unsigned(const Column& column) {
    return std::ranges::all_of(column.bits, [](std::uint64_t bits) { return bits >> 63U != 0; });
}

}  // namespace

void put_column(std::string& out, const Column& column, std::size_t row_count) {
    put_presence(out, column.at, row_count);
    put_values(out, column);
}

Column read_column(ByteReader& from,
                   const ColumnSummary& summary,
                   std::span<const std::int64_t> times,
                   std::size_t& text_bytes_left) {
    Column column{.slot = summary.slot, .type = summary.type};
    column.at.resize(summary.count);
    read_presence(from, column.at, times.size());
    if (from.failed()) return column;
    read_values(from, column, text_bytes_left);
    from.require(from.left() == 0, "a column is shorter than the header says");
    if (from.failed()) return column;
    from.require(is_edge(summary.first, column, 0, times) &&
                     is_edge(summary.last, column, column.at.size() - 1, times),
                 "the header tells other values than the column");
    from.require(column.type != ValueType::kUnsigned || all_unsigned(column),
                 "a value of this type is above 2^63-1");
    return column;
}

}  // namespace tandem::store
