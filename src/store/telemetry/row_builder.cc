#include "store/telemetry/row_builder.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace tandem::store {
namespace {

using Key = std::pair<Slot, ValueType>;

Key key_of(const Column& column) {
    return {column.slot, column.type};
}

// The column of `key`, or where it belongs.
auto place_of(std::vector<Column>& columns, const Key& key) {
    return std::ranges::lower_bound(columns, key, {}, key_of);
}

// The column of `key`, made where there is none.
std::vector<Column>::iterator made(std::vector<Column>& columns, const Key& key) {
    const auto place = place_of(columns, key);
    if (place != columns.end() && key_of(*place) == key) return place;
    return columns.insert(
        place, {.slot = key.first, .type = key.second, .at = {}, .bits = {}, .texts = {}});
}

Cell cell_at(const Column& column, std::size_t at) {
    Cell cell{.slot = column.slot, .type = column.type, .late = false, .bits = 0, .text = {}};
    if (is_text(column.type)) {
        cell.text = column.texts[at];
    } else {
        cell.bits = column.bits[at];
    }
    return cell;
}

void put(Column& column, std::uint32_t row, const Cell& cell) {
    column.at.push_back(row);
    if (is_text(cell.type)) {
        column.texts.emplace_back(cell.text);
    } else {
        column.bits.push_back(cell.bits);
    }
}

void drop_last(Column& column) {
    column.at.pop_back();
    if (is_text(column.type)) {
        column.texts.pop_back();
    } else {
        column.bits.pop_back();
    }
}

// Steps through the cells of rows in order of time, and of slot within a time.
class Cursor {
public:
    explicit Cursor(const Rows& rows) : rows_{rows}, at_(rows.columns.size()) {}

    [[nodiscard]] bool done() const { return row_ == rows_.times.size(); }
    [[nodiscard]] std::int64_t time() const { return rows_.times[row_]; }
    // Gives the cells of this row to `builder`, and goes to the next.
    void move_to(RowBuilder& builder) {
        for (std::size_t column = 0; column < rows_.columns.size(); ++column) {
            const Column& of = rows_.columns[column];
            std::size_t& at = at_[column];
            if (at < of.at.size() && of.at[at] == row_) {
                builder.add(rows_.times[row_], cell_at(of, at));
                ++at;
            }
        }
        ++row_;
    }

private:
    const Rows& rows_;
    std::size_t row_ = 0;
    std::vector<std::size_t> at_;  // of each column
};

// Appends rows that are all later.
void append(Rows& to, const Rows& later) {
    const auto shift = static_cast<std::uint32_t>(to.times.size());
    to.times.insert(to.times.end(), later.times.begin(), later.times.end());
    for (const Column& from : later.columns) {
        const auto place = made(to.columns, key_of(from));
        for (const std::uint32_t row : from.at)
            place->at.push_back(row + shift);
        place->bits.insert(place->bits.end(), from.bits.begin(), from.bits.end());
        place->texts.insert(place->texts.end(), from.texts.begin(), from.texts.end());
    }
}

}  // namespace

Column& RowBuilder::column(Slot slot, ValueType type) {
    auto& columns = rows_.columns;
    // Rows of one device have the same series in the same order, mostly.
    for (const std::size_t guess : {last_ + 1, std::size_t{0}, last_}) {
        if (guess < columns.size() && columns[guess].slot == slot && columns[guess].type == type) {
            last_ = guess;
            return columns[guess];
        }
    }
    const auto place = made(columns, {slot, type});
    last_ = static_cast<std::size_t>(place - columns.begin());
    return *place;
}

void RowBuilder::add(std::int64_t time, const Cell& cell) {
    check(rows_.times.empty() || rows_.times.back() <= time);
    if (rows_.times.empty() || rows_.times.back() != time) rows_.times.push_back(time);
    const auto row = static_cast<std::uint32_t>(rows_.times.size() - 1);
    drop_last_of(cell.slot, row);
    put(column(cell.slot, cell.type), row, cell);
}

// A column that this leaves empty goes when the rows are taken.
void RowBuilder::drop_last_of(Slot slot, std::uint32_t row) {
    auto place = place_of(rows_.columns, {slot, ValueType::kBoolean});
    for (; place != rows_.columns.end() && place->slot == slot; ++place) {
        if (!place->at.empty() && place->at.back() == row) drop_last(*place);
    }
}

Rows RowBuilder::take() {
    std::erase_if(rows_.columns, [](const Column& each) { return each.at.empty(); });
    last_ = 0;
    return std::exchange(rows_, {});
}

Rows merged(const Rows& older, const Rows& newer) {
    if (older.times.empty()) return newer;
    if (newer.times.empty()) return older;
    if (older.times.back() < newer.times.front()) {
        Rows rows = older;
        append(rows, newer);
        return rows;
    }
    RowBuilder builder;
    Cursor old{older};
    Cursor fresh{newer};
    while (!old.done() || !fresh.done()) {
        if (fresh.done() || (!old.done() && old.time() <= fresh.time())) {
            old.move_to(builder);
        } else {
            fresh.move_to(builder);
        }
    }
    return builder.take();
}

Rows part_of(const Rows& rows, std::size_t first, std::size_t last) {
    Rows part;
    const auto at = [](const auto& all, std::size_t index) {
        return all.begin() + static_cast<std::ptrdiff_t>(index);
    };
    part.times.assign(at(rows.times, first), at(rows.times, last));
    for (const Column& column : rows.columns) {
        const auto begin = std::ranges::lower_bound(column.at, first);
        const auto end = std::ranges::lower_bound(column.at, last);
        if (begin == end) continue;
        const auto from = static_cast<std::size_t>(begin - column.at.begin());
        const auto to = static_cast<std::size_t>(end - column.at.begin());
        Column piece{.slot = column.slot, .type = column.type, .at = {}, .bits = {}, .texts = {}};
        for (auto row = begin; row != end; ++row)
            piece.at.push_back(*row - static_cast<std::uint32_t>(first));
        if (is_text(column.type)) {
            piece.texts.assign(at(column.texts, from), at(column.texts, to));
        } else {
            piece.bits.assign(at(column.bits, from), at(column.bits, to));
        }
        part.columns.push_back(std::move(piece));
    }
    return part;
}

Erased without(const Rows& rows, const Slot* slot, std::int64_t from, std::int64_t to) {
    RowBuilder builder;
    Erased erased;
    const auto sort = [&](std::int64_t time, const Cell& cell) {
        if (time >= from && time < to && (slot == nullptr || *slot == cell.slot)) {
            ++erased.count;
        } else {
            builder.add(time, cell);
        }
    };
    std::vector<std::size_t> at(rows.columns.size());
    for (std::uint32_t row = 0; row < rows.times.size(); ++row) {
        for (std::size_t column = 0; column < rows.columns.size(); ++column) {
            const Column& of = rows.columns[column];
            const bool has = at[column] < of.at.size() && of.at[at[column]] == row;
            if (has) sort(rows.times[row], cell_at(of, at[column]++));
        }
    }
    erased.rows = builder.take();
    return erased;
}

}  // namespace tandem::store
