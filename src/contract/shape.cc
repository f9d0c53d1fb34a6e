#include "contract/shape.h"

#include "base/check.h"
#include "base/id.h"
#include "codec/time_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tandem::contract {
namespace {

constexpr std::string_view kNamePattern = "^[A-Za-z0-9._:-]{1,64}$";
// 2^53 microseconds are 285 years: enough, and exact.
constexpr std::int64_t kMillisecondsMax = 9'000'000'000'000;

std::string list_of(const std::vector<std::string_view>& choices) {
    std::string out;
    for (const std::string_view choice : choices) {
        if (!out.empty()) out += ", ";
        out += choice;
    }
    return out;
}

std::string number_text(double number) {
    const auto whole = static_cast<std::int64_t>(number);
    return static_cast<double>(whole) == number ? std::to_string(whole) : std::to_string(number);
}

std::string member_names(const Shape& shape) {
    std::string out;
    for (const Field& field : shape.fields) {
        if (field.from != From::kField) continue;
        if (!out.empty()) out += ", ";
        out += field.name;
    }
    return out.empty() ? "none" : out;
}

Result<void> read_member(Reader& reader, const Shape& shape, void* to, std::vector<bool>& seen) {
    const Field* field = shape.find(reader.text(), From::kField);
    if (field == nullptr) {
        Error unknown = wrong("no such field; accepted are: " + member_names(shape)).error();
        return std::unexpected(within(std::string{reader.text()}, std::move(unknown)));
    }
    seen[static_cast<std::size_t>(field - shape.fields.data())] = true;
    if (auto token = reader.next(); !token) return pass(token);
    if (auto good = field->type->read(reader, field->member(to), *field); !good) {
        return std::unexpected(within(field->name, std::move(good).error()));
    }
    return {};
}

// RFC 6901 section 3.
std::string pointer_segment(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

template <typename Number>
Result<void> parse_number(std::string_view text, Number& out, std::string_view expected) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        return wrong(std::string{expected});
    return {};
}

Result<Instant> fractional_ms(double ms) {
    auto instant = codec::instant_from_ms(ms);
    if (!instant) return wrong("milliseconds since 1970 are expected, of the years 1 to 9999");
    return instant;
}

// Exact: a double of such a time in microseconds need not be.
Result<Instant> whole_ms(std::int64_t ms) {
    if (auto within_years = fractional_ms(static_cast<double>(ms)); !within_years) {
        return within_years;
    }
    return Instant{Duration{ms * 1'000}};
}

Value text_schema(const Field& field) {
    Value out = Value::Object{{"type", "string"}};
    if (field.min) out.set("minLength", static_cast<std::int64_t>(*field.min));
    if (field.max) out.set("maxLength", static_cast<std::int64_t>(*field.max));
    if (field.form == Form::kName) out.set("pattern", kNamePattern);
    if (!field.choices.empty()) {
        Value::Array choices;
        for (const std::string_view choice : field.choices)
            choices.emplace_back(choice);
        out.set("enum", std::move(choices));
    }
    return out;
}

Value number_schema(const Field& field, std::string_view type) {
    Value out = Value::Object{{"type", type}};
    if (field.min) out.set("minimum", *field.min);
    if (field.max) out.set("maximum", *field.max);
    return out;
}

}  // namespace

const Field* Shape::find(std::string_view wanted, From from) const {
    const auto found = std::ranges::find_if(
        fields, [&](const Field& field) { return field.from == from && field.name == wanted; });
    return found == fields.end() ? nullptr : &*found;
}

Error within(std::string_view segment, Error error) {
    for (FieldError& field : error.fields) {
        field.pointer.insert(0, "/" + pointer_segment(segment));
    }
    return error;
}

std::unexpected<Error> wrong(std::string detail) {
    return fail_field("", std::move(detail));
}

Result<void> check_text(std::string_view text, const Field& field) {
    if (field.form == Form::kName && !is_name(text)) {
        return wrong("1 to 64 of A-Z a-z 0-9 . _ : - are accepted");
    }
    const auto length = static_cast<double>(text.size());
    if (field.min && length < *field.min) {
        return wrong("at least " + number_text(*field.min) + " bytes are expected");
    }
    if (field.max && length > *field.max) {
        return wrong("at most " + number_text(*field.max) + " bytes are accepted");
    }
    if (!field.choices.empty() && std::ranges::find(field.choices, text) == field.choices.end()) {
        return wrong("one of these is expected: " + list_of(field.choices));
    }
    return {};
}

Result<void> check_number(double number, const Field& field) {
    if (field.min && number < *field.min) {
        return wrong("at least " + number_text(*field.min) + " is expected");
    }
    if (field.max && number > *field.max) {
        return wrong("at most " + number_text(*field.max) + " is accepted");
    }
    return {};
}

Result<void> read_object(Reader& reader, const Shape& shape, void* to) {
    if (reader.token() != Token::kObjectBegin) return wrong("an object is expected");
    std::vector<bool> seen(shape.fields.size());
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) break;
        if (auto good = read_member(reader, shape, to, seen); !good) return good;
    }
    for (std::size_t at = 0; at < seen.size(); ++at) {
        const Field& field = shape.fields[at];
        if (field.from != From::kField || !field.required || seen[at]) continue;
        return std::unexpected(within(field.name, wrong("this field is needed").error()));
    }
    return {};
}

