#pragma once

#include "store/telemetry/cell.h"
#include "store/telemetry/rows.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem::store {

/// Makes columns of cells that come in order of time. Of two values of one series and time the one
/// that is added later stays.
class RowBuilder {
public:
    /// `time` is not before that of the cell before.
    void add(std::int64_t time, const Cell& cell);
    /// What has been added; the builder is as new.
    [[nodiscard]] Rows take();

private:
    [[nodiscard]] Column& column(Slot slot, ValueType type);
    void drop_last_of(Slot slot, std::uint32_t row);

    Rows rows_;
    std::size_t last_ = 0;  // the column that was used last
};

/// Rows of both; where both have a value of one series and time, that of `newer`.
[[nodiscard]] Rows merged(const Rows& older, const Rows& newer);

/// The rows from `first` to before `last`.
[[nodiscard]] Rows part_of(const Rows& rows, std::size_t first, std::size_t last);

/// Without the values of `slot` (all, if none) in rows from `from` to before `to`; `erased` is how
/// many those were.
struct Erased {
    Rows rows;
    std::uint64_t count = 0;
};
[[nodiscard]] Erased without(const Rows& rows,
                             const Slot* slot,
                             std::int64_t from,
                             std::int64_t to);

}  // namespace tandem::store
