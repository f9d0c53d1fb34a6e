#include "contract/telemetry.h"

#include <algorithm>

namespace tandem::contract {
namespace {

using Item = TelemetryBody::Item;

// The instant that a value of an item's "t" means.
Result<Instant> instant_of(const Value& value) {
    const auto writer = make_writer(Encoding::kJson);
    write_value(*writer, value);
    const std::string text = writer->take();
    const auto reader = make_reader(Encoding::kJson, text, {});
    if (auto token = reader->next(); !token) return pass(token);
    return read_instant(*reader);
}

Result<void> read_members(Reader& reader, std::vector<std::pair<std::string, Value>>& out) {
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        std::string name{reader.text()};
        if (auto token = reader.next(); !token) return pass(token);
        auto value = read_value(reader);
        if (!value) return pass(value);
        out.emplace_back(std::move(name), std::move(*value));
    }
}

// Exactly "t" and "v", with an object in "v": a timed reading. Anything else is readings of now.
Result<void> resolve_time(Item& item) {
    if (item.values.size() != 2) return {};
    const bool first = item.values[0].first == "t" && item.values[1].first == "v";
    const bool second = item.values[1].first == "t" && item.values[0].first == "v";
    if (!first && !second) return {};
    Value& carried = item.values[first ? 1 : 0].second;
    auto* members = carried.get<Value::Object>();
    if (members == nullptr) return {};
    auto time = instant_of(item.values[first ? 0 : 1].second);
    if (!time) return std::unexpected(within("t", std::move(time).error()));
    item.time = *time;
    auto values = std::move(*members);
    item.values = std::move(values);
    return {};
}

Result<void> read_item(Reader& reader, TelemetryBody& out) {
    if (reader.token() != Token::kObjectBegin) {
        return wrong("an object of readings is expected, or a list of such");
    }
    Item& item = out.items.emplace_back();
    if (auto good = read_members(reader, item.values); !good) return good;
    return resolve_time(item);
}

void write_number_or_null(Writer& writer, const Bucket& bucket, double number) {
    if (bucket.numbers == 0) return writer.null();
    writer.number(number);
}

void write_statistic(Writer& writer, const Bucket& bucket, std::string_view name) {
    writer.key(name);
    if (name == "min") return write_number_or_null(writer, bucket, bucket.min);
    if (name == "max") return write_number_or_null(writer, bucket, bucket.max);
    if (name == "sum") return write_number_or_null(writer, bucket, bucket.sum);
    if (name == "avg") return write_number_or_null(writer, bucket, bucket.average());
    write_value(writer, name == "first" ? bucket.first : bucket.last);
}

void write_bucket(Writer& writer, const Bucket& bucket, const std::vector<std::string>& aggregate) {
    writer.begin_object();
    writer.key("t");
    write_instant(writer, bucket.start);
    writer.key("n");
    writer.integer(static_cast<std::int64_t>(bucket.count));
    for (const std::string& name : aggregate)
        write_statistic(writer, bucket, name);
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

}  // namespace

Result<void> Codec<TelemetryBody>::read(Reader& reader, TelemetryBody& out, const Field& field) {
    if (reader.token() != Token::kArrayBegin) return read_item(reader, out);
    out.list = true;
    return read_items(reader, field, [&] { return read_item(reader, out); });
}

void Codec<TelemetryBody>::write(Writer& writer, const TelemetryBody& value) {
    writer.begin_array();
    for (const Item& item : value.items) {
        writer.begin_object();
        if (item.time) {
            writer.key("t");
            write_instant(writer, *item.time);
            writer.key("v");
            writer.begin_object();
        }
        for (const auto& [name, reading] : item.values) {
            writer.key(name);
            write_value(writer, reading);
        }
        if (item.time) writer.end_object();
        writer.end_object();
    }
    writer.end_array();
}

Value Codec<TelemetryBody>::schema(const Field&) {
    const Value now =
        Value::Object{{"type", "object"},
                      {"description",
                       "Readings of now: series to value. Or, with exactly `t` and an object `v`, "
                       "readings of the time `t`."},
                      {"additionalProperties", true}};
    return Value::Object{
        {"oneOf", Value::Array{now, Value::Object{{"type", "array"}, {"items", now}}}}};
}

Result<void> Codec<Refused>::read(Reader&, Refused&, const Field&) {
    return wrong("this is never read");
}
void Codec<Refused>::write(Writer& writer, const Refused& value) {
    writer.begin_object();
    writer.key("index");
    writer.integer(value.index);
    writer.key("problem");
    write_problem(writer, value.error);
    writer.end_object();
}
Value Codec<Refused>::schema(const Field&) {
    return object_schema({{"index", Value::Object{{"type", "integer"}}},
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
