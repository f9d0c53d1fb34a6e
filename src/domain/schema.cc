#include "domain/schema.h"

#include "domain/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace tandem {
namespace {

constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "integer", "number",
                                                 "string", "array",   "object"};
constexpr std::array<std::string_view, 14> kKeywords{
    "type",      "properties", "required", "additionalProperties",
    "items",     "enum",       "minimum",  "maximum",
    "minLength", "maxLength",  "minItems", "maxItems",
    "title",     "description"};

bool is_integer(const Value& value) {
    if (!value.is_number()) return false;
    const auto* number = value.get<double>();
    return number == nullptr || std::trunc(*number) == *number;  // 1.0 is one: JSON Schema 6.1.1
}

bool is_type(const Value& value, std::string_view type) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.get<bool>() != nullptr;
    if (type == "integer") return is_integer(value);
    if (type == "number") return value.is_number();
    if (type == "string") return value.get<std::string>() != nullptr;
    if (type == "array") return value.get<Value::Array>() != nullptr;
    return value.get<Value::Object>() != nullptr;
}

// Any number without rounding: a long double has the 64 bits that the largest integers need.
static_assert(std::numeric_limits<long double>::digits >= 64);
long double exactly(const Value& number) {
    if (const auto* integer = number.get<std::int64_t>()) return static_cast<long double>(*integer);
    if (const auto* large = number.get<std::uint64_t>()) return static_cast<long double>(*large);
    return static_cast<long double>(number.as_double());
}

std::string text_of(const Value& number) {
    if (const auto* integer = number.get<std::int64_t>()) return fmt::format("{}", *integer);
    if (const auto* large = number.get<std::uint64_t>()) return fmt::format("{}", *large);
    return fmt::format("{}", number.as_double());
}

// Equal as JSON Schema sees it: 1 and 1.0 are the same number.
// NOLINTNEXTLINE(misc-no-recursion): a value's depth is the reader's limit
bool same(const Value& left, const Value& right) {
    if (left.is_number() && right.is_number()) return exactly(left) == exactly(right);
    const auto* items = left.get<Value::Array>();
    const auto* other_items = right.get<Value::Array>();
    if (items != nullptr && other_items != nullptr) {
        return std::ranges::equal(*items, *other_items, same);
    }
    const auto* members = left.get<Value::Object>();
    const auto* other_members = right.get<Value::Object>();
    if (members == nullptr || other_members == nullptr) return left == right;
    if (members->size() != other_members->size()) return false;
    return std::ranges::all_of(*members, [&](const auto& member) {
        const Value* other = right.find(member.first);
        return other != nullptr && same(member.second, *other);
    });
}

