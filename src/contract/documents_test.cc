// The documents that are made from the catalogue: OpenAPI, AsyncAPI and the error table.
#include "codec/json.h"
#include "contract/catalogue.h"
#include "contract/command.h"
#include "contract/device.h"
#include "contract/schemas.h"
#include "contract/telemetry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

using namespace tandem;
using namespace tandem::contract;

namespace {

using Object = Value::Object;
using Array = Value::Array;

/// The value at a JSON Pointer as `$ref` has it, `#/a/b~1c`, or nullptr. RFC 6901.
const Value* resolve(const Value& root, std::string_view reference) {
    if (!reference.starts_with("#/")) return nullptr;
    reference.remove_prefix(2);
    const Value* at = &root;
    while (at != nullptr) {
        const std::size_t slash = reference.find('/');
        std::string segment{reference.substr(0, slash)};
        for (std::size_t tilde = segment.find('~'); tilde != std::string::npos;
             tilde = segment.find('~', tilde + 1)) {
            segment.replace(tilde, 2, segment.at(tilde + 1) == '1' ? "/" : "~");
        }
        at = at->find(segment);
        if (slash == std::string_view::npos) return at;
        reference.remove_prefix(slash + 1);
    }
    return nullptr;
}

void for_each_object(const Value& value, const std::function<void(const Value&)>& visit) {
    if (const auto* members = value.get<Object>()) {
        visit(value);
        for (const auto& [name, member] : *members)
            for_each_object(member, visit);
    }
    if (const auto* items = value.get<Array>()) {
        for (const Value& item : *items)
            for_each_object(item, visit);
    }
}

std::size_t check_references(const Value& document) {
    std::size_t count = 0;
    for_each_object(document, [&](const Value& object) {
        const Value* reference = object.find("$ref");
        if (reference == nullptr) return;
        ++count;
        CHECK_MESSAGE(resolve(document, *reference->get<std::string>()) != nullptr,
                      *reference->get<std::string>());
    });
    return count;
}

/// The part of JSON Schema 2020-12 that the documents use; a keyword that it does not know fails.
class Validator {
public:
    explicit Validator(const Value& document) : document_{document} {}

    /// What is wrong with `value`, or nothing.
    [[nodiscard]] std::string check(const Value& schema, const Value& value) const {
        for (const auto& [keyword, operand] : *schema.get<Object>()) {
            std::string wrong = check_keyword(schema, keyword, operand, value);
            if (!wrong.empty()) return wrong;
        }
        return {};
    }

private:
    [[nodiscard]] std::string check_keyword(const Value& schema,
                                            const std::string& keyword,
                                            const Value& operand,
                                            const Value& value) const {
        if (keyword == "$ref")
            return check(*resolve(document_, *operand.get<std::string>()), value);
        if (keyword == "type") return has_type(operand, value) ? "" : "type of " + told(value);
        if (keyword == "const") return value == operand ? "" : "const: " + told(value);
        if (keyword == "enum") return contains(operand, value) ? "" : "enum: " + told(value);
        if (keyword == "required") return check_required(operand, value);
        if (keyword == "properties") return check_properties(operand, value);
        if (keyword == "additionalProperties") return check_additional(schema, operand, value);
        if (keyword == "items") return check_items(operand, value);
        if (keyword == "oneOf") return check_one_of(operand, value);
        if (keyword == "anyOf") return check_any_of(operand, value);
        if (keyword == "examples" || keyword == "format") return {};
        if (keyword == "propertyNames") return check_names(operand, value);
        if (keyword == "minimum") return value.as_double() >= operand.as_double() ? "" : keyword;
        if (keyword == "maximum") return value.as_double() <= operand.as_double() ? "" : keyword;
        if (keyword == "minLength") return length(value) >= operand.as_double() ? "" : keyword;
        if (keyword == "maxLength") return length(value) <= operand.as_double() ? "" : keyword;
        if (keyword == "maxItems") return length(value) <= operand.as_double() ? "" : keyword;
        if (keyword == "maxProperties") return length(value) <= operand.as_double() ? "" : keyword;
        if (keyword == "pattern") return check_pattern(operand, value);
        return keyword == "description" ? "" : "unknown keyword " + keyword;
    }

    static std::string told(const Value& value) { return codec::to_json(value); }

