#include "simulate/recording.h"

#include "base/id.h"
#include "codec/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace tandem::simulate {
namespace {

std::unexpected<Error> refuse(std::size_t line, std::string_view expected) {
    return fail(ErrorCode::kMalformedBody, fmt::format("line {}: {}", line, expected));
}

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// The next field of a line; nothing when its quotes do not end.
std::optional<std::string> take_field(std::string_view& line) {
    if (!line.starts_with('"')) {
        const std::size_t end = std::min(line.find(','), line.size());
        std::string field{line.substr(0, end)};
        line.remove_prefix(end);
        return field;
    }
    std::string field;
    line.remove_prefix(1);
    while (true) {
        const std::size_t quote = line.find('"');
        if (quote == std::string_view::npos) return {};
        field += line.substr(0, quote);
        line.remove_prefix(quote + 1);
        if (!line.starts_with('"')) break;
        field += '"';
        line.remove_prefix(1);
    }
    if (!line.empty() && line.front() != ',') return {};
    return field;
}

std::optional<std::vector<std::string>> split(std::string_view line) {
    std::vector<std::string> fields;
    while (true) {
        auto field = take_field(line);
        if (!field) return {};
        fields.push_back(*std::move(field));
        if (line.empty()) return fields;
        line.remove_prefix(1);
    }
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return number;
}

Value value_of(const std::string& field) {
    if (field == "true") return true;
    if (field == "false") return false;
    if (const auto whole = number_of<std::int64_t>(field)) return *whole;
    const auto number = number_of<double>(field);
    if (number && std::isfinite(*number)) return *number;
    return field;
}

std::optional<Instant> time_of(std::string text, std::string_view zone) {
    if (const auto ms = number_of<double>(text)) {
        auto instant = codec::instant_from_ms(*ms);
        return instant ? std::optional{*instant} : std::nullopt;
    }
    constexpr std::size_t kDate = 10;  // 2013-12-02
    if (text.size() <= kDate) return {};
    if (text[kDate] == ' ') text[kDate] = 'T';
    const bool zoned = text.find_first_of("Zz+-", kDate) != std::string::npos;
    if (!zoned) text += zone;
    auto instant = codec::parse_rfc3339(text);
    return instant ? std::optional{*instant} : std::nullopt;
}

Result<std::vector<std::string>> read_header(std::string_view line, std::string_view renamed) {
    auto fields = split(line);
    if (!fields || fields->size() < 2) {
        return refuse(1, "a header is expected: the time's column, then one per series");
    }
    fields->erase(fields->begin());
    for (std::string& series : *fields) {
        if (series == "value" && !renamed.empty()) series = renamed;
        if (!is_name(series)) {
            return refuse(1, "\"" + series +
                                 "\" cannot name a series: letters, digits and ._:- "
                                 "are expected");
        }
    }
    return *std::move(fields);
}

// The fields after the time's; one that is empty says nothing.
Value::Object values_of(const std::vector<std::string>& series,
                        const std::vector<std::string>& fields) {
    Value::Object values;
    for (std::size_t at = 0; at < series.size(); ++at) {
        const std::string& field = fields[at + 1];
        if (!field.empty()) values.emplace_back(series[at], value_of(field));
    }
    return values;
}

}  // namespace

Result<std::vector<RecordedRow>> read_recording(std::string_view csv,
                                                std::string_view zone,
                                                std::string_view renamed) {
    auto series = read_header(take_line(csv), renamed);
    if (!series) return pass(series);
    std::vector<RecordedRow> rows;
    for (std::size_t line = 2; !csv.empty(); ++line) {
        const std::string_view text = take_line(csv);
        if (text.empty()) continue;
        const auto fields = split(text);
        if (!fields || fields->size() != series->size() + 1) {
            return refuse(line, fmt::format("{} fields are expected", series->size() + 1));
        }
        const auto time = time_of(fields->front(), zone);
        if (!time) return refuse(line, "\"" + fields->front() + "\" is no time");
        RecordedRow row{.time = *time, .values = values_of(*series, *fields)};
        if (!row.values.empty()) rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace tandem::simulate
