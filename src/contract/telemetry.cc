#include "contract/telemetry.h"

#include "contract/senml.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace tandem::contract {
namespace {

void write_bucket(Writer& writer, const Bucket& bucket, const std::vector<std::string>& aggregate) {
    writer.begin_object();
    writer.key("t");
    write_instant(writer, bucket.start);
    writer.key("n");
    writer.integer(static_cast<std::int64_t>(bucket.count));
    Statistics statistics{bucket};
    for (const std::string& name : aggregate) {
        writer.key(name);
        write_value(writer, statistics.next(name));
    }
    writer.end_object();
}

void write_reading(Writer& writer, const Reading& reading) {
    writer.begin_object();
    writer.key("t");
    write_instant(writer, reading.time);
    writer.key("v");
    write_value(writer, reading.value);
    writer.end_object();
}

void write_rows(Writer& writer, const History& history, const History::Rows& rows) {
    writer.begin_array();
    if (history.buckets) {
        for (const Bucket& bucket : rows.buckets)
            write_bucket(writer, bucket, history.aggregate);
    } else {
        for (const Reading& reading : rows.readings)
            write_reading(writer, reading);
    }
    writer.end_array();
}

void write_single(Writer& writer, const History& history) {
    const History::Rows& rows = history.series.front();
    writer.key("series");
    writer.text(rows.series);
    writer.key("unit");
    if (rows.unit.empty()) {
        writer.null();
    } else {
        writer.text(rows.unit);
    }
    writer.key(history.buckets ? "buckets" : "readings");
    write_rows(writer, history, rows);
}

Value object_schema(Value::Object properties) {
    return Value::Object{{"type", "object"}, {"properties", std::move(properties)}};
}

Result<std::string> write_pack(Encoding encoding, std::span<const SenmlDevice> devices) {
    const auto writer = make_writer(encoding);
    if (auto good = write_senml(*writer, devices); !good) return pass(good);
    return writer->take();
}

Result<SenmlDevice> pack_of(const History& history) {
    if (history.buckets) {
        return fail(ErrorCode::kNotAcceptable,
                    "buckets are no readings; ask for application/json, text/csv or "
                    "application/x-ndjson");
    }
    SenmlDevice pack{.device = history.device, .rows = {}};
    for (const History::Rows& each : history.series) {
        for (const Reading& reading : each.readings) {
            pack.rows.push_back({.series = each.series,
                                 .unit = each.unit,
                                 .time = reading.time,
                                 .value = &reading.value});
        }
    }
    return pack;
}

}  // namespace

std::optional<double> quantile_named(std::string_view name) {
    if (!name.starts_with('p')) return {};
    double percent = 0;
    const char* end = name.data() + name.size();
    const auto [read, error] = std::from_chars(name.data() + 1, end, percent);
    if (error != std::errc{} || read != end) return {};
    return percent / 100;
}

Result<std::string> write_history(const void* view, Encoding encoding) {
    const auto pack = pack_of(static_cast<const HistoryView*>(view)->history);
    if (!pack) return std::unexpected(pack.error());
    return write_pack(encoding, std::span{&*pack, 1});
}

Result<std::string> write_histories(const void* view, Encoding encoding) {
    std::vector<SenmlDevice> packs;
    for (const History& each : static_cast<const HistoriesView*>(view)->devices.devices) {
        auto pack = pack_of(each);
        if (!pack) return pass(pack);
        packs.push_back(std::move(*pack));
    }
    return write_pack(encoding, packs);
}

Result<std::string> write_latest(const void* view, Encoding encoding) {
    const auto& latest = *static_cast<const LatestView*>(view);
    if (!is_file(encoding)) {
        SenmlDevice pack{.device = latest.device, .rows = {}};
        pack.rows.reserve(latest.series.rows.size());
        for (const Latest::Row& row : latest.series.rows) {
            pack.rows.push_back({.series = row.reading.series,
                                 .unit = row.unit,
                                 .time = row.reading.time,
                                 .value = &row.reading.value});
        }
        return write_pack(encoding, std::span{&pack, 1});
    }
    std::vector<std::string> names;
    std::vector<std::vector<Reading>> readings;
    names.reserve(latest.series.rows.size());
    readings.reserve(latest.series.rows.size());
    for (const Latest::Row& row : latest.series.rows) {
        names.push_back(row.reading.series);
        readings.push_back({row.reading});
    }
    const LineWriter lines{encoding, std::move(names)};
    std::string out;
    lines.begin(out);
    lines.append(readings, false, out);
    return out;
}