    static bool contains(const Value& list, const Value& value) {
        return std::ranges::find(*list.get<Array>(), value) != list.get<Array>()->end();
    }
    static bool has_type(const Value& type, const Value& value) {
        if (const auto* several = type.get<Array>()) {
            return std::ranges::any_of(*several,
                                       [&](const Value& each) { return has_type(each, value); });
        }
        const std::string& name = *type.get<std::string>();
        if (name == "object") return value.get<Object>() != nullptr;
        if (name == "array") return value.get<Array>() != nullptr;
        if (name == "string") return value.get<std::string>() != nullptr;
        if (name == "boolean") return value.get<bool>() != nullptr;
        if (name == "integer") return value.get<std::int64_t>() != nullptr;
        if (name == "number") return value.is_number();
        return name == "null" && value.is_null();
    }
    static double length(const Value& value) {
        if (const auto* text = value.get<std::string>()) return static_cast<double>(text->size());
        if (const auto* list = value.get<Array>()) return static_cast<double>(list->size());
        return static_cast<double>(value.get<Object>()->size());
    }
    static std::string check_pattern(const Value& pattern, const Value& value) {
        const std::string& text = *value.get<std::string>();
        if (pattern == Value{"^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$"}) {
            return text.find('=') != std::string::npos ? "" : "pattern: " + text;
        }
        if (pattern == Value{R"re(^(\*|"[^"]*"(, *"[^"]*")*)$)re"}) {
            return text == "*" || text.starts_with('"') ? "" : "pattern: " + text;
        }
        if (pattern != Value{"^[A-Za-z0-9._:-]{1,64}$"}) return "unknown pattern";
        return is_name(text) ? "" : "pattern: " + text;
    }
    [[nodiscard]] std::string check_names(const Value& schema, const Value& value) const {
        for (const auto& [name, member] : *value.get<Object>()) {
            std::string wrong = check(schema, Value{name});
            if (!wrong.empty()) return wrong;
        }
        return {};
    }
    static std::string check_required(const Value& names, const Value& value) {
        for (const Value& name : *names.get<Array>()) {
            const std::string& text = *name.get<std::string>();
            if (value.find(text) == nullptr) return "required " + text;
        }
        return {};
    }
    [[nodiscard]] std::string check_properties(const Value& properties, const Value& value) const {
        for (const auto& [name, schema] : *properties.get<Object>()) {
            const Value* member = value.find(name);
            if (member == nullptr) continue;
            std::string wrong = check(schema, *member);
            if (!wrong.empty()) return name + ": " + wrong;
        }
        return {};
    }
    [[nodiscard]] std::string check_additional(const Value& schema,
                                               const Value& additional,
                                               const Value& value) const {
        if (additional == Value{true}) return {};
        const Value* known = schema.find("properties");
        for (const auto& [name, member] : *value.get<Object>()) {
            if (known != nullptr && known->find(name) != nullptr) continue;
            if (additional == Value{false}) return "no such property: " + name;
            std::string wrong = check(additional, member);
            if (!wrong.empty()) return name + ": " + wrong;
        }
        return {};
    }
    [[nodiscard]] std::string check_items(const Value& schema, const Value& value) const {
        for (const Value& item : *value.get<Array>()) {
            std::string wrong = check(schema, item);
            if (!wrong.empty()) return wrong;
        }
        return {};
    }
    [[nodiscard]] std::string check_one_of(const Value& schemas, const Value& value) const {
        const auto fitting = std::ranges::count_if(
            *schemas.get<Array>(), [&](const Value& each) { return check(each, value).empty(); });
        return fitting == 1 ? "" : "oneOf: " + std::to_string(fitting) + " fit";
    }

    [[nodiscard]] std::string check_any_of(const Value& schemas, const Value& value) const {
        const bool fits = std::ranges::any_of(
            *schemas.get<Array>(), [&](const Value& each) { return check(each, value).empty(); });
        return fits ? "" : "anyOf: none fits";
    }

    const Value& document_;
};

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// The description of an operation in OpenAPI; commands.take is joined with commands.list.
const Value& rest_of(const Value& document, const Operation& operation) {
    const Value* path = document.find("paths")->find(operation.path);
    REQUIRE(path != nullptr);
    const Value* found = path->find(lower(name_of(operation.method)));
    REQUIRE(found != nullptr);
    return *found;
}

std::string key_of(std::string_view name) {
    std::string out{name};
    std::ranges::replace(out, '.', '_');
    return out;
}

std::set<std::string> types_in(const Value& described) {
    std::set<std::string> out;
    for (const auto& [type, content] : *described.find("content")->get<Object>())
        out.insert(type);
    return out;
}

std::set<std::string> types_of(const std::vector<Encoding>& encodings, std::string_view also) {
    std::set<std::string> out;
    for (const Encoding encoding : encodings)
        out.emplace(row(encoding).media_type);
    if (!also.empty()) out.emplace(also);
    return out;
}

/// A problem with everything that a problem can have.
Value full_problem() {
    const Error error{.code = ErrorCode::kRateLimited,
                      .detail = "slower",
                      .fields = {{.pointer = "/a", .detail = "one"}},
                      .retry_after = 1s,
                      .limit = "requests_per_second",
                      .door_hint = "use the socket"};
    auto problem = codec::parse_json(write_problem(Encoding::kJson, error));
    REQUIRE(problem.has_value());
    return *problem;
}

}  // namespace

TEST_CASE("every operation of the REST door is in OpenAPI, and nothing else") {
    const Value document = openapi();
    CHECK(*document.find("openapi") == Value{"3.1.0"});
    std::set<std::string> expected;
    for (const Operation* each : documented()) {
        if (each->path.empty()) continue;
        CAPTURE(each->name);
        const Value& described = rest_of(document, *each);
        const bool joined = each->name == "commands.list" || each->name == "commands.take";
        if (!joined) {
            CHECK(*described.find("operationId") == Value{each->name});
            CHECK(*described.find("summary") == Value{each->says});
            CHECK(*described.find("x-tandem-scope") == Value{name_of(each->scope)});
            CHECK(*described.find("x-tandem-cost") == Value{each->cost});
            CHECK(described.find("responses")->find(std::to_string(each->status)) != nullptr);
        }
        expected.insert(std::string{name_of(each->method)} + " " + std::string{each->path});
    }
    std::set<std::string> present;
    for (const auto& [path, item] : *document.find("paths")->get<Object>()) {
        for (const auto& [method, described] : *item.get<Object>()) {
            std::string name = method;
            std::ranges::transform(name, name.begin(), [](unsigned char c) {
                return static_cast<char>(std::toupper(c));
            });
            present.insert(name + " " + path);
        }
    }
    CHECK(present == expected);
}

TEST_CASE("every parameter of every operation is in OpenAPI, in its place") {
    const Value document = openapi();
    for (const Operation* each : documented()) {
        if (each->path.empty()) continue;
        const Value* parameters = rest_of(document, *each).find("parameters");
        for (const Field& field : each->request->fields) {
            if (field.from == From::kField || field.from == From::kBody) continue;
            CAPTURE(each->name);
            CAPTURE(field.name);
            REQUIRE(parameters != nullptr);
            const auto& all = *parameters->get<Array>();
            const auto found = std::ranges::count_if(all, [&](const Value& parameter) {
                return lower(*parameter.find("name")->get<std::string>()) == field.name;
            });
            CHECK(found == 1);
        }
    }
}

TEST_CASE("the errors of an operation are among its answers in OpenAPI") {
    const Value document = openapi();
    for (const Operation* each : documented()) {
        if (each->path.empty() || each->name == "commands.list") continue;
        CAPTURE(each->name);
        const Value& responses = *rest_of(document, *each).find("responses");
        CHECK(responses.find("default") != nullptr);
        for (const ErrorCode code : each->errors) {
            CAPTURE(row(code).name);
            const Value* reference = responses.find(std::to_string(row(code).status));
            REQUIRE(reference != nullptr);
            const Value* answer = resolve(document, *reference->find("$ref")->get<std::string>());
            REQUIRE(answer != nullptr);
            const std::string& says = *answer->find("description")->get<std::string>();
            CHECK(says.find(row(code).name) != std::string::npos);
        }
    }
}

TEST_CASE("every reference in the documents leads somewhere") {
    CHECK(check_references(openapi()) > 100);
    CHECK(check_references(asyncapi()) > 100);
    const Value broken = Object{{"a", Object{{"$ref", "#/b/c~1d"}}}, {"b", Object{{"c/d", 1}}}};
    CHECK(check_references(broken) == 1);
    CHECK(resolve(broken, "#/b/d") == nullptr);
}

TEST_CASE("the examples in OpenAPI are valid by its schemas") {
    const Value document = openapi();
    const Validator validator{document};
    std::size_t checked = 0;
    for_each_object(document, [&](const Value& object) {
        const Value* example = object.find("example");
        if (example == nullptr || object.find("schema") == nullptr) return;
        ++checked;
        const std::string wrong = validator.check(*object.find("schema"), *example);
        CHECK_MESSAGE(wrong.empty(), codec::to_json(*example) << ": " << wrong);
    });
    CHECK(checked > 60);
}

TEST_CASE("every operation that answers with a body shows one") {
    for (const Operation* each : documented()) {
        CAPTURE(each->name);
        CHECK(answer_of(*each).is_null() == (each->response == nullptr));
    }
}

TEST_CASE("a body is described in every media type that can carry it, and in no other") {
    const Value document = openapi();
    for (const Operation* each : documented()) {
        if (each->path.empty() || each->name == "commands.take") continue;
        CAPTURE(each->name);
        const Value& described = rest_of(document, *each);
        const bool patch = each->method == Method::kPatch;
        const Value* body = described.find("requestBody");
        if (body != nullptr) {
            CHECK(types_in(*body) ==
                  types_of(request_encodings(*each), patch ? "application/merge-patch+json" : ""));
        }
        const Value& success = *described.find("responses")->find(std::to_string(each->status));
        if (each->response != nullptr) {
            CHECK(types_in(success) == types_of(response_encodings(*each), each->json_type));
        }
    }
    const Operation readings{.takes = Bodies::kReadings, .request = kDevicesGet.request};
    CHECK(request_encodings(readings).size() == encodings().size() - 1);  // No events.
    CHECK(request_encodings(kDevicesGet).size() == 3);
}

TEST_CASE("files are answers of what is read in pages alone") {
    const auto has_files = [](const Operation& operation) {
        return std::ranges::any_of(response_encodings(operation), is_file);
    };
    Operation pages{.gives = Bodies::kReadings, .request = kTelemetryRead.request};
    CHECK(has_files(pages));
    pages.gives = Bodies::kAny;
    CHECK_FALSE(has_files(pages));
    CHECK_FALSE(
        has_files(Operation{.gives = Bodies::kReadings, .request = kTelemetryLatest.request}));
}

TEST_CASE("a body of readings on a socket may be a SenML pack that is announced") {
    const Value document = asyncapi();
    const Value* pack = document.find("components")->find("schemas")->find("SenmlPack");
    const bool taken = std::ranges::any_of(
        catalogue(), [](const Operation* each) { return each->takes == Bodies::kReadings; });
    CHECK((pack != nullptr) == taken);
}

TEST_CASE("examples are shown with ids in the place of what stands for them") {
    CHECK(codec::to_json(shown_example_of(kCommandsGet)).find('$') == std::string::npos);
    CHECK(codec::to_json(openapi()).find("$command") == std::string::npos);
    CHECK(codec::to_json(asyncapi()).find("$key") == std::string::npos);
}

TEST_CASE("every tag of an operation has its sentence, once") {
    for (const Value& document : {openapi(), *asyncapi().find("info")}) {
        std::set<std::string> names;
        for (const Value& tag : *document.find("tags")->get<Array>()) {
            CHECK(names.insert(*tag.find("name")->get<std::string>()).second);
            CHECK_FALSE(tag.find("description")->get<std::string>()->empty());
        }
        CHECK(names.contains("devices"));
    }
}

TEST_CASE("every operation of the WebSocket door is in AsyncAPI, with its reply") {
    const Value document = asyncapi();
    CHECK(*document.find("asyncapi") == Value{"3.0.0"});
    const Value& operations = *document.find("operations");
    const Value& messages = *document.find("components")->find("messages");
    std::set<std::string> expected{"unasked"};
    for (const Operation* each : catalogue()) {
        if (each->doors == Doors::kRestOnly) continue;
        CAPTURE(each->name);
        const std::string key = key_of(each->name);
        expected.insert(key);
        REQUIRE(operations.find(key) != nullptr);
        CHECK(messages.find(key) != nullptr);
        CHECK(messages.find(key + "_reply") != nullptr);
    }
    std::set<std::string> present;
    for (const auto& [name, operation] : *operations.get<Object>())
        present.insert(name);
    CHECK(present == expected);
    for (const std::string_view each :
         {"hello", "events", "gap", "command", "config", "ack", "credential", "goaway"}) {
        CHECK_MESSAGE(messages.find(each) != nullptr, each);
    }
}

TEST_CASE("the examples in AsyncAPI are valid by its schemas") {
    const Value document = asyncapi();
    const Validator validator{document};
    std::size_t checked = 0;
    for (const auto& [name, message] :
         *document.find("components")->find("messages")->get<Object>()) {
        const Value* examples = message.find("examples");
        if (examples == nullptr) continue;
        for (const Value& example : *examples->get<Array>()) {
            ++checked;
            const std::string wrong =
                validator.check(*message.find("payload"), *example.find("payload"));
            CHECK_MESSAGE(wrong.empty(), name << ": " << wrong);
        }
    }
    CHECK(checked >= 30);
}

TEST_CASE("the schema of problems names everything that a problem can have") {
    const Value document = openapi();
    const Value& schema = *resolve(document, "#/components/schemas/Problem");
    const Value problem = full_problem();
    CHECK(Validator{document}.check(schema, problem) == "");
    for (const auto& [name, member] : *problem.get<Object>()) {
        CHECK_MESSAGE(schema.find("properties")->find(name) != nullptr, name);
    }
}

TEST_CASE("the error table has a row for every error, and their names are never reused") {
    const Value table = error_reference();
    const auto& rows = *table.get<Array>();
    REQUIRE(rows.size() == errors().size());
    std::set<std::string> types;
    for (std::size_t at = 0; at < rows.size(); ++at) {
        CHECK(*rows[at].find("name") == Value{errors()[at].name});
        CHECK(*rows[at].find("status") == Value{errors()[at].status});
        CHECK(types.insert(*rows[at].find("type")->get<std::string>()).second);
    }
}
