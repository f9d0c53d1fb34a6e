// Whatever bytes come as an export: each line is refused with a reason, or becomes a record that is
// written and read again as the same; readings come through CSV as they are. The first byte says
// how the text is cut into pieces.
#include "base/check.h"
#include "base/id.h"
#include "client/call.h"
#include "client/export_format.h"
#include "client/lines.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace tandem;
using namespace tandem::client;

namespace {

constexpr std::size_t kLongest = 64 * std::size_t{1'024};

ExportRecord again(std::string line) {
    check(line.ends_with('\n'));
    line.pop_back();
    auto record = read_export_line(line);
    check(record.has_value());
    return *std::move(record);
}

void check_record(const DeviceRecord& device) {
    check(is_name(device.id));
    Value view = device.fields;
    view.set("id", device.id);
    const auto copy = std::get<DeviceRecord>(again(device_line(view)));
    check(copy.id == device.id);
    check(copy.fields == device.fields);
}

void check_record(const TwinRecord& twin) {
    check(is_name(twin.device));
    Value view = Value::Object{};
    for (const auto& [side, value] : {std::pair{"config", twin.config}, {"state", twin.state}}) {
        if (value.is_null()) continue;
        check(value.get<Value::Object>() != nullptr);
        view.set(side, Value{Value::Object{{"version", 1}, {"value", value}}});
    }
    const std::string line = twin_line(twin.device, view);
    if (line.empty()) return check(twin.config.is_null() && twin.state.is_null());
    const auto copy = std::get<TwinRecord>(again(line));
    check(copy.config == twin.config);
    check(copy.state == twin.state);
}

void check_record(const SeriesRecord& series) {
    check(is_name(series.device));
    check(is_name(series.name));
    Value view = series.fields;
    view.set("name", series.name);
    check(std::get<SeriesRecord>(again(series_line(series.device, view))).fields == series.fields);
}

void check_record(const HeaderRecord& /*header*/) {}

void check_record(const EndRecord& end) {
    check(std::get<EndRecord>(again(end_line(end.counts))).counts == end.counts);
}

// A cell is no longer than its limit, so a row may be refused; none may be another.
void check_record(const ReadingsRecord& record) {
    std::size_t count = 0;
    for (const auto& item : record.readings.items) {
        check(item.time.has_value());
        count += item.values.size();
    }
    check(count == record.count);
    std::string csv = csv_header();
    append_csv(record.readings, csv);
    const auto body = contract::read_many({.encoding = contract::Encoding::kCsv, .bytes = csv});
    check(body.has_value());
    auto read = body->items.begin();
    for (const auto& item : record.readings.items) {
        for (const auto& [series, value] : item.values) {
            // A series that has another name than a name, or null, is the hub's to refuse.
            if (!is_name(series) || value.is_null()) return;
            if (read == body->items.end() || read->error != nullptr) return;
            check(read->device == item.device);
            check(read->time == item.time);
            check(read->values.at(0) == std::pair{series, value});
            ++read;
        }
    }
}

void read_line(std::string_view line) {
    const auto record = read_export_line(line);
    if (!record) {
        const Error& error = record.error();
        check(!error.detail.empty() || !error.fields.empty());
        return;
    }
    std::visit([](const auto& one) { check_record(one); }, *record);
}

// Records of CSV, one at a time from wherever the one before has ended, are those of the whole.
void cut_csv(std::string_view text) {
    codec::CsvReader whole{text, ','};
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::size_t at = text.starts_with(mark) ? mark.size() : 0;
    while (const codec::CsvRecord* record = whole.next()) {
        // One is left out at the beginning, another is text: cut there it would be one at the
        // beginning.
        if (text.substr(at).starts_with(mark)) return;
        codec::CsvReader one{text.substr(at), ','};
        const codec::CsvRecord* cut = one.next();
        check(cut != nullptr);
        check(cut->error.has_value() == record->error.has_value());
        check(std::ranges::equal(cut->cells, record->cells, {}, &codec::CsvCell::text,
                                 &codec::CsvCell::text));
        at += one.position();
        check(at == whole.position());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::size_t piece = data[0] % 64U + 1U;
    Lines lines{kLongest};
    const auto take = [&] {
        while (const auto line = lines.next())
            read_line(*line);
    };
    for (std::size_t at = 0; at < input.size(); at += piece) {
        lines.add(input.substr(at, piece));
        take();
    }
    lines.end();
    take();
    check(lines.too_long() || !lines.started());
    cut_csv(input);
    return 0;
}
