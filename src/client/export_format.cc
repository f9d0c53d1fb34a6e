#include "client/export_format.h"

#include "base/id.h"
#include "client/call.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "codec/time_text.h"
#include "contract/schemas.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <array>

namespace tandem::client {
namespace {

// The line that a document stands in, which may be as deep by itself as the hub takes it.
constexpr std::size_t kAround = 1;
constexpr std::string_view kKinds = "export, device, twin, series and end are kinds";

std::string line_of(const Value& record) {
    return codec::to_json(record) + "\n";
}

Result<std::string> name_at(const Value& record, std::string_view member) {
    const Value* found = record.find(member);
    const auto* text = found == nullptr ? nullptr : found->get<std::string>();
    if (text == nullptr || !is_name(*text)) {
        return fail_field("/" + std::string{member}, "1 to 64 of A-Z a-z 0-9 . _ : - are expected");
    }
    return *text;
}

Result<Value> document_at(const Value& record, std::string_view member) {
    const Value* found = record.find(member);
    if (found == nullptr) return Value{};
    if (found->get<Value::Object>() == nullptr) {
        return fail_field("/" + std::string{member}, "an object is expected");
    }
    return *found;
}

// A line with a member that nobody knows comes from elsewhere: dropping it would lose something.
Result<void> check_members(const Value& record, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : *record.get<Value::Object>()) {
        if (std::ranges::find(known, name) != known.end()) continue;
        std::string detail;
        for (const std::string_view each : known)
            detail += (detail.empty() ? "" : ", ") + std::string{each};
        return fail_field("/" + name, "there is no such member; " + detail + " are accepted");
    }
    return {};
}

Result<ExportRecord> read_header(const Value& record) {
    const Value* version = record.find("version");
    const auto* number = version == nullptr ? nullptr : version->get<std::int64_t>();
    if (number == nullptr || *number < 1) {
        return fail_field("/version", "a whole number from 1 on is expected");
    }
    if (*number > kExportVersion) {
        return fail_field("/version", "a newer tandem has written this export; up to " +
                                          std::to_string(kExportVersion) + " is read");
    }
    return HeaderRecord{};
}

Result<ExportRecord> read_device(const Value& record) {
    auto id = name_at(record, "id");
    if (!id) return pass(id);
    auto known = check_members(record, {"kind", "id", "name", "type", "labels", "schema"});
    if (!known) return pass(known);
    return DeviceRecord{.id = *std::move(id), .fields = device_fields_of(record)};
}

Result<ExportRecord> read_twin(const Value& record) {
    auto device = name_at(record, "device");
    if (!device) return pass(device);
    auto known = check_members(record, {"kind", "device", "config", "state"});
    if (!known) return pass(known);
    auto config = document_at(record, "config");
    if (!config) return pass(config);
    auto state = document_at(record, "state");
    if (!state) return pass(state);
    return TwinRecord{
        .device = *std::move(device), .config = *std::move(config), .state = *std::move(state)};
}

Result<ExportRecord> read_series(const Value& record) {
    auto device = name_at(record, "device");
    if (!device) return pass(device);
    auto name = name_at(record, "name");
    if (!name) return pass(name);
    auto known = check_members(
        record, {"kind", "device", "name", "type", "unit", "interval", "stale_after", "retention"});
    if (!known) return pass(known);
    return SeriesRecord{
        .device = *std::move(device), .name = *std::move(name), .fields = series_fields_of(record)};
}

Result<ExportRecord> read_end(const Value& record) {
    EndRecord end;
    for (const auto& [member, into] :
         std::initializer_list<std::pair<std::string_view, std::int64_t*>>{
             {"devices", &end.counts.devices},
             {"twins", &end.counts.twins},
             {"series", &end.counts.series},
             {"readings", &end.counts.readings}}) {
        const Value* found = record.find(member);
        const auto* number = found == nullptr ? nullptr : found->get<std::int64_t>();
        if (number == nullptr || *number < 0) {
            return fail_field("/" + std::string{member}, "a whole number from 0 on is expected");
        }
        *into = *number;
    }
    return end;
}

Result<ExportRecord> read_record(const Value& record, const std::string& kind) {
    if (kind == "export") return read_header(record);
    if (kind == "device") return read_device(record);
    if (kind == "twin") return read_twin(record);
    if (kind == "series") return read_series(record);
    if (kind == "end") return read_end(record);
    return fail_field("/kind", std::string{kKinds});
}

Result<ExportRecord> read_readings(std::string_view line) {
    ReadingsRecord record;
    if (auto good = contract::read_readings_line(line, true, record.readings); !good) {
        return pass(good);
    }
    for (const auto& item : record.readings.items) {
        if (!is_name(item.device)) {
            return fail_field("/" + item.device,
                              "a device is named with 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        // Readings of now would be others each time that the file is read.
        if (!item.time) {
            return fail_field("/" + item.device,
                              R"({"t":TIME,"v":{"SERIES":VALUE}} is expected, or a list of such)");
        }
        record.count += item.values.size();
    }
    return record;
}

// These members in this order; what is missing is as the hub takes it when it is not said, and null
// is nothing.
Value members_of(const Value& from, std::initializer_list<std::pair<std::string_view, Value>> all) {
    Value out = Value::Object{};
    for (const auto& [name, otherwise] : all) {
        const Value* found = from.find(name);
        const Value& value = found == nullptr || found->is_null() ? otherwise : *found;
        if (!value.is_null()) out.set(name, value);
    }
    return out;
}

}  // namespace

Value counts_value(const ExportCounts& counts) {
    return Value::Object{{"devices", counts.devices},
                         {"twins", counts.twins},
                         {"series", counts.series},
                         {"readings", counts.readings}};
}

std::string header_line(Instant made, const Value& asked) {
    Value record = Value::Object{{"kind", "export"},
                                 {"version", kExportVersion},
                                 {"made", codec::rfc3339(made)},
                                 {"tandem", contract::kVersion}};
    if (const auto* members = asked.get<Value::Object>()) {
        for (const auto& [name, value] : *members)
            record.set(name, value);
    }
    return line_of(record);
}

std::string device_line(const Value& device) {
    Value record = Value::Object{{"kind", "device"}, {"id", text_at(device, "id")}};
    const Value fields = device_fields_of(device);
    for (const auto& [name, value] : *fields.get<Value::Object>())
        record.set(name, value);
    return line_of(record);
}

std::string twin_line(const std::string& device, const Value& twin) {
    Value record = Value::Object{{"kind", "twin"}, {"device", device}};
    bool any = false;
    for (const std::string_view side : {"config", "state"}) {
        const Value* document = twin.find(side);
        const Value* value = document == nullptr ? nullptr : document->find("value");
        if (value == nullptr || number_at(*document, "version") == 0) continue;
        record.set(side, *value);
        any = true;
    }
    return any ? line_of(record) : std::string{};
}

std::string series_line(const std::string& device, const Value& series) {
    Value record =
        Value::Object{{"kind", "series"}, {"device", device}, {"name", text_at(series, "name")}};
    const Value fields = series_fields_of(series);
    for (const auto& [name, value] : *fields.get<Value::Object>())
        record.set(name, value);
    return line_of(record);
}

std::string end_line(const ExportCounts& counts) {
    Value record = Value::Object{{"kind", "end"}};
    const Value members = counts_value(counts);
    for (const auto& [name, value] : *members.get<Value::Object>())
        record.set(name, value);
    return line_of(record);
}

Result<ExportRecord> read_export_line(std::string_view line) {
    // Few lines are not readings, and those of readings are not read twice.
    if (line.contains("\"kind\"")) {
        auto value = codec::parse_json(line, contract::bulk_limits(kAround));
        const Value* kind = value ? value->find("kind") : nullptr;
        const auto* text = kind == nullptr ? nullptr : kind->get<std::string>();
        if (text != nullptr) return read_record(*value, *text);
    }
    return read_readings(line);
}

std::string csv_header() {
    std::string out;
    contract::LineWriter{contract::Encoding::kCsv, {}, {.many = true, .aggregate = {}}}.begin(out);
    return out;
}

void append_csv(const contract::TelemetryBody& readings, std::string& out) {
    codec::CsvWriter csv{out};
    for (const auto& item : readings.items) {
        const std::string time = codec::rfc3339(item.time.value_or(Instant{}));
        for (const auto& [series, value] : item.values) {
            csv.write_cell(time);
            csv.write_cell(item.device);
            csv.write_cell(series);
            csv.write_cell(value);
            csv.end_row();
        }
    }
}

Value device_fields_of(const Value& device) {
    Value out = members_of(
        device, {{"name", ""}, {"type", ""}, {"labels", Value::Object{}}, {"schema", Value{}}});
    // The hub keeps labels in order of their names.
    Value* labels = out.find("labels");
    if (auto* members = labels == nullptr ? nullptr : labels->get<Value::Object>()) {
        std::ranges::sort(*members, {}, [](const auto& label) { return label.first; });
    }
    return out;
}

Value series_fields_of(const Value& series) {
    return members_of(series, {{"type", "any"},
                               {"unit", ""},
                               {"interval", Value{}},
                               {"stale_after", Value{}},
                               {"retention", Value{}}});
}

}  // namespace tandem::client
