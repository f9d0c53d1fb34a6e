// OpenAPI 3.1.0 of the REST door, made from the catalogue.
#include "contract/catalogue.h"
#include "contract/schemas.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace tandem::contract {
namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view place_of(From from) {
    if (from == From::kPath) return "path";
    return from == From::kQuery ? "query" : "header";
}

std::string header_name(std::string_view name) {
    std::string out{name};
    bool start = true;
    for (char& c : out) {
        if (start) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        start = c == '-';
    }
    return out;
}

Value parameter(const Field& field) {
    Value out = Value::Object{
        {"name", field.from == From::kHeader ? header_name(field.name) : std::string{field.name}},
        {"in", place_of(field.from)},
        {"required", field.required || field.from == From::kPath},
        {"schema", field.type->schema(field)}};
    if (!field.says.empty()) out.set("description", field.says);
    if (field.from == From::kQuery) {  // Lists: items with commas between.
        out.set("style", "form");
        out.set("explode", false);
    }
    return out;
}

// Of the encodings that carry any body.
template <typename Use>
void each_general(Use use) {
    for (const EncodingRow& row : encodings()) {
        if (row.bodies == Bodies::kAny) use(row);
    }
}

Value media(const Value& schema, const Value* example, bool problem) {
    Value out = Value::Object{};
    each_general([&](const EncodingRow& row) {
        Value content = Value::Object{{"schema", schema}};
        if (example != nullptr && row.encoding == Encoding::kJson) content.set("example", *example);
        out.set(problem ? problem_type(row.encoding) : row.media_type, std::move(content));
    });
    return out;
}

Value request_body(const Operation& operation) {
    const Value schema = request_body_schema(operation);
    if (schema.is_null()) return {};
    const Value example = example_of(operation);
    return Value::Object{{"required", request_body_needed(operation)},
                         {"content", media(schema, example.find("body"), false)}};
}

Value problem_response(std::string_view says) {
    return Value::Object{
        {"description", says},
        {"content", media(Value::Object{{"$ref", "#/components/schemas/Problem"}}, nullptr, true)}};
}

// What may go wrong with every operation, beside its own errors.
std::vector<ErrorCode> errors_of(const Operation& operation) {
    std::vector<ErrorCode> all = operation.errors;
    all.insert(all.end(),
               {ErrorCode::kInvalidField, ErrorCode::kUnauthenticated, ErrorCode::kForbidden,
                ErrorCode::kRateLimited, ErrorCode::kUnavailable});
    if (operation.of_device()) all.push_back(ErrorCode::kNotFound);
    if (!request_body_schema(operation).is_null()) {
        all.insert(all.end(), {ErrorCode::kMalformedBody, ErrorCode::kBodyTooLarge,
                               ErrorCode::kUnsupportedMediaType});
    }
    return all;
}

Value responses(const Operation& operation) {
    Value success = Value::Object{{"description", operation.says}};
    const Value schema = response_body_schema(operation);
    if (!schema.is_null()) success.set("content", media(schema, nullptr, false));
    Value out = Value::Object{{std::to_string(operation.status), std::move(success)}};
    std::map<int, std::string> by_status;
    std::set<ErrorCode> seen;
    for (const ErrorCode code : errors_of(operation)) {
        if (!seen.insert(code).second) continue;
        std::string& says = by_status[row(code).status];
        says += (says.empty() ? "" : "; ") + std::string{row(code).name};
    }
    for (const auto& [status, says] : by_status) {
        out.set(std::to_string(status), problem_response(says));
    }
    out.set("default", problem_response("Any other problem."));
    return out;
}

Value describe(const Operation& operation) {
    const std::string_view noun = operation.name.substr(0, operation.name.find('.'));
    Value::Array parameters;
    for (const Field& field : operation.request->fields) {
        if (field.from != From::kField && field.from != From::kBody) {
            parameters.push_back(parameter(field));
        }
    }
    Value out = Value::Object{
        {"operationId", operation.name}, {"tags", Value::Array{noun}}, {"summary", operation.says}};
    if (!parameters.empty()) out.set("parameters", std::move(parameters));
    Value body = request_body(operation);
    if (!body.is_null()) out.set("requestBody", std::move(body));
    out.set("responses", responses(operation));
    out.set("x-tandem-scope", name_of(operation.scope));
    out.set("x-tandem-cost", operation.cost);
    out.set("x-tandem-websocket", operation.doors == Doors::kBoth);
    return out;
}

// Two operations on one path and method, told apart by Prefer: the second joins the first.
void join(Value& first, const Operation& second) {
    const std::string both = std::string{*first.find("summary")->get<std::string>()} +
                             " With `Prefer: wait`, " + std::string{second.name} + ": " +
                             std::string{second.says};
    first.set("summary", both);
    auto* parameters = first.find("parameters")->get<Value::Array>();
    for (const Field& field : second.request->fields) {
        if (field.from == From::kField || field.from == From::kBody) continue;
        const Value added = parameter(field);
        const bool known = std::ranges::any_of(*parameters, [&](const Value& each) {
            return *each.find("name") == *added.find("name");
        });
        if (!known) parameters->push_back(added);
    }
}

Value paths() {
    Value out = Value::Object{};
    for (const Operation* operation : documented()) {
        if (operation->path.empty()) continue;
        if (out.find(operation->path) == nullptr) out.set(operation->path, Value::Object{});
        Value& item = *out.find(operation->path);
        const std::string method = lower(name_of(operation->method));
        if (Value* taken = item.find(method)) {
            join(*taken, *operation);
        } else {
            item.set(method, describe(*operation));
        }
    }
    return out;
}

}  // namespace

Value openapi() {
    return Value::Object{
        {"openapi", "3.1.0"},
        {"info", Value::Object{{"title", "Tandem"},
                               {"version", kVersion},
                               {"description",
                                "The REST door of a Tandem hub. The same operations are at the "
                                "WebSocket door: see /asyncapi.json."},
                               {"license", Value::Object{{"name", "Apache-2.0"},
                                                         {"identifier", "Apache-2.0"}}}}},
        {"servers", Value::Array{Value::Object{{"url", "/"}}}},
        {"security", Value::Array{Value::Object{{"bearer", Value::Array{}}},
                                  Value::Object{{"session", Value::Array{}}}}},
        {"paths", paths()},
        {"components",
         Value::Object{
             {"schemas", component_schemas()},
             {"securitySchemes",
              Value::Object{{"bearer", Value::Object{{"type", "http"}, {"scheme", "bearer"}}},
                            {"session", Value::Object{{"type", "apiKey"},
                                                      {"in", "cookie"},
                                                      {"name", "__Host-tandem-session"}}}}}}}};
}

Value error_reference() {
    Value::Array rows;
    for (const ErrorRow& row : errors()) {
        rows.push_back(Value::Object{{"name", row.name},
                                     {"type", "/problems/" + std::string{row.name}},
                                     {"status", row.status},
                                     {"retryable", row.retryable},
                                     {"title", row.title}});
    }
    return rows;
}

}  // namespace tandem::contract
