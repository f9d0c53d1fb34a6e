#pragma once

#include "contract/device.h"
#include "contract/readings.h"
#include "domain/buckets.h"
#include "domain/event.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// How a file of readings is to be read; no other body needs it.
struct FileOptions {
    std::string zone = "UTC";
    std::string separator = "auto";
};
template <typename T>
std::vector<Field> file_options() {
    return {field<&T::zone>(
                {.name = "tz",
                 .from = From::kQuery,
                 .min = 1,
                 .max = 64,
                 .says = "Of a CSV file, the zone of times that do not say theirs: a name of the "
                         "IANA database, `Europe/Berlin`, or an offset, `+02:00`. UTC when "
                         "missing."}),
            field<&T::separator>(
                {.name = "separator",
                 .from = From::kQuery,
                 .choices = {"auto", "comma", ",", "semicolon", ";", "tab", "pipe", "|"},
                 .says = "Between the cells of a CSV file; seen from its first line when "
                         "missing."})};
}

struct TelemetryWrite : FileOptions {
    std::string device;
    TelemetryBody body;
    Preferences prefer;
};
inline const Shape& shape_of(const TelemetryWrite*) {
    static const Shape made = [] {
        Shape shape{
            .name = "TelemetryWrite",
            .fields = {device_in_path(field<&TelemetryWrite::device>({})),
                       field<&TelemetryWrite::body>(
                           {.name = "body", .from = From::kBody, .required = true}),
                       field<&TelemetryWrite::prefer>({.name = "prefer", .from = From::kHeader})}};
        for (const Field& each : file_options<TelemetryWrite>())
            shape.fields.push_back(each);
        return shape;
    }();
    return made;
}

struct TelemetryWriteMany : FileOptions {
    ManyBody body;
    Preferences prefer;
};
inline const Shape& shape_of(const TelemetryWriteMany*) {
    static const Shape made = [] {
        Shape shape{.name = "TelemetryWriteMany",
                    .fields = {field<&TelemetryWriteMany::body>(
                                   {.name = "body", .from = From::kBody, .required = true}),
                               field<&TelemetryWriteMany::prefer>(
                                   {.name = "prefer", .from = From::kHeader})}};
        for (const Field& each : file_options<TelemetryWriteMany>())
            shape.fields.push_back(each);
        return shape;
    }();
    return made;
}

/// A reading that was not taken, and why.
struct Refused {
    std::int64_t index = 0;  ///< of the item in its list, pack or file
    std::int64_t line = 0;   ///< of the file, from 1; 0: no file
    std::string device;      ///< in a body of several devices
    Error error;
};
template <>
struct Codec<Refused> {
    static Result<void> read(Reader& reader, Refused& out, const Field& field);
    static void write(Writer& writer, const Refused& value);
    static Value schema(const Field& field);
};

struct TelemetryWritten {
    std::int64_t accepted = 0;
    std::optional<std::string> cursor;
    std::string durability;
    std::vector<Refused> refused;
};
inline const Shape& shape_of(const TelemetryWritten*) {
    static const Shape made{
        .name = "TelemetryWritten",
        .fields = {
            field<&TelemetryWritten::accepted>({.name = "accepted",
                                                .required = true,
                                                .says = "Readings taken, repeats included."}),
            field<&TelemetryWritten::cursor>(
                {.name = "cursor", .says = "The stream's position after them."}),
            field<&TelemetryWritten::durability>({.name = "durability",
                                                  .required = true,
                                                  .choices = {"durable", "relaxed", "memory"},
                                                  .says = "durable: on disk before this answer."}),
            field<&TelemetryWritten::refused>(
                {.name = "refused", .required = true, .says = "What was not taken, and why."})}};
    return made;
}

