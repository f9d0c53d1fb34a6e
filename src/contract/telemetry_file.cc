#include "contract/telemetry_file.h"

#include "base/ascii.h"
#include "base/check.h"
#include "base/checked.h"
#include "base/id.h"
#include "codec/json.h"
#include "codec/time_text.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace tandem::contract {
namespace {

using Item = TelemetryBody::Item;

enum class Column : std::uint8_t { kSeries, kTime, kDevice, kName, kValue, kUnit };

constexpr std::array<std::string_view, 6> kTimeNames{"time",      "t",    "ts",
                                                     "timestamp", "date", "datetime"};

std::string at_line(std::size_t line) {
    return "#line/" + std::to_string(line);
}

std::shared_ptr<const Error> shared(Error error) {
    return std::make_shared<const Error>(std::move(error));
}

// So many lines are told of one by one; the others are refused in the same words, or a file of
// nothing but mistakes would take more memory than one of readings.
constexpr std::size_t kToldMax = 200;

const std::shared_ptr<const Error>& as_others() {
    static const auto error = shared(fail_field("#line", "as the lines that are named").error());
    return error;
}

// An item that is nothing but an error.
void refuse(TelemetryBody& body, Item item, Error error) {
    item.values = {};
    item.error = ++body.refused > kToldMax ? as_others() : shared(std::move(error));
    if (body.refused > kToldMax) item.device = {};
    body.items.push_back(std::move(item));
}

// ---------------------------------------------------------------- CSV

std::string_view without_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

class Table {
public:
    Table(const FileReading& how, TelemetryBody& body) : how_{how}, body_{body} {}

    Result<void> read(std::string_view text) {
        text = without_mark(text);
        const std::string_view first = text.substr(0, text.find('\n'));
        const char separator = how_.separator == 0 ? codec::sniff_separator(first) : how_.separator;
        decimal_comma_ = separator != ',';
        codec::CsvReader reader{text, separator};
        const codec::CsvRecord* header = reader.next();
        if (header == nullptr) return wrong("a line with the names of the columns is expected");
        if (auto good = read_header(*header); !good) return good;
        while (const codec::CsvRecord* record = reader.next()) {
            if (auto good = read_record(*record); !good) return good;
            ++index_;
        }
        return {};
    }

private:
    static std::unexpected<Error> header_error(const codec::CsvRecord& header, std::string detail) {
        return fail_field(at_line(header.line), std::move(detail));
    }

    // Only with columns called `series` and `value` is a file long: a wide one may have a series
    // called `value`.
    Result<void> read_header(const codec::CsvRecord& header) {
        if (header.error) return std::unexpected(*header.error);
        std::set<std::string> lowered;
        for (const codec::CsvCell& cell : header.cells) {
            names_.push_back(codec::read_name(cell.text));
            if (!lowered.insert(lower_case(names_.back())).second) {
                return header_error(header, "the column `" + names_.back() + "` is there twice");
            }
        }
        const bool named = lowered.contains("series") && lowered.contains("value");
        for (const std::string& name : names_)
            columns_.push_back(column_of(lower_case(name), named));
        return check_columns(header, named);
    }

    [[nodiscard]] Column column_of(const std::string& name, bool named) const {
        if (std::ranges::find(kTimeNames, name) != kTimeNames.end()) return Column::kTime;
        if (name == "device" && how_.many) return Column::kDevice;
        if (!named) return Column::kSeries;
        if (name == "series") return Column::kName;
        if (name == "value") return Column::kValue;
        return name == "unit" ? Column::kUnit : Column::kSeries;
    }

    Result<void> check_columns(const codec::CsvRecord& header, bool named) const {
        const auto count = [&](Column column) { return std::ranges::count(columns_, column); };
        if (count(Column::kTime) != 1) {
            return header_error(header,
                                "one column with the time is expected, called time, t, ts, "
                                "timestamp, date or datetime");
        }
        if (how_.many && count(Column::kDevice) != 1) {
            return header_error(header, "a column called device is expected");
        }
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            if (columns_[at] != Column::kSeries) continue;
            if (named) {
                return header_error(
                    header, "beside series and value there may be unit, not `" + names_[at] + "`");
            }
            if (!is_name(names_[at])) {
                return header_error(header, "`" + names_[at] +
                                                "` is no series: 1 to 64 of A-Z a-z 0-9 . _ : - "
                                                "are accepted");
            }
        }
        return {};
    }

