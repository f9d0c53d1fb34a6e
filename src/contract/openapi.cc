// OpenAPI 3.1.0 of the REST door, made from the catalogue.
#include "base/ascii.h"
#include "contract/catalogue.h"
#include "contract/schemas.h"
#include "contract/session.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace tandem::contract {
namespace {

using Object = Value::Object;
using Array = Value::Array;

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

Value reference(std::string_view kind, std::string_view name) {
    return Object{{"$ref", "#/components/" + std::string{kind} + "/" + std::string{name}}};
}

// ---------------------------------------------------------------- parameters

// In a URL a map is a text, `site=hall-3,line=2`, which no style of OpenAPI writes.
Value parameter_schema(const Field& field) {
    Value schema = schema_of(field);
    const Value* type = schema.find("type");
    if (type == nullptr || *type != Value{"object"}) return schema;
    return Object{
        {"type", "string"}, {"pattern", "^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$"}, {"maxLength", 1'024}};
}

Value parameter(const Field& field, const Value& example) {
    Value schema = parameter_schema(field);
    Value out = Object{
        {"name", field.from == From::kHeader ? header_name(field.name) : std::string{field.name}},
        {"in", place_of(field.from)},
        {"required", field.required || field.from == From::kPath},
        {"schema", std::move(schema)}};
    std::string says{field.says};
    if (!field.unit.empty()) says += " Unit: " + std::string{field.unit} + ".";
    if (!says.empty()) out.set("description", says);
    if (field.from == From::kQuery) {  // Lists: items with commas between.
        out.set("style", "form");
        out.set("explode", false);
    }
    const std::string_view place = field.from == From::kHeader ? "headers" : place_of(field.from);
    const Value* values = example.find(place);
    const Value* value = values == nullptr ? nullptr : values->find(field.name);
    if (value != nullptr) out.set("example", *value);
    return out;
}

Value header_parameter(std::string_view name, std::string_view says, Value schema, Value example) {
    return Object{{"name", name},        {"in", "header"},
                  {"required", false},   {"schema", std::move(schema)},
                  {"description", says}, {"example", std::move(example)}};
}

Array parameters(const Operation& operation) {
    const Value example = shown_example_of(operation);
    Array out;
    for (const Field& field : operation.request->fields) {
        if (field.from != From::kField && field.from != From::kBody) {
            out.push_back(parameter(field, example));
        }
    }
    const Value text = Object{{"type", "string"}, {"maxLength", 128}};
    const bool named = operation.request->find("if-none-match", From::kHeader) != nullptr;
    if (operation.method == Method::kGet && operation.versioned && !named) {
        out.push_back(header_parameter("If-None-Match",
                                       "The version that the caller has: 304 while it is the same.",
                                       Object{{"type", "string"}}, "\"3\""));
    }
    if (operation.method == Method::kPost && !operation.secret && operation.path != "/v1/session") {
        out.push_back(header_parameter("Idempotency-Key",
                                       "A repeat with the same key within 24 h gets the first "
                                       "answer again and does nothing.",
                                       text, "8e03978e-40d5-43e8-bc93-6894a57f9324"));
    }
    return out;
}

// ---------------------------------------------------------------- bodies

std::string as_text(Encoding encoding, const Value& value) {
    const auto writer = make_writer(encoding);
    write_value(*writer, value);
    return writer->take();
}

Value content(const std::vector<Encoding>& encodings, const Value& schema, const Value& example) {
    Value out = Object{};
    for (const Encoding encoding : encodings) {
        Value each = Object{{"schema", schema_in(encoding, schema)}};
        if (!example.is_null()) {
            if (encoding == Encoding::kJson) each.set("example", example);
            if (encoding == Encoding::kXml) each.set("example", as_text(encoding, example));
        }
        out.set(row(encoding).media_type, std::move(each));
    }
    return out;
}

Value request_body(const Operation& operation) {
    const Value schema = request_body_schema(operation);
    if (schema.is_null()) return {};
    const Value example = shown_example_of(operation);
    const Value* body = example.find("body");
    Value all = content(request_encodings(operation), schema, body == nullptr ? Value{} : *body);
    if (operation.method == Method::kPatch) {  // RFC 7396, JSON under a name of its own.
        all.set("application/merge-patch+json", *all.find("application/json"));
    }
    return Object{{"required", request_body_needed(operation)}, {"content", std::move(all)}};
}

// The example is answered with the operation's own status.
Value response_content(const Operation& operation, int status) {
    Value all = content(response_encodings(operation), response_body_schema(operation),
                        status == operation.status ? answer_of(operation) : Value{});
    if (!operation.json_type.empty()) {
        all.set(operation.json_type, *all.find("application/json"));
    }
    return all;
}

// ---------------------------------------------------------------- answers

std::string_view says_of(int status) {
    switch (status) {
        case 201:
            return "Made.";
        case 202:
            return "Taken, and not yet done or not yet on disk.";
        case 204:
            return "Done; there is nothing to tell.";
        case 207:
            return "Some were taken; the others say why not.";
        case 304:
            return "It is what the caller has.";
        default:
            return "Done.";
    }
}

struct HeaderRow {
    std::string_view name;
    std::string_view says;
    std::string_view example;
};
// In the order in which the documents have them.
constexpr HeaderRow kHeaders[] = {
    {"ETag", "The version, for If-Match and If-None-Match.", "\"3\""},
    {"Location", "Where what was made is.", "/v1/devices/pump-7"},
    {"Link", "Where the next page is.", "</v1/devices?limit=10&cursor=ZHB1bXAtNw>; rel=\"next\""},
    {"Preference-Applied", "Which preferences the answer follows.", "return=minimal"},
    {"RateLimit",
     "What is left of the budget that the request spends, requests or readings, and the seconds "
     "until it is full.",
     "\"requests\";r=99;t=1"},
    {"RateLimit-Policy", "That budget: its quota and the seconds in which it fills.",
     "\"requests\";q=100;w=2"},
    {"Retry-After", "Seconds after which the same request can succeed.", "1"},
    {"WWW-Authenticate", "How to say who is calling.", "Bearer realm=\"tandem\""},
    {"Set-Cookie", "The session, or its end.",
     "__Host-tandem-session=…; Path=/; HttpOnly; SameSite=Strict; Secure"},
};

Value headers(const std::vector<std::string_view>& names) {
    Value out = Object{};
    for (const std::string_view name : names)
        out.set(name, reference("headers", name));
    return out;
}

Value header_components() {
    Value out = Object{};
    for (const HeaderRow& each : kHeaders) {
        out.set(each.name, Object{{"description", each.says},
                                  {"schema", Object{{"type", "string"}}},
                                  {"example", each.example}});
    }
    return out;
}

Value success_headers(const Operation& operation, int status) {
    std::vector<std::string_view> names;
    if (operation.versioned) names.emplace_back("ETag");
    if (operation.located && status != 304) names.emplace_back("Location");
    const bool paged = operation.request->find("cursor", From::kQuery) != nullptr;
    if (paged) names.emplace_back("Link");
    if (operation.request->find("prefer", From::kHeader) != nullptr) {
        names.emplace_back("Preference-Applied");
    }
    if (noun_of(operation) == noun_of(kSessionBegin)) {
        names.emplace_back("Set-Cookie");
    } else if (operation.name != kSetupCreate.name) {
        names.insert(names.end(), {"RateLimit", "RateLimit-Policy"});
    }
    return headers(names);
}

Value success(const Operation& operation, int status) {
    Value out = Object{{"description", says_of(status)}};
    Value with = success_headers(operation, status);
    if (!with.get<Object>()->empty()) out.set("headers", std::move(with));
    if (status != 204 && status != 304 && operation.response != nullptr) {
        out.set("content", response_content(operation, status));
    }
    return out;
}

using Codes = std::vector<ErrorCode>;

// `invalid-field.malformed-body`: the response that tells of one of these.
std::string key_of(const Codes& codes) {
    std::string out;
    for (const ErrorCode code : codes)
        out += (out.empty() ? "" : ".") + std::string{row(code).name};
    return out;
}

std::map<int, Codes> by_status(const Operation& operation) {
    std::map<int, Codes> out;
    for (const ErrorCode code : errors_of(operation))
        out[row(code).status].push_back(code);
    return out;
}

Value problem_content(const Codes& codes) {
    const Value schema = reference("schemas", "Problem");
    Value out = Object{};
    for (const EncodingRow& each : encodings()) {
        if (each.bodies != Bodies::kAny) continue;
        Value one = Object{{"schema", schema_in(each.encoding, schema)}};
        if (each.encoding == Encoding::kJson) {
            Value examples = Object{};
            for (const ErrorCode code : codes)
                examples.set(row(code).name, reference("examples", row(code).name));
            if (!codes.empty()) one.set("examples", std::move(examples));
        }
        out.set(problem_type(each.encoding), std::move(one));
    }
    return out;
}

Value problem_response(const Codes& codes) {
    std::string says;
    for (const ErrorCode code : codes) {
        says += (says.empty() ? "" : " ") + std::string{"`"} + std::string{row(code).name} +
                "`: " + std::string{row(code).title};
    }
    Value out = Object{{"description", says.empty() ? "Any other problem." : says}};
    const int status = codes.empty() ? 0 : row(codes.front()).status;
    if (status == 401) out.set("headers", headers({"WWW-Authenticate"}));
    if (status == 429) {
        out.set("headers", headers({"RateLimit", "RateLimit-Policy", "Retry-After"}));
    }
    if (status == 503) out.set("headers", headers({"Retry-After"}));
    out.set("content", problem_content(codes));
    return out;
}

Value responses(const Operation& operation) {
    Value out = Object{{std::to_string(operation.status), success(operation, operation.status)}};
    for (const int status : operation.also)
        out.set(std::to_string(status), success(operation, status));
    if (operation.method == Method::kGet && operation.versioned) {
        out.set("304", success(operation, 304));
    }
    for (const auto& [status, codes] : by_status(operation))
        out.set(std::to_string(status), reference("responses", key_of(codes)));
    out.set("default", reference("responses", "problem"));
    return out;
}

// ---------------------------------------------------------------- operations

// With what one calls: a key or a session, the session alone, nothing.
Value security(const Operation& operation) {
    const Value key = Object{{"bearer", Array{}}};
    const Value session = Object{{"session", Array{}}};
    if (is_before_login(operation)) {
        return Array{};
    }
    // Without a session there is nothing to end, which is no mistake.
    if (operation.name == kSessionEnd.name) return Array{session, Object{}};
    return Array{key, session};
}

std::string described(const Operation& operation) {
    if (operation.path == kSessionBegin.path || is_before_login(operation)) {
        return std::string{operation.says};
    }
    std::string out = std::string{operation.says} + "\n\nNeeds the scope `" +
                      std::string{name_of(operation.scope)} + "`. ";
    out +=
        operation.cost == 0 ? "Spends the budget of readings." : "Spends the budget of requests.";
    if (operation.doors == Doors::kBoth) {
        out += " At the WebSocket door: `" + std::string{operation.name} + "`.";
    }
    return out;
}

Value describe(const Operation& operation) {
    Value out = Object{{"operationId", operation.name},
                       {"tags", Array{noun_of(operation)}},
                       {"summary", operation.says},
                       {"description", described(operation)},
                       {"security", security(operation)}};
    Array taken = parameters(operation);
    if (!taken.empty()) out.set("parameters", std::move(taken));
    Value body = request_body(operation);
    if (!body.is_null()) out.set("requestBody", std::move(body));
    out.set("responses", responses(operation));
    out.set("x-tandem-scope", name_of(operation.scope));
    out.set("x-tandem-cost", operation.cost);
    out.set("x-tandem-websocket", operation.doors == Doors::kBoth);
    return out;
}

// Two operations on one path and method, told apart by Prefer: the second joins the first, which is
// what a caller without preferences gets.
void join(Value& first, const Operation& second) {
    const std::string with = " With `Prefer: wait`, " + std::string{second.name} + ": ";
    for (const auto& [key, says] : {std::pair{"summary", std::string{second.says}},
                                    std::pair{"description", described(second)}}) {
        first.set(key, *first.find(key)->get<std::string>() + with + says);
    }
    auto& known = *first.find("parameters")->get<Array>();
    for (Value& each : parameters(second)) {
        const bool same = std::ranges::any_of(
            known, [&](const Value& other) { return *other.find("name") == *each.find("name"); });
        if (same) continue;
        each.erase("example");  // It would make the first operation's example the second's.
        known.push_back(std::move(each));
    }
}

Value paths() {
    Value out = Object{};
    for (const Operation* operation : documented()) {
        if (operation->path.empty()) continue;
        if (out.find(operation->path) == nullptr) out.set(operation->path, Object{});
        Value& item = *out.find(operation->path);
        const std::string method = lower_case(name_of(operation->method));
        if (Value* taken = item.find(method)) {
            join(*taken, *operation);
        } else {
            item.set(method, describe(*operation));
        }
    }
    return out;
}

Value problem_components() {
    Value out = Object{{"problem", problem_response({})}};
    for (const Operation* operation : documented()) {
        if (operation->path.empty()) continue;
        for (const auto& [status, codes] : by_status(*operation))
            out.set(key_of(codes), problem_response(codes));
    }
    return out;
}

Value example_components() {
    Value out = Object{};
    for (const Operation* operation : documented()) {
        if (operation->path.empty()) continue;
        for (const ErrorCode code : errors_of(*operation)) {
            out.set(row(code).name,
                    Object{{"summary", row(code).title}, {"value", problem_example(code)}});
        }
    }
    return out;
}

Value security_components() {
    return Object{
        {"bearer",
         Object{{"type", "http"},
                {"scheme", "bearer"},
                {"description", "The key of a device, `tdk_…`, or of an application, `tak_…`."}}},
        {"session", Object{{"type", "apiKey"},
                           {"in", "cookie"},
                           {"name", "__Host-tandem-session"},
                           {"description",
                            "A browser's session; without TLS the cookie is `tandem-session`."}}}};
}

}  // namespace

Value openapi() {
    return Object{
        {"openapi", "3.1.0"},
        {"info", Object{{"title", "Tandem"},
                        {"version", kVersion},
                        {"summary", "The REST door of a Tandem hub."},
                        {"description",
                         "The REST door of a Tandem hub. The same operations are at the WebSocket "
                         "door: see /asyncapi.json. CBOR bodies have the structure of the JSON "
                         "ones."},
                        {"contact", contact()},
                        {"license", license()}}},
        {"servers",
         Array{Object{{"url", "/"}, {"description", "The hub that gives this document."}}}},
        {"tags", tags(Doors::kWsOnly)},
        {"paths", paths()},
        {"components", Object{{"schemas", component_schemas(Doors::kWsOnly)},
                              {"responses", problem_components()},
                              {"headers", header_components()},
                              {"examples", example_components()},
                              {"securitySchemes", security_components()}}}};
}

Value error_reference() {
    Array rows;
    for (const ErrorRow& row : errors()) {
        rows.push_back(Object{{"name", row.name},
                              {"type", "/problems/" + std::string{row.name}},
                              {"status", row.status},
                              {"retryable", row.retryable},
                              {"title", row.title}});
    }
    return rows;
}

}  // namespace tandem::contract
