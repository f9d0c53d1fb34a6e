#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "contract/readings.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace tandem::client {

// What `tandem export` writes and `tandem import` reads, as text; sans-I/O. A file is lines of
// JSON, docs/reference/cli.md:
//
//   {"kind":"export","version":1,"made":"…","tandem":"0.1.0"}
//   {"kind":"device","id":"lamp-1","name":"…","type":"…","labels":{…},"schema":…}
//   {"kind":"twin","device":"lamp-1","config":{…},"state":{…}}
//   {"lamp-1":{"t":1732387200000,"v":{"power":8.1}}}
//   {"kind":"series","device":"lamp-1","name":"power","type":"number","unit":"W"}
//   {"kind":"end","devices":1,"twins":1,"series":1,"readings":1}

/// The version that is written, and the newest that is read.
inline constexpr std::int64_t kExportVersion = 1;
/// No line of an export is longer: a body of readings may have so many bytes.
inline constexpr std::size_t kExportLineMax = 16 * std::size_t{1'024} * 1'024;

/// How much of each an export has.
struct ExportCounts {
    std::int64_t devices = 0;
    std::int64_t twins = 0;
    std::int64_t series = 0;
    std::int64_t readings = 0;
    bool operator==(const ExportCounts&) const = default;
};
[[nodiscard]] Value counts_value(const ExportCounts& counts);

/// What is said of an export as a whole. `asked` is what it was narrowed to, an object.
[[nodiscard]] std::string header_line(Instant made, const Value& asked);
/// A device as `devices.list` gives it: what `devices.put` takes, with its id.
[[nodiscard]] std::string device_line(const Value& device);
/// A twin as `twin.get` gives it: the documents that somebody has written. "" when there is none.
[[nodiscard]] std::string twin_line(const std::string& device, const Value& twin);
/// A series as `series.list` gives it.
[[nodiscard]] std::string series_line(const std::string& device, const Value& series);
[[nodiscard]] std::string end_line(const ExportCounts& counts);

// ---------------------------------------------------------------- reading

struct HeaderRecord {};
struct DeviceRecord {
    std::string id;
    Value fields;  ///< the body of devices.put
};
struct TwinRecord {
    std::string device;
    Value config;  ///< null: not said
    Value state;
};
struct SeriesRecord {
    std::string device;
    std::string name;
    Value fields;  ///< the body of series.put
};
struct EndRecord {
    ExportCounts counts;
};
/// Readings of one time or several, which go to telemetry.write_many as the line is.
struct ReadingsRecord {
    contract::TelemetryBody readings;  ///< each item with device and time
    std::size_t count = 0;
};
using ExportRecord =
    std::variant<HeaderRecord, DeviceRecord, TwinRecord, SeriesRecord, EndRecord, ReadingsRecord>;

/// Reads one line without its end. A line whose member `kind` is a text says something about a
/// device or the file, any other is readings. Fails with kInvalidField or kMalformedBody, naming
/// the field and what is accepted; whether values are right is the hub's to say.
[[nodiscard]] Result<ExportRecord> read_export_line(std::string_view line);

/// The readings of one line as rows of CSV, `time,device,series,value`.
void append_csv(const contract::TelemetryBody& readings, std::string& out);
/// The header of such rows.
[[nodiscard]] std::string csv_header();

/// What is said of a device or a series, complete and in a fixed order: equal where the hub would
/// see no difference.
[[nodiscard]] Value device_fields_of(const Value& device);
[[nodiscard]] Value series_fields_of(const Value& series);

}  // namespace tandem::client