    [[nodiscard]] std::string_view cell(const codec::CsvRecord& record, Column column) const {
        const auto found = std::ranges::find(columns_, column);
        if (found == columns_.end()) return {};
        return record.cells[static_cast<std::size_t>(found - columns_.begin())].text;
    }

    Result<void> read_record(const codec::CsvRecord& record) {
        Item item;
        item.index = index_;
        item.line = static_cast<std::uint32_t>(record.line);
        if (auto error = read_row(record, item)) refuse(body_, std::move(item), std::move(*error));
        return check_readings(body_);
    }

    // Gives what is wrong with the line as a whole.
    std::optional<Error> read_row(const codec::CsvRecord& record, Item& item) {
        if (record.error) {
            Error error = *record.error;
            error.fields.push_back({.pointer = at_line(record.line), .detail = error.detail});
            return error;
        }
        if (record.cells.size() != columns_.size()) {
            return fail_field(at_line(record.line),
                              "as many cells as in the header are expected, " +
                                  std::to_string(columns_.size()))
                .error();
        }
        auto time = codec::read_time_cell(cell(record, Column::kTime), how_.zone);
        if (!time) {
            return fail_field(at_line(record.line) + "/time",
                              "a time is expected: RFC 3339, `2026-03-01 12:00:00`, or "
                              "milliseconds since 1970")
                .error();
        }
        item.time = *time;
        item.device = codec::read_name(cell(record, Column::kDevice));
        item.unit = cell(record, Column::kUnit);
        add_readings(record, std::move(item));
        return {};
    }

    void add_readings(const codec::CsvRecord& record, Item item) {
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            if (columns_[at] != Column::kSeries && columns_[at] != Column::kValue) continue;
            const std::string name = columns_[at] == Column::kSeries
                                         ? names_[at]
                                         : codec::read_name(cell(record, Column::kName));
            auto value = codec::read_cell(record.cells[at].text, decimal_comma_);
            if (!value) {
                Error error = std::move(value).error();
                error.fields = {
                    {.pointer = at_line(record.line) + "/" + name, .detail = error.detail}};
                refuse(body_, item, std::move(error));
                continue;
            }
            if (*value) item.values.emplace_back(name, std::move(checked(*value)));
        }
        if (!item.values.empty()) body_.items.push_back(std::move(item));
    }

    const FileReading& how_;
    TelemetryBody& body_;
    bool decimal_comma_ = false;
    std::vector<std::string> names_;
    std::vector<Column> columns_;
    std::uint32_t index_ = 0;
};

// ---------------------------------------------------------------- NDJSON

// What a value stands in, beside the object that it stands in anyway: a line of a value that was
// taken alone is taken too.
ReaderLimits limits_of_line(bool many) {
    return bulk_limits(many ? 2 : 1);
}

// Takes the next line off `text`.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return line;
}

struct Line {
    std::string_view text;
    std::uint32_t number = 0;  ///< from 1, in the file
    std::uint32_t index = 0;   ///< from 0, among those that are not empty
};

// All of a line or nothing: what came before the mistake, from item `first` on, is let go of.
void refuse_line(const Line& line, std::size_t first, Error error, TelemetryBody& body) {
    body.items.resize(first);
    body.counted = std::min(body.counted, first);
    for (FieldError& field : error.fields)
        field.pointer.insert(0, at_line(line.number));
    if (error.fields.empty()) {
        error.fields.push_back({.pointer = at_line(line.number), .detail = error.detail});
    }
    refuse(body, {}, std::move(error));
}

Result<void> add_line(const Line& line, bool many, TelemetryBody& body) {
    const std::size_t first = body.items.size();
    if (auto good = read_readings_line(line.text, many, body); !good) {
        if (good.error().code == ErrorCode::kBodyTooLarge) return good;
        refuse_line(line, first, std::move(good).error(), body);
    }
    for (std::size_t at = first; at < body.items.size(); ++at) {
        body.items[at].index = line.index;
        body.items[at].line = line.number;
    }
    return check_readings(body);
}

