// Whatever bytes come as readings, in whatever format: a refusal, or items that a hub can judge,
// and that come out again as they are. The first byte says which format, the second whether the
// body is of several devices.
#include "base/check.h"
#include "codec/csv.h"
#include "contract/telemetry_file.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace tandem;
using namespace tandem::contract;

namespace {

void check_value(const Value& value) {
    if (const auto* number = value.get<double>()) check(std::isfinite(*number));
}

void check_item(const TelemetryBody& body, const TelemetryBody::Item& item) {
    // What cannot be read is told with its place, and holds nothing.
    if (item.error != nullptr) {
        check(item.values.empty());
        check(!item.error->fields.empty());
    }
    for (const auto& [series, value] : item.values) {
        check_value(value);
        check(!pointer_to(body, item, series).empty());
    }
    if (body.form == TelemetryBody::Form::kLines) check(item.line > 0);
}

template <typename Body>
void read(const Encoded& encoded, bool many) {
    Body body;
    if (!Codec<Body>::read_body(encoded, bulk_limits(), body, {})) return;
    TelemetryBody& readings = body;
    if (readings.form == TelemetryBody::Form::kLines) {
        check(readings.items.empty());
        const FileReading how{
            .separator = 0, .zone = codec::TimeZone::fixed(std::chrono::hours{1}), .many = many};
        if (!read_file(how, readings)) return;
    }
    check(readings.readings <= kReadingsMax);
    for (const TelemetryBody::Item& item : readings.items)
        check_item(readings, item);
}

// One device's readings of one series as lines: they read back as they were.
void write_back(Encoding encoding, const Encoded& encoded) {
    TelemetryBody body;
    if (!Codec<TelemetryBody>::read_body(encoded, bulk_limits(), body, {})) return;
    for (const TelemetryBody::Item& item : body.items) {
        if (item.error != nullptr || item.values.empty() || !item.time) continue;
        const auto& [series, value] = item.values.front();
        if (series.size() > 64 || value.is_null()) continue;
        const Instant time = *item.time;
        const LineWriter lines{encoding, {"x"}};
        std::string out;
        lines.begin(out);
        lines.append({{{.series = "x", .time = time, .value = value}}}, false, out);
        if (out.size() > codec::kCsvCellBytesMax) continue;
        TelemetryBody again;
        again.form = TelemetryBody::Form::kLines;
        again.file = {.encoding = encoding, .bytes = out};
        check(read_file({.zone = codec::TimeZone::fixed(Duration{0})}, again).has_value());
        check(again.items.size() == 1);
        check(again.items[0].error == nullptr);
        check(again.items[0].time == time);
        check(again.items[0].values.at(0).second == value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 2, size - 2};
    const auto encoding = static_cast<Encoding>(data[0] % encodings().size());
    if (row(encoding).bodies == Bodies::kEvents) return 0;
    const Encoded encoded{.encoding = encoding, .bytes = std::string{input}};
    if (data[1] % 2 == 0) {
        read<TelemetryBody>(encoded, false);
    } else {
        read<ManyBody>(encoded, true);
    }
    for (const Encoding out : {Encoding::kCsv, Encoding::kNdjson}) {
        if (!is_file(encoding)) write_back(out, encoded);
    }
    return 0;
}
