#include "store/telemetry/head.h"

#include "base/check.h"
#include "store/telemetry/row_builder.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tandem::store {

void Head::append(std::int64_t time, std::span<const Cell> cells, Sequence first) {
    check(cells_.size() + cells.size() <= std::numeric_limits<std::uint32_t>::max());
    rows_.push_back({.time = time,
                     .first = first,
                     .begin = static_cast<std::uint32_t>(cells_.size()),
                     .count = static_cast<std::uint32_t>(cells.size())});
    for (const Cell& each : cells) {
        Kept kept{.bits = each.bits, .slot = each.slot, .type = each.type};
        if (is_text(each.type)) {
            check(texts_.size() + each.text.size() <= std::numeric_limits<std::uint32_t>::max());
            kept.bits = (std::uint64_t{texts_.size()} << 32U) | each.text.size();
            texts_ += each.text;
        }
        cells_.push_back(kept);
        slots_ = std::max(slots_, each.slot + 1);
    }
    place_last_row();
}

// Late rows are few and not very late: their place is found from the end.
void Head::place_last_row() {
    const std::size_t last = rows_.size() - 1;
    const std::int64_t time = rows_[last].time;
    if (order_.empty()) {
        if (last == 0 || rows_[last - 1].time <= time) return;
        order_.resize(last);
        std::iota(order_.begin(), order_.end(), 0U);
    }
    const auto place =
        std::upper_bound(order_.begin(), order_.end(), time,
                         [this](std::int64_t of, auto row) { return of < rows_[row].time; });
    order_.insert(place, static_cast<std::uint32_t>(last));
}

void Head::forget_after(Sequence last) {
    while (!rows_.empty() && rows_.back().first > last) {
        cells_.resize(rows_.back().begin);
        rows_.pop_back();
    }
    std::erase_if(order_, [this](std::uint32_t row) { return row >= rows_.size(); });
}

Cell Head::cell(const Kept& kept) const {
    Cell cell{.slot = kept.slot, .type = kept.type, .late = false, .bits = kept.bits, .text = {}};
    if (is_text(kept.type)) {
        cell.text = std::string_view{texts_}.substr(kept.bits >> 32U, kept.bits & 0xFFFF'FFFFU);
        cell.bits = 0;
    }
    return cell;
}

std::size_t Head::first_from(std::int64_t time) const {
    std::size_t low = 0;
    std::size_t high = rows_.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (in_order(middle).time < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::optional<Cell> Head::find(Slot slot, std::int64_t time) const {
    std::optional<Cell> found;
    for (std::size_t at = first_from(time); at < rows_.size() && in_order(at).time == time; ++at) {
        const Row& row = in_order(at);
        for (std::uint32_t each = row.begin; each < row.begin + row.count; ++each) {
            if (cells_[each].slot == slot) found = cell(cells_[each]);
        }
    }
    return found;
}

// The value of a row that came last.
std::optional<Cell> Head::last_in(const Row& row, const Wanted& wanted) const {
    for (std::uint32_t each = row.count; each-- > 0;) {
        const Kept& kept = cells_[row.begin + each];
        if (kept.slot == wanted.slot && row.first + each <= wanted.visible) return cell(kept);
    }
    return std::nullopt;
}

// The same of rows that have one time.
std::optional<Cell> Head::last_at(const Range& rows, const Wanted& wanted) const {
    for (std::size_t at = rows.end; at-- > rows.begin;) {
        if (auto found = last_in(in_order(at), wanted)) return found;
    }
    return std::nullopt;
}

// The rows of the first or of the last time among them.
Head::Range Head::of_one_time(const Range& among, bool newest_first) const {
    Range found = among;
    if (newest_first) {
        found.begin = among.end - 1;
        const std::int64_t time = in_order(found.begin).time;
        while (found.begin > among.begin && in_order(found.begin - 1).time == time)
            --found.begin;
    } else {
        found.end = among.begin + 1;
        const std::int64_t time = in_order(among.begin).time;
        while (found.end < among.end && in_order(found.end).time == time)
            ++found.end;
    }
    return found;
}

std::optional<Head::Span> Head::read(const Wanted& wanted, const Take& take) const {
    Range left{.begin = first_from(wanted.span.from), .end = first_from(wanted.span.to)};
    const std::size_t rows = left.end - std::min(left.begin, left.end);
    while (left.begin < left.end) {
        const Range these = of_one_time(left, wanted.newest_first);
        const std::int64_t time = in_order(these.begin).time;
        if (rows - (left.end - left.begin) >= wanted.rows) {
            return wanted.newest_first ? Span{.from = wanted.span.from, .to = time + 1}
                                       : Span{.from = time, .to = wanted.span.to};
        }
        (wanted.newest_first ? left.end : left.begin) =
            wanted.newest_first ? these.begin : these.end;
        const auto found = last_at(these, wanted);
        if (found && !take(time, *found)) break;
    }
    return std::nullopt;
}

std::vector<std::optional<Head::Newest>> Head::newest() const {
    std::vector<std::optional<Newest>> found(slots_);
    for (std::size_t at = 0; at < rows_.size(); ++at) {
        const Row& row = in_order(at);
        for (std::uint32_t each = 0; each < row.count; ++each) {
            const Kept& kept = cells_[row.begin + each];
            found[kept.slot] = {.time = row.time, .sequence = row.first + each, .cell = cell(kept)};
        }
    }
    return found;
}

Rows Head::sorted(Slot first, Slot last) const {
    RowBuilder builder;
    for (std::size_t at = 0; at < rows_.size(); ++at) {
        const Row& row = in_order(at);
        for (std::uint32_t each = row.begin; each < row.begin + row.count; ++each) {
            const Kept& kept = cells_[each];
            if (kept.slot >= first && kept.slot < last) builder.add(row.time, cell(kept));
        }
    }
    return builder.take();
}

}  // namespace tandem::store