Result<void> read_lines(std::string_view text, bool many, TelemetryBody& body) {
    text = without_mark(text);
    Line line;
    while (!text.empty()) {
        line.text = take_line(text);
        ++line.number;
        if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (auto good = add_line(line, many, body); !good) return good;
        ++line.index;
    }
    return {};
}

// ---------------------------------------------------------------- out

// Goes through columns of readings side by side, from one time to the next.
class SideBySide {
public:
    SideBySide(const std::vector<std::vector<Reading>>& columns, bool newest_first)
        : columns_{columns},
          newest_first_{newest_first},
          at_(columns.size()),
          values_(columns.size()) {}

    /// The first time that is left, if any.
    [[nodiscard]] std::optional<Instant> time() const {
        std::optional<Instant> first;
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            const Reading* reading = next_of(column);
            if (reading == nullptr) continue;
            if (!first || before(reading->time, *first)) first = reading->time;
        }
        return first;
    }

    /// What each column has at that first time, null for nothing. Goes on to the next.
    const std::vector<const Value*>& take(Instant time) {
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            const Reading* reading = next_of(column);
            const bool here = reading != nullptr && reading->time == time;
            values_[column] = here ? &reading->value : nullptr;
            if (here) ++at_[column];
        }
        return values_;
    }

private:
    [[nodiscard]] const Reading* next_of(std::size_t column) const {
        const std::vector<Reading>& readings = columns_[column];
        return at_[column] == readings.size() ? nullptr : &readings[at_[column]];
    }
    [[nodiscard]] bool before(Instant left, Instant right) const {
        return newest_first_ ? left > right : left < right;
    }

    const std::vector<std::vector<Reading>>& columns_;
    bool newest_first_;
    std::vector<std::size_t> at_;  // How far each column is.
    std::vector<const Value*> values_;
};

// A cell of readings; without a value it stays empty.
void write_cell(codec::CsvWriter& csv, const Value* value) {
    if (value == nullptr) {
        csv.write_nothing();
    } else {
        csv.write_cell(*value);
    }
}

// As milliseconds where they read back as the same microsecond, from 1691 to 2248.
void write_time(Writer& writer, Instant time) {
    constexpr std::int64_t exact = std::int64_t{1'000} << 43U;
    const auto since = time.time_since_epoch().count();
    writer.key("t");
    if (since % 1'000 == 0 || (since > -exact && since < exact)) {
        write_instant(writer, time);
    } else {
        writer.text(codec::rfc3339(time));
    }
}

}  // namespace

Result<void> read_readings_line(std::string_view line, bool many, TelemetryBody& out) {
    codec::JsonReader reader{line, limits_of_line(many)};
    if (auto token = reader.next(); !token) return pass(token);
    auto good =
        many ? read_items_by_device(reader, {}, out) : read_items_of_device(reader, {}, out);
    if (!good) return good;
    if (auto end = reader.next(); !end) return pass(end);
    return {};
}

Result<void> read_file(const FileReading& how, TelemetryBody& body) {
    check(is_file(body.file.encoding));
    const Encoded file = std::exchange(body.file, {});
    if (file.encoding == Encoding::kCsv) return Table{how, body}.read(file.bytes);
    return read_lines(file.bytes, how.many, body);
}

Result<TelemetryBody> read_many(Encoded file) {
    TelemetryBody body;
    body.form = TelemetryBody::Form::kLines;
    body.file = std::move(file);
    const FileReading how{.zone = codec::TimeZone::fixed(Duration{0}), .many = true};
    if (auto good = read_file(how, body); !good) return pass(good);
    return body;
}

LineWriter::LineWriter(Encoding encoding, std::vector<std::string> series, Form form)
    : encoding_{encoding}, series_{std::move(series)}, form_{std::move(form)} {}

void LineWriter::of_device(std::string device, std::vector<std::string> series) {
    device_ = std::move(device);
    series_ = std::move(series);
}

