#pragma once

#include "store/telemetry/byte_reader.h"
#include "store/telemetry/rows.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tandem::store {

/// The most bytes of a text that a summary holds.
constexpr std::size_t kSummaryTextBytesMax = 64;

/// The first or the last value of a column.
struct Edge {
    std::int64_t time = 0;            ///< microseconds since 1970
    std::uint64_t bits = 0;           ///< as in `Column`; 0 for texts
    std::optional<std::string> text;  ///< of texts; none when it is longer than the bound
    bool operator==(const Edge&) const = default;
};

/// What a bucket needs to know of a column.
struct ColumnSummary {
    Slot slot = 0;
    ValueType type = ValueType::kDouble;
    std::uint32_t count = 0;  ///< at least 1
    /// Of numbers, and of booleans as 0 and 1, as domain/telemetry.h's Bucket has them; of texts 0.
    /// A NaN, which no door lets in, counts for none of them; with nothing else they are 0.
    double min = 0;
    double max = 0;
    double sum = 0;  ///< in the order of time; finite: stops at the largest double
    Edge first;
    Edge last;
    bool operator==(const ColumnSummary&) const = default;
};

/// What there is to say of a column of rows at `times`.
[[nodiscard]] ColumnSummary summarise(const Column& column, std::span<const std::int64_t> times);

/// Writes min, max, sum and the values at the edges; the rest is whoever calls to write.
void put_values(std::string& out, const ColumnSummary& summary);
/// Reads the same; slot, type and count are there already. Refuses in `from` what no column gives.
void read_values(ByteReader& from, ColumnSummary& summary);

}  // namespace tandem::store
