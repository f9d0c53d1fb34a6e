#include "contract/catalogue.h"

#include "codec/json.h"
#include "contract/access.h"
#include "contract/advice.h"
#include "contract/app.h"
#include "contract/certificate.h"
#include "contract/command.h"
#include "contract/dashboard.h"
#include "contract/device.h"
#include "contract/grant.h"
#include "contract/limits.h"
#include "contract/oauth.h"
#include "contract/schemas.h"
#include "contract/session.h"
#include "contract/status.h"
#include "contract/stream.h"
#include "contract/telemetry.h"
#include "contract/tenant.h"
#include "contract/thing.h"
#include "contract/twin.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace tandem;
using namespace tandem::contract;

namespace {

// As a URL has it: a list with commas between its items.
std::string text_of(const Value& value) {
    if (const auto* items = value.get<Value::Array>()) {
        std::string out;
        for (const Value& item : *items)
            out += (out.empty() ? "" : ",") + text_of(item);
        return out;
    }
    const auto* text = value.get<std::string>();
    if (text == nullptr) return codec::to_json(value);
    // `$key` stands for what an example before it made.
    return text->starts_with('$') ? text->substr(1) : *text;
}

Parameters parameters_of(const Value& example, std::string_view place) {
    Parameters out;
    const Value* given = example.find(place);
    if (given == nullptr) return out;
    for (const auto& [name, value] : *given->get<Value::Object>())
        out.emplace_back(name, text_of(value));
    return out;
}

Input input_of(const Value& example, Encoding encoding) {
    Input input{.path = parameters_of(example, "path"),
                .query = parameters_of(example, "query"),
                .headers = parameters_of(example, "headers"),
                .body = {.encoding = encoding}};
    if (const Value* body = example.find("body")) {
        const auto writer = make_writer(encoding);
        write_value(*writer, *body);
        input.body.bytes = writer->take();
    }
    return input;
}

// Reads the example of an operation as a door would, in every encoding.
template <typename Request, typename Response>
const Operation* read_example(const OperationOf<Request, Response>& operation) {
    CAPTURE(operation.name);
    const Value example = example_of(operation);
    for (const EncodingRow& row : encodings()) {
        if (row.bodies != Bodies::kAny) continue;
        Request request{};
        const auto good = read_request(operation, input_of(example, row.encoding), &request);
        CHECK_MESSAGE(good.has_value(), row.name);
    }
    return &operation;
}

template <typename... Operations>
std::set<const Operation*> read_examples(const Operations&... operations) {
    return {read_example(operations)...};
}

Result<TelemetryRead> read_history(Parameters query) {
    TelemetryRead request;
    const Input input{.path = {{"device", "lamp-1"}}, .query = std::move(query)};
    if (auto good = read_request(kTelemetryRead, input, &request); !good) return pass(good);
    return request;
}

Result<CommandSend> read_send(Encoding encoding, std::string body) {
    CommandSend request;
    const Input input{.path = {{"device", "lamp-1"}},
                      .body = {.encoding = encoding, .bytes = std::move(body)}};
    if (auto good = read_request(kCommandsSend, input, &request); !good) return pass(good);
    return request;
}

}  // namespace

TEST_CASE("every operation has one name, and is found by it") {
    std::set<std::string_view> names;
    for (const Operation* each : documented()) {
        CAPTURE(each->name);
        CHECK(names.insert(each->name).second);
        CHECK((each->name == "auth" || each->name.find('.') != std::string_view::npos));
        CHECK_FALSE(each->says.empty());
        CHECK(each->says.ends_with('.'));
    }
    for (const Operation* each : catalogue())
        CHECK(find_operation(each->name) == each);
    CHECK(find_operation("") == nullptr);
    CHECK(find_operation("devices") == nullptr);
    CHECK(find_operation("session.begin") == nullptr);  // Documented, but no operation.
}

