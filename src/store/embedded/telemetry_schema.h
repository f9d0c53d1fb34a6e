#pragma once

#include <array>
#include <string_view>

namespace tandem::store {

/// A chunk of two to three kilobytes wastes less of such pages than of SQLite's usual 4 KiB. Files
/// of before keep theirs until `tandem compact`.
inline constexpr int kTelemetryPageBytes = 16'384;

/// The steps to today's telemetry.db: first a row for each reading, then chunks of them.
inline constexpr std::array<std::string_view, 2> kTelemetrySteps{R"sql(
CREATE TABLE meta (
    key TEXT PRIMARY KEY,   -- 'sequence' of version 1; 'flushed_segment', 'flushed_sequence'
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
)sql",
                                                                 R"sql(
-- What chunks call a series. A slot is never used again.
CREATE TABLE metric (
    device INTEGER NOT NULL REFERENCES device,
    slot INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (device, slot),
    UNIQUE (device, name)
) STRICT, WITHOUT ROWID;

-- Readings of up to 32 series, slots 32 grp to 32 grp + 31, in columns: docs/internals/store.md.
-- Those of one device and group never overlap. No WITHOUT ROWID: large rows are slow there.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device,
    grp INTEGER NOT NULL,
    t0 INTEGER NOT NULL,    -- time of the first row, microseconds since 1970
    t1 INTEGER NOT NULL,    -- of the last
    data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunk_line ON chunk (device, grp, t0);

-- Chunks that could not be read when something had to be added to them or taken out.
CREATE TABLE damaged (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL,
    grp INTEGER NOT NULL,
    t0 INTEGER NOT NULL,
    t1 INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;

-- What was deleted and the log may still tell of: from t0 to before t1, written up to sequence.
CREATE TABLE erasure (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL,
    slot INTEGER,           -- none: of all series
    t0 INTEGER NOT NULL,
    t1 INTEGER NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;

INSERT INTO metric (device, slot, name)
    SELECT device, row_number() OVER (PARTITION BY device ORDER BY id) - 1, name FROM series;
-- Rows become chunks when the store is opened: telemetry_rows.h.
)sql"};

}  // namespace tandem::store
