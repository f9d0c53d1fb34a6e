// Things as the Web of Things describes them. That the descriptions are valid by the W3C's own
// schema is a test of the whole program: tests/end_to_end/things_test.mjs.
#include "contract/thing.h"

#include "codec/json.h"
#include "contract/catalogue.h"
#include "domain/schema.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

constexpr std::string_view kBase = "https://hub.example:8443";

Device lamp(std::string_view schema = "null") {
    Device device{.ref = {.tenant = TenantId{"home"}, .id = DeviceId{"lamp-1"}}, .version = 3};
    device.schema = *codec::parse_json(schema);
    REQUIRE(check_device_schema(device.schema).has_value());
    return device;
}

/// The value at `path`, names with blanks between, indices among them.
const Value& at(const Value& root, std::string_view path) {
    const Value* here = &root;
    while (!path.empty()) {
        const std::size_t blank = path.find(' ');
        const std::string name{path.substr(0, blank)};
        path = blank == std::string_view::npos ? std::string_view{} : path.substr(blank + 1);
        if (const auto* items = here->get<Value::Array>()) {
            REQUIRE_MESSAGE(std::stoul(name) < items->size(), name);
            here = &(*items)[std::stoul(name)];
        } else {
            here = here->find(name);
        }
        REQUIRE_MESSAGE(here != nullptr, name);
    }
    return *here;
}

Value described(const Device& device, const std::vector<Series>& series = {}) {
    return thing_description(device, series, std::string{kBase});
}

std::vector<std::string> names_of(const Value& object) {
    std::vector<std::string> out;
    for (const auto& [name, ignored] : *object.get<Value::Object>())
        out.push_back(name);
    return out;
}

}  // namespace

TEST_CASE("a device without a schema has its documents, an action that takes anything, an event") {
    const Value thing = described(lamp());
    CHECK(at(thing, "id") == Value{"urn:tandem:device:lamp-1"});
    CHECK(at(thing, "title") == Value{"lamp-1"});
    CHECK(at(thing, "version instance") == Value{"3"});
    CHECK(names_of(at(thing, "properties")) == std::vector<std::string>{"config", "state"});
    CHECK(names_of(at(thing, "actions")) == std::vector<std::string>{"command"});
    CHECK(at(thing, "actions command input properties params") == Value{Value::Object{}});
    CHECK(names_of(at(thing, "events")) == std::vector<std::string>{"presence"});
}

TEST_CASE("the name that an owner gave is the title") {
    Device device = lamp();
    device.name = "Desk lamp";
    CHECK(at(described(device), "title") == Value{"Desk lamp"});
}

TEST_CASE("every form leads to the hub as the client reached it, at one door or the other") {
    const Value thing =
        described(lamp(R"({"series":{"power":{"type":"number"}},"commands":{"blink":{}}})"));
    std::size_t http = 0;
    std::size_t socket = 0;
    for (const std::string_view kind : {"properties", "actions", "events"}) {
        for (const auto& [name, affordance] : *at(thing, kind).get<Value::Object>()) {
            for (const Value& form : *at(affordance, "forms").get<Value::Array>()) {
                const std::string& href = *at(form, "href").get<std::string>();
                CAPTURE(href);
                if (href.starts_with("https://hub.example:8443/v1/devices/lamp-1")) {
                    ++http;
                    CHECK(form.find("htv:methodName") != nullptr);
                    continue;
                }
                ++socket;
                CHECK(href == "wss://hub.example:8443/v1/stream");
                CHECK(at(form, "subprotocol") == Value{"tandem.v1.json"});
                const std::string& op = *at(form, "tandem:message op").get<std::string>();
                CHECK_MESSAGE(find_operation(op) != nullptr, op);
            }
        }
    }
    CHECK(http == 5);    // Three are read, one is written, one is a command.
    CHECK(socket == 9);  // The same, three are observed, and the event.
}

