#include "base/checked.h"
#include "store/telemetry/engine.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tandem::store {
namespace {

Head::Span span_of(const TimeRange& range) {
    return {.from = range.from.time_since_epoch().count(),
            .to = range.to.time_since_epoch().count()};
}

// Rows of a head that are looked at while the writer waits.
constexpr std::size_t kRowsAtOnce = 512;

/// As many of the values of a head as a query may take.
class Gathered {
public:
    Gathered(const RangeQuery& query, const Head::Wanted& wanted)
        : query_{query}, wanted_{wanted} {}

    /// Takes from some of the rows. False when nothing is left that is wanted.
    bool take(const Head& head, std::size_t rows) {
        wanted_.rows = rows;
        const auto left = head.read(
            wanted_, [this](std::int64_t time, const Cell& cell) { return add(time, cell); });
        if (left) wanted_.span = *left;
        return left.has_value();
    }
    /// In order of time.
    Result<std::vector<Timed>> values() && {
        if (values_ && query_.newest_first) std::ranges::reverse(*values_);
        return std::move(values_);
    }

private:
    bool add(std::int64_t time, const Cell& cell) {
        auto value = value_of(cell);
        if (!value) {
            values_ = pass(value);
            return false;
        }
        weight_ += weight_of(*value);
        values_->push_back({.time = time, .value = std::move(*value)});
        return values_->size() < query_.limit && weight_ <= query_.weight;
    }

    const RangeQuery& query_;
    Head::Wanted wanted_;
    Result<std::vector<Timed>> values_;
    std::size_t weight_ = 0;
};

// Both in order of time; of one time the newer's.
std::vector<Timed> merged(std::vector<Timed> older, std::vector<Timed> newer) {
    if (older.empty()) return newer;
    std::vector<Timed> all;
    auto old = older.begin();
    for (Timed& each : newer) {
        for (; old != older.end() && old->time < each.time; ++old)
            all.push_back(std::move(*old));
        if (old != older.end() && old->time == each.time) ++old;
        all.push_back(std::move(each));
    }
    std::move(old, older.end(), std::back_inserter(all));
    return all;
}

Reading reading_of(const std::string& series, std::int64_t time, Value value) {
    return {.series = series, .time = Instant{Duration{time}}, .value = std::move(value)};
}

// A bucket may hold any number of values.
RangeQuery whole_of(RangeQuery query) {
    query.limit = query.weight = std::numeric_limits<std::size_t>::max();
    query.newest_first = false;
    return query;
}

}  // namespace

// Those of memory, in order of time.
Result<std::vector<Timed>> TelemetryEngine::unsealed_values(const DeviceLine& line,
                                                            const Head::Wanted& wanted,
                                                            const RangeQuery& query) const {
    Gathered in_head{query, wanted};
    // What is frozen while this reads has values that were not reached yet. It does not change.
    std::vector<std::shared_ptr<const Head>> frozen;
    bool more = true;
    while (more) {
        const Lock held{mutex_};
        if (line.frozen && (frozen.empty() || frozen.back() != line.frozen)) {
            frozen.push_back(line.frozen);
        }
        more = in_head.take(line.head, kRowsAtOnce);
    }
    auto values = std::move(in_head).values();
    for (; values && !frozen.empty(); frozen.pop_back()) {
        Gathered in_frozen{query, wanted};
        in_frozen.take(*frozen.back(), std::numeric_limits<std::size_t>::max());
        auto older = std::move(in_frozen).values();
        if (!older) return older;
        values = merged(std::move(*older), std::move(*values));
    }
    return values;
}

// `is_known`: the device is in memory, so that nothing else knows more of its names.
Result<std::optional<TelemetryEngine::Found>> TelemetryEngine::find_in_memory(
    const RangeQuery& query,
    bool& is_known) const {
    const DeviceLine* line = nullptr;
    Head::Wanted wanted{
        .slot = 0, .span = span_of(query.range), .newest_first = query.newest_first, .visible = 0};
    {
        const Lock held{mutex_};
        const auto found = lines_.find(query.device);
        is_known = found != lines_.end();
        if (!is_known) return std::optional<Found>{};
        line = found->second.get();
        const auto slot = line->slot(query.series);
        if (!slot) return std::optional<Found>{};
        wanted.slot = *slot;
        wanted.visible = visible_;
    }
    auto unsealed = unsealed_values(*line, wanted, query);
    if (!unsealed) return pass(unsealed);
    return std::optional<Found>{
        Found{.line = {.device = line->number, .group = group_of(wanted.slot)},
              .slot = wanted.slot,
              .unsealed = std::move(*unsealed)}};
}

