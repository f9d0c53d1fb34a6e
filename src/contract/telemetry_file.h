#pragma once

#include "codec/csv.h"
#include "codec/time_zone.h"
#include "contract/readings.h"
#include "domain/buckets.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// A file of several devices; times that do not say their offset are in UTC. Fails as read_file().
[[nodiscard]] Result<TelemetryBody> read_many(Encoded file);

/// One line of NDJSON, without its end: adds its items to `out`. It may have what a bulk body may,
/// and nest as deep as a reading that came alone. Fails with what is wrong in it; `out` may then
/// have some of the line.
[[nodiscard]] Result<void> read_readings_line(std::string_view line, bool many, TelemetryBody& out);

/// Readings of several series as lines, one for each time: CSV with the header
/// `time,temperature,humidity` and times as RFC 3339 in UTC, or NDJSON, `{"t":ms,"v":{…}}`; before
/// 1691 and after 2248, where no number says the microsecond, `t` is RFC 3339 if it has to be.
/// Buckets as long lines: `time,series,n,min,max`, `{"t":ms,"series":…,"n":…,"min":…}`.
///
/// Of several devices: readings as `time,device,series,value`, `{"lamp-1":{"t":ms,"v":{…}}}`, and
/// buckets with `device` behind the time. read_file() reads them back.
class LineWriter {
public:
    struct Form {
        bool many = false;                        ///< of several devices
        std::vector<std::string> aggregate = {};  ///< what each bucket tells; empty: of readings
    };
    LineWriter(Encoding encoding, std::vector<std::string> series, Form form);
    LineWriter(Encoding encoding, std::vector<std::string> series)
        : LineWriter{encoding, std::move(series), Form{}} {}

    /// Whose readings or buckets come now, and of which series.
    void of_device(std::string device, std::vector<std::string> series);

    /// The header; nothing for NDJSON.
    void begin(std::string& out) const;
    /// The readings of each series, in the order of the series, each sorted by time alike.
    void append(const std::vector<std::vector<Reading>>& readings,
                bool newest_first,
                std::string& out) const;
    void append(const std::vector<std::vector<Bucket>>& buckets, std::string& out) const;

private:
    void csv_row(Instant time, const std::vector<const Value*>& values, std::string& out) const;
    void json_row(Instant time, const std::vector<const Value*>& values, std::string& out) const;
    void csv_row(const std::string& series, const Bucket& bucket, std::string& out) const;
    void json_row(const std::string& series, const Bucket& bucket, std::string& out) const;

    Encoding encoding_;
    std::string device_;
    std::vector<std::string> series_;
    Form form_;
};

/// What a bucket says under the names of statistics, one after the other: a number, a value, or
/// null without numbers. Percentiles in the order in which the bucket has them.
class Statistics {
public:
    explicit Statistics(const Bucket& bucket) : bucket_{bucket} {}
    [[nodiscard]] Value next(std::string_view name);

private:
    const Bucket& bucket_;
    std::size_t quantile_ = 0;
};

}  // namespace tandem::contract
