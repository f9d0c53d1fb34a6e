#pragma once

#include "domain/ports.h"
#include "store/embedded/sqlite.h"

#include <cstdint>
#include <vector>

namespace tandem::store {

// The port `TelemetryStore` on telemetry.db, a row per reading.

/// Stores the readings in order inside the open transaction and adds the events that tell of them
/// to `events`, without sequences. `Written::events` stays empty.
Result<Written> write_readings(Connection& telemetry,
                               const std::vector<DeviceReadings>& batch,
                               std::vector<Event>& events);

/// Deletes inside the open transaction; gives the count.
Result<std::uint64_t> erase_readings(Connection& telemetry,
                                     const DeviceRef& device,
                                     const std::string& series,
                                     const TimeRange& range);

Result<std::vector<Reading>> read_readings(Connection& telemetry, const RangeQuery& query);
Result<std::vector<Bucket>> aggregate_readings(Connection& telemetry,
                                               const RangeQuery& query,
                                               Duration step);
Result<std::vector<Reading>> latest_readings(Connection& telemetry, const DeviceRef& device);

}  // namespace tandem::store
