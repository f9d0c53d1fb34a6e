#include "store/telemetry/chunk.h"

#include "base/check.h"
#include "codec/crc32.h"
#include "store/telemetry/body_frame.h"
#include "store/telemetry/byte_reader.h"
#include "store/telemetry/column_code.h"
#include "store/telemetry/integer_code.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace tandem::store {
namespace {

constexpr std::size_t kCrcBytes = 4;

void put_crc(std::string& out) {
    const std::uint32_t crc = codec::crc32(out);
    for (unsigned shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(crc >> shift);
}

bool crc_holds(std::string_view bytes) {
    std::uint32_t told = 0;
    for (std::size_t at = 0; at < kCrcBytes; ++at) {
        const auto byte = static_cast<std::uint8_t>(bytes[bytes.size() - kCrcBytes + at]);
        told |= std::uint32_t{byte} << (8 * at);
    }
    bytes.remove_suffix(kCrcBytes);
    return codec::crc32(bytes) == told;
}

std::unexpected<Error> damaged(std::size_t at, std::string_view why) {
    return fail(ErrorCode::kStorageFailed,
                "chunk, byte " + std::to_string(at) + ": " + std::string{why});
}

/// Looks at all of them, which takes less time than to look for the first that is not.
template <typename Numbers>
bool strictly_ascending(const Numbers& numbers) {
    bool so_far = true;
    for (std::size_t at = 1; at < numbers.size(); ++at)
        so_far &= numbers[at - 1] < numbers[at];
    return so_far;
}

bool is_well_formed(const Column& column, std::size_t row_count) {
    const std::size_t count = column.at.size();
    if (count == 0 || column.at.back() >= row_count || !strictly_ascending(column.at)) return false;
    if (column.bits.size() != (is_text(column.type) ? 0 : count)) return false;
    if (column.texts.size() != (is_text(column.type) ? count : 0)) return false;
    if (column.type == ValueType::kBoolean) {
        return std::ranges::all_of(column.bits, [](std::uint64_t bits) { return bits <= 1; });
    }
    return column.type != ValueType::kUnsigned ||
           std::ranges::all_of(column.bits, [](std::uint64_t bits) { return bits >> 63U != 0; });
}

/// Whether no series has two values in one row.
bool are_disjoint(std::span<const Column> columns, std::size_t row_count) {
    std::vector<bool> taken;
    for (std::size_t at = 1; at < columns.size(); ++at) {
        if (columns[at].slot != columns[at - 1].slot) {
            taken.clear();
            continue;
        }
        if (taken.empty()) {
            taken.resize(row_count);
            for (const std::uint32_t row : columns[at - 1].at)
                taken[row] = true;
        }
        for (const std::uint32_t row : columns[at].at) {
            if (taken[row]) return false;
            taken[row] = true;
        }
    }
    return true;
}

std::vector<std::uint64_t> offsets_of(std::span<const std::int64_t> times, const TimeAxis& axis) {
    std::vector<std::uint64_t> offsets;
    offsets.reserve(times.size());
    for (const std::int64_t time : times)
        offsets.push_back(axis.offset(time));
    return offsets;
}

std::vector<std::int64_t> read_times(ByteReader& from, const ChunkHeader& header) {
    std::vector<std::uint64_t> offsets(header.row_count);
    read_integers(from, offsets);
    from.require(offsets.front() == 0 && offsets.back() == header.axis.offset_max &&
                     strictly_ascending(offsets),
                 "the times are out of order");
    from.require(from.left() == 0, "the times are shorter than the header says");
    std::vector<std::int64_t> times;
    times.reserve(offsets.size());
    for (const std::uint64_t offset : offsets)
        times.push_back(header.axis.time(offset));
    return times;
}

/// Leaves out the rows in which no column has a value.
void drop_empty_rows(Rows& rows) {
    constexpr std::uint32_t kEmpty = ~std::uint32_t{0};
    const auto everywhere = [&](const Column& column) {
        return column.at.size() == rows.times.size();
    };
    if (std::ranges::any_of(rows.columns, everywhere)) return;
    std::vector<std::uint32_t> now(rows.times.size(), kEmpty);
    for (const Column& column : rows.columns) {
        for (const std::uint32_t row : column.at)
            now[row] = 0;
    }
    std::uint32_t kept = 0;
    for (std::size_t row = 0; row < now.size(); ++row) {
        if (now[row] == kEmpty) continue;
        rows.times[kept] = rows.times[row];
        now[row] = kept++;
    }
    rows.times.resize(kept);
    for (Column& column : rows.columns) {
        for (std::uint32_t& row : column.at)
            row = now[row];
    }
}

}  // namespace

bool fits_chunk(const Rows& rows) {
    if (rows.times.empty() || rows.times.size() > kChunkRowsMax) return false;
    if (rows.columns.empty() || rows.columns.size() > kChunkColumnsMax) return false;
    if (!strictly_ascending(rows.times)) return false;
    std::size_t values = 0;
    std::size_t text_bytes = 0;
    for (const Column& column : rows.columns) {
        if (!is_well_formed(column, rows.times.size())) return false;
        values += column.at.size();
        for (const std::string& text : column.texts)
            text_bytes += text.size();
    }
    const auto out_of_order = [](const Column& one, const Column& next) {
        return std::pair{one.slot, one.type} >= std::pair{next.slot, next.type};
    };
    return values <= kChunkValuesMax && text_bytes <= kChunkTextBytesMax &&
           std::ranges::adjacent_find(rows.columns, out_of_order) == rows.columns.end() &&
           are_disjoint(rows.columns, rows.times.size());
}

std::string encode_chunk(const Rows& rows) {
    check(fits_chunk(rows));
    ChunkHeader header{.row_count = static_cast<std::uint32_t>(rows.times.size()),
                       .axis = axis_of(rows.times)};
    header.columns.reserve(rows.columns.size());
    header.column_bytes.reserve(rows.columns.size());
    std::string body;
    put_integers(body, offsets_of(rows.times, header.axis));
    header.times_bytes = body.size();
    for (const Column& column : rows.columns) {
        const std::size_t before = body.size();
        put_column(body, column, rows.times.size());
        header.columns.push_back(summarise(column, rows.times));
        header.column_bytes.push_back(body.size() - before);
    }

    std::string stored;
    header.compressed = put_compressed(stored, body);
    std::string out;
    put_header(out, header);
    out += header.compressed ? stored : body;
    put_crc(out);
    return out;
}

Result<Chunk> Chunk::open(std::string_view bytes) {
    // Before anything is believed: what the CRC lets through is rare, and was made on purpose.
    if (bytes.size() < kCrcBytes) return damaged(bytes.size(), "the bytes end early");
    if (!crc_holds(bytes)) return damaged(bytes.size() - kCrcBytes, "the CRC does not fit");
    const std::string_view content = bytes.substr(0, bytes.size() - kCrcBytes);
    ByteReader from{content, "chunk, byte "};
    ChunkHeader header = read_header(from);
    if (auto good = from.outcome(); !good) return pass(good);
    const std::size_t body_at = from.offset();
    if (!header.compressed && from.left() != header.body_bytes()) {
        return damaged(body_at, "the body is not as long as the header says");
    }
    return Chunk{content.substr(body_at), body_at, std::move(header)};
}

Result<Rows> Chunk::rows() const {
    return read([](Slot) { return true; });
}

Result<Rows> Chunk::rows(std::span<const Slot> wanted) const {
    check(std::ranges::is_sorted(wanted));
    const auto is_wanted = [&](Slot slot) { return std::ranges::binary_search(wanted, slot); };
    auto out = read(is_wanted);
    if (out) drop_empty_rows(*out);
    return out;
}

template <typename IsWanted>
Result<Rows> Chunk::read(IsWanted is_wanted) const {
    Rows out;
    if (std::ranges::none_of(header_.columns, is_wanted, &ColumnSummary::slot)) return out;
    std::string decompressed;
    std::string_view body = body_;
    if (header_.compressed) {
        auto whole = decompress(body_, header_.body_bytes());
        if (!whole) return damaged(body_at_, "the body cannot be decompressed");
        decompressed = *std::move(whole);
        body = decompressed;
    }

    constexpr std::string_view kPlace = "chunk, byte of the body ";
    ByteReader times{body.substr(0, header_.times_bytes), kPlace};
    out.times = read_times(times, header_);
    if (auto good = times.outcome(); !good) return pass(good);
    std::size_t begin = header_.times_bytes;
    std::size_t text_bytes_left = kChunkTextBytesMax;
    for (std::size_t at = 0; at < header_.columns.size(); ++at) {
        const std::size_t bytes = header_.column_bytes[at];
        ByteReader from{body.substr(begin, bytes), kPlace, begin};
        begin += bytes;
        if (!is_wanted(header_.columns[at].slot)) continue;
        out.columns.push_back(read_column(from, header_.columns[at], out.times, text_bytes_left));
        if (auto good = from.outcome(); !good) return pass(good);
    }
    if (!are_disjoint(out.columns, out.times.size())) {
        return damaged(body_at_, "a series has two values in one row");
    }
    return out;
}

}  // namespace tandem::store
