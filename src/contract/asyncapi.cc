// AsyncAPI 3.0.0 of the WebSocket door, made from the catalogue.
#include "contract/catalogue.h"
#include "contract/schemas.h"
#include "contract/stream.h"

#include <algorithm>

namespace tandem::contract {
namespace {

using Object = Value::Object;
using Array = Value::Array;

Value object(Object properties, Array required) {
    return Object{{"type", "object"},
                  {"properties", std::move(properties)},
                  {"required", std::move(required)}};
}

Value type(std::string_view name) {
    return Object{{"type", name}};
}
Value says(Value schema, std::string_view text) {
    schema.set("description", text);
    return schema;
}
Value constant(std::string_view text) {
    return Object{{"type", "string"}, {"const", text}};
}
Value reference(const std::string& to) {
    return Object{{"$ref", to}};
}

// ---------------------------------------------------------------- requests and replies

// A list may stand for its items with commas between, a single item for a list of one.
Value parameter_schema(const Field& field) {
    Value schema = schema_of(field);
    if (!field.says.empty() && schema.find("$ref") == nullptr) {
        schema.set("description", field.says);
    }
    return schema;
}

// The media types that a body on a socket can have beside the socket's own.
Array announced_types(const std::vector<Encoding>& encodings) {
    Array out;
    for (const Encoding encoding : encodings) {
        const EncodingRow& each = row(encoding);
        if (is_senml(encoding) && each.syntax != Encoding::kXml) {
            out.emplace_back(each.media_type);
        }
    }
    return out;
}

Value parameters_schema(const Operation& operation, From from) {
    Object properties;
    Array required;
    for (const Field& field : operation.request->fields) {
        if (field.from != from) continue;
        properties.emplace_back(std::string{field.name}, parameter_schema(field));
        if (field.required || from == From::kPath) required.emplace_back(field.name);
    }
    if (from == From::kHeader && operation.takes == Bodies::kReadings) {
        properties.emplace_back("content-type",
                                Object{{"type", "string"},
                                       {"enum", announced_types(request_encodings(operation))},
                                       {"description", "Of a body that is no plain value."}});
    }
    if (from == From::kHeader && operation.method == Method::kPost && !operation.path.empty() &&
        !operation.secret) {
        properties.emplace_back(
            "idempotency-key",
            says(Object{{"type", "string"}, {"maxLength", 128}},
                 "A repeat with the same key within 24 h gets the first answer again."));
    }
    if (properties.empty()) return {};
    Value out = Object{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out.set("required", std::move(required));
    return out;
}

Value body_schema(const Operation& operation) {
    Value general = request_body_schema(operation);
    if (general.is_null() || operation.takes != Bodies::kReadings) return general;
    return Object{{"anyOf", Array{std::move(general), schema_in(Encoding::kSenmlJson, {})}}};
}

// `{"id","op","path","query","headers","body"}`
Value request_payload(const Operation& operation) {
    Object properties{
        {"id", says(type("integer"), "Chosen by the sender; the reply has the same.")},
        {"op", constant(operation.name)}};
    Array required{"op"};
    const std::pair<std::string_view, From> places[] = {
        {"path", From::kPath}, {"query", From::kQuery}, {"headers", From::kHeader}};
    for (const auto& [name, from] : places) {
        Value schema = parameters_schema(operation, from);
        if (!schema.is_null()) properties.emplace_back(std::string{name}, std::move(schema));
        if (from == From::kPath && operation.of_device()) required.emplace_back(name);
    }
    Value body = body_schema(operation);
    if (!body.is_null()) properties.emplace_back("body", std::move(body));
    if (may_be_batched(operation)) {
        properties.emplace_back("ack", says(constant("batch"),
                                            "No reply, but one `ack` for all that one commit "
                                            "has settled."));
    }
    if (request_body_needed(operation)) required.emplace_back("body");
    return object(std::move(properties), std::move(required));
}

Value request_example(const Operation& operation) {
    Value out = Object{{"id", 1}, {"op", operation.name}};
    const Value given = shown_example_of(operation);
    for (const auto& [name, value] : *given.get<Object>())
        out.set(name, value);
    return out;
}

Value example(std::string_view name, Value payload) {
    return Object{{"name", name}, {"payload", std::move(payload)}};
}

Value message(std::string_view name, std::string_view text, Value payload, Array examples) {
    return Object{{"name", name},
                  {"title", name},
                  {"summary", text},
                  {"contentType", row(Encoding::kJson).media_type},
                  {"payload", std::move(payload)},
                  {"examples", std::move(examples)}};
}

Value numbered(Value out) {
    out.set("correlationId", reference("#/components/correlationIds/number"));
    return out;
}

Value request_message(const Operation& operation) {
    return numbered(message(operation.name, operation.says, request_payload(operation),
                            {example("request", request_example(operation))}));
}

// `{"id","status","headers","body"}`, or "problem".
Value reply_payload(const Operation& operation) {
    Object fields;
    if (operation.versioned) fields.emplace_back("etag", type("string"));
    if (operation.located) fields.emplace_back("location", type("string"));
    if (operation.request->find("prefer", From::kHeader) != nullptr) {
        fields.emplace_back("preference-applied", type("string"));
    }
    fields.emplace_back("retry-after", type("string"));
    Object properties{{"id", type("integer")},
                      {"op", says(type("string"), "Of a refused request without a number.")},
                      {"status", says(type("integer"), "What REST would have answered.")},
                      {"headers", Object{{"type", "object"}, {"properties", std::move(fields)}}},
                      {"problem", reference("#/components/schemas/Problem")}};
    Value body = response_body_schema(operation);
    if (!body.is_null()) properties.emplace_back("body", std::move(body));
    return object(std::move(properties), {"status"});
}

Value reply_message(const Operation& operation) {
    Value good = Object{{"id", 1}, {"status", operation.status}};
    Value answer = answer_of(operation);
    if (!answer.is_null()) good.set("body", std::move(answer));
    // The first of its own problems, or what any operation may say.
    const ErrorCode code =
        operation.errors.empty() ? ErrorCode::kForbidden : operation.errors.front();
    Value bad = Object{{"id", 1}, {"status", row(code).status}, {"problem", problem_example(code)}};
    const std::string name = std::string{operation.name} + ".reply";
    return numbered(message(
        name, "The answer to " + std::string{operation.name} + ".", reply_payload(operation),
        {example("success", std::move(good)), example("problem", std::move(bad))}));
}

// ---------------------------------------------------------------- what comes unasked

Value receipt_schema() {
    return object({{"from", says(type("string"), "The cursor before them.")},
                   {"to", says(type("string"), "The cursor after them.")},
                   {"n", says(type("integer"), "How many there were.")},
                   {"why", says(type("string"), "unchanged, conflated, slow or history.")}},
                  {"from", "to", "n", "why"});
}

Value lag_schema() {
    return says(
        object({{"ms", says(type("integer"),
                            "How long the oldest that waits has waited; missing: nobody knows.")},
                {"n", says(type("integer"),
                           "How many events the hub has after what the client has, wanted or "
                           "not.")}},
               {"n"}),
        "When the client is a second behind, or older events are being read.");
}

Value event_message() {
    const Value event = object({{"d", says(type("string"), "The device.")},
                                {"k", says(type("string"), "The kind; missing: a reading.")},
                                {"s", says(type("string"), "The series of a reading.")},
                                {"t", says(type("number"), "Milliseconds since 1970 UTC.")},
                                {"v", says(Object{}, "The value, or what has changed.")}},
                               {"d", "t"});
    const Value reading =
        Object{{"d", "lamp-1"}, {"s", "power"}, {"t", 1'732'387'201'000}, {"v", 8.4}};
    return message(
        "events",
        "What a subscription asked for, in the order of the log; after a receipt, if there is one. "
        "Neither: where the subscription stands.",
        object({{"sub", says(type("integer"), "Which subscription.")},
                {"cur", says(type("string"), "Where to go on after these.")},
                {"gap", receipt_schema()},
                {"lag", lag_schema()},
                {"ev", Object{{"type", "array"}, {"items", event}}}},
               {"sub", "cur"}),
        {example("readings",
                 Object{{"sub", 1}, {"cur", "AQk7fQm2x1kBAQ"}, {"ev", Array{reading}}})});
}

Value gap_message() {
    return message("gap", "The receipt for events that were not sent.",
                   object({{"sub", type("integer")},
                           {"cur", says(type("string"), "Where to go on.")},
                           {"gap", receipt_schema()},
                           {"lag", lag_schema()}},
                          {"sub", "cur", "gap"}),
                   {example("slow", Object{{"sub", 1},
                                           {"cur", "AQk7fQm2x1kB4QM"},
                                           {"gap", Object{{"from", "AQk7fQm2x1kBAQ"},
                                                          {"to", "AQk7fQm2x1kB4QM"},
                                                          {"n", 480},
                                                          {"why", "slow"}}}})});
}

Value command_message() {
    return message(
        "command", "A command for the device that this socket belongs to.",
        object({{"cmd", object({{"id", type("string")},
                                {"name", type("string")},
                                {"params", Object{}},
                                {"attempt", says(type("integer"), "Deliveries so far.")},
                                {"expires", says(type("number"), "Milliseconds since 1970 UTC.")}},
                               {"id", "name", "attempt", "expires"})}},
               {"cmd"}),
        {example("blink", Object{{"cmd", Object{{"id", "01JD9N4K2VQ8W3T5X7Z0ABCDEF"},
                                                {"name", "blink"},
                                                {"params", Object{{"times", 3}}},
                                                {"attempt", 1},
                                                {"expires", 1'732'390'800'000}}}})});
}

Value hello_message() {
    const Value principal =
        object({{"kind", type("string")}, {"id", type("string")}}, {"kind", "id"});
    const Value advice =
        object({{"door", says(type("string"), "A device would do better here.")},
                {"says", says(type("string"), "Why.")},
                {"saving_bytes_a_day", says(type("integer"), "What that would save.")}},
               {"door", "says", "saving_bytes_a_day"});
    return message(
        "hello", "The hub knows who is there and listens.",
        object({{"hello", object({{"protocol", type("string")},
                                  {"principal", principal},
                                  {"ping_ms",
                                   says(type("integer"), "After how much silence the hub pings.")},
                                  {"message_bytes", says(type("integer"), "The longest message.")},
                                  {"advice", advice}},
                                 {"protocol", "principal"})}},
               {"hello"}),
        {example("device", Object{{"hello", Object{{"protocol", "tandem.v1"},
                                                   {"principal",
                                                    Object{{"kind", "device"}, {"id", "lamp-1"}}},
                                                   {"ping_ms", 20'000},
                                                   {"message_bytes", 131'072}}}})});
}

Value config_message() {
    return message(
        "config", "What has changed in the config of the device that this socket belongs to.",
        object({{"config",
                 object({{"version", says(type("integer"), "Of the config after the change.")},
                         {"from", says(type("integer"),
                                       "The version that the change is for; 0: an empty object.")},
                         {"delta", says(type("object"), "A merge patch, RFC 7396.")}},
                        {"version", "from", "delta"})}},
               {"config"}),
        {example("brightness", Object{{"config", Object{{"version", 4},
                                                        {"from", 3},
                                                        {"delta", Object{{"brightness", 60}}}}}})});
}

Value ack_message() {
    return message(
        "ack", "The answer to all writes with `\"ack\":\"batch\"` that one commit has settled.",
        object(
            {{"ack", object({{"n", says(type("integer"), "How many messages; refused ones too.")},
                             {"refused", says(type("integer"),
                                              "How many of them have a refusal of "
                                              "their own.")},
                             {"durability", type("string")}},
                            {"n", "refused", "durability"})}},
            {"ack"}),
        {example("forty",
                 Object{{"ack", Object{{"n", 40}, {"refused", 0}, {"durability", "durable"}}}})});
}

Value auth_message() {
    return message(
        "credential", "The credential of this socket ends soon: renew it with `auth`.",
        object(
            {{"auth", object({{"expires_in", says(type("integer"), "Seconds.")}}, {"expires_in"})}},
            {"auth"}),
        {example("a minute", Object{{"auth", Object{{"expires_in", 60}}}})});
}

Value goaway_message() {
    return message(
        "goaway", "The hub stops: this socket will be closed with 1012.",
        object({{"goaway",
                 object({{"after_ms", says(type("integer"), "Not before so many milliseconds.")},
                         {"spread_ms", says(type("integer"),
                                            "Sockets are closed one after the other within so "
                                            "many after that.")}},
                        {"after_ms", "spread_ms"})}},
               {"goaway"}),
        {example("stop", Object{{"goaway", Object{{"after_ms", 200}, {"spread_ms", 1'000}}}})});
}

Value limits_message() {
    const Value budget =
        object({{"q", says(type("integer"), "At once.")},
                {"w", says(type("integer"), "Seconds until it is full from empty.")},
                {"r", says(type("integer"), "What is left.")},
                {"t", says(type("integer"), "Seconds until it is full again.")}},
               {"q", "w", "r", "t"});
    return message(
        "limits",
        "A budget gets scarce or is empty: `requests`, `readings`, or the `messages` of this "
        "socket, "
        "which is then not read for a moment.",
        object({{"limits", Object{{"type", "object"}, {"additionalProperties", budget}}}},
               {"limits"}),
        {example("scarce",
                 Object{{"limits", Object{{"requests",
                                           Object{{"q", 100}, {"w", 5}, {"r", 24}, {"t", 4}}}}}})});
}

// ---------------------------------------------------------------- the document

struct Parts {
    Value messages = Object{};    // components/messages
    Value in_channel = Object{};  // channels/stream/messages
    Value operations = Object{};
};

// AsyncAPI's keys must not have the dots of our names.
std::string key_of(std::string_view name) {
    std::string out{name};
    std::ranges::replace(out, '.', '_');
    return out;
}

void add_message(Parts& parts, const std::string& key, Value message) {
    parts.messages.set(key, std::move(message));
    parts.in_channel.set(key, reference("#/components/messages/" + key));
}

std::string described(const Operation& operation) {
    std::string out = std::string{operation.says} + "\n\nNeeds the scope `" +
                      std::string{name_of(operation.scope)} + "`.";
    if (!operation.path.empty()) {
        out += " At the REST door: `" + std::string{name_of(operation.method)} + " " +
               std::string{operation.path} + "`.";
    }
    return out;
}

void add_operation(Parts& parts, const Operation& operation) {
    const std::string key = key_of(operation.name);
    add_message(parts, key, request_message(operation));
    add_message(parts, key + "_reply", reply_message(operation));
    const std::string in_channel = "#/channels/stream/messages/" + key;
    const Value channel = reference("#/channels/stream");
    Value out = Object{{"action", "receive"},
                       {"channel", channel},
                       {"title", operation.name},
                       {"summary", operation.says},
                       {"description", described(operation)},
                       {"tags", Array{Object{{"name", noun_of(operation)}}}},
                       {"messages", Array{reference(in_channel)}},
                       {"reply", Object{{"channel", channel},
                                        {"messages", Array{reference(in_channel + "_reply")}}}}};
    // `auth` is how a socket that was opened without a key comes to one.
    if (operation.name != kAuth.name) {
        out.set("security", Array{reference("#/components/securitySchemes/bearer")});
    }
    parts.operations.set(key, std::move(out));
}

Parts make_parts() {
    Parts parts;
    for (const Operation* operation : catalogue()) {
        if (operation->doors != Doors::kRestOnly) add_operation(parts, *operation);
    }
    Array sent;
    for (const Value& each :
         {hello_message(), event_message(), gap_message(), command_message(), config_message(),
          ack_message(), auth_message(), goaway_message(), limits_message()}) {
        const std::string key = *each.find("name")->get<std::string>();
        add_message(parts, key, each);
        sent.push_back(reference("#/channels/stream/messages/" + key));
    }
    parts.operations.set(
        "unasked", Object{{"action", "send"},
                          {"channel", reference("#/channels/stream")},
                          {"title", "unasked"},
                          {"summary", "What the hub sends by itself."},
                          {"description",
                           "`hello` at first, events and gap receipts to who subscribes, commands "
                           "and changes of the config to devices, and what concerns the socket "
                           "itself."},
                          {"tags", Array{Object{{"name", noun_of(kStreamSubscribe)}}}},
                          {"messages", std::move(sent)}});
    return parts;
}

Value server(std::string_view protocol, std::string_view text) {
    return Object{
        {"host", "{host}"},
        {"protocol", protocol},
        {"description", text},
        {"variables",
         Object{{"host", Object{{"default", "localhost:8080"},
                                {"description", "The hub's name or address, and its port."}}}}},
        {"security", Array{reference("#/components/securitySchemes/bearer")}}};
}

Value channel(Value messages) {
    const Value offered = Object{
        {"type", "string"},
        {"description",
         "tandem.v1.json: text frames with JSON; tandem.v1.cbor: binary frames with CBOR of the "
         "same structure. A page adds tandem.ticket. and its ticket."},
        {"examples", Array{"tandem.v1.json"}}};
    const Value headers =
        Object{{"type", "object"}, {"properties", Object{{"Sec-WebSocket-Protocol", offered}}}};
    const Value ping = Object{{"type", "integer"},
                              {"minimum", 10'000},
                              {"maximum", 240'000},
                              {"default", 20'000},
                              {"description", "After how much silence the hub is to ping."}};
    const Value query = Object{{"type", "object"}, {"properties", Object{{"ping_ms", ping}}}};
    return Object{
        {"address", "/v1/stream"},
        {"title", "The stream"},
        {"summary", "One socket for everything: requests with replies, and what comes unasked."},
        {"description",
         "A frame holds one message or a list of up to 1,000. A request without `id` has no reply "
         "unless it is refused. A socket without a key in its handshake says who is calling with "
         "`auth`, as its first message."},
        {"servers", Array{reference("#/servers/tls"), reference("#/servers/plain")}},
        {"messages", std::move(messages)},
        {"bindings", Object{{"ws", Object{{"method", "GET"},
                                          {"headers", headers},
                                          {"query", query},
                                          {"bindingVersion", "0.1.0"}}}}}};
}

}  // namespace

Value asyncapi() {
    Parts parts = make_parts();
    return Object{
        {"asyncapi", "3.0.0"},
        {"info", Object{{"title", "Tandem"},
                        {"version", kVersion},
                        {"description",
                         "The WebSocket door of a Tandem hub. The same operations are at the REST "
                         "door: see /openapi.json."},
                        {"contact", contact()},
                        {"license", license()},
                        {"tags", tags(Doors::kRestOnly)}}},
        {"defaultContentType", row(Encoding::kJson).media_type},
        {"servers", Object{{"tls", server("wss", "A hub with a certificate.")},
                           {"plain", server("ws", "A hub on a trusted network, without TLS.")}}},
        {"channels", Object{{"stream", channel(std::move(parts.in_channel))}}},
        {"operations", std::move(parts.operations)},
        {"components",
         Object{{"messages", std::move(parts.messages)},
                {"schemas", component_schemas(Doors::kRestOnly)},
                {"correlationIds",
                 Object{{"number", Object{{"description", "The reply has its request's number."},
                                          {"location", "$message.payload#/id"}}}}},
                {"securitySchemes",
                 Object{{"bearer",
                         Object{{"type", "http"},
                                {"scheme", "bearer"},
                                {"description",
                                 "The key of a device, `tdk_…`, or of an application, `tak_…`, "
                                 "in the handshake."}}}}}}}};
}

}  // namespace tandem::contract
