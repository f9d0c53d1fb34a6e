#include "store/telemetry/scan.h"

#include "base/checked.h"
#include "domain/ports.h"
#include "store/telemetry/chunk.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace tandem::store {
namespace {

constexpr std::int64_t kEarliest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

/// A value in the rows of a chunk.
struct Place {
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::uint32_t at = 0;  ///< among the column's values
};

// The values of the rows, which are of one slot, in order of time.
std::vector<Place> places_in(const Rows& rows) {
    std::vector<Place> places;
    for (std::uint32_t column = 0; column < rows.columns.size(); ++column) {
        const auto& at = rows.columns[column].at;
        for (std::uint32_t index = 0; index < at.size(); ++index)
            places.push_back({.row = at[index], .column = column, .at = index});
    }
    // A series whose type never changed has them in order.
    if (rows.columns.size() > 1) std::ranges::sort(places, {}, &Place::row);
    return places;
}

Result<Rows> rows_of(const StoredChunk& stored, Slot slot) {
    auto chunk = Chunk::open(stored.bytes);
    if (!chunk) return pass(chunk);
    return chunk->rows(std::span{&slot, 1});
}

Result<Value> value_at(const Rows& rows, const Place& place) {
    const Column& column = rows.columns[place.column];
    if (is_text(column.type)) return value_of(column.type, 0, column.texts[place.at]);
    return value_of(column.type, column.bits[place.at], {});
}

double number_of(ValueType type, std::uint64_t bits) {
    if (type == ValueType::kDouble) return std::bit_cast<double>(bits);
    if (type == ValueType::kInteger) return static_cast<double>(static_cast<std::int64_t>(bits));
    return static_cast<double>(bits);
}

// Of numbers, one at least. What a value costs is what a long question costs.
Result<Bucket> bucket_of(const Column& column, std::size_t from, std::size_t to) {
    auto first = value_of(column.type, column.bits[from], {});
    if (!first) return pass(first);
    auto last = value_of(column.type, column.bits[to - 1], {});
    if (!last) return pass(last);
    Bucket part{.start = {}, .first = std::move(*first), .last = std::move(*last)};
    part.count = part.numbers = to - from;
    part.min = part.max = number_of(column.type, column.bits[from]);
    for (std::size_t at = from; at < to; ++at) {
        const double number = number_of(column.type, column.bits[at]);
        part.min = std::min(part.min, number);
        part.max = std::max(part.max, number);
        part.sum += number;
    }
    constexpr double kLargest = std::numeric_limits<double>::max();
    part.sum = std::clamp(part.sum, -kLargest, kLargest);
    return part;
}

Instant instant(std::int64_t time) {
    return Instant{Duration{time}};
}

// Of what a summary knows. Nothing where it leaves a text out.
Result<std::optional<Value>> value_at(const ColumnSummary& column, const Edge& edge) {
    if (is_text(column.type) && !edge.text) return std::optional<Value>{};
    auto value = value_of(column.type, edge.bits, edge.text.value_or(std::string{}));
    if (!value) return pass(value);
    return std::optional<Value>{std::move(*value)};
}

/// What the columns of one slot hold in all, from what the chunk's head says.
struct Whole {
    Bucket bucket;
    std::int64_t first = kLatest;
    std::int64_t last = kEarliest;
};

// False where the head does not say enough.
Result<bool> add_column(const ColumnSummary& column, Whole& whole) {
    auto first = value_at(column, column.first);
    if (!first) return pass(first);
    auto last = value_at(column, column.last);
    if (!last) return pass(last);
    if (!*first || !*last) return false;
    Bucket part{.start = {}, .count = column.count, .first = {}, .last = {}};
    if (!is_text(column.type)) {
        part.numbers = column.count;
        part.min = column.min;
        part.max = column.max;
        part.sum = column.sum;
    }
    part.first = column.first.time < whole.first ? checked(*first) : whole.bucket.first;
    part.last = column.last.time > whole.last ? checked(*last) : whole.bucket.last;
    Value begins = part.first;
    whole.bucket.add(part);
    whole.bucket.first = std::move(begins);
    whole.first = std::min(whole.first, column.first.time);
    whole.last = std::max(whole.last, column.last.time);
    return true;
}

}  // namespace