// One step down, RFC 6901 section 3.
std::string below(const std::string& pointer, std::string_view key) {
    std::string out = pointer + "/";
    for (const char c : key) {
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

// Characters as JSON Schema counts them: code points of valid UTF-8.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<void> within_bounds(const Value& schema,
                           const Value& measured,
                           std::string_view low,
                           std::string_view high,
                           const std::string& pointer) {
    const Value* min = schema.find(low);
    if (min != nullptr && exactly(measured) < exactly(*min)) {
        return fail_field(pointer, fmt::format("{} is {}", low, text_of(*min)));
    }
    const Value* max = schema.find(high);
    if (max != nullptr && exactly(measured) > exactly(*max)) {
        return fail_field(pointer, fmt::format("{} is {}", high, text_of(*max)));
    }
    return {};
}

Result<void> validate_size(const Value& schema, const Value& value, const std::string& pointer) {
    if (value.is_number()) {
        return within_bounds(schema, value, "minimum", "maximum", pointer);
    }
    if (const auto* text = value.get<std::string>()) {
        return within_bounds(schema, Value{characters(*text)}, "minLength", "maxLength", pointer);
    }
    if (const auto* items = value.get<Value::Array>()) {
        return within_bounds(schema, Value{items->size()}, "minItems", "maxItems", pointer);
    }
    return {};
}

Result<void> validate_enum(const Value& schema, const Value& value, const std::string& pointer) {
    const Value* choices = schema.find("enum");
    if (choices == nullptr) return {};
    for (const Value& choice : *choices->get<Value::Array>()) {
        if (same(choice, value)) return {};
    }
    return fail_field(pointer, "one of the schema's enum is expected");
}

Result<void> validate_required(const Value& schema,
                               const Value& value,
                               const std::string& pointer) {
    const Value* required = schema.find("required");
    if (required == nullptr) return {};
    for (const Value& name : *required->get<Value::Array>()) {
        const std::string& text = *name.get<std::string>();
        if (value.find(text) == nullptr) {
            return fail_field(below(pointer, text), "this field is needed");
        }
    }
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): the schema's depth is the reader's limit
Result<void> validate_object(const Value& schema, const Value& value, const std::string& pointer) {
    if (auto good = validate_required(schema, value, pointer); !good) return good;
    const Value* properties = schema.find("properties");
    const Value* additional = schema.find("additionalProperties");
    const bool open = additional == nullptr || *additional->get<bool>();
    for (const auto& [key, member] : *value.get<Value::Object>()) {
        const Value* known = properties == nullptr ? nullptr : properties->find(key);
        const std::string at = below(pointer, key);
        if (known == nullptr && !open) return fail_field(at, "the schema knows no such field");
        if (known == nullptr) continue;
        if (auto good = validate(*known, member, at); !good) return good;
    }
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): as above
Result<void> validate_items(const Value& schema, const Value& value, const std::string& pointer) {
    const Value* items = schema.find("items");
    if (items == nullptr) return {};
    std::size_t at = 0;
    for (const Value& item : *value.get<Value::Array>()) {
        auto good = validate(*items, item, fmt::format("{}/{}", pointer, at++));
        if (!good) return good;
    }
    return {};
}

bool is_text_list(const Value& value) {
    const auto* items = value.get<Value::Array>();
    return items != nullptr && std::ranges::all_of(*items, [](const Value& item) {
               return item.get<std::string>() != nullptr;
           });
}

bool is_type(const Value& value) {
    const auto* text = value.get<std::string>();
    return text != nullptr && std::ranges::find(kTypes, *text) != kTypes.end();
}

struct Expectation {
    bool met = true;
    std::string_view text;
};

// What a keyword expects its value to be, and whether it is.
Expectation expectation_of(std::string_view keyword, const Value& value) {
    if (keyword == "type") {
        return {is_type(value), "null, boolean, integer, number, string, array or object"};
    }
    if (keyword == "required") return {is_text_list(value), "a list of names is expected"};
    if (keyword == "enum") return {value.get<Value::Array>() != nullptr, "a list is expected"};
    if (keyword == "additionalProperties") {
        return {value.get<bool>() != nullptr, "true or false is expected"};
    }
    if (keyword.starts_with("min") || keyword.starts_with("max")) {
        return {value.is_number(), "a number is expected"};
    }
    if (keyword == "title" || keyword == "description") {
        return {value.get<std::string>() != nullptr, "a text is expected"};
    }
    return {};
}

Result<void> check_keyword(std::string_view keyword,
                           const Value& value,
                           const std::string& pointer) {
    if (std::ranges::find(kKeywords, keyword) == kKeywords.end()) {
        return fail_field(pointer, "this keyword is not in the subset that devices may use");
    }
    const auto [met, text] = expectation_of(keyword, value);
    if (!met) return fail_field(pointer, std::string{text});
    return {};
}

Result<void> check_schema(const Value& schema, const std::string& pointer);

// NOLINTNEXTLINE(misc-no-recursion): as above
Result<void> check_schemas(const Value& schemas, const std::string& pointer) {
    const auto* members = schemas.get<Value::Object>();
    if (members == nullptr) return fail_field(pointer, "an object is expected");
    for (const auto& [name, schema] : *members) {
        if (auto good = check_schema(schema, below(pointer, name)); !good) return good;
    }
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): as above
Result<void> check_schema(const Value& schema, const std::string& pointer) {
    const auto* members = schema.get<Value::Object>();
    if (members == nullptr) return fail_field(pointer, "an object is expected");
    for (const auto& [keyword, value] : *members) {
        const std::string at = below(pointer, keyword);
        if (auto good = check_keyword(keyword, value, at); !good) return good;
        if (keyword == "properties") {
            if (auto good = check_schemas(value, at); !good) return good;
        } else if (keyword == "items") {
            if (auto good = check_schema(value, at); !good) return good;
        }
    }
    return {};
}

bool is_series_type(const Value& value) {
    using enum Series::Type;
    const auto* text = value.get<std::string>();
    return text != nullptr &&
           std::ranges::any_of(std::array{kAny, kNumber, kInteger, kBoolean, kString, kJson},
                               [&](Series::Type type) { return name_of(type) == *text; });
}

Result<void> check_series(const Value& series) {
    const auto* members = series.get<Value::Object>();
    if (members == nullptr) return fail_field("/schema/series", "an object is expected");
    for (const auto& [name, one] : *members) {
        const std::string at = below("/schema/series", name);
        if (one.get<Value::Object>() == nullptr) return fail_field(at, "an object is expected");
        const Value* type = one.find("type");
        if (type != nullptr && !is_series_type(*type)) {
            return fail_field(at + "/type", "any, number, integer, boolean, string or json");
        }
        const Value* unit = one.find("unit");
        if (unit != nullptr && unit->get<std::string>() == nullptr) {
            return fail_field(at + "/unit", "a text is expected");
        }
    }
    return {};
}

Result<void> check_commands(const Value& commands) {
    const auto* members = commands.get<Value::Object>();
    if (members == nullptr) return fail_field("/schema/commands", "an object is expected");
    for (const auto& [name, command] : *members) {
        const std::string at = below("/schema/commands", name);
        if (command.get<Value::Object>() == nullptr) return fail_field(at, "an object is expected");
        const Value* params = command.find("params");
        if (params == nullptr) continue;
        if (auto good = check_schema(*params, at + "/params"); !good) return good;
    }
    return {};
}

}  // namespace

