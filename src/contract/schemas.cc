#include "contract/schemas.h"

#include "base/check.h"
#include "codec/json.h"
#include "contract/catalogue.h"
#include "contract/device_schema.h"
#include "contract/session.h"

#include <algorithm>
#include <array>
#include <set>

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

// A format that is no tree of values: its bytes are a text.
Value text_format(std::string_view says, std::string_view example) {
    Value out = Value::Object{{"type", "string"}, {"description", says}};
    if (!example.empty()) out.set("examples", Value::Array{example});
    return out;
}

// XPath and XQuery Functions and Operators 3.1, section 17.4.
Value xml_schema() {
    return text_format(
        "The same value in the W3C's XML representation of JSON: the elements map, array, string, "
        "number, boolean and null of the namespace http://www.w3.org/2005/xpath-functions.",
        R"(<map xmlns="http://www.w3.org/2005/xpath-functions">)"
        R"(<number key="power">8.1</number></map>)");
}

// RFC 8428 sections 4 and 5.
Value senml_schema() {
    const Value text = Value::Object{{"type", "string"}};
    const Value number = Value::Object{{"type", "number"}};
    Value::Object members;
    for (const std::string_view name : {"bn", "bu", "n", "u", "vs"})
        members.emplace_back(std::string{name}, text);
    for (const std::string_view name : {"bt", "bv", "v", "t", "ut", "bver"})
        members.emplace_back(std::string{name}, number);
    members.emplace_back("vb", Value::Object{{"type", "boolean"}});
    const Value::Object first{{"n", "power"}, {"u", "W"}, {"t", 1'732'387'200}, {"v", 8.1}};
    const Value::Object second{{"n", "on"}, {"t", 1'732'387'200}, {"vb", true}};
    return Value::Object{
        {"type", "array"},
        {"description",
         "A SenML pack, RFC 8428; times are in seconds. In CBOR the names are the labels of its "
         "section 6."},
        {"items", Value::Object{{"type", "object"}, {"properties", std::move(members)}}},
        {"examples", Value::Array{Value::Array{first, second}}}};
}

Value parsed(std::string_view text) {
    auto value = codec::parse_json(text);
    check(value.has_value());
    return std::move(*value);
}

// NOLINTNEXTLINE(misc-no-recursion): over the examples of this program
void fill_in(Value& value) {
    if (const auto* text = value.get<std::string>()) {
        if (*text == "$command") value = "01JD9N4K2VQ8W3T5X7Z0ABCDEF";
        if (*text == "$grant") value = "01JD9N4K2VQ8W3T5X7Z0ABCDEF";
        if (*text == "$dashboard") value = "01JD9N4K2VQ8W3T5X7Z0ABCDEF";
        constexpr std::array kShort{"$key", "$secret", "$claim_code", "$consent"};
        if (std::ranges::find(kShort, *text) != kShort.end()) value = "kQ3vW8nZr1LpXa0c";
        return;
    }
    if (auto* members = value.get<Value::Object>()) {
        for (auto& [name, member] : *members)
            fill_in(member);
    }
}

// What the first part of an operation's name stands for.
constexpr auto kNouns = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"me", "Who is calling."},
    {"limits", "How much may be done, how much is left, and what would fit."},
    {"devices", "Things with an identity, keys, a twin, series and commands."},
    {"td", "Devices as the Web of Things describes them."},
    {"advice", "Which door fits a device, from its own traffic."},
    {"telemetry", "Readings: values of a series at a time."},
    {"series", "What is declared of a device's series."},
    {"twin", "Config and state together."},
    {"config", "What the owner wants of the device."},
    {"state", "What the device says it is."},
    {"commands", "What a device is asked to do, and what came of it."},
    {"keys", "The keys that a device proves itself with."},
    {"certificates", "The TLS client certificates that a device proves itself with."},
    {"users", "People, and what they may do with every device."},
    {"apps", "Programs, and the secrets that they prove themselves with."},
    {"grants", "What users and apps may do with some devices."},
    {"claim_codes", "Codes with which devices that nobody has registered come in."},
    {"denials", "Tokens of outside issuers that are taken no more."},
    {"consents", "What a user has agreed that apps may do in their name."},
    {"dashboards", "Tiles that somebody has put together to watch and control devices."},
    {"tenants", "Whose devices, users and apps are apart from all others'."},
    {"tickets", "How a page opens a WebSocket."},
    {"stream", "What happens, as it happens."},
    {"audit", "Who did what, and what was refused."},
    {"hub", "How the hub itself is."},
    {"auth", "How a socket says who is calling."},
    {"session", "How a browser signs in and out."},
    {"login_codes", "One-time codes to sign in with."},
    {"setup", "How the first administrator is made."},
});

Value body_schema(const Shape& shape) {
    if (const Field* whole = whole_body(shape)) return schema_of(*whole);
    return has_fields(shape) ? schema_ref(shape) : Value{};
}

}  // namespace