Timed* SeriesScan::next_unsealed(bool newest_first) {
    if (next_ >= unsealed_.size()) return nullptr;
    return &unsealed_[newest_first ? unsealed_.size() - 1 - next_ : next_];
}

bool SeriesScan::take_unsealed(bool newest_first, std::int64_t until, const Take& take) {
    for (; Timed* each = next_unsealed(newest_first); ++next_) {
        if (newest_first ? each->time <= until : each->time >= until) return true;
        if (!take(each->time, std::move(each->value))) return false;
    }
    return true;
}

Result<bool> SeriesScan::run_chunk(const StoredChunk& stored, bool newest_first, const Take& take) {
    auto rows = rows_of(stored, where_.slot);
    if (!rows) return pass(rows);
    std::vector<Place> places = places_in(*rows);
    if (newest_first) std::ranges::reverse(places);
    const auto is_asked_for = [this](std::int64_t time) {
        return time >= where_.span.from && time < where_.span.to;
    };
    for (const Place& place : places) {
        const std::int64_t time = rows->times[place.row];
        if (!is_asked_for(time)) continue;
        if (!take_unsealed(newest_first, time, take)) return false;
        const Timed* unsealed = next_unsealed(newest_first);
        if (unsealed != nullptr && unsealed->time == time) continue;
        auto value = value_at(*rows, place);
        if (!value) return pass(value);
        if (!take(time, std::move(*value))) return false;
    }
    return true;
}

Result<std::optional<StoredChunk>> SeriesScan::first_chunk(bool newest_first) {
    if (!may_go_on_()) return query_too_long();
    if (newest_first) return chunks_.at_or_before(where_.line, where_.span.to - 1);
    auto found = chunks_.at_or_before(where_.line, where_.span.from);
    if (!found || (*found && checked(*found).to >= where_.span.from)) return found;
    return chunks_.after(where_.line, where_.span.from);
}

Result<std::optional<StoredChunk>> SeriesScan::next_chunk(const StoredChunk& chunk,
                                                          bool newest_first) {
    if (!may_go_on_()) return query_too_long();
    if (!newest_first) return chunks_.after(where_.line, chunk.from);
    if (chunk.from == kEarliest) return std::optional<StoredChunk>{};
    return chunks_.at_or_before(where_.line, chunk.from - 1);
}

Result<void> SeriesScan::run(bool newest_first, const Take& take) {
    if (where_.span.from >= where_.span.to) return {};
    auto chunk = first_chunk(newest_first);
    while (true) {
        if (!chunk) return pass(chunk);
        if (!*chunk) break;
        const StoredChunk& stored = checked(*chunk);
        const bool beyond =
            newest_first ? stored.to < where_.span.from : stored.from >= where_.span.to;
        if (beyond) break;
        auto more = run_chunk(stored, newest_first, take);
        if (!more) return pass(more);
        if (!*more) return {};
        chunk = next_chunk(stored, newest_first);
    }
    take_unsealed(newest_first, newest_first ? kEarliest : kLatest, take);
    return {};
}

bool SeriesScan::unsealed_within(std::int64_t from, std::int64_t to) const {
    const auto first = std::ranges::lower_bound(unsealed_, from, {}, &Timed::time);
    return first != unsealed_.end() && first->time <= to;
}

