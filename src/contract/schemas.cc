#include "contract/schemas.h"

#include "base/check.h"
#include "codec/json.h"
#include "contract/catalogue.h"
#include "contract/session.h"

#include <algorithm>

namespace tandem::contract {
namespace {

bool in_body(const Field& field) {
    return field.from == From::kField || field.from == From::kBody;
}

const Field* whole_body(const Shape& shape) {
    const auto found = std::ranges::find(shape.fields, From::kBody, &Field::from);
    return found == shape.fields.end() ? nullptr : &*found;
}

bool has_fields(const Shape& shape) {
    return std::ranges::any_of(shape.fields,
                               [](const Field& field) { return field.from == From::kField; });
}

// RFC 9457, with members of our own.
Value problem_schema() {
    const Value text = Value::Object{{"type", "string"}};
    const Value field =
        Value::Object{{"type", "object"},
                      {"properties", Value::Object{{"pointer", text}, {"detail", text}}},
                      {"required", Value::Array{"pointer", "detail"}}};
    return Value::Object{
        {"type", "object"},
        {"properties",
         Value::Object{{"type", Value::Object{{"type", "string"},
                                              {"description", "/problems/ and the error's name."}}},
                       {"title", text},
                       {"status", Value::Object{{"type", "integer"}}},
                       {"detail", text},
                       {"retryable", Value::Object{{"type", "boolean"}}},
                       {"retry_after_ms", Value::Object{{"type", "integer"}}},
                       {"limit", text},
                       {"door_hint", text},
                       {"errors", Value::Object{{"type", "array"}, {"items", field}}}}},
        {"required", Value::Array{"type", "title", "status", "retryable"}}};
}

void add(Value& schemas, const Shape& shape) {
    const auto add_nested = [&] {
        for (const Field& field : shape.fields) {
            if (!in_body(field)) continue;
            if (const Shape* nested = field.type->nested()) add(schemas, *nested);
        }
    };
    if (!has_fields(shape) || schemas.find(shape.name) != nullptr) return add_nested();
    schemas.set(shape.name, schema_of(shape));
    add_nested();
}

Value body_schema(const Shape& shape) {
    if (const Field* whole = whole_body(shape)) return whole->type->schema(*whole);
    return has_fields(shape) ? schema_ref(shape) : Value{};
}

}  // namespace

Value component_schemas() {
    Value schemas = Value::Object{{"Problem", problem_schema()}};
    for (const Operation* operation : documented()) {
        add(schemas, *operation->request);
        if (operation->response != nullptr) add(schemas, *operation->response);
    }
    return schemas;
}

Value request_body_schema(const Operation& operation) {
    return body_schema(*operation.request);
}

Value response_body_schema(const Operation& operation) {
    return operation.response == nullptr ? Value{} : body_schema(*operation.response);
}

bool request_body_needed(const Operation& operation) {
    return std::ranges::any_of(operation.request->fields,
                               [](const Field& field) { return in_body(field) && field.required; });
}

Value example_of(const Operation& operation) {
    auto parsed = codec::parse_json(operation.example);
    check(parsed.has_value());
    return std::move(*parsed);
}

const std::vector<const Operation*>& documented() {
    static const auto all = [] {
        std::vector<const Operation*> made{catalogue().begin(), catalogue().end()};
        made.insert(made.end(), {&kSessionBegin, &kSessionEnd, &kLoginCodeCreate});
        return made;
    }();
    return all;
}

}  // namespace tandem::contract