TEST_CASE("method and path tell an operation, but for the two that Prefer tells apart") {
    std::set<std::pair<Method, std::string_view>> taken;
    std::set<std::string_view> twice;
    for (const Operation* each : documented()) {
        if (each->path.empty()) continue;
        if (!taken.insert({each->method, each->path}).second) twice.insert(each->name);
    }
    CHECK(twice == std::set<std::string_view>{"commands.take"});
}

TEST_CASE("the operations without one of the doors are a closed list") {
    std::set<std::string_view> rest_only;
    std::set<std::string_view> ws_only;
    for (const Operation* each : documented()) {
        CAPTURE(each->name);
        CHECK(each->path.empty() == (each->doors == Doors::kWsOnly));
        if (each->doors == Doors::kRestOnly) rest_only.insert(each->name);
        if (each->doors == Doors::kWsOnly) ws_only.insert(each->name);
    }
    CHECK(rest_only == std::set<std::string_view>{"login_codes.create", "session.begin",
                                                  "session.end", "setup.create", "stream.read",
                                                  "tickets.create"});
    CHECK(ws_only == std::set<std::string_view>{"auth", "stream.credit", "stream.subscribe",
                                                "stream.unsubscribe"});
}

TEST_CASE("the segments of a path are the request's path members") {
    for (const Operation* each : documented()) {
        CAPTURE(each->name);
        std::set<std::string_view> in_path;
        std::string_view rest = each->path;
        while (true) {
            const std::size_t open = rest.find('{');
            if (open == std::string_view::npos) break;
            const std::size_t close = rest.find('}', open);
            REQUIRE(close != std::string_view::npos);
            in_path.insert(rest.substr(open + 1, close - open - 1));
            rest = rest.substr(close);
        }
        std::set<std::string_view> members;
        for (const Field& field : each->request->fields) {
            if (field.from != From::kPath) continue;
            members.insert(field.name);
            CHECK(field.required);
            CHECK(field.form == Form::kName);
        }
        CHECK(in_path == members);
        CHECK((each->path.empty() || each->path.starts_with("/v1/")));
    }
}

TEST_CASE("what an operation says of itself agrees") {
    for (const Operation* each : documented()) {
        CAPTURE(each->name);
        const bool reads = each->method == Method::kGet && !each->path.empty();
        const bool writes_body = request_body_needed(*each);
        CHECK_FALSE((reads && writes_body));
        CHECK_FALSE((reads && each->audited));
        CHECK((each->response == nullptr) == (each->status == 204));
        // Readings are the only thing that does not spend the budget of requests.
        CHECK((each->cost == 0) == each->name.starts_with("telemetry.write"));
        const std::string_view scope = name_of(each->scope);
        CHECK(scope_named(scope) == each->scope);
        if (each->of_device() && each->name != "devices.put") {  // Which makes the device.
            const auto& errors = each->errors;
            CHECK(std::ranges::find(errors, ErrorCode::kNotFound) != errors.end());
        }
    }
}

TEST_CASE("every member has a name, its bounds in order and its default among its choices") {
    for (const Operation* each : documented()) {
        for (const Shape* shape : {each->request, each->response}) {
            if (shape == nullptr) continue;
            std::set<std::pair<From, std::string_view>> names;
            for (const Field& field : shape->fields) {
                CAPTURE(each->name);
                CAPTURE(field.name);
                CHECK_FALSE(field.name.empty());
                CHECK(names.insert({field.from, field.name}).second);
                CHECK((field.type != nullptr));
                CHECK((field.member != nullptr));
                if (field.min && field.max) CHECK(*field.min <= *field.max);
            }
        }
    }
}

