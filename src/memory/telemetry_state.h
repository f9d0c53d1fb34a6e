#pragma once

#include "domain/ports.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tandem::memory {

/// What `TelemetryStore` keeps, in memory. One thread at a time.
class TelemetryState {
public:
    /// Stores the readings in order and adds the events that tell of them to `events`, without
    /// sequences. `Written::events` stays empty.
    Written write(const std::vector<DeviceReadings>& batch, std::vector<Event>& events);

    [[nodiscard]] std::vector<Reading> read(const RangeQuery& query) const;
    [[nodiscard]] std::vector<Bucket> aggregate(const RangeQuery& query, Buckets how) const;
    [[nodiscard]] std::vector<Reading> thin(const RangeQuery& query, Buckets how) const;
    [[nodiscard]] std::vector<Reading> latest(const DeviceRef& device) const;
    std::uint64_t erase(const DeviceRef& device, const std::string& series, const TimeRange& range);

private:
    using Line = std::map<Instant, Value>;  // One series, in order of event time. Never empty.
    using SeriesLines = std::map<std::string, Line>;

    [[nodiscard]] const Line* find(const DeviceRef& device, const std::string& series) const;

    std::map<DeviceRef, SeriesLines> devices_;
};

}  // namespace tandem::memory
