#include "store/telemetry/chunk_header.h"

#include "store/telemetry/chunk_limits.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace tandem::store {
namespace {

// The first byte: the version of the layout, and what the body is.
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kVersionBits = 0x0F;
constexpr std::uint8_t kCompressed = 0x10;

// By powers of 1,000: what is stored is the index.
constexpr std::array<std::uint64_t, 3> kUnits{1, 1'000, 1'000'000};

// No column is written in less: slot and type, count, two bytes of values, length.
constexpr std::size_t kColumnBytesMin = 5;
constexpr unsigned kTypeBits = 3;

void put_column_entry(std::string& out,
                      const ChunkHeader& header,
                      const ColumnSummary& column,
                      Slot slot_before) {
    put_varint(out, std::uint64_t{column.slot - slot_before} << kTypeBits |
                        static_cast<std::uint64_t>(column.type));
    put_varint(out, column.count);
    if (column.count < header.row_count) {
        put_varint(out, header.axis.offset(column.first.time));
        put_varint(out, header.axis.offset_max - header.axis.offset(column.last.time));
    }
    put_values(out, column);
}

TimeAxis read_axis(ByteReader& from, std::uint32_t row_count) {
    TimeAxis axis{.from = static_cast<std::int64_t>(unzigzag(from.varint()))};
    const std::uint8_t unit = from.byte();
    from.require(unit < kUnits.size(), "no such unit of time");
    if (from.failed()) return axis;
    axis.unit = kUnits[unit];
    axis.offset_max = from.varint();
    const std::uint64_t room =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) -
        static_cast<std::uint64_t>(axis.from);
    from.require(axis.offset_max <= room / axis.unit, "the last time is beyond all times");
    from.require(axis.offset_max >= row_count - 1, "more rows than there are times for");
    from.require(row_count > 1 || axis.offset_max == 0, "one row has two times");
    return axis;
}

void read_edge_times(ByteReader& from, const ChunkHeader& header, ColumnSummary& column) {
    std::uint64_t first = 0;
    std::uint64_t last = header.axis.offset_max;
    if (column.count < header.row_count) {
        first = from.varint();
        from.require(first <= last, "the first value of a column is after the last row");
        const std::uint64_t behind = from.varint();
        from.require(behind <= last - first, "the last value of a column is before the first");
        last -= behind;
        from.require(last - first >= column.count - 1 && (column.count > 1 || last == first),
                     "a column has not as many values as its times allow");
    }
    column.first.time = header.axis.time(first);
    column.last.time = header.axis.time(last);
}

ColumnSummary read_column_entry(ByteReader& from, const ChunkHeader& header) {
    const std::uint64_t slot_and_type = from.varint();
    const std::uint64_t slot_step = slot_and_type >> kTypeBits;
    const auto type = value_type(slot_and_type & ((1U << kTypeBits) - 1));
    from.require(type.has_value(), "no such type of values");
    if (from.failed() || !type) return {};
    const ColumnSummary* before = header.columns.empty() ? nullptr : &header.columns.back();
    const Slot slot_before = before == nullptr ? 0 : before->slot;
    from.require(slot_step <= std::numeric_limits<Slot>::max() - slot_before,
                 "a slot is beyond all slots");
    from.require(before == nullptr || slot_step > 0 || *type > before->type,
                 "the columns are out of order");
    if (from.failed()) return {};
    ColumnSummary column{.slot = static_cast<Slot>(slot_before + slot_step), .type = *type};
    const std::uint64_t count = from.varint();
    from.require(count > 0 && count <= header.row_count, "a column has no such number of values");
    if (from.failed()) return {};
    column.count = static_cast<std::uint32_t>(count);
    read_edge_times(from, header, column);
    if (!from.failed()) read_values(from, column);
    return column;
}

/// A length of a part of the body. Whatever comes, their sum stays within the bound.
std::size_t read_part_bytes(ByteReader& from, std::size_t& body_bytes_left) {
    const std::uint64_t bytes = from.varint();
    from.require(bytes <= body_bytes_left, "the body is longer than a chunk may have");
    if (from.failed()) return 0;
    body_bytes_left -= bytes;
    return bytes;
}

void read_columns(ByteReader& from, ChunkHeader& header, std::size_t body_bytes_left) {
    const std::uint64_t count = from.varint();
    from.require(count > 0 && count <= kChunkColumnsMax, "no such number of columns");
    from.require(count <= from.left() / kColumnBytesMin, "more columns than bytes for them");
    if (from.failed()) return;
    header.columns.reserve(count);
    header.column_bytes.reserve(count);
    std::size_t values_left = kChunkValuesMax;
    for (std::uint64_t at = 0; at < count && !from.failed(); ++at) {
        header.columns.push_back(read_column_entry(from, header));
        from.require(header.columns.back().count <= values_left,
                     "more values than a chunk may have");
        header.column_bytes.push_back(read_part_bytes(from, body_bytes_left));
        values_left -= from.failed() ? 0 : header.columns.back().count;
    }
}

}  // namespace

TimeAxis axis_of(std::span<const std::int64_t> times) {
    TimeAxis axis{.from = times.front()};
    for (const std::uint64_t unit : {kUnits[2], kUnits[1], kUnits[0]}) {
        axis.unit = unit;
        const auto reaches = [&](std::int64_t time) {
            return axis.time(axis.offset(time)) == time;
        };
        if (std::ranges::all_of(times, reaches)) break;
    }
    axis.offset_max = axis.offset(times.back());
    return axis;
}

std::size_t ChunkHeader::body_bytes() const {
    return std::accumulate(column_bytes.begin(), column_bytes.end(), times_bytes);
}

void put_header(std::string& out, const ChunkHeader& header) {
    out += static_cast<char>(kVersion | (header.compressed ? kCompressed : 0U));
    put_varint(out, header.row_count);
    put_varint(out, zigzag(static_cast<std::uint64_t>(header.axis.from)));
    out += static_cast<char>(std::ranges::find(kUnits, header.axis.unit) - kUnits.begin());
    put_varint(out, header.axis.offset_max);
    put_varint(out, header.times_bytes);
    put_varint(out, header.columns.size());
    Slot slot_before = 0;
    for (std::size_t at = 0; at < header.columns.size(); ++at) {
        put_column_entry(out, header, header.columns[at], slot_before);
        put_varint(out, header.column_bytes[at]);
        slot_before = header.columns[at].slot;
    }
}

ChunkHeader read_header(ByteReader& from) {
    ChunkHeader header;
    const std::uint8_t first = from.byte();
    from.require((first & kVersionBits) == kVersion, "no version of the layout that is known here");
    from.require((first & ~unsigned{kVersionBits | kCompressed}) == 0, "a flag is not known here");
    header.compressed = (first & kCompressed) != 0;
    const std::uint64_t rows = from.varint();
    from.require(rows > 0 && rows <= kChunkRowsMax, "no such number of rows");
    if (from.failed()) return header;
    header.row_count = static_cast<std::uint32_t>(rows);
    header.axis = read_axis(from, header.row_count);
    std::size_t body_bytes_left = kChunkBodyBytesMax;
    header.times_bytes = read_part_bytes(from, body_bytes_left);
    if (!from.failed()) read_columns(from, header, body_bytes_left);
    return header;
}

}  // namespace tandem::store
