// AsyncAPI 3.0.0 of the WebSocket door, made from the catalogue.
#include "contract/catalogue.h"
#include "contract/schemas.h"

namespace tandem::contract {
namespace {

Value object(Value::Object properties, Value::Array required) {
    return Value::Object{{"type", "object"},
                         {"properties", std::move(properties)},
                         {"required", std::move(required)}};
}

Value type(std::string_view name) {
    return Value::Object{{"type", name}};
}
Value constant(std::string_view text) {
    return Value::Object{{"const", text}};
}

Value parameters_schema(const Operation& operation, From from) {
    Value::Object properties;
    Value::Array required;
    for (const Field& field : operation.request->fields) {
        if (field.from != from) continue;
        properties.emplace_back(std::string{field.name}, field.type->schema(field));
        if (field.required || from == From::kPath) required.emplace_back(field.name);
    }
    return properties.empty() ? Value{} : object(std::move(properties), std::move(required));
}

// `{"id","op","path","query","headers","body"}`
Value request_message(const Operation& operation) {
    Value::Object properties{{"id", type("integer")}, {"op", constant(operation.name)}};
    Value::Array required{"op"};
    const std::pair<std::string_view, From> places[] = {
        {"path", From::kPath}, {"query", From::kQuery}, {"headers", From::kHeader}};
    for (const auto& [name, from] : places) {
        Value schema = parameters_schema(operation, from);
        if (!schema.is_null()) properties.emplace_back(std::string{name}, std::move(schema));
        if (from == From::kPath && operation.of_device()) required.emplace_back(name);
    }
    Value body = request_body_schema(operation);
    if (!body.is_null()) properties.emplace_back("body", std::move(body));
    if (request_body_needed(operation)) required.emplace_back("body");
    Value example = Value::Object{{"id", 1}, {"op", operation.name}};
    const Value given = example_of(operation);
    if (const auto* members = given.get<Value::Object>()) {
        for (const auto& [name, value] : *members)
            example.set(name, value);
    }
    return Value::Object{
        {"name", operation.name},
        {"summary", operation.says},
        {"payload", object(std::move(properties), std::move(required))},
        {"examples", Value::Array{Value::Object{{"payload", std::move(example)}}}}};
}

// `{"id","status","headers","body"}`, or "problem".
Value reply_message(const Operation& operation) {
    Value::Object properties{{"id", type("integer")},
                             {"status", type("integer")},
                             {"headers", type("object")},
                             {"problem", Value::Object{{"$ref", "#/components/schemas/Problem"}}}};
    Value body = response_body_schema(operation);
    if (!body.is_null()) properties.emplace_back("body", std::move(body));
    return Value::Object{{"name", std::string{operation.name} + ".reply"},
                         {"payload", object(std::move(properties), {"status"})}};
}

Value unasked(std::string_view name, std::string_view says, Value payload) {
    return Value::Object{{"name", name}, {"summary", says}, {"payload", std::move(payload)}};
}

Value event_message() {
    const Value event = object({{"d", type("string")},
                                {"k", type("string")},
                                {"s", type("string")},
                                {"t", type("number")},
                                {"v", Value::Object{}}},
                               {"d", "t"});
    return unasked("events", "What a subscription asked for, in the order of the log.",
                   object({{"sub", type("integer")},
                           {"cur", type("string")},
                           {"ev", Value::Object{{"type", "array"}, {"items", event}}}},
                          {"sub", "cur", "ev"}));
}

Value gap_message() {
    return unasked("gap", "The receipt for events that were not sent.",
                   object({{"sub", type("integer")},
                           {"gap", object({{"from", type("string")},
                                           {"to", type("string")},
                                           {"n", type("integer")},
                                           {"why", type("string")}},
                                          {"from", "to", "n", "why"})}},
                          {"sub", "gap"}));
}

Value command_message() {
    return unasked("command", "A command for the device that this socket belongs to.",
                   object({{"cmd", object({{"id", type("string")},
                                           {"name", type("string")},
                                           {"params", Value::Object{}},
                                           {"attempt", type("integer")},
                                           {"expires", type("number")}},
                                          {"id", "name", "attempt", "expires"})}},
                          {"cmd"}));
}

Value hello_message() {
    return unasked("hello", "The hub knows who is there and listens.",
                   object({{"hello", object({{"protocol", type("string")},
                                             {"principal", type("object")},
                                             {"ping_ms", type("integer")},
                                             {"message_bytes", type("integer")}},
                                            {"protocol", "principal"})}},
                          {"hello"}));
}

Value reference(const std::string& to) {
    return Value::Object{{"$ref", to}};
}

struct Parts {
    Value messages = Value::Object{};    // components/messages
    Value in_channel = Value::Object{};  // channels/stream/messages
    Value operations = Value::Object{};
};

// AsyncAPI's keys must not have the dots of our names.
std::string key_of(std::string_view name) {
    std::string out{name};
    for (char& c : out) {
        if (c == '.') c = '_';
    }
    return out;
}

void add_message(Parts& parts, const std::string& key, Value message) {
    parts.messages.set(key, std::move(message));
    parts.in_channel.set(key, reference("#/components/messages/" + key));
}

void add_operation(Parts& parts, const Operation& operation) {
    const std::string key = key_of(operation.name);
    add_message(parts, key, request_message(operation));
    add_message(parts, key + "_reply", reply_message(operation));
    const std::string in_channel = "#/channels/stream/messages/" + key;
    parts.operations.set(
        key, Value::Object{
                 {"action", "receive"},
                 {"channel", reference("#/channels/stream")},
                 {"summary", operation.says},
                 {"messages", Value::Array{reference(in_channel)}},
                 {"reply",
                  Value::Object{{"channel", reference("#/channels/stream")},
                                {"messages", Value::Array{reference(in_channel + "_reply")}}}}});
}

Parts make_parts() {
    Parts parts;
    for (const Operation* operation : catalogue()) {
        if (operation->doors != Doors::kRestOnly) add_operation(parts, *operation);
    }
    Value::Array sent;
    for (const Value& message :
         {hello_message(), event_message(), gap_message(), command_message()}) {
        const std::string key = *message.find("name")->get<std::string>();
        add_message(parts, key, message);
        sent.push_back(reference("#/channels/stream/messages/" + key));
    }
    parts.operations.set("unasked", Value::Object{{"action", "send"},
                                                  {"channel", reference("#/channels/stream")},
                                                  {"summary", "What the hub sends by itself."},
                                                  {"messages", std::move(sent)}});
    return parts;
}

}  // namespace

Value asyncapi() {
    Parts parts = make_parts();
    return Value::Object{
        {"asyncapi", "3.0.0"},
        {"info",
         Value::Object{{"title", "Tandem"},
                       {"version", kVersion},
                       {"description",
                        "The WebSocket door of a Tandem hub: JSON in text frames with the "
                        "subprotocol tandem.v1.json, CBOR in binary ones with tandem.v1.cbor. A "
                        "frame holds one message or a list of them."},
                       {"license", Value::Object{{"name", "Apache-2.0"}}}}},
        {"defaultContentType", "application/json"},
        {"channels",
         Value::Object{{"stream", Value::Object{{"address", "/v1/stream"},
                                                {"messages", std::move(parts.in_channel)}}}}},
        {"operations", std::move(parts.operations)},
        {"components",
         Value::Object{
             {"messages", std::move(parts.messages)},
             {"schemas", component_schemas()},
             {"securitySchemes",
              Value::Object{{"bearer", Value::Object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace tandem::contract
