#include "simulate/schema.h"

namespace tandem::simulate {

Value& DeviceSchema::part(std::string_view name) {
    if (made_.find(name) == nullptr) made_.set(name, Value::Object{});
    return *made_.find(name);
}

DeviceSchema& DeviceSchema::series(std::string_view name,
                                   std::string_view type,
                                   std::string_view unit) {
    Value described = Value::Object{{"type", type}};
    if (!unit.empty()) described.set("unit", unit);
    part("series").set(name, std::move(described));
    return *this;
}

DeviceSchema& DeviceSchema::command(std::string_view name,
                                    Value::Object params,
                                    const std::vector<std::string>& required) {
    Value schema = Value::Object{{"type", "object"}, {"properties", std::move(params)}};
    if (!required.empty()) {
        schema.set("required", Value::Array(required.begin(), required.end()));
    }
    schema.set("additionalProperties", false);
    part("commands").set(name, Value::Object{{"params", std::move(schema)}});
    return *this;
}

DeviceSchema& DeviceSchema::config(Value::Object properties) {
    made_.set("config", Value::Object{{"type", "object"}, {"properties", std::move(properties)}});
    return *this;
}

Value number_from(double minimum, double maximum) {
    return Value::Object{{"type", "number"}, {"minimum", minimum}, {"maximum", maximum}};
}

Value boolean() {
    return Value::Object{{"type", "boolean"}};
}

}  // namespace tandem::simulate