void LineWriter::begin(std::string& out) const {
    if (encoding_ != Encoding::kCsv) return;
    codec::CsvWriter csv{out};
    csv.write_name("time");
    if (form_.many) csv.write_name("device");
    if (!form_.aggregate.empty()) {
        csv.write_name("series");
        csv.write_name("n");
        for (const std::string& name : form_.aggregate)
            csv.write_name(name);
    } else if (form_.many) {
        csv.write_name("series");
        csv.write_name("value");
    } else {
        for (const std::string& name : series_)
            csv.write_name(name);
    }
    csv.end_row();
}

void LineWriter::append(const std::vector<std::vector<Reading>>& readings,
                        bool newest_first,
                        std::string& out) const {
    SideBySide columns{readings, newest_first};
    while (const auto time = columns.time()) {
        const auto& values = columns.take(*time);
        if (encoding_ == Encoding::kCsv) {
            csv_row(*time, values, out);
        } else {
            json_row(*time, values, out);
        }
    }
}

void LineWriter::csv_row(Instant time,
                         const std::vector<const Value*>& values,
                         std::string& out) const {
    codec::CsvWriter csv{out};
    const std::string when = codec::rfc3339(time);
    if (!form_.many) {
        csv.write_cell(when);
        for (const Value* value : values)
            write_cell(csv, value);
        return csv.end_row();
    }
    for (std::size_t column = 0; column < values.size(); ++column) {
        if (values[column] == nullptr) continue;
        csv.write_cell(when);
        csv.write_cell(device_);
        csv.write_cell(series_[column]);
        write_cell(csv, values[column]);
        csv.end_row();
    }
}

void LineWriter::json_row(Instant time,
                          const std::vector<const Value*>& values,
                          std::string& out) const {
    codec::JsonWriter json;
    json.begin_object();
    if (form_.many) {
        json.key(device_);
        json.begin_object();
    }
    write_time(json, time);
    json.key("v");
    json.begin_object();
    for (std::size_t column = 0; column < values.size(); ++column) {
        if (values[column] == nullptr) continue;
        json.key(series_[column]);
        write_value(json, *values[column]);
    }
    json.end_object();
    if (form_.many) json.end_object();
    json.end_object();
    out += json.take();
    out += '\n';
}

void LineWriter::append(const std::vector<std::vector<Bucket>>& buckets, std::string& out) const {
    const bool csv = encoding_ == Encoding::kCsv;
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        for (const Bucket& bucket : buckets[column])
            csv ? csv_row(series_[column], bucket, out) : json_row(series_[column], bucket, out);
    }
}

void LineWriter::csv_row(const std::string& series, const Bucket& bucket, std::string& out) const {
    codec::CsvWriter csv{out};
    csv.write_cell(codec::rfc3339(bucket.start));
    if (form_.many) csv.write_cell(device_);
    csv.write_cell(series);
    csv.write_cell(static_cast<std::int64_t>(bucket.count));
    Statistics statistics{bucket};
    for (const std::string& name : form_.aggregate) {
        const Value value = statistics.next(name);
        write_cell(csv, value.is_null() ? nullptr : &value);
    }
    csv.end_row();
}

void LineWriter::json_row(const std::string& series, const Bucket& bucket, std::string& out) const {
    codec::JsonWriter json;
    json.begin_object();
    write_time(json, bucket.start);
    if (form_.many) {
        json.key("device");
        json.text(device_);
    }
    json.key("series");
    json.text(series);
    json.key("n");
    json.integer(static_cast<std::int64_t>(bucket.count));
    Statistics statistics{bucket};
    for (const std::string& name : form_.aggregate) {
        json.key(name);
        write_value(json, statistics.next(name));
    }
    json.end_object();
    out += json.take();
    out += '\n';
}

Value Statistics::next(std::string_view name) {
    if (name == "count") return static_cast<std::int64_t>(bucket_.count);
    if (name == "first") return bucket_.first;
    if (name == "last") return bucket_.last;
    if (bucket_.numbers == 0) return {};
    if (name == "min") return bucket_.min;
    if (name == "max") return bucket_.max;
    if (name == "sum") return bucket_.sum;
    if (name == "avg") return bucket_.average();
    return bucket_.quantiles.at(quantile_++);
}

}  // namespace tandem::contract