// Adds the chunk from what its head says; false, and nothing is added, where that is not enough.
Result<bool> SeriesScan::add_whole(const StoredChunk& stored, Bucketer& into) {
    const bool within = stored.from >= where_.span.from && stored.to < where_.span.to;
    if (!within || instant(stored.to) >= into.span_of(instant(stored.from)).to) return false;
    if (unsealed_within(stored.from, stored.to)) return false;
    auto chunk = Chunk::open(stored.bytes);
    if (!chunk) return pass(chunk);
    Whole whole;
    for (const ColumnSummary& column : chunk->columns()) {
        if (column.slot != where_.slot) continue;
        auto added = add_column(column, whole);
        if (!added || !*added) return added;
    }
    whole.bucket.start = instant(stored.from);
    if (whole.bucket.count > 0) into.add(whole.bucket);
    return true;
}

// Adds the values of a chunk together; false, and nothing is added, where they are not all numbers
// of one type, or have others between them.
Result<bool> SeriesScan::add_numbers(const StoredChunk& stored, Bucketer& into) {
    if (unsealed_within(stored.from, stored.to)) return false;
    auto chunk = Chunk::open(stored.bytes);
    if (!chunk) return pass(chunk);
    const auto columns =
        std::ranges::equal_range(chunk->columns(), where_.slot, {}, &ColumnSummary::slot);
    if (columns.size() != 1 || is_text(columns.front().type)) return false;
    auto rows = chunk->rows(std::span{&where_.slot, 1});
    if (!rows) return pass(rows);
    // Only rows that have a value are left, so that the column has one for each.
    const Column& column = rows->columns.front();
    const auto row_of = [&](std::int64_t time) {
        const auto found = std::ranges::lower_bound(rows->times, time);
        return static_cast<std::size_t>(found - rows->times.begin());
    };
    for (std::size_t at = row_of(where_.span.from), end = row_of(where_.span.to); at < end;) {
        const Instant until = into.span_of(instant(rows->times[at])).to;
        const std::size_t behind = std::min(end, row_of(until.time_since_epoch().count()));
        auto part = bucket_of(column, at, behind);
        if (!part) return pass(part);
        part->start = instant(rows->times[at]);
        into.add(*part);
        at = behind;
    }
    return true;
}

Result<std::vector<Bucket>> SeriesScan::buckets(const Buckets& how, std::size_t limit) {
    Bucketer bucketer{how};
    // One bucket more than wanted tells that the last wanted one is complete.
    const Take take = [&](std::int64_t time, Value&& value) {
        bucketer.add(Reading{.series = {}, .time = instant(time), .value = std::move(value)});
        return bucketer.size() <= limit && bucketer.held() <= kQuantileNumbersMax;
    };
    if (where_.span.from < where_.span.to) {
        auto more = add_chunks(how.quantiles.empty(), limit, bucketer, take);
        if (!more) return pass(more);
        if (*more) take_unsealed(false, kLatest, take);
    }
    if (bucketer.held() > kQuantileNumbersMax) return bucket_too_large();
    auto buckets = bucketer.take();
    if (buckets.size() > limit) buckets.resize(limit);
    return buckets;
}

// False when no more than these are wanted.
Result<bool> SeriesScan::add_chunks(bool whole,
                                    std::size_t limit,
                                    Bucketer& into,
                                    const Take& take) {
    auto chunk = first_chunk(false);
    while (chunk && *chunk && checked(*chunk).from < where_.span.to) {
        const StoredChunk& stored = checked(*chunk);
        auto added = add_chunk(stored, whole, into, take);
        if (!added || !*added) return added;
        if (into.size() > limit) return false;
        chunk = next_chunk(stored, false);
    }
    if (!chunk) return pass(chunk);
    return true;
}

// Adds a chunk, and what is unsealed before its end. False when `take` wants no more.
Result<bool> SeriesScan::add_chunk(const StoredChunk& stored,
                                   bool whole,
                                   Bucketer& into,
                                   const Take& take) {
    if (!take_unsealed(false, stored.from, take)) return false;
    if (whole) {
        auto added = add_whole(stored, into);
        if (added && !*added) added = add_numbers(stored, into);
        if (!added || *added) return added;
    }
    return run_chunk(stored, false, take);
}

}  // namespace tandem::store
