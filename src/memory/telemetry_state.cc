#include "memory/telemetry_state.h"

#include <iterator>

namespace tandem::memory {
namespace {

// First and one past the last; nothing when the range is empty or backwards.
template <typename Line>
auto span_of(Line& line, const TimeRange& range) {
    const auto first = line.lower_bound(range.from);
    const auto last = range.from < range.to ? line.lower_bound(range.to) : first;
    return std::pair{first, last};
}

enum class Fate { kStored, kReplaced, kRepeated };

Fate put(std::map<Instant, Value>& line, const Reading& reading) {
    const auto [at, fresh] = line.try_emplace(reading.time, reading.value);
    if (fresh) return Fate::kStored;
    if (at->second == reading.value) return Fate::kRepeated;
    at->second = reading.value;
    return Fate::kReplaced;
}

void count(Fate fate, Written& written) {
    switch (fate) {
        case Fate::kStored:
            ++written.stored;
            break;
        case Fate::kReplaced:
            ++written.replaced;
            break;
        case Fate::kRepeated:
            ++written.repeated;
            break;
    }
}

}  // namespace

Written TelemetryState::write(const std::vector<DeviceReadings>& batch,
                              std::vector<Event>& events) {
    Written written;
    for (const auto& [device, readings] : batch) {
        for (const Reading& reading : readings) {
            Line& line = devices_[device][reading.series];
            const bool late = !line.empty() && reading.time < line.rbegin()->first;
            const Fate fate = put(line, reading);
            count(fate, written);
            if (fate == Fate::kRepeated) continue;
            events.push_back(Event{.kind = Event::Kind::kReading,
                                   .device = device,
                                   .series = reading.series,
                                   .time = reading.time,
                                   .value = reading.value,
                                   .late = late});
        }
    }
    return written;
}

const TelemetryState::Line* TelemetryState::find(const DeviceRef& device,
                                                 const std::string& series) const {
    const auto lines = devices_.find(device);
    if (lines == devices_.end()) return nullptr;
    const auto line = lines->second.find(series);
    return line == lines->second.end() ? nullptr : &line->second;
}

std::vector<Reading> TelemetryState::read(const RangeQuery& query) const {
    const Line* line = find(query.device, query.series);
    if (line == nullptr) return {};
    std::vector<Reading> out;
    std::size_t weight = 0;
    const auto take = [&](auto at, const auto& end) {
        for (; at != end && out.size() < query.limit && weight <= query.weight; ++at) {
            weight += weight_of(at->second);
            out.push_back({.series = query.series, .time = at->first, .value = at->second});
        }
    };
    const auto [first, last] = span_of(*line, query.range);
    if (query.newest_first) {
        take(std::make_reverse_iterator(last), std::make_reverse_iterator(first));
    } else {
        take(first, last);
    }
    return out;
}

std::vector<Bucket> TelemetryState::aggregate(const RangeQuery& query, Buckets how) const {
    const Line* line = find(query.device, query.series);
    if (line == nullptr) return {};
    Bucketer bucketer{std::move(how)};
    auto [at, last] = span_of(*line, query.range);
    for (; at != last && bucketer.size() <= query.limit; ++at) {
        bucketer.add({.series = query.series, .time = at->first, .value = at->second});
    }
    auto buckets = bucketer.take();
    if (buckets.size() > query.limit) buckets.resize(query.limit);
    return buckets;
}

std::vector<Reading> TelemetryState::thin(const RangeQuery& query, Buckets how) const {
    const Line* line = find(query.device, query.series);
    if (line == nullptr) return {};
    Thinner thinner{std::move(how)};
    auto [at, last] = span_of(*line, query.range);
    for (; at != last; ++at)
        thinner.add({.series = query.series, .time = at->first, .value = at->second});
    return thinner.take();
}

std::vector<Reading> TelemetryState::latest(const DeviceRef& device) const {
    const auto lines = devices_.find(device);
    if (lines == devices_.end()) return {};
    std::vector<Reading> out;
    for (const auto& [series, line] : lines->second) {
        out.push_back(
            {.series = series, .time = line.rbegin()->first, .value = line.rbegin()->second});
    }
    return out;
}

std::uint64_t TelemetryState::erase(const DeviceRef& device,
                                    const std::string& series,
                                    const TimeRange& range) {
    const auto lines = devices_.find(device);
    if (lines == devices_.end()) return 0;
    std::uint64_t count = 0;
    for (auto& [name, line] : lines->second) {
        if (!series.empty() && name != series) continue;
        const auto [first, last] = span_of(line, range);
        count += static_cast<std::uint64_t>(std::distance(first, last));
        line.erase(first, last);
    }
    std::erase_if(lines->second, [](const auto& entry) { return entry.second.empty(); });
    if (lines->second.empty()) devices_.erase(lines);
    return count;
}

}  // namespace tandem::memory
