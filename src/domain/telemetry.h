#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "domain/device.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// One reading of a device. (device, series, time) is its identity.
struct Reading {
    std::string series;
    Instant time;
    Value value;  ///< a number, boolean, string, or small JSON; never null
    bool operator==(const Reading&) const = default;
};

/// What is known of a series beside its readings. Created by its first reading; what is declared
/// is enforced.
struct Series {
    enum class Type : std::uint8_t { kAny, kNumber, kInteger, kBoolean, kString, kJson };
    std::string name;
    Type type = Type::kAny;
    std::string unit;
    std::optional<Duration> interval;     ///< how often a reading is expected
    std::optional<Duration> stale_after;  ///< without one for so long its latest value is stale
    std::optional<Duration> retention;    ///< how long readings are kept; if none, the hub's
    // The hub's own, of a series with stale_after:
    bool stale = false;            ///< as it was last told of
    std::optional<Instant> since;  ///< since when it is so, or when it was declared
    bool operator==(const Series&) const = default;
};
[[nodiscard]] std::string_view name_of(Series::Type type);
[[nodiscard]] bool fits(Series::Type type, const Value& value);

/// After this instant the series is stale, unless a newer reading comes than the one of `latest`;
/// none: it never is. A series that never had a reading has `stale_after` from its declaration on.
[[nodiscard]] std::optional<Instant> stale_from(const Series& series,
                                                std::optional<Instant> latest);

struct TelemetryRules {
    Duration future_max = 5min;           ///< --max-future
    std::size_t value_bytes = 4 * 1'024;  ///< a string, or JSON as text
};

/// Why a reading cannot be taken, or nothing. `series` may be null: not declared.
[[nodiscard]] std::optional<Error> refuse(const Reading& reading,
                                          const Series* series,
                                          Instant now,
                                          const TelemetryRules& rules);

/// A span of time: from ≤ t < to.
struct TimeRange {
    Instant from = Instant::min();
    Instant to = Instant::max();
};

}  // namespace tandem