TEST_CASE("the example of every operation is a request of it, in every encoding") {
    const auto read = read_examples(
        kMeGet, kLimitsGet, kLimitsCheck, kDevicesList, kDevicesCreate, kDevicesGet, kDevicesPut,
        kDevicesPatch, kDevicesDelete, kTdGet, kAdviceGet, kAdviceList, kTelemetryWrite,
        kTelemetryWriteMany, kTelemetryRead, kTelemetryQuery, kTelemetryLatest, kTelemetryDelete,
        kSeriesList, kSeriesPut, kSeriesGet, kTwinGet, kConfigGet, kConfigPut, kConfigPatch,
        kConfigAck, kStateGet, kStatePut, kStatePatch, kCommandsSend, kCommandsList, kCommandsTake,
        kCommandsRenew, kCommandsGet, kCommandsAck, kCommandsProgress, kCommandsFinish,
        kCommandsCancel, kCommandsSendMany, kKeysCreate, kKeysList, kKeysRotate, kKeysRevoke,
        kUsersCreate, kUsersList, kUsersGet, kUsersPatch, kUsersPassword, kUsersDelete, kAppsCreate,
        kAppsList, kAppsGet, kAppsPatch, kAppsRotate, kAppsRevoke, kAppsDelete, kGrantsCreate,
        kGrantsList, kGrantsGet, kGrantsPatch, kGrantsDelete, kClaimCodesCreate, kClaimCodesList,
        kClaimCodesDelete, kConsentsList, kConsentsDelete, kDashboardsCreate, kDashboardsList,
        kDashboardsGet, kDashboardsPut, kDashboardsDelete, kDenialsCreate, kTenantsCreate,
        kTenantsList, kTenantsGet, kTenantsDelete, kTicketsCreate, kStreamRead, kStreamSubscribe,
        kStreamCredit, kStreamUnsubscribe, kAuditList, kHubStatus, kAuth, kSessionBegin,
        kSessionEnd, kLoginCodeCreate, kSetupCreate, kCertificatesCreate);
    CHECK(read == std::set<const Operation*>{documented().begin(), documented().end()});
}

TEST_CASE("the same name of a schema means the same thing everywhere") {
    std::map<std::string_view, Value> seen;
    for (const Operation* each : documented()) {
        for (const Shape* shape : {each->request, each->response}) {
            if (shape == nullptr) continue;
            const Value schema = schema_of(*shape);
            const auto [found, fresh] = seen.emplace(shape->name, schema);
            CHECK_MESSAGE(found->second == schema, shape->name);
        }
    }
}

TEST_CASE("parameters that an operation does not have, or has twice, are refused") {
    struct Row {
        Parameters query;
        std::string_view pointer;
        std::string_view detail;
    };
    for (const Row& row : std::initializer_list<Row>{
             {{{"limt", "10"}},
              "#query/limt",
              "no such parameter; accepted are: order, series, from, to, step, tz, aggregate, "
              "points, limit, cursor"},
             {{{"limit", "10"}, {"limit", "10"}}, "#query/limit", "given more than once"},
             {{{"limit", "0"}}, "#query/limit", "at least 1 is expected"},
             {{{"limit", "100001"}}, "#query/limit", "at most 100000 is accepted"},
             {{{"limit", ""}}, "#query/limit", "a whole number is expected"},
             {{{"order", "up"}}, "#query/order", "one of these is expected: asc, desc"},
             {{{"series", "a b"}}, "#query/series", "1 to 64 of A-Z a-z 0-9 . _ : - are accepted"},
             {{{"aggregate", "min,median"}},
              "#query/aggregate",
              "one of these is expected: min, max, avg, sum, count, first, last, p1, p5, p10, p25, "
              "p50, p75, p90, p95, p99, p99.9"},
             {{{"step", "0"}}, "#query/step", "at least 1 is expected"}}) {
        CAPTURE(row.pointer);
        const auto request = read_history(row.query);
        REQUIRE_FALSE(request.has_value());
        CHECK(request.error().code == ErrorCode::kInvalidField);
        REQUIRE(request.error().fields.size() == 1);
        CHECK(request.error().fields[0].pointer == row.pointer);
        CHECK(request.error().fields[0].detail == row.detail);
    }
}

