#pragma once

#include "store/telemetry/byte_reader.h"
#include "store/telemetry/column_summary.h"
#include "store/telemetry/rows.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tandem::store {

/// Writes in which of `row_count` rows `column` has a value (nothing, when in all), then the
/// values.
void put_column(std::string& out, const Column& column, std::size_t row_count);

/// Reads the column that `summary` sums up, in rows at `times`; refuses in `from` what is damaged,
/// also when the rest of `from` is not exactly such a column. Texts take from `text_bytes_left`,
/// and are refused before they would take more. After a refusal what is given means nothing.
[[nodiscard]] Column read_column(ByteReader& from,
                                 const ColumnSummary& summary,
                                 std::span<const std::int64_t> times,
                                 std::size_t& text_bytes_left);

}  // namespace tandem::store
