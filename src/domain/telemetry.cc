#include "domain/telemetry.h"

#include "base/id.h"

namespace tandem {
namespace {

// About as long as the value is as JSON text; strings dominate.
std::size_t text_size(const Value& value) {  // NOLINT(misc-no-recursion): bounded by the reader
    if (const auto* text = value.get<std::string>()) return text->size() + 2;
    std::size_t size = 8;
    if (const auto* items = value.get<Value::Array>()) {
        for (const Value& item : *items)
            size += text_size(item);
    }
    if (const auto* members = value.get<Value::Object>()) {
        for (const auto& [key, member] : *members)
            size += key.size() + 3 + text_size(member);
    }
    return size;
}

Error field_error(std::string pointer, std::string detail) {
    return fail_field(std::move(pointer), std::move(detail)).error();
}

}  // namespace

std::string_view name_of(Series::Type type) {
    switch (type) {
        case Series::Type::kNumber:
            return "number";
        case Series::Type::kInteger:
            return "integer";
        case Series::Type::kBoolean:
            return "boolean";
        case Series::Type::kString:
            return "string";
        case Series::Type::kJson:
            return "json";
        case Series::Type::kAny:
            break;
    }
    return "any";
}

bool fits(Series::Type type, const Value& value) {
    switch (type) {
        case Series::Type::kNumber:
            return value.is_number();
        case Series::Type::kInteger:
            return value.is_number() && value.get<double>() == nullptr;
        case Series::Type::kBoolean:
            return value.get<bool>() != nullptr;
        case Series::Type::kString:
            return value.get<std::string>() != nullptr;
        case Series::Type::kAny:
        case Series::Type::kJson:
            break;
    }
    return true;
}

std::optional<Error> refuse(const Reading& reading,
                            const Series* series,
                            Instant now,
                            const TelemetryRules& rules) {
    if (!is_name(reading.series)) {
        return field_error("/series", "a series is named with 1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    const std::string pointer = "/" + reading.series;
    if (reading.value.is_null()) {
        return field_error(pointer, "a number, boolean, string, array or object is expected");
    }
    if (reading.time > now + rules.future_max) {
        return field_error(pointer, "the time is more than " +
                                        std::to_string(rules.future_max / 1s) +
                                        " s ahead of the hub's clock");
    }
    if (text_size(reading.value) > rules.value_bytes) {
        return field_error(
            pointer, "a value may take " + std::to_string(rules.value_bytes) + " bytes at most");
    }
    if (series != nullptr && !fits(series->type, reading.value)) {
        return field_error(pointer,
                           "the series is declared as " + std::string{name_of(series->type)});
    }
    return {};
}

std::optional<Instant> stale_from(const Series& series, std::optional<Instant> latest) {
    if (!series.stale_after) return {};
    if (latest) return *latest + *series.stale_after;
    const Instant since = series.since.value_or(Instant{});
    // What is stale without a reading stays so until one comes.
    return series.stale ? since : since + *series.stale_after;
}

}  // namespace tandem