/// What of a device's history is wanted.
struct HistoryFields {
    std::vector<std::string> series;
    std::optional<Instant> from;
    std::optional<Instant> to;
    std::optional<Duration> step;
    std::optional<std::string> zone;
    std::vector<std::string> aggregate;
    std::optional<std::int64_t> points;
    std::optional<std::int64_t> limit;
    std::optional<std::string> cursor;
};
/// The statistics of a bucket that are percentiles: `p95`, `p99.9`; nothing for other names.
[[nodiscard]] std::optional<double> quantile_named(std::string_view name);
template <typename T>
std::vector<Field> history_fields() {
    return {
        field<&T::series>({.name = "series",
                           .from = From::kQuery,
                           .form = Form::kName,
                           .says = "Names with commas between; all when missing."}),
        field<&T::from>({.name = "from", .from = From::kQuery, .says = "The first time."}),
        field<&T::to>(
            {.name = "to", .from = From::kQuery, .says = "The time before which to end."}),
        field<&T::step>({.name = "step",
                         .from = From::kQuery,
                         .min = 1,
                         .max = 366.0 * 86'400'000,
                         .unit = "milliseconds",
                         .says = "Buckets of this length instead of readings."}),
        field<&T::zone>({.name = "tz",
                         .from = From::kQuery,
                         .min = 1,
                         .max = 64,
                         .says = "The zone in which buckets of whole days begin at midnight, those "
                                 "of whole weeks on Mondays, and shorter ones are counted from "
                                 "midnight: `Europe/Berlin`, `+02:00`. When missing, buckets begin "
                                 "at multiples of their length since 1970 UTC."}),
        field<&T::aggregate>(
            {.name = "aggregate",
             .from = From::kQuery,
             .choices = {"min", "max", "avg", "sum", "count", "first", "last", "p1", "p5", "p10",
                         "p25", "p50", "p75", "p90", "p95", "p99", "p99.9"},
             .says = "What each bucket tells beside its count; min, max and avg when missing. p50 "
                     "is the median."}),
        field<&T::points>({.name = "points",
                           .from = From::kQuery,
                           .min = 10,
                           .max = 10'000,
                           .says = "For charts: so many readings of each series at most, and where "
                                   "there are more, the lowest and the highest of each part of the "
                                   "span."}),
        field<&T::limit>({.name = "limit",
                          .from = From::kQuery,
                          .min = 1,
                          .max = 100'000,
                          .says = "Rows of each series at most; 1,000 when missing. CSV "
                                  "and NDJSON have all of them when missing."}),
        field<&T::cursor>({.name = "cursor", .from = From::kQuery})};
}

struct TelemetryRead : HistoryFields {
    std::string device;
    std::string order = "asc";
};
inline const Shape& shape_of(const TelemetryRead*) {
    static const Shape made = [] {
        Shape shape{
            .name = "TelemetryRead",
            .fields = {device_in_path(field<&TelemetryRead::device>({})),
                       field<&TelemetryRead::order>(
                           {.name = "order", .from = From::kQuery, .choices = {"asc", "desc"}})}};
        for (const Field& each : history_fields<TelemetryRead>())
            shape.fields.push_back(each);
        return shape;
    }();
    return made;
}

struct TelemetryQuery : HistoryFields {
    std::vector<std::string> devices;
    std::optional<std::string> type;
    Labels labels;
};
inline const Shape& shape_of(const TelemetryQuery*) {
    static const Shape made = [] {
        Shape shape{.name = "TelemetryQuery",
                    .fields = {field<&TelemetryQuery::devices>(
                                   {.name = "devices",
                                    .from = From::kQuery,
                                    .form = Form::kName,
                                    .max = 1'000,
                                    .says = "Ids with commas between; all devices when missing."}),
                               field<&TelemetryQuery::type>({.name = "type",
                                                             .from = From::kQuery,
                                                             .max = 64,
                                                             .says = "Only devices of this type."}),
                               field<&TelemetryQuery::labels>(
                                   {.name = "labels",
                                    .from = From::kQuery,
                                    .says = "Only devices with these: `site=hall-3,line=2`."})}};
        for (const Field& each : history_fields<TelemetryQuery>())
            shape.fields.push_back(each);
        return shape;
    }();
    return made;
}

