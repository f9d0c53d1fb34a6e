// W3C Web of Things: Thing Description 1.1, https://www.w3.org/TR/wot-thing-description11/
#include "contract/thing.h"

#include "codec/json.h"
#include "codec/time_text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tandem::contract {
namespace {

using Object = Value::Object;
using Array = Value::Array;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtocol = "tandem.v1.json";

// Where the device is at each door, and how forms are made of it.
class Forms {
public:
    Forms(const Device& device, const std::string& base)
        : id_{device.ref.id.text()},
          device_{base + "/v1/devices/" + id_},
          // http becomes ws and https wss.
          stream_{(base.empty() ? "" : "ws" + base.substr(4)) + "/v1/stream"} {}

    [[nodiscard]] const std::string& id() const { return id_; }

    /// The message as the door takes it; the input of an action or the new value of a property is
    /// its `body`.
    [[nodiscard]] Value message(Value op, std::string_view operation, Object more) const {
        Object sent{{"op", operation}};
        std::ranges::move(more, std::back_inserter(sent));
        return Object{{"op", std::move(op)},
                      {"href", stream_},
                      {"subprotocol", kProtocol},
                      {"contentType", kJson},
                      {"tandem:message", std::move(sent)}};
    }
    /// About the device itself.
    [[nodiscard]] Value socket(std::string_view op,
                               std::string_view operation,
                               Object query = {}) const {
        Object more{{"path", Object{{"device", id_}}}};
        if (!query.empty()) more.emplace_back("query", std::move(query));
        return message(op, operation, std::move(more));
    }
    /// Both ends of a subscription; what comes is marked with its number.
    [[nodiscard]] Value subscription(std::string_view what, Object filter) const {
        filter.insert(filter.begin(), {"devices", Array{id_}});
        const std::string start{what};
        return message(Array{start, "un" + start}, "stream.subscribe",
                       {{"body", std::move(filter)}});
    }
    [[nodiscard]] Value http(std::string_view op,
                             std::string_view method,
                             const std::string& path,
                             std::string_view type = kJson) const {
        return Object{{"op", op},
                      {"href", device_ + path},
                      {"htv:methodName", method},
                      {"contentType", type}};
    }

private:
    std::string id_;
    std::string device_;
    std::string stream_;
};

Value typed(std::string_view type) {
    return Object{{"type", type}};
}

// The schema of a series' values.
Value value_schema(std::string_view type, std::string_view unit) {
    Value out = Object{};
    if (type != "any" && type != "json") out = typed(type);
    if (!unit.empty()) out.set("unit", unit);
    return out;
}

// A series is read as its newest reading, in the form in which history is told.
Value series_property(const Forms& forms, const std::string& name, const Value& value) {
    const Value reading = Object{
        {"type", "object"},
        {"properties",
         Object{{"t", Object{{"type", "number"}, {"description", "Milliseconds since 1970 UTC."}}},
                {"v", value}}},
        {"required", Array{"t", "v"}}};
    return Object{
        {"title", name},
        {"type", "object"},
        {"properties",
         Object{{"series", Object{{"type", "string"}, {"const", name}}},
                {"readings", Object{{"type", "array"}, {"maxItems", 1}, {"items", reading}}}}},
        {"required", Array{"series", "readings"}},
        {"readOnly", true},
        {"observable", true},
        {"forms", Array{forms.http("readproperty", "GET",
                                   "/telemetry?series=" + name + "&order=desc&limit=1"),
                        forms.socket("readproperty", "telemetry.read",
                                     {{"series", Array{name}}, {"order", "desc"}, {"limit", 1}}),
                        forms.subscription("observeproperty", {{"series", Array{name}}})}}};
}

Value data_schema(const Value& schema);

Value data_schemas(const Object& properties) {
    Value out = Object{};
    for (const auto& [name, each] : properties)
        out.set(name, data_schema(each));
    return out;
}

Array without_repeats(const Array& choices) {
    Array out;
    for (const Value& each : choices) {
        if (std::ranges::find(out, each) == out.end()) out.push_back(each);
    }
    return out;
}

// What a thing's schema says under a keyword of the device's; nothing where it may not have it.
std::optional<Value> data_operand(std::string_view keyword, const Value& operand) {
    if (keyword == "items") return data_schema(operand);
    if (keyword == "properties") return data_schemas(*operand.get<Object>());
    if (keyword.ends_with("Length") || keyword.ends_with("Items")) {
        const auto* count = operand.get<std::int64_t>();
        if (count == nullptr || *count < 0) return std::nullopt;
    }
    if (keyword == "enum") {
        Array choices = without_repeats(*operand.get<Array>());
        if (choices.empty()) return std::nullopt;
        return Value{std::move(choices)};
    }
    return operand;
}

// What the schemas of a device and of a thing say alike is taken over. That of a thing wants the
// values of an enumeration to differ and to be there, and counts to be whole.
// NOLINTNEXTLINE(misc-no-recursion): a schema's depth is the reader's limit
Value data_schema(const Value& schema) {
    Value out = Object{};
    const auto* members = schema.get<Object>();
    if (members == nullptr) return out;
    for (const auto& [keyword, operand] : *members) {
        if (auto taken = data_operand(keyword, operand)) out.set(keyword, std::move(*taken));
    }
    return out;
}

// One half of the twin, an object.
Value twin_property(const Forms& forms, const std::string& name, Value out, bool writable) {
    out.set("title", name);
    out.set("type", "object");
    if (out.find("properties") == nullptr) out.set("properties", Object{});
    out.set("readOnly", !writable);
    out.set("observable", true);
    Array all{forms.http("readproperty", "GET", "/" + name),
              forms.socket("readproperty", name + ".get"),
              forms.subscription("observeproperty", {{"kinds", Array{name}}})};
    if (writable) {
        all.push_back(
            forms.http("writeproperty", "PATCH", "/" + name, "application/merge-patch+json"));
        all.push_back(forms.socket("writeproperty", name + ".patch"));
    }
    out.set("forms", std::move(all));
    return out;
}

// Names of series have no slash.
std::string key_of_series(const std::string& name) {
    return name == "config" || name == "state" ? "series/" + name : name;
}

Value properties(const Forms& forms, const Device& device, const std::vector<Series>& series) {
    std::map<std::string, Value> values;
    if (const Value* declared = device.schema.find("series")) {
        for (const auto& [name, each] : *declared->get<Object>()) {
            const Value* type = each.find("type");
            const Value* unit = each.find("unit");
            values[name] = value_schema(type == nullptr ? "any" : *type->get<std::string>(),
                                        unit == nullptr ? "" : *unit->get<std::string>());
        }
    }
    for (const Series& each : series) {
        const bool known =
            each.type == Series::Type::kAny && each.unit.empty() && values.contains(each.name);
        if (!known) values[each.name] = value_schema(name_of(each.type), each.unit);
    }
    Value out = Object{};
    for (const auto& [name, value] : values)
        out.set(key_of_series(name), series_property(forms, name, value));
    const Value* config = device.schema.find("config");
    out.set("config",
            twin_property(forms, "config",
                          config == nullptr ? Value{Object{}} : data_schema(*config), true));
    out.set("state", twin_property(forms, "state", Object{}, false));
    return out;
}

// What is sent is the whole body of commands.send, so that a consumer of the description needs no
// knowledge beside it.
Value action(const Forms& forms, const Value& name, const Value& params, bool params_needed) {
    Array needed{"name"};
    if (params_needed) needed.emplace_back("params");
    return Object{{"input", Object{{"type", "object"},
                                   {"properties", Object{{"name", name}, {"params", params}}},
                                   {"required", std::move(needed)}}},
                  {"output", Object{{"type", "object"},
                                    {"properties",
                                     Object{{"id", typed("string")}, {"status", typed("string")}}},
                                    {"required", Array{"id", "status"}}}},
                  {"synchronous", false},
                  {"forms", Array{forms.http("invokeaction", "POST", "/commands"),
                                  forms.socket("invokeaction", "commands.send")}}};
}

Value actions(const Forms& forms, const Device& device) {
    const Value* commands = device.schema.find("commands");
    if (commands == nullptr) {
        return Object{{"command", action(forms, typed("string"), Object{}, false)}};
    }
    Value out = Object{};
    for (const auto& [name, command] : *commands->get<Object>()) {
        const Value* params = command.find("params");
        const Value* required = params == nullptr ? nullptr : params->find("required");
        const bool needed = required != nullptr && !required->get<Array>()->empty();
        out.set(name, action(forms, Object{{"type", "string"}, {"const", name}},
                             params == nullptr ? Value{Object{}} : data_schema(*params), needed));
    }
    return out;
}

Value events(const Forms& forms) {
    return Object{
        {"presence", Object{{"title", "The device came or went."},
                            {"data", Object{{"type", "object"},
                                            {"properties", Object{{"online", typed("boolean")},
                                                                  {"door", typed("string")}}}}},
                            {"forms", Array{forms.subscription("subscribeevent",
                                                               {{"kinds", Array{"presence"}}})}}}}};
}

}  // namespace