TEST_CASE("without TLS the socket is ws, and without a Host the links are relative") {
    CHECK(at(thing_description(lamp(), {}, "http://10.0.0.7:8080"),
             "properties state forms 1 href") == Value{"ws://10.0.0.7:8080/v1/stream"});
    const Value local = thing_description(lamp(), {}, "");
    CHECK(at(local, "properties state forms 0 href") == Value{"/v1/devices/lamp-1/state"});
    CHECK(at(local, "properties state forms 1 href") == Value{"/v1/stream"});
}

TEST_CASE("a series is a property that is read and observed, with its type and unit") {
    const Value thing = described(
        lamp(), {{.name = "power", .type = Series::Type::kNumber, .unit = "W"}, {.name = "note"}});
    const Value& power = at(thing, "properties power");
    CHECK(at(power, "readOnly") == Value{true});
    CHECK(at(power, "observable") == Value{true});
    const Value& value = at(power, "properties readings items properties v");
    CHECK(at(value, "type") == Value{"number"});
    CHECK(at(value, "unit") == Value{"W"});
    CHECK(at(thing, "properties note properties readings items properties v") ==
          Value{Value::Object{}});
}

TEST_CASE("a declared series counts before the schema, one that only has readings after it") {
    const Device device = lamp(R"({"series":{"power":{"type":"integer","unit":"kW"}}})");
    constexpr std::string_view where =
        "properties power properties readings items properties v type";
    CHECK(at(described(device), where) == Value{"integer"});
    CHECK(at(described(device, {{.name = "power"}}), where) == Value{"integer"});
    CHECK(at(described(device, {{.name = "power", .type = Series::Type::kNumber}}), where) ==
          Value{"number"});
}

TEST_CASE("a series that is called as a document is does not take its place") {
    const Value thing = described(lamp(), {{.name = "config"}, {.name = "state"}});
    CHECK(names_of(at(thing, "properties")) ==
          std::vector<std::string>{"series/config", "series/state", "config", "state"});
    CHECK(at(thing, "properties series/config title") == Value{"config"});
}

TEST_CASE("the owner's config can be written, with the schema that the hub holds it to") {
    const Value thing = described(lamp(
        R"({"config":{"type":"object","properties":{"level":{"type":"integer","maximum":9}}}})"));
    const Value& config = at(thing, "properties config");
    CHECK(at(config, "readOnly") == Value{false});
    CHECK(at(config, "properties level maximum") == Value{9});
    CHECK(at(config, "forms 3 htv:methodName") == Value{"PATCH"});
    CHECK(at(thing, "properties state readOnly") == Value{true});
}

TEST_CASE("each command of the schema is an action, its parameters where commands.send has them") {
    const Value thing = described(
        lamp(R"({"commands":{"off":{},"dim":{"params":{"type":"object","required":["level"],)"
             R"("properties":{"level":{"type":"number","enum":[1,2,2]},)"
             R"("note":{"minLength":1,"maxLength":2.5,"enum":[]}}}}}})"));
    CHECK(names_of(at(thing, "actions")) == std::vector<std::string>{"off", "dim"});
    const Value& dim = at(thing, "actions dim");
    CHECK(at(dim, "input properties name const") == Value{"dim"});
    CHECK(at(dim, "input required") == Value{Value::Array{"name", "params"}});
    // The schema of a thing wants the values of an enumeration to differ.
    CHECK(at(dim, "input properties params properties level enum") == Value{Value::Array{1, 2}});
    CHECK(at(dim, "input properties params properties note") ==
          Value{Value::Object{{"minLength", 1}}});  // Its counts are whole.
    CHECK(at(dim, "forms 1 tandem:message op") == Value{"commands.send"});
    CHECK(at(thing, "actions off input required") == Value{Value::Array{"name"}});
}

TEST_CASE("a device whose schema has no commands has no actions") {
    CHECK(names_of(at(described(lamp(R"({"commands":{}})")), "actions")).empty());
}