/// History of one series, or of several: docs/reference/rest.md.
struct History {
    struct Rows {
        std::string series;
        std::string unit;
        std::vector<Reading> readings;
        std::vector<Bucket> buckets;
    };
    std::string device;
    std::vector<Rows> series;
    bool single = false;   ///< exactly one series was asked for
    bool buckets = false;  ///< buckets instead of readings
    std::vector<std::string> aggregate;
    std::optional<std::string> next;
};
template <>
struct Codec<History> {
    static Result<void> read(Reader& reader, History& out, const Field& field);
    static void write(Writer& writer, const History& value);
    static Value schema(const Field& field);
};
struct HistoryView {
    History history;
    [[nodiscard]] const std::optional<std::string>& next() const { return history.next; }
};
/// HistoryView as SenML: readings only.
[[nodiscard]] Result<std::string> write_history(const void* view, Encoding encoding);
inline const Shape& shape_of(const HistoryView*) {
    static const Shape made{
        .name = "History",
        .fields = {field<&HistoryView::history>({.name = "history", .from = From::kBody})},
        .write_readings = write_history};
    return made;
}

/// The histories of several devices, each as one of several series: docs/reference/rest.md.
struct Histories {
    std::vector<History> devices;
};
template <>
struct Codec<Histories> {
    static Result<void> read(Reader& reader, Histories& out, const Field& field);
    static void write(Writer& writer, const Histories& value);
    static Value schema(const Field& field);
};
struct HistoriesView {
    Histories devices;
    std::optional<std::string> next;
};
/// HistoriesView as SenML: readings only.
[[nodiscard]] Result<std::string> write_histories(const void* view, Encoding encoding);
inline const Shape& shape_of(const HistoriesView*) {
    static const Shape made{
        .name = "Histories",
        .fields = {field<&HistoriesView::devices>({.name = "devices", .required = true}),
                   field<&HistoriesView::next>(
                       {.name = "next", .says = "The cursor of the next devices."})},
        .write_readings = write_histories};
    return made;
}

struct Latest {
    struct Row {
        Reading reading;
        std::string unit;    ///< empty: not known
        bool late = false;   ///< overdue: the next was expected by now
        bool stale = false;  ///< too old to be believed
    };
    std::vector<Row> rows;
};
template <>
struct Codec<Latest> {
    static Result<void> read(Reader& reader, Latest& out, const Field& field);
    static void write(Writer& writer, const Latest& value);
    static Value schema(const Field& field);
};
struct LatestView {
    Latest series;
    std::string device;  ///< for packs, which name it
};
/// LatestView as SenML or as lines.
[[nodiscard]] Result<std::string> write_latest(const void* view, Encoding encoding);
inline const Shape& shape_of(const LatestView*) {
    static const Shape made{
        .name = "Latest",
        .fields = {field<&LatestView::series>({.name = "series", .required = true})},
        .write_readings = write_latest};
    return made;
}

struct TelemetryDelete {
    std::string device;
    std::optional<std::string> series;
    std::optional<Instant> from;
    std::optional<Instant> to;
};
inline const Shape& shape_of(const TelemetryDelete*) {
    static const Shape made{
        .name = "TelemetryDelete",
        .fields = {
            device_in_path(field<&TelemetryDelete::device>({})),
            field<&TelemetryDelete::series>({.name = "series",
                                             .from = From::kQuery,
                                             .form = Form::kName,
                                             .says = "All series when missing."}),
            field<&TelemetryDelete::from>({.name = "from", .from = From::kQuery, .required = true}),
            field<&TelemetryDelete::to>({.name = "to", .from = From::kQuery, .required = true})}};
    return made;
}
struct TelemetryDeleted {
    std::int64_t deleted = 0;
};
inline const Shape& shape_of(const TelemetryDeleted*) {
    static const Shape made{
        .name = "TelemetryDeleted",
        .fields = {field<&TelemetryDeleted::deleted>({.name = "deleted", .required = true})}};
    return made;
}