void write_object(Writer& writer, const Shape& shape, const void* from) {
    writer.begin_object();
    for (const Field& field : shape.fields) {
        if (field.from != From::kField) continue;
        // member() only computes an address; nothing is written through it.
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): see above
        const void* member = field.member(const_cast<void*>(from));
        if (!field.type->present(member)) continue;
        writer.key(field.name);
        field.type->write(writer, member);
    }
    writer.end_object();
}

Value schema_ref(const Shape& shape) {
    return Value::Object{{"$ref", "#/components/schemas/" + std::string{shape.name}}};
}

Value schema_of(const Field& field) {
    return field.described != nullptr ? field.described() : field.type->schema(field);
}

Value any_object() {
    return Value::Object{{"type", "object"}, {"additionalProperties", true}};
}

Value schema_of(const Shape& shape) {
    Value::Object properties;
    Value::Array required;
    for (const Field& field : shape.fields) {
        if (field.from != From::kField) continue;
        Value schema = schema_of(field);
        std::string says{field.says};
        if (!field.unit.empty())
            says += (says.empty() ? "Unit: " : " Unit: ") + std::string{field.unit} + ".";
        if (!says.empty()) schema.set("description", says);
        properties.emplace_back(std::string{field.name}, std::move(schema));
        if (field.required) required.emplace_back(field.name);
    }
    Value out = Value::Object{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out.set("required", std::move(required));
    out.set("additionalProperties", false);
    return out;
}

Result<Instant> read_instant(Reader& reader) {
    switch (reader.token()) {
        case Token::kString:
            return read_instant_text(reader.text());
        case Token::kInt:
            return whole_ms(reader.integer());
        case Token::kDouble:
            return fractional_ms(reader.number());
        default:
            return wrong("milliseconds since 1970 or RFC 3339 text is expected");
    }
}

Result<Instant> instant_of(const Value& value) {
    if (const auto* text = value.get<std::string>()) return read_instant_text(*text);
    if (const auto* whole = value.get<std::int64_t>()) return whole_ms(*whole);
    if (const auto* number = value.get<double>()) return fractional_ms(*number);
    return wrong("milliseconds since 1970 or RFC 3339 text is expected");
}

Result<Instant> read_instant_text(std::string_view text) {
    double ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error == std::errc{} && end == text.data() + text.size()) {
        if (auto instant = codec::instant_from_ms(ms)) return instant;
    } else if (auto instant = codec::parse_rfc3339(text)) {
        return instant;
    }
    return wrong("milliseconds since 1970 or RFC 3339 text is expected, of the years 1 to 9999");
}