Result<void> Codec<ThingDocument>::read(Reader& reader, ThingDocument& out, const Field&) {
    auto value = read_value(reader);
    if (!value) return pass(value);
    out.value = std::move(*value);
    return {};
}
void Codec<ThingDocument>::write(Writer& writer, const ThingDocument& value) {
    write_value(writer, value.value);
}
// The W3C's own schema says more of each: https://www.w3.org/TR/wot-thing-description11/
Value Codec<ThingDocument>::schema(const Field&) {
    const Value affordances = Object{
        {"type", "object"},
        {"additionalProperties",
         Object{
             {"type", "object"},
             {"properties", Object{{"forms", Object{{"type", "array"}, {"items", any_object()}}}}},
             {"required", Array{"forms"}},
             {"additionalProperties", true}}}};
    return Object{
        {"type", "object"},
        {"properties", Object{{"@context", Object{{"type", "array"}, {"items", Object{}}}},
                              {"id", typed("string")},
                              {"title", typed("string")},
                              {"securityDefinitions", any_object()},
                              {"security", typed("string")},
                              {"properties", affordances},
                              {"actions", affordances},
                              {"events", affordances}}},
        {"required", Array{"@context", "id", "title", "securityDefinitions", "security",
                           "properties", "actions", "events"}},
        {"additionalProperties", true}};
}