Result<void> check_device_schema(const Value& schema) {
    if (schema.is_null()) return {};
    const auto* members = schema.get<Value::Object>();
    if (members == nullptr) return fail_field("/schema", "an object or null is expected");
    for (const auto& [part, value] : *members) {
        if (part == "commands") {
            if (auto good = check_commands(value); !good) return good;
        } else if (part == "config") {
            if (auto good = check_schema(value, "/schema/config"); !good) return good;
        } else if (part != "series") {
            return fail_field(below("/schema", part), "series, commands and config are accepted");
        } else if (auto good = check_series(value); !good) {
            return good;
        }
    }
    return {};
}

Result<void> check_command(const Value& schema, const std::string& name, const Value& params) {
    const Value* commands = schema.find("commands");
    if (commands == nullptr) return {};
    const Value* command = commands->find(name);
    if (command == nullptr) {
        std::string known;
        for (const auto& [each, ignored] : *commands->get<Value::Object>()) {
            known += (known.empty() ? "" : ", ") + each;
        }
        return fail_field("/name", "the device knows: " + (known.empty() ? "none" : known));
    }
    const Value* wanted = command->find("params");
    if (wanted == nullptr) return {};
    // No parameters at all are the same as an empty object of them.
    return validate(*wanted, params.is_null() ? Value{Value::Object{}} : params, "/params");
}

Result<void> check_config(const Value& schema, const Value& config) {
    const Value* wanted = schema.find("config");
    if (wanted == nullptr) return {};
    return validate(*wanted, config, "");
}

// NOLINTNEXTLINE(misc-no-recursion): as above
Result<void> validate(const Value& schema, const Value& value, const std::string& pointer) {
    if (const Value* type = schema.find("type")) {
        const std::string& wanted = *type->get<std::string>();
        if (!is_type(value, wanted)) return fail_field(pointer, "the schema wants " + wanted);
    }
    if (auto good = validate_enum(schema, value, pointer); !good) return good;
    if (auto good = validate_size(schema, value, pointer); !good) return good;
    if (value.get<Value::Object>() != nullptr) return validate_object(schema, value, pointer);
    if (value.get<Value::Array>() != nullptr) return validate_items(schema, value, pointer);
    return {};
}

}  // namespace tandem