void write_instant(Writer& writer, Instant instant) {
    write_ms(writer, instant.time_since_epoch().count());
}

void write_ms(Writer& writer, std::int64_t microseconds) {
    if (microseconds % 1'000 == 0) {
        writer.integer(microseconds / 1'000);
    } else {
        writer.number(static_cast<double>(microseconds) / 1'000);
    }
}

Result<void> Codec<bool>::read(Reader& reader, bool& out, const Field&) {
    if (reader.token() != Token::kBool) return wrong("true or false is expected");
    out = reader.boolean();
    return {};
}
Result<void> Codec<bool>::read_text(std::string_view text, bool& out, const Field&) {
    if (text != "true" && text != "false") return wrong("true or false is expected");
    out = text == "true";
    return {};
}
Value Codec<bool>::schema(const Field&) {
    return Value::Object{{"type", "boolean"}};
}

Result<void> Codec<std::int64_t>::read(Reader& reader, std::int64_t& out, const Field& field) {
    if (reader.token() != Token::kInt) return wrong("a whole number is expected");
    out = reader.integer();
    return check_number(static_cast<double>(out), field);
}
Result<void> Codec<std::int64_t>::read_text(std::string_view text,
                                            std::int64_t& out,
                                            const Field& field) {
    if (auto good = parse_number(text, out, "a whole number is expected"); !good) return good;
    return check_number(static_cast<double>(out), field);
}
Value Codec<std::int64_t>::schema(const Field& field) {
    return number_schema(field, "integer");
}

Result<void> Codec<std::uint64_t>::read(Reader& reader, std::uint64_t& out, const Field& field) {
    if (reader.token() == Token::kInt && reader.integer() >= 0) {
        out = static_cast<std::uint64_t>(reader.integer());
    } else if (reader.token() == Token::kUint) {
        out = reader.unsigned_integer();
    } else {
        return wrong("a whole number from 0 on is expected");
    }
    return check_number(static_cast<double>(out), field);
}
Value Codec<std::uint64_t>::schema(const Field& field) {
    Field from_zero = field;
    from_zero.min = field.min.value_or(0);
    return number_schema(from_zero, "integer");
}

Result<void> Codec<double>::read(Reader& reader, double& out, const Field& field) {
    switch (reader.token()) {
        case Token::kInt:
            out = static_cast<double>(reader.integer());
            break;
        case Token::kUint:
            out = static_cast<double>(reader.unsigned_integer());
            break;
        case Token::kDouble:
            out = reader.number();
            break;
        default:
            return wrong("a number is expected");
    }
    return check_number(out, field);
}
Result<void> Codec<double>::read_text(std::string_view text, double& out, const Field& field) {
    if (auto good = parse_number(text, out, "a number is expected"); !good) return good;
    if (!std::isfinite(out)) return wrong("a finite number is expected");
    return check_number(out, field);
}
Value Codec<double>::schema(const Field& field) {
    return number_schema(field, "number");
}

Result<void> Codec<std::string>::read(Reader& reader, std::string& out, const Field& field) {
    if (reader.token() != Token::kString) return wrong("text is expected");
    out = reader.text();
    return check_text(out, field);
}
Result<void> Codec<std::string>::read_text(std::string_view text,
                                           std::string& out,
                                           const Field& field) {
    out = text;
    return check_text(out, field);
}
Value Codec<std::string>::schema(const Field& field) {
    return text_schema(field);
}

Result<void> Codec<Duration>::read(Reader& reader, Duration& out, const Field& field) {
    double ms = 0;
    if (auto good = Codec<double>::read(reader, ms, field); !good) return good;
    if (std::abs(ms) > static_cast<double>(kMillisecondsMax))
        return wrong("fewer milliseconds are expected");
    out = Duration{static_cast<std::int64_t>(ms * 1'000)};
    return {};
}
Result<void> Codec<Duration>::read_text(std::string_view text, Duration& out, const Field& field) {
    double ms = 0;
    if (auto good = Codec<double>::read_text(text, ms, field); !good) return good;
    if (std::abs(ms) > static_cast<double>(kMillisecondsMax))
        return wrong("fewer milliseconds are expected");
    out = Duration{static_cast<std::int64_t>(ms * 1'000)};
    return {};
}
Value Codec<Duration>::schema(const Field& field) {
    Value out = number_schema(field, "number");
    if (!field.max) out.set("maximum", kMillisecondsMax);
    out.set("description", "Milliseconds.");
    return out;
}

Result<void> Codec<Instant>::read(Reader& reader, Instant& out, const Field&) {
    auto instant = read_instant(reader);
    if (!instant) return pass(instant);
    out = *instant;
    return {};
}
Result<void> Codec<Instant>::read_text(std::string_view text, Instant& out, const Field&) {
    auto instant = read_instant_text(text);
    if (!instant) return pass(instant);
    out = *instant;
    return {};
}
Value Codec<Instant>::schema(const Field&) {
    // The years 1 to 9999.
    const Value ms = Value::Object{{"type", "number"},
                                   {"minimum", std::int64_t{-62'135'596'800'000}},
                                   {"maximum", std::int64_t{253'402'300'799'999}}};
    const Value text = Value::Object{{"type", "string"}, {"format", "date-time"}};
    return Value::Object{{"anyOf", Value::Array{ms, text}},
                         {"description", "Milliseconds since 1970 UTC, or RFC 3339 text."}};
}

Result<void> Codec<Value>::read(Reader& reader, Value& out, const Field&) {
    auto value = read_value(reader);
    if (!value) return pass(value);
    out = std::move(*value);
    return {};
}
Value Codec<Value>::schema(const Field&) {
    return Value::Object{};
}

using Map = Codec<std::map<std::string, std::string, std::less<>>>::Map;

Result<void> Codec<Map>::read(Reader& reader, Map& out, const Field& field) {
    if (reader.token() != Token::kObjectBegin) return wrong("an object of texts is expected");
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        std::string key{reader.text()};
        if (auto token = reader.next(); !token) return pass(token);
        const Field name{.form = Form::kName};
        if (auto good = check_text(key, name); !good) {
            return std::unexpected(within(key, std::move(good).error()));
        }
        if (field.max && static_cast<double>(out.size()) >= *field.max) {
            return wrong("at most " + number_text(*field.max) + " entries are accepted");
        }
        const Field bound{.max = 256};
        std::string text;
        if (auto good = Codec<std::string>::read(reader, text, bound); !good) {
            return std::unexpected(within(key, std::move(good).error()));
        }
        out.insert_or_assign(std::move(key), std::move(text));
    }
}
Result<void> Codec<Map>::read_text(std::string_view text, Map& out, const Field&) {
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view entry = text.substr(0, comma);
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos)
            return wrong("name=value is expected, commas between");
        out.insert_or_assign(std::string{entry.substr(0, equals)},
                             std::string{entry.substr(equals + 1)});
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    }
    return {};
}
void Codec<Map>::write(Writer& writer, const Map& value) {
    writer.begin_object();
    for (const auto& [key, text] : value) {
        writer.key(key);
        writer.text(text);
    }
    writer.end_object();
}
Value Codec<Map>::schema(const Field& field) {
    Value out = Value::Object{
        {"type", "object"},
        {"propertyNames", Value::Object{{"pattern", kNamePattern}}},
        {"additionalProperties", Value::Object{{"type", "string"}, {"maxLength", 256}}}};
    if (field.max) out.set("maxProperties", static_cast<std::int64_t>(*field.max));
    return out;
}

}  // namespace tandem::contract