Result<std::optional<TelemetryEngine::Found>> TelemetryEngine::find(ChunkReader& chunks,
                                                                    const RangeQuery& query) const {
    // Memory first: what leaves it meanwhile is in the chunks already.
    bool is_known = false;
    auto found = find_in_memory(query, is_known);
    if (is_known) return found;
    auto stored = chunks.device(query.device);
    if (!stored) return pass(stored);
    if (!*stored) return std::optional<Found>{};
    const StoredDevice& device = checked(*stored);
    const auto name = std::ranges::find(device.series, query.series);
    if (name == device.series.end()) return std::optional<Found>{};
    const auto slot = static_cast<Slot>(name - device.series.begin());
    return std::optional<Found>{Found{
        .line = {.device = device.number, .group = group_of(slot)}, .slot = slot, .unsealed = {}}};
}

// Nothing where there is nothing to look at.
Result<std::optional<SeriesScan>> TelemetryEngine::scan(ChunkReader& chunks,
                                                        const RangeQuery& query) const {
    const Head::Span span = span_of(query.range);
    if (span.from >= span.to) return std::optional<SeriesScan>{};
    auto found = find(chunks, query);
    if (!found) return pass(found);
    if (!*found) return std::optional<SeriesScan>{};
    Found& where = checked(*found);
    // A chunk is decoded in about the time that asking for the time takes a thousand times.
    auto may_go_on = [this, deadline = query.deadline] {
        return !deadline || clock_.monotonic() < *deadline;
    };
    return std::optional<SeriesScan>{
        std::in_place, chunks,
        SeriesScan::Where{.line = where.line, .slot = where.slot, .span = span},
        std::move(where.unsealed), std::move(may_go_on)};
}

Result<std::vector<Reading>> TelemetryEngine::read(ChunkReader& chunks,
                                                   const RangeQuery& query) const {
    std::vector<Reading> out;
    if (query.limit == 0) return out;
    auto found = scan(chunks, query);
    if (!found) return pass(found);
    if (!*found) return out;
    std::size_t weight = 0;
    auto done = checked(*found).run(query.newest_first, [&](std::int64_t time, Value&& value) {
        weight += weight_of(value);
        out.push_back(reading_of(query.series, time, std::move(value)));
        return out.size() < query.limit && weight <= query.weight;
    });
    if (!done) return pass(done);
    return out;
}

Result<std::vector<Bucket>> TelemetryEngine::aggregate(ChunkReader& chunks,
                                                       const RangeQuery& query,
                                                       const Buckets& how) const {
    auto found = scan(chunks, whole_of(query));
    if (!found) return pass(found);
    if (!*found) return std::vector<Bucket>{};
    return checked(*found).buckets(how, query.limit);
}

Result<std::vector<Reading>> TelemetryEngine::thin(ChunkReader& chunks,
                                                   const RangeQuery& query,
                                                   const Buckets& how) const {
    auto found = scan(chunks, whole_of(query));
    if (!found) return pass(found);
    if (!*found) return std::vector<Reading>{};
    Thinner thinner{how};
    auto done = checked(*found).run(false, [&](std::int64_t time, Value&& value) {
        thinner.add(reading_of(query.series, time, std::move(value)));
        return true;
    });
    if (!done) return pass(done);
    return thinner.take();
}

// Nothing where memory does not know all of them, or knows more than is visible.
std::optional<std::vector<Reading>> TelemetryEngine::latest_in_memory(const DeviceRef& ref) const {
    const Lock held{mutex_};
    const auto found = lines_.find(ref);
    if (found == lines_.end() || !found->second->newest_known) return std::nullopt;
    const DeviceLine& line = *found->second;
    std::vector<Reading> out;
    for (Slot slot = 0; slot < line.newest.size(); ++slot) {
        const auto& newest = line.newest[slot];
        if (!newest) continue;
        if (newest->sequence > visible_) return std::nullopt;
        out.push_back(reading_of(line.series[slot], newest->time, newest->value));
    }
    return out;
}

Result<std::vector<std::string>> TelemetryEngine::series_of(ChunkReader& chunks,
                                                            const DeviceRef& ref) const {
    {
        const Lock held{mutex_};
        const auto found = lines_.find(ref);
        if (found != lines_.end()) return found->second->series;
    }
    auto stored = chunks.device(ref);
    if (!stored) return pass(stored);
    if (!*stored) return std::vector<std::string>{};
    return std::move(checked(*stored).series);
}

Result<std::vector<Reading>> TelemetryEngine::latest(ChunkReader& chunks,
                                                     const DeviceRef& device) const {
    auto out = latest_in_memory(device);
    if (!out) {
        auto names = series_of(chunks, device);
        if (!names) return pass(names);
        out.emplace();
        for (std::string& name : *names) {
            auto newest = read(chunks, {.device = device,
                                        .series = std::move(name),
                                        .range = {},
                                        .limit = 1,
                                        .newest_first = true});
            if (!newest) return newest;
            std::ranges::move(*newest, std::back_inserter(*out));
        }
    }
    std::ranges::sort(*out, {}, &Reading::series);
    return std::move(*out);
}

}  // namespace tandem::store
