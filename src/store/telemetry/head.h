#pragma once

#include "domain/event.h"
#include "store/telemetry/cell.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem::store {

/// The rows of one device that are in no chunk yet, as they came. Of two values of one series and
/// time the one that came later counts.
class Head {
public:
    /// A span of time: from ≤ time < to, microseconds since 1970.
    struct Span {
        std::int64_t from = 0;
        std::int64_t to = 0;
    };

    /// Adds a row, whose cells have the sequences from `first` on. Their texts are copied.
    void append(std::int64_t time, std::span<const Cell> cells, Sequence first);
    /// Drops what came with a later sequence than `last`.
    void forget_after(Sequence last);

    /// The value of a series at a time, if any.
    [[nodiscard]] std::optional<Cell> find(Slot slot, std::int64_t time) const;

    /// Whether any row is of the span.
    [[nodiscard]] bool has_rows_in(const Span& span) const {
        const std::size_t first = first_from(span.from);
        return first < rows_.size() && in_order(first).time < span.to;
    }

    /// Which values of a series are wanted, and in which order.
    struct Wanted {
        Slot slot = 0;
        Span span;
        bool newest_first = false;
        Sequence visible = 0;  ///< none that came with a later one
        /// About so many rows are looked at.
        std::size_t rows = std::numeric_limits<std::size_t>::max();
    };
    /// Gives values to `take`, in order of time or the other way round, one for each time, until
    /// that returns false. Gives the span that is left where `rows` were not enough.
    using Take = std::function<bool(std::int64_t time, const Cell& cell)>;
    [[nodiscard]] std::optional<Span> read(const Wanted& wanted, const Take& take) const;

    /// The newest value of each slot by its own time, and its sequence.
    struct Newest {
        std::int64_t time = 0;
        Sequence sequence = 0;
        Cell cell;
    };
    [[nodiscard]] std::vector<std::optional<Newest>> newest() const;

    /// The rows of the slots from `first` to before `last`, sorted, one value for each identity.
    [[nodiscard]] Rows sorted(Slot first, Slot last) const;
    [[nodiscard]] std::size_t rows() const { return rows_.size(); }
    /// One more than the highest slot.
    [[nodiscard]] Slot slots() const { return slots_; }

private:
    struct Row {
        std::int64_t time = 0;
        Sequence first = 0;
        std::uint32_t begin = 0;  // of its cells
        std::uint32_t count = 0;
    };
    // As a Cell, but the text is a piece of texts_: its offset in the upper half of `bits`.
    struct Kept {
        std::uint64_t bits = 0;
        Slot slot = 0;
        ValueType type = ValueType::kDouble;
    };
    // The n-th row in order of time, those of one time as they came.
    [[nodiscard]] const Row& in_order(std::size_t at) const {
        return rows_[order_.empty() ? at : order_[at]];
    }
    [[nodiscard]] std::size_t first_from(std::int64_t time) const;
    [[nodiscard]] std::optional<Cell> last_in(const Row& row, const Wanted& wanted) const;
    // Rows in order of time, by their places.
    struct Range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    [[nodiscard]] Range of_one_time(const Range& among, bool newest_first) const;
    [[nodiscard]] std::optional<Cell> last_at(const Range& rows, const Wanted& wanted) const;
    [[nodiscard]] Cell cell(const Kept& kept) const;
    void place_last_row();

    std::vector<Row> rows_;  // as they came
    std::vector<Kept> cells_;
    std::string texts_;
    // Indices of rows_ in order of time; empty as long as they came in that order.
    std::vector<std::uint32_t> order_;
    Slot slots_ = 0;
};

}  // namespace tandem::store
