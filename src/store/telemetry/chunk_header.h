#pragma once

#include "base/error.h"
#include "store/telemetry/column_summary.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

/// Where offsets, which are whole numbers of a unit, lie in time. The unit is a second, a
/// millisecond or a microsecond: the largest of which all times of a chunk are apart.
struct TimeAxis {
    std::int64_t from = 0;         ///< microseconds since 1970; offset 0
    std::uint64_t unit = 1;        ///< in microseconds
    std::uint64_t offset_max = 0;  ///< of the last time

    [[nodiscard]] std::int64_t time(std::uint64_t offset) const {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + offset * unit);
    }
    [[nodiscard]] std::uint64_t offset(std::int64_t time) const {
        const std::uint64_t since =
            static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(from);
        // A division by a constant takes a fraction of the time of any other.
        if (unit == 1) return since;
        return unit == 1'000 ? since / 1'000 : since / 1'000'000;
    }
};
/// The axis of `times`, which are ascending and at least one.
[[nodiscard]] TimeAxis axis_of(std::span<const std::int64_t> times);

/// What stands before the body of a chunk, readable without it.
struct ChunkHeader {
    bool compressed = false;  ///< whether the body is a zstd frame
    std::uint32_t row_count = 0;
    TimeAxis axis;
    std::size_t times_bytes = 0;            ///< of the body
    std::vector<ColumnSummary> columns;     ///< ascending by (slot, type)
    std::vector<std::size_t> column_bytes;  ///< of the body, in the order of `columns`

    [[nodiscard]] std::size_t body_bytes() const;  ///< before compression
};

void put_header(std::string& out, const ChunkHeader& header);

/// Reads a header from the front of `from`, checked for all that can be checked without the body;
/// refuses in `from` what is damaged. Allocates no more than `from` has bytes for.
[[nodiscard]] ChunkHeader read_header(ByteReader& from);

}  // namespace tandem::store
