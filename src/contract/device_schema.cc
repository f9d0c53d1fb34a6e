#include "contract/device_schema.h"

#include "contract/device.h"

#include <string>
#include <string_view>

namespace tandem::contract {
namespace {

using Object = Value::Object;
using Array = Value::Array;

Value typed(std::string_view type) {
    return Object{{"type", type}};
}

Value each_named(Value schema) {
    return Object{{"type", "object"}, {"additionalProperties", std::move(schema)}};
}

Value named(std::string_view schema) {
    return Object{{"$ref", "#/components/schemas/" + std::string{schema}}};
}

}  // namespace

// The subset of domain/schema.h. What is nested is of the same subset, which is not told again.
Value value_schema() {
    Object keywords{{"type", Object{{"type", "string"},
                                    {"enum", Array{"null", "boolean", "integer", "number", "string",
                                                   "array", "object"}}}},
                    {"properties", each_named(any_object())},
                    {"required", Object{{"type", "array"}, {"items", typed("string")}}},
                    {"additionalProperties", typed("boolean")},
                    {"items", any_object()},
                    {"enum", Object{{"type", "array"}, {"items", Object{}}}}};
    for (const std::string_view bound :
         {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}) {
        keywords.emplace_back(std::string{bound}, typed("number"));
    }
    for (const std::string_view text : {"title", "description"})
        keywords.emplace_back(std::string{text}, typed("string"));
    return Object{{"type", "object"},
                  {"description", "A subset of JSON Schema 2020-12."},
                  {"properties", std::move(keywords)},
                  {"additionalProperties", false}};
}

Value device_schema() {
    const Value series =
        Object{{"type", "object"},
               {"properties", Object{{"type", Object{{"type", "string"},
                                                     {"enum", Array{"any", "number", "integer",
                                                                    "boolean", "string", "json"}}}},
                                     {"unit", typed("string")}}},
               {"additionalProperties", true}};
    const Value command = Object{{"type", "object"},
                                 {"properties", Object{{"params", named("ValueSchema")}}},
                                 {"additionalProperties", true}};
    return Object{{"type", "object"},
                  {"properties", Object{{"series", each_named(series)},
                                        {"commands", each_named(command)},
                                        {"config", named("ValueSchema")}}},
                  {"additionalProperties", false}};
}

Value described_device_schema() {
    return Object{{"anyOf", Array{named("DeviceSchema"), typed("null")}}};
}

}  // namespace tandem::contract