struct SeriesFields {
    std::string type = "any";
    std::string unit;
    std::optional<Duration> interval;
    std::optional<Duration> stale_after;
    std::optional<Duration> retention;
};
template <typename T>
std::vector<Field> series_fields() {
    return {field<&T::type>({.name = "type",
                             .choices = {"any", "number", "integer", "boolean", "string", "json"},
                             .says = "Readings of another type are refused; any: none are."}),
            field<&T::unit>({.name = "unit", .max = 32, .says = "As SenML writes it, `Cel`."}),
            field<&T::interval>({.name = "interval",
                                 .min = 1,
                                 .unit = "milliseconds",
                                 .says = "How often a reading is expected."}),
            field<&T::stale_after>(
                {.name = "stale_after",
                 .min = 1,
                 .unit = "milliseconds",
                 .says = "How old the latest reading may be and still be believed."}),
            field<&T::retention>({.name = "retention",
                                  .min = 1,
                                  .unit = "milliseconds",
                                  .says = "How long readings are kept; else the hub's."})};
}
struct SeriesView : SeriesFields {
    std::string name;
    std::optional<bool> stale;
    std::optional<Instant> since;
};
inline const Shape& shape_of(const SeriesView*) {
    static const Shape made = [] {
        Shape shape{.name = "Series",
                    .fields = {field<&SeriesView::name>({.name = "name", .required = true})}};
        for (const Field& each : series_fields<SeriesView>())
            shape.fields.push_back(each);
        shape.fields.push_back(field<&SeriesView::stale>(
            {.name = "stale",
             .says = "Whether the latest reading is too old to be believed, or there is none; of "
                     "series with stale_after."}));
        shape.fields.push_back(field<&SeriesView::since>(
            {.name = "since", .says = "Since when it is stale, or is not."}));
        return shape;
    }();
    return made;
}
struct SeriesGet {
    std::string device;
    std::string series;
};
inline const Shape& shape_of(const SeriesGet*) {
    static const Shape made{
        .name = "SeriesGet",
        .fields = {
            device_in_path(field<&SeriesGet::device>({})),
            field<&SeriesGet::series>(
                {.name = "series", .from = From::kPath, .required = true, .form = Form::kName})}};
    return made;
}
struct SeriesPut : SeriesFields {
    std::string device;
    std::string series;
};
inline const Shape& shape_of(const SeriesPut*) {
    static const Shape made = [] {
        Shape shape{.name = "SeriesPut",
                    .fields = {device_in_path(field<&SeriesPut::device>({})),
                               field<&SeriesPut::series>({.name = "series",
                                                          .from = From::kPath,
                                                          .required = true,
                                                          .form = Form::kName})}};
        for (const Field& each : series_fields<SeriesPut>())
            shape.fields.push_back(each);
        return shape;
    }();
    return made;
}
struct SeriesList {
    std::string device;
};
inline const Shape& shape_of(const SeriesList*) {
    static const Shape made{.name = "SeriesList",
                            .fields = {device_in_path(field<&SeriesList::device>({}))}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kTelemetryWrite = operation<TelemetryWrite, TelemetryWritten>({
    .name = "telemetry.write",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/telemetry",
    .scope = Scope::kTelemetryWrite,
    .also = {202, 204, 207},
    .cost = 0,
    .bulk = true,
    .takes = Bodies::kReadings,
    .says = "Stores readings, one or many. Answered when they are durable; what is refused says "
            "why, the rest is stored.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"},"body":[{"t":1732387200000,"v":{"power":8.1}},)"
               R"({"t":1732387201000,"v":{"power":8.4,"on":true}}]})",
    .answer = R"({"accepted":3,"cursor":"AcFcAonsLQqRAAc","durability":"durable",)"
              R"("refused":[]})",
});

inline const auto kTelemetryWriteMany = operation<TelemetryWriteMany, TelemetryWritten>({
    .name = "telemetry.write_many",
    .method = Method::kPost,
    .path = "/v1/telemetry",
    .scope = Scope::kTelemetryWrite,
    .also = {202, 204, 207},
    .cost = 0,
    .bulk = true,
    .takes = Bodies::kReadings,
    .says = "Stores readings of several devices, as gateways have them. What is refused, a device "
            "that does not exist among it, says why; the rest is stored.",
    .example = R"({"body":{"lamp-1":[{"t":1732387202000,"v":{"power":8.2}}]}})",
    .answer = R"({"accepted":1,"cursor":"AcFcAonsLQqRAAs","durability":"durable","refused":[]})",
});

inline const auto kTelemetryRead = operation<TelemetryRead, HistoryView>({
    .name = "telemetry.read",
    .path = "/v1/devices/{device}/telemetry",
    .scope = Scope::kTelemetryRead,
    .gives = Bodies::kReadings,
    .says = "Gives readings of a span of time, or buckets of them.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"},"query":{"series":["power"],"limit":10}})",
    .answer = R"({"series":"power","unit":null,"readings":[{"t":1732387200000,"v":8.1},{)"
              R"("t":1732387201000,"v":8.4}]})",
});