Result<void> Codec<Refused>::read(Reader&, Refused&, const Field&) {
    return wrong("this is never read");
}
void Codec<Refused>::write(Writer& writer, const Refused& value) {
    writer.begin_object();
    writer.key("index");
    writer.integer(value.index);
    if (value.line > 0) {
        writer.key("line");
        writer.integer(value.line);
    }
    if (!value.device.empty()) {
        writer.key("device");
        writer.text(value.device);
    }
    writer.key("problem");
    write_problem(writer, value.error);
    writer.end_object();
}
Value Codec<Refused>::schema(const Field&) {
    const Value integer = Value::Object{{"type", "integer"}};
    return object_schema({{"index", integer},
                          {"line", integer},
                          {"device", Value::Object{{"type", "string"}}},
                          {"problem", Value::Object{{"$ref", "#/components/schemas/Problem"}}}});
}

Result<void> Codec<History>::read(Reader&, History&, const Field&) {
    return wrong("this is never read");
}
void Codec<History>::write(Writer& writer, const History& value) {
    writer.begin_object();
    if (value.single) {
        write_single(writer, value);
    } else {
        writer.key("series");
        writer.begin_object();
        for (const History::Rows& rows : value.series) {
            writer.key(rows.series);
            write_rows(writer, value, rows);
        }
        writer.end_object();
    }
    if (value.next) {
        writer.key("next");
        writer.text(*value.next);
    }
    writer.end_object();
}
Value Codec<History>::schema(const Field&) {
    const Value rows =
        Value::Object{{"type", "array"}, {"items", Value::Object{{"type", "object"}}}};
    const Value one =
        object_schema({{"series", Value::Object{{"type", "string"}}},
                       {"unit", Value::Object{{"type", Value::Array{"string", "null"}}}},
                       {"readings", rows},
                       {"buckets", rows},
                       {"next", Value::Object{{"type", "string"}}}});
    const Value several = object_schema(
        {{"series", Value::Object{{"type", "object"}, {"additionalProperties", rows}}},
         {"next", Value::Object{{"type", "string"}}}});
    return Value::Object{{"oneOf", Value::Array{one, several}}};
}

Result<void> Codec<Histories>::read(Reader&, Histories&, const Field&) {
    return wrong("this is never read");
}
void Codec<Histories>::write(Writer& writer, const Histories& value) {
    writer.begin_object();
    for (const History& each : value.devices) {
        writer.key(each.device);
        Codec<History>::write(writer, each);
    }
    writer.end_object();
}
Value Codec<Histories>::schema(const Field&) {
    const Value rows =
        Value::Object{{"type", "array"}, {"items", Value::Object{{"type", "object"}}}};
    return Value::Object{{"type", "object"},
                         {"additionalProperties",
                          object_schema({{"series", Value::Object{{"type", "object"},
                                                                  {"additionalProperties", rows}}},
                                         {"next", Value::Object{{"type", "string"}}}})}};
}

Result<void> Codec<Latest>::read(Reader&, Latest&, const Field&) {
    return wrong("this is never read");
}
void Codec<Latest>::write(Writer& writer, const Latest& value) {
    writer.begin_object();
    for (const Latest::Row& row : value.rows) {
        writer.key(row.reading.series);
        writer.begin_object();
        writer.key("t");
        write_instant(writer, row.reading.time);
        writer.key("v");
        write_value(writer, row.reading.value);
        writer.key("late");
        writer.boolean(row.late);
        writer.key("stale");
        writer.boolean(row.stale);
        writer.end_object();
    }
    writer.end_object();
}
Value Codec<Latest>::schema(const Field&) {
    return Value::Object{
        {"type", "object"},
        {"additionalProperties", object_schema({{"t", Value::Object{{"type", "number"}}},
                                                {"v", Value::Object{}},
                                                {"late", Value::Object{{"type", "boolean"}}},
                                                {"stale", Value::Object{{"type", "boolean"}}}})}};
}

}  // namespace tandem::contract
