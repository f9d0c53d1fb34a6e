#pragma once

#include "base/error.h"
#include "store/telemetry/chunk_header.h"
#include "store/telemetry/chunk_limits.h"
#include "store/telemetry/column_summary.h"
#include "store/telemetry/rows.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::store {

/// Whether `rows` are as rows.h says, with at least one row and one column, and within the limits
/// of a chunk.
[[nodiscard]] bool fits_chunk(const Rows& rows);

/// `rows` as one chunk, layout version 1; they fit one. Any thread.
[[nodiscard]] std::string encode_chunk(const Rows& rows);

/// A chunk that has been stored: what its header says, and on demand what is in it. Believes
/// nothing it reads: whatever the bytes, each call gives what a chunk could hold, or fails with
/// kStorageFailed, saying what is damaged and at which byte (of the body before compression, where
/// it says so). Memory stays within what the limits of a chunk need. Any thread, also several at a
/// time.
class Chunk {
public:
    /// Reads the header, not the body, and checks the CRC of all. `bytes` outlive the chunk.
    [[nodiscard]] static Result<Chunk> open(std::string_view bytes);

    /// The times of the first and the last row, microseconds since 1970.
    [[nodiscard]] std::int64_t from() const { return header_.axis.from; }
    [[nodiscard]] std::int64_t to() const { return header_.axis.time(header_.axis.offset_max); }
    [[nodiscard]] std::size_t row_count() const { return header_.row_count; }
    /// Ascending by (slot, type). min, max and sum are as the header tells; rows() does not add
    /// them up again.
    [[nodiscard]] std::span<const ColumnSummary> columns() const { return header_.columns; }

    /// All of it.
    [[nodiscard]] Result<Rows> rows() const;
    /// The columns of the slots that are `wanted` (ascending), and the rows in which at least one
    /// of them has a value; empty when the chunk has none of them, and then nothing is read.
    [[nodiscard]] Result<Rows> rows(std::span<const Slot> wanted) const;

private:
    Chunk(std::string_view body, std::size_t body_at, ChunkHeader header)
        : body_{body}, body_at_{body_at}, header_{std::move(header)} {}

    template <typename IsWanted>
    [[nodiscard]] Result<Rows> read(IsWanted is_wanted) const;

    std::string_view body_;  // As stored.
    std::size_t body_at_;    // Its offset in the chunk.
    ChunkHeader header_;
};

}  // namespace tandem::store