Value thing_description(const Device& device,
                        const std::vector<Series>& series,
                        const std::string& base) {
    const Forms forms{device, base};
    Value out = Object{{"@context", Array{"https://www.w3.org/2022/wot/td/v1.1",
                                          Object{{"htv", "http://www.w3.org/2011/http#"},
                                                 {"tandem", "urn:tandem:td#"}}}},
                       {"id", "urn:tandem:device:" + forms.id()},
                       {"title", device.name.empty() ? forms.id() : device.name},
                       {"created", codec::rfc3339(device.created)},
                       {"version", Object{{"instance", std::to_string(device.version)}}},
                       {"securityDefinitions", Object{{"bearer", Object{{"scheme", "bearer"},
                                                                        {"in", "header"},
                                                                        {"name", "Authorization"},
                                                                        {"format", "opaque"}}}}},
                       {"security", "bearer"},
                       {"properties", properties(forms, device, series)},
                       {"actions", actions(forms, device)},
                       {"events", events(forms)}};
    if (!device.type.empty()) out.set("tandem:type", device.type);
    return out;
}

std::string_view thing_example() {
    static const std::string made = [] {
        const Device lamp{.ref = {.tenant = TenantId{"main"}, .id = DeviceId{"lamp-1"}},
                          .name = "Desk lamp",
                          .type = "lamp",
                          .created = Instant{Duration{1'732'386'600'000'000}},
                          .version = 3};
        return codec::to_json(thing_description(lamp, {}, "http://127.0.0.1:8080"));
    }();
    return made;
}

}  // namespace tandem::contract