inline const auto kTelemetryQuery = operation<TelemetryQuery, HistoriesView>({
    .name = "telemetry.query",
    .path = "/v1/telemetry",
    .scope = Scope::kTelemetryRead,
    .gives = Bodies::kReadings,
    .says = "Gives readings of several devices, or buckets of them. A device that has more than "
            "fit tells the cursor for telemetry.read.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"query":{"devices":["lamp-1"],"series":["power"],"limit":10}})",
    .answer = R"({"devices":{"lamp-1":{"series":{"power":[{"t":1732387200000,"v":8.1},)"
              R"({"t":1732387201000,"v":8.4}]}}}})",
});

inline const auto kTelemetryLatest = operation<DeviceGet, LatestView>({
    .name = "telemetry.latest",
    .path = "/v1/devices/{device}/latest",
    .scope = Scope::kTelemetryRead,
    .gives = Bodies::kReadings,
    .says = "Gives the newest reading of each series, by event time.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({"series":{"on":{"t":1732387201000,"v":true,"late":false,"stale":false},)"
              R"("power":{"t":1732387201000,"v":8.4,"late":false,"stale":false}}})",
});

inline const auto kTelemetryDelete = operation<TelemetryDelete, TelemetryDeleted>({
    .name = "telemetry.delete",
    .method = Method::kDelete,
    .path = "/v1/devices/{device}/telemetry",
    .scope = Scope::kDevicesWrite,
    .audited = true,
    .says = "Deletes the readings of a span of time.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"},"query":{"from":0,"to":1732387200500}})",
    .answer = R"({"deleted":1})",
});

inline const auto kSeriesList = operation<SeriesList, Page<SeriesView>>({
    .name = "series.list",
    .path = "/v1/devices/{device}/series",
    .scope = Scope::kTelemetryRead,
    .says = "Lists the declared series of the device.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({"items":[]})",
});

inline const auto kSeriesPut = operation<SeriesPut, SeriesView>({
    .name = "series.put",
    .method = Method::kPut,
    .path = "/v1/devices/{device}/series/{series}",
    .scope = Scope::kDevicesWrite,
    .audited = true,
    .says = "Declares a series: its type is enforced from now on.",
    .errors = {ErrorCode::kNotFound},
    .example =
        R"({"path":{"device":"lamp-1","series":"power"},"body":{"type":"number","unit":"W"}})",
    .answer = R"({"name":"power","type":"number","unit":"W"})",
});

inline const auto kSeriesGet = operation<SeriesGet, SeriesView>({
    .name = "series.get",
    .path = "/v1/devices/{device}/series/{series}",
    .scope = Scope::kTelemetryRead,
    .says = "Gives what is declared of a series.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1","series":"power"}})",
    .answer = R"({"name":"power","type":"number","unit":"W"})",
});

}  // namespace tandem::contract
