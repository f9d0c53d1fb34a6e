#pragma once

#include <array>
#include <string_view>

namespace tandem::store {

/// The steps to today's telemetry.db. A row per reading: to be replaced by chunks
/// (docs/decisions/0013).
inline constexpr std::array<std::string_view, 1> kTelemetrySteps{R"sql(
CREATE TABLE meta (
    key TEXT PRIMARY KEY,   -- 'sequence'
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers for names, never used again.
CREATE TABLE device (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device,
    name TEXT NOT NULL,
    UNIQUE (device, name)
) STRICT;

CREATE TABLE reading (
    device INTEGER NOT NULL,
    series INTEGER NOT NULL,
    t INTEGER NOT NULL,     -- microseconds since 1970
    type INTEGER NOT NULL,  -- ValueType of telemetry_rows.cc
    value ANY,
    PRIMARY KEY (device, series, t)
) STRICT, WITHOUT ROWID;
)sql"};

}  // namespace tandem::store