Value component_schemas(Doors left_out) {
    Value schemas = Value::Object{{"Problem", problem_schema()},
                                  {"DeviceSchema", device_schema()},
                                  {"ValueSchema", value_schema()}};
    bool readings = false;
    for (const Operation* operation : documented()) {
        if (operation->doors == left_out) continue;
        readings = readings || operation->takes == Bodies::kReadings ||
                   operation->gives == Bodies::kReadings;
        add(schemas, *operation->request);
        if (operation->response != nullptr) add(schemas, *operation->response);
    }
    if (readings) schemas.set("SenmlPack", senml_schema());
    if (left_out == Doors::kRestOnly) return schemas;  // What follows is REST's alone.
    schemas.set("Xml", xml_schema());
    schemas.set(
        "EventStream",
        text_format("Server-sent events: the cursor as `id`, and in `data` the receipt and the "
                    "events, `{\"gap\",\"ev\"}`; see docs/reference/stream.md.",
                    "id: AcFcAonsLQqRAAc\ndata: {\"ev\":[{\"d\":\"lamp-1\",\"s\":\"power\","
                    "\"t\":1732387200000,\"v\":8.1}]}\n\n"));
    if (!readings) return schemas;
    schemas.set("SenmlXml", text_format("A SenML pack as RFC 8428 section 7 writes it in XML.",
                                        R"(<sensml xmlns="urn:ietf:params:xml:ns:senml">)"
                                        R"(<senml n="power" u="W" t="1732387200" v="8.1"/>)"
                                        R"(</sensml>)"));
    schemas.set("Csv",
                text_format("RFC 4180: a header with `time` and the names of series, or with "
                            "`time,series,value`; see docs/reference/formats.md.",
                            "time,power,on\r\n2024-11-23T18:40:00Z,8.1,true\r\n"));
    schemas.set("Ndjson", text_format("Lines, each of them a JSON value; see "
                                      "docs/reference/formats.md.",
                                      "{\"t\":1732387200000,\"v\":{\"power\":8.1}}\n"));
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

Value schema_in(Encoding encoding, const Value& value) {
    const auto named = [](std::string_view name) {
        return Value::Object{{"$ref", "#/components/schemas/" + std::string{name}}};
    };
    switch (encoding) {
        case Encoding::kJson:
        case Encoding::kCbor:
            return value;
        case Encoding::kXml:
            return named("Xml");
        case Encoding::kSenmlJson:
        case Encoding::kSenmlCbor:
            return named("SenmlPack");
        case Encoding::kSenmlXml:
            return named("SenmlXml");
        case Encoding::kCsv:
            return named("Csv");
        case Encoding::kNdjson:
            return named("Ndjson");
        case Encoding::kEventStream:
            break;
    }
    return named("EventStream");
}

std::vector<Encoding> request_encodings(const Operation& operation) {
    std::vector<Encoding> out;
    for (const EncodingRow& row : encodings()) {
        if (row.bodies == Bodies::kAny || row.bodies == operation.takes) {
            out.push_back(row.encoding);
        }
    }
    return out;
}

std::vector<Encoding> response_encodings(const Operation& operation) {
    const bool many = operation.request->find("limit", From::kQuery) != nullptr;
    std::vector<Encoding> out;
    for (const EncodingRow& row : encodings()) {
        const bool fits = row.bodies == Bodies::kAny || row.bodies == operation.gives;
        if (fits && (many || !is_file(row.encoding))) out.push_back(row.encoding);
    }
    return out;
}

Value example_of(const Operation& operation) {
    return parsed(operation.example);
}

Value shown_example_of(const Operation& operation) {
    Value out = example_of(operation);
    fill_in(out);
    return out;
}

Value answer_of(const Operation& operation) {
    return operation.answer.empty() ? Value{} : parsed(operation.answer);
}

std::string_view noun_of(const Operation& operation) {
    return operation.name.substr(0, operation.name.find('.'));
}

Value tags(Doors left_out) {
    Value::Array out;
    std::set<std::string_view> seen;
    for (const Operation* operation : documented()) {
        const std::string_view noun = noun_of(*operation);
        if (operation->doors == left_out || !seen.insert(noun).second) continue;
        const auto found =
            std::ranges::find(kNouns, noun, &std::pair<std::string_view, std::string_view>::first);
        check(found != kNouns.end());
        out.push_back(Value::Object{{"name", noun}, {"description", found->second}});
    }
    return out;
}

Value problem_example(ErrorCode code) {
    Error error{.code = code};
    if (code == ErrorCode::kInvalidField) {
        error.fields.push_back({.pointer = "/name", .detail = "text is expected"});
    }
    if (code == ErrorCode::kRateLimited) error.limit = "requests_per_second";
    if (row(code).retryable) error.retry_after = 1s;
    return parsed(write_problem(Encoding::kJson, error));
}

std::vector<ErrorCode> errors_of(const Operation& operation) {
    using enum ErrorCode;
    std::vector<ErrorCode> all = operation.errors;
    all.insert(all.end(), {kInvalidField, kUnauthenticated, kForbidden, kNotAcceptable,
                           kRateLimited, kInternal, kUnavailable, kStorageFailed});
    if (operation.of_device()) all.push_back(kNotFound);
    if (!request_body_schema(operation).is_null()) {
        all.insert(all.end(), {kMalformedBody, kBodyTooLarge, kUnsupportedMediaType});
    }
    if (operation.method != Method::kGet) all.push_back(kStorageFull);
    const bool query = std::ranges::find(operation.request->fields, From::kQuery, &Field::from) !=
                       operation.request->fields.end();
    if (query) all.push_back(kTargetTooLong);
    std::vector<ErrorCode> once;
    for (const ErrorCode code : all) {
        if (std::ranges::find(once, code) == once.end()) once.push_back(code);
    }
    std::ranges::sort(once);
    return once;
}

Value license() {
    return Value::Object{{"name", "Apache-2.0"},
                         {"url", "https://www.apache.org/licenses/LICENSE-2.0"}};
}

Value contact() {
    return Value::Object{{"name", "The Tandem project"}};
}

const std::vector<const Operation*>& documented() {
    static const auto all = [] {
        std::vector<const Operation*> made{catalogue().begin(), catalogue().end()};
        made.insert(made.end(), {&kSessionBegin, &kSessionEnd, &kLoginCodeCreate, &kSetupCreate});
        return made;
    }();
    return all;
}

}  // namespace tandem::contract
