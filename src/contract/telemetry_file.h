#pragma once

#include "codec/csv.h"
#include "codec/time_zone.h"
#include "contract/readings.h"
#include "domain/telemetry.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::contract {

// Files of readings: CSV (RFC 4180) and NDJSON. Lines in, each with its own verdict, and lines out.

/// How a file is to be read.
struct FileReading {
    char separator = 0;    ///< of the cells; 0: seen from the header
    codec::TimeZone zone;  ///< of times that do not say their offset
    bool many = false;     ///< of several devices
};

/// Reads the lines of `body.file` into items and lets go of the file. What is wrong with a line or
/// a cell is that item's error. Fails where the file as a whole is wrong: a CSV header without a
/// time, with a name twice or with a name that is no series; more readings than kReadingsMax.
///
/// CSV, first the header: wide, `time,temperature,humidity`, or long, `time,series,value` and
/// perhaps `unit`; with `many` also `device`. The time's column is called time, t, ts, timestamp,
/// date or datetime, in any case. An empty cell is no reading. NDJSON: each line is a body of one
/// JSON value.
[[nodiscard]] Result<void> read_file(const FileReading& how, TelemetryBody& body);

/// Readings of several series as lines, one for each time: CSV with the header
/// `time,temperature,humidity` and times as RFC 3339 in UTC, or NDJSON, `{"t":ms,"v":{…}}`.
/// Buckets as long lines: `time,series,n,min,max`, `{"t":ms,"series":…,"n":…,"min":…}`.
class LineWriter {
public:
    LineWriter(Encoding encoding, std::vector<std::string> series);
    /// Of buckets; `aggregate` are the names of what each tells.
    LineWriter(Encoding encoding,
               std::vector<std::string> series,
               std::vector<std::string> aggregate);

    /// The header; nothing for NDJSON.
    void begin(std::string& out) const;
    /// The readings of each series, in the order of the series, each sorted by time alike.
    void append(const std::vector<std::vector<Reading>>& readings,
                bool newest_first,
                std::string& out) const;
    void append(const std::vector<std::vector<Bucket>>& buckets, std::string& out) const;

private:
    void row(Instant time, const std::vector<const Value*>& values, std::string& out) const;
    void row(const std::string& series, const Bucket& bucket, std::string& out) const;

    Encoding encoding_;
    std::vector<std::string> series_;
    std::vector<std::string> aggregate_;
};

/// What a bucket says under the name of a statistic: a number, a value, or null without numbers.
[[nodiscard]] Value statistic(const Bucket& bucket, std::string_view name);

}  // namespace tandem::contract