TEST_CASE("parameters are read in their order, lists with commas between") {
    const auto request = read_history({{"series", "a,b"},
                                       {"aggregate", "min,last"},
                                       {"from", "2024-11-23T18:40:00Z"},
                                       {"to", "1732387201000"},
                                       {"step", "500"},
                                       {"limit", "100000"}});
    REQUIRE(request.has_value());
    CHECK(request->device == "lamp-1");
    CHECK(request->series == std::vector<std::string>{"a", "b"});
    CHECK(request->aggregate == std::vector<std::string>{"min", "last"});
    CHECK(*request->to - *request->from == 1s);
    CHECK(request->step == 500ms);
    CHECK(request->limit == 100'000);
    CHECK(request->order == "asc");
}

TEST_CASE("path members have to be there and be names") {
    DeviceGet request;
    const auto missing = read_request(kDevicesGet, {}, &request);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().fields ==
          std::vector<FieldError>{{"#path/device", "this parameter is needed"}});
    const auto bad = read_request(kDevicesGet, {.path = {{"device", "a/b"}}}, &request);
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().fields.at(0).pointer == "#path/device");
}

TEST_CASE("header fields that nobody reads are ignored, those of the operation are checked") {
    ConfigPut request;
    Input input{.path = {{"device", "lamp-1"}},
                .headers = {{"x-request-id", "1"}, {"if-match", "\"3\""}},
                .body = {.bytes = R"({"on":true})"}};
    REQUIRE(read_request(kConfigPut, input, &request));
    CHECK(request.if_match->match(3));
    input.headers = {{"if-match", "3"}};
    const auto bad = read_request(kConfigPut, input, &request);
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().fields.at(0).pointer == "#header/if-match");
}

TEST_CASE("a body is read whole before a field of it is blamed") {
    struct Row {
        std::string_view body;
        ErrorCode code;
        std::string_view pointer;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", ErrorCode::kInvalidField, "", "no body, but a member is needed"},
             {"{}", ErrorCode::kInvalidField, "/name", "the member is needed"},
             {"null", ErrorCode::kInvalidField, "", "no object"},
             {R"({"name":"a","ttl":0})", ErrorCode::kInvalidField, "/ttl", "out of bounds"},
             {R"({"name":1,"x":})", ErrorCode::kMalformedBody, "", "no JSON further on"},
             {R"({"name":"a"} {})", ErrorCode::kMalformedBody, "", "something trails"},
             {R"({"name":"a","name":"b"})", ErrorCode::kMalformedBody, "", "a name twice"},
             {R"({"wrong":1,"name":"a","name":"b"})", ErrorCode::kMalformedBody, "",
              "a name twice, behind a wrong field"}}) {
        CAPTURE(row.body);
        const auto request = read_send(Encoding::kJson, std::string{row.body});
        REQUIRE_FALSE(request.has_value());
        CHECK_MESSAGE(request.error().code == row.code, row.why);
        if (row.code != ErrorCode::kInvalidField) continue;
        REQUIRE(request.error().fields.size() == 1);
        CHECK(request.error().fields[0].pointer == row.pointer);
    }
}

TEST_CASE("an operation that takes no body takes the empty object, and none") {
    Empty request;
    CHECK(read_request(kTicketsCreate, {}, &request));
    CHECK(read_request(kTicketsCreate, {.body = {.bytes = "{}"}}, &request));
    CHECK_FALSE(read_request(kTicketsCreate, {.body = {.bytes = R"({"a":1})"}}, &request));
}

TEST_CASE("only bulk operations take long lists") {
    std::string readings = "[{}";
    for (int at = 0; at < 20'000; ++at)
        readings += ",{}";
    readings += ']';
    TelemetryWrite write;
    Input input{.path = {{"device", "lamp-1"}}, .body = {.bytes = readings}};
    CHECK(read_request(kTelemetryWrite, input, &write));
    ConfigPut put;
    input.body.bytes = R"({"a":)" + readings + "}";
    const auto refused = read_request(kConfigPut, input, &put);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kMalformedBody);
}
