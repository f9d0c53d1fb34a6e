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

// As many of the values as the query may take, in order of time.
Result<std::vector<Timed>> values_in(const Head& head,
                                     const Head::Wanted& wanted,
                                     const RangeQuery& query) {
    Result<std::vector<Timed>> values;
    std::size_t weight = 0;
    head.read(wanted, [&](std::int64_t time, const Cell& cell) {
        auto value = value_of(cell);
        if (!value) {
            values = pass(value);
            return false;
        }
        weight += weight_of(*value);
        values->push_back({.time = time, .value = std::move(*value)});
        return values->size() < query.limit && weight <= query.weight;
    });
    if (values && wanted.newest_first) std::ranges::reverse(*values);
    return values;
}

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

Reading reading_of(const std::string& series, std::int64_t time, const Value& value) {
    return {.series = series, .time = Instant{Duration{time}}, .value = value};
}

}  // namespace

// `is_known`: the device is in memory, so that nothing else knows more of its names.
Result<std::optional<TelemetryEngine::Found>> TelemetryEngine::find_in_memory(
    const RangeQuery& query,
    bool& is_known) const {
    const Lock held{mutex_};
    const auto found = lines_.find(query.device);
    is_known = found != lines_.end();
    if (!is_known) return std::optional<Found>{};
    const DeviceLine& line = *found->second;
    const auto slot = line.slot(query.series);
    if (!slot) return std::optional<Found>{};
    const Head::Wanted wanted{.slot = *slot,
                              .span = span_of(query.range),
                              .newest_first = query.newest_first,
                              .visible = visible_};
    auto unsealed = values_in(line.head, wanted, query);
    if (!unsealed) return pass(unsealed);
    if (line.frozen) {
        auto older = values_in(*line.frozen, wanted, query);
        if (!older) return pass(older);
        unsealed = merged(std::move(*older), std::move(*unsealed));
    }
    return std::optional<Found>{Found{.line = {.device = line.number, .group = group_of(*slot)},
                                      .slot = *slot,
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

Result<std::vector<Reading>> TelemetryEngine::read(ChunkReader& chunks,
                                                   const RangeQuery& query) const {
    std::vector<Reading> out;
    const Head::Span span = span_of(query.range);
    if (query.limit == 0 || span.from >= span.to) return out;
    auto found = find(chunks, query);
    if (!found) return pass(found);
    if (!*found) return out;
    Found& where = checked(*found);
    SeriesScan scan{
        chunks, {.line = where.line, .slot = where.slot, .span = span}, std::move(where.unsealed)};
    std::size_t weight = 0;
    auto done = scan.run(query.newest_first, [&](std::int64_t time, const Value& value) {
        out.push_back(reading_of(query.series, time, value));
        weight += weight_of(value);
        return out.size() < query.limit && weight <= query.weight;
    });
    if (!done) return pass(done);
    return out;
}

Result<std::vector<Bucket>> TelemetryEngine::aggregate(ChunkReader& chunks,
                                                       const RangeQuery& query,
                                                       Duration step) const {
    const Head::Span span = span_of(query.range);
    // A bucket may hold any number of values.
    RangeQuery whole = query;
    whole.limit = whole.weight = std::numeric_limits<std::size_t>::max();
    whole.newest_first = false;
    auto found = find(chunks, whole);
    if (!found) return pass(found);
    if (!*found) return std::vector<Bucket>{};
    Found& where = checked(*found);
    SeriesScan scan{
        chunks, {.line = where.line, .slot = where.slot, .span = span}, std::move(where.unsealed)};
    return scan.buckets(step, query.limit);
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
