// The authorization matrix: every operation of the catalogue, as six principals, with a device of
// their own, another of the tenant and one of another tenant, through both doors. What is expected
// is written down here, apart from the function that decides.
#include "contract/catalogue.h"
#include "contract/schemas.h"
#include "scenario/access_fixture.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace tandem::simulation {
namespace {

using contract::Doors;
using contract::Operation;

constexpr std::string_view kOwn = "lamp-1";
constexpr std::string_view kOther = "lamp-2";
constexpr std::string_view kForeign = "plant-lamp";
// In everything that the other device, and the other tenant, has.
constexpr std::string_view kOtherCanary = "CANARY-other";
constexpr std::string_view kForeignCanary = "CANARY-plant";

api::Rules without_budgets() {
    api::Rules rules;
    rules.rates.requests = {.per_second = 1e9, .burst = 1e9};
    rules.rates.device_requests = {.per_second = 1e9, .burst = 1e9};
    rules.rates.readings = {.per_second = 1e9, .burst = 1e9};
    rules.device_connects.most = 1e9;
    rules.connects.most = 1e9;
    return rules;
}

/// Who calls, and what the documentation says that they may do.
struct Who {
    std::string name;
    std::string key;
    Scopes own;
    std::optional<Scopes> other;  ///< nothing: that device is not there for them
    Scopes tenant;                ///< without a device
    bool makes_devices = false;
};

const Scopes& reading() {
    static const Scopes scopes{Scope::kDevicesRead,    Scope::kTelemetryRead,   Scope::kConfigRead,
                               Scope::kStateRead,      Scope::kCommandsRead,    Scope::kEventsRead,
                               Scope::kDashboardsRead, Scope::kDashboardsWrite, Scope::kSelfRead};
    return scopes;
}

Scopes with(Scopes scopes, std::initializer_list<Scope> more) {
    for (const Scope each : more)
        scopes.add(each);
    return scopes;
}

/// A fresh hub with two tenants and the six.
struct Scene : Estate {
    Scene() : Estate{without_budgets(), false} {
        // The examples are of November 2024.
        hub.clock.ahead = std::chrono::days{400};
        device_key = hub.make_device(std::string{kOwn}, {{"site", "hall-3"}});
        hub.make_device(std::string{kOther});
        done("PATCH", "/v1/devices/lamp-2", R"({"name":"CANARY-other"})");
        // The version that the example of config.ack has.
        for (const char* config : {R"({"level":1})", R"({"level":2})"}) {
            done("PATCH", "/v1/devices/lamp-1/config", config);
            done("PATCH", "/v1/devices/lamp-2/config", config);
        }
        write("lamp-1", R"({"power":1,"note":"mine"})");
        write("lamp-2", R"({"power":2,"note":"CANARY-other"})");
        done("POST", "/v1/tenants",
             R"({"id":"plant","user":"boss","password":"first day of the plant"})");
        stranger = key_of_user("boss", TenantId{"plant"});
        there("POST", "/v1/devices", R"({"id":"plant-lamp","name":"CANARY-plant"})");
        there("POST", "/v1/devices/plant-lamp/telemetry", R"({"note":"CANARY-plant"})");
        there("POST", "/v1/users",
              R"({"id":"anna","name":"CANARY-plant","password":"first word of anna"})");
        there("POST", "/v1/apps", R"({"id":"dashboard","name":"CANARY-plant"})");
        for (const char* role : {"viewer", "operator", "admin", "member"}) {
            done("POST", "/v1/users",
                 R"({"id":")" + std::string{role} + R"(-1","role":")" + role +
                     R"(","password":"a word of theirs"})");
        }
        grant(R"("user":"member-1","devices":["lamp-1"],"scopes":["devices:read","devices:write",)"
              R"("telemetry:read","telemetry:write","keys:manage"])");
        app_key = make_app("labelled");
        grant(R"("app":"labelled","labels":{"site":"hall-3"},"scopes":["telemetry:read",)"
              R"("commands:send","commands:read","config:read","config:write"])");
    }

    void there(const std::string& method, const std::string& target, const std::string& body) {
        const Answer answer = call(stranger, method, target, body);
        REQUIRE_MESSAGE(answer.status < 300, answer.body);
    }

    std::vector<Who> everybody() {
        const Scopes operating = with(reading(), {Scope::kCommandsSend, Scope::kConfigWrite});
        const Scopes member{Scope::kDevicesRead,    Scope::kDevicesWrite, Scope::kTelemetryRead,
                            Scope::kTelemetryWrite, Scope::kKeysManage,   Scope::kSelfRead};
        const Scopes labelled{Scope::kTelemetryRead, Scope::kCommandsSend, Scope::kCommandsRead,
                              Scope::kConfigRead,    Scope::kConfigWrite,  Scope::kSelfRead};
        const Scopes device{Scope::kDevicesRead,  Scope::kTelemetryRead, Scope::kTelemetryWrite,
                            Scope::kConfigRead,   Scope::kStateRead,     Scope::kStateWrite,
                            Scope::kCommandsRead, Scope::kCommandsTake,  Scope::kEventsRead,
                            Scope::kEventsWrite,  Scope::kSelfRead};
        return {
            {"device", device_key, device, {}, {Scope::kSelfRead}},
            {"viewer", key_of_user("viewer-1"), reading(), reading(), reading()},
            {"operator", key_of_user("operator-1"), operating, operating, operating},
            {"admin", key_of_user("admin-1"), Scopes::all(), Scopes::all(), Scopes::all(), true},
            {"member", key_of_user("member-1"), member, {}, member},
            {"app", app_key, labelled, {}, labelled}};
    }

    std::string device_key;
    std::string app_key;
    std::string stranger;
};

enum class Fate { kAllowed, kForbidden, kNotFound, kFailed };

Fate expected(const Who& who, const Operation& operation, std::string_view device) {
    // The path says whose password; the example's is another's.
    const Scope scope = operation.name == "users.password" ? Scope::kUsersManage : operation.scope;
    if (operation.name == "devices.create" && !who.makes_devices) return Fate::kForbidden;
    if (!operation.of_device()) {
        return who.tenant.has(scope) ? Fate::kAllowed : Fate::kForbidden;
    }
    // Under that name it makes a device of one's own tenant.
    const bool makes = operation.name == "devices.put" && who.makes_devices;
    const std::optional<Scopes> scopes = device == kOwn ? std::optional{who.own} : who.other;
    if (!scopes) return Fate::kNotFound;
    if (!scopes->has(scope)) return Fate::kForbidden;
    return device == kForeign && !makes ? Fate::kNotFound : Fate::kAllowed;
}

std::string text_at(const Value& problem, std::string_view name) {
    const Value* found = problem.find(name);
    const auto* text = found == nullptr ? nullptr : found->get<std::string>();
    return text == nullptr ? std::string{} : *text;
}

Fate fate_of(int status, const Value& problem) {
    if (status == 401 || status == 403) return Fate::kForbidden;
    // Of a command, a series or a user that is not there hears who may ask for it, and of one that
    // has changed, or is there already.
    const bool device = text_at(problem, "detail") == "there is no such device";
    if (status == 404) return device ? Fate::kNotFound : Fate::kAllowed;
    const bool done = (status >= 200 && status < 300) || status == 409 || status == 412;
    return done ? Fate::kAllowed : Fate::kFailed;
}

/// A request to an operation, made of its example.
struct Request {
    const Operation* operation;
    Value example;

    void name(std::string_view device) {
        if (operation->of_device()) example.find("path")->set("device", std::string{device});
    }
};

Request request_of(const Operation& operation) {
    return {.operation = &operation, .example = contract::shown_example_of(operation)};
}

std::string query_text(const Value& value) {
    if (const auto* items = value.get<Value::Array>()) {
        std::string out;
        for (const Value& item : *items)
            out += (out.empty() ? "" : ",") + query_text(item);
        return out;
    }
    const auto* text = value.get<std::string>();
    return text == nullptr ? codec::to_json(value) : *text;
}

std::string target_of(const Request& request) {
    std::string target{request.operation->path};
    if (const Value* path = request.example.find("path")) {
        for (const auto& [name, value] : *path->get<Value::Object>()) {
            const std::string place = "{" + name + "}";
            target.replace(target.find(place), place.size(), *value.get<std::string>());
        }
    }
    char before = '?';
    if (const Value* query = request.example.find("query")) {
        for (const auto& [name, value] : *query->get<Value::Object>()) {
            target += before + name + "=" + query_text(value);
            before = '&';
        }
    }
    return target;
}

/// What came back, at either door.
struct Outcome {
    int status = 0;
    std::string text;
    Value problem;
};

Outcome over_rest(Scene& scene, const Who& who, const Request& request) {
    net::Headers headers = bearer(who.key);
    if (const Value* given = request.example.find("headers")) {
        for (const auto& [name, value] : *given->get<Value::Object>())
            headers.emplace_back(name, *value.get<std::string>());
    }
    const Value* body = request.example.find("body");
    const Answer answer = ask(scene.hub, {.method = std::string{name_of(request.operation->method)},
                                          .target = target_of(request),
                                          .headers = headers,
                                          .body = body == nullptr ? "" : codec::to_json(*body)});
    Outcome out{.status = answer.status, .text = answer.body, .problem = {}};
    if (answer.status >= 400) out.problem = answer.json();
    return out;
}

Outcome over_websocket(Scene& scene, const Who& who, const Request& request) {
    Socket socket{scene.hub, bearer(who.key)};
    REQUIRE(socket.open());
    Value message = Value::Object{{"id", 1}, {"op", std::string{request.operation->name}}};
    for (const char* part : {"path", "query", "headers", "body"}) {
        if (const Value* given = request.example.find(part)) message.set(part, *given);
    }
    const Value reply = socket.request(codec::to_json(message));
    Outcome out{.status = 0, .text = codec::to_json(reply), .problem = {}};
    if (const Value* status = reply.find("status")) {
        out.status = static_cast<int>(*status->get<std::int64_t>());
    }
    if (const Value* problem = reply.find("problem")) out.problem = *problem;
    return out;
}

/// Counts what was asked, and what came of it that should not have.
struct Matrix {
    int cells = 0;
    int leaks = 0;
    int wrong = 0;

    void judge(const Who& who,
               const Request& request,
               std::string_view device,
               std::string_view door,
               const Outcome& outcome) {
        ++cells;
        const bool shows = outcome.text.contains(kForeignCanary) ||
                           (!who.other && outcome.text.contains(kOtherCanary));
        if (shows) ++leaks;
        // What a stream shows is looked at below; what it may show no one scope says.
        const bool stream = request.operation->name.starts_with("stream.");
        const Fate should = expected(who, *request.operation, device);
        const Fate is = stream ? should : fate_of(outcome.status, outcome.problem);
        if (is != should) ++wrong;
        // More than it should is a leak, less is only wrong.
        if (is != should && is == Fate::kAllowed) ++leaks;
        const bool good = !shows && is == should;
        CHECK_MESSAGE(good, who.name << " " << request.operation->name << " " << device << " "
                                     << door << ": " << outcome.status << " " << outcome.text);
    }
};

// What ends readings, people and programs comes late, or the others would find nothing; then the
// end of the device, and then what makes it again.
int turn_of(const Operation& operation) {
    if (operation.name == "devices.put") return 3;
    if (operation.name == "devices.delete") return 2;
    return operation.name.ends_with(".delete") ? 1 : 0;
}

std::vector<const Operation*> operations_in_order() {
    std::vector<const Operation*> all;
    for (const int turn : {0, 1, 2, 3}) {
        for (const Operation* each : contract::catalogue()) {
            if (each->name == "auth") continue;  // Which says who calls.
            if (turn_of(*each) == turn) all.push_back(each);
        }
    }
    return all;
}

void ask_everything(Matrix& matrix, std::size_t who_at, Doors door) {
    for (const std::string_view device : {kForeign, kOther, kOwn}) {
        Scene scene;
        const Who who = scene.everybody()[who_at];
        for (const Operation* operation : operations_in_order()) {
            const bool rest = door == Doors::kRestOnly;
            if (operation->doors == (rest ? Doors::kWsOnly : Doors::kRestOnly)) continue;
            Request request = request_of(*operation);
            request.name(device);
            const Outcome outcome =
                rest ? over_rest(scene, who, request) : over_websocket(scene, who, request);
            matrix.judge(who, request, device, rest ? "rest" : "ws", outcome);
        }
    }
}

// One reading of each device is written while somebody listens: who hears of which.
void listen_to_everything(Matrix& matrix, std::size_t who_at) {
    Scene scene;
    const Who who = scene.everybody()[who_at];
    const std::string head =
        " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer " + who.key + "\r\n";
    Connection events{scene.hub};
    events.feed("GET /v1/stream" + head + "Accept: text/event-stream\r\n\r\n");
    Connection poll{scene.hub};
    poll.feed("GET /v1/stream" + head + "Prefer: wait=60\r\n\r\n");
    Socket socket{scene.hub, bearer(who.key)};
    REQUIRE(*subscribe(socket, "{}").find("status") == Value{200});
    scene.hub.settle();
    scene.there("POST", "/v1/devices/plant-lamp/telemetry", R"({"a":"CANARY-plant"})");
    scene.write("lamp-2", R"({"a":"CANARY-other"})");
    scene.write("lamp-1", R"({"a":"mine"})");
    scene.hub.settle();
    std::string on_socket;
    for (const Value& message : socket.messages())
        on_socket += codec::to_json(message);
    struct Way {
        const char* name;
        std::string heard;
    };
    for (const Way& way :
         {Way{"sse", events.take()}, Way{"poll", poll.take()}, Way{"ws", on_socket}}) {
        matrix.cells += 3;
        const bool foreign = way.heard.contains(kForeignCanary);
        const bool other = way.heard.contains(kOtherCanary);
        if (foreign) ++matrix.leaks;
        if (other && !who.other) ++matrix.leaks;
        CHECK_MESSAGE(!foreign, who.name << " " << way.name);
        // A poll answers with the first that it may tell of.
        if (std::string_view{way.name} != "poll") {
            CHECK_MESSAGE(other == who.other.has_value(), who.name << " " << way.name);
            CHECK_MESSAGE(way.heard.contains("mine"), who.name << " " << way.name);
        } else {
            CHECK_MESSAGE(way.heard.contains(who.other ? kOtherCanary : "mine"), who.name);
        }
    }
}

}  // namespace

TEST_CASE("nobody does, sees or hears more than they may: every operation, six principals") {
    Matrix matrix;
    for (std::size_t who = 0; who < 6; ++who) {
        ask_everything(matrix, who, Doors::kRestOnly);
        ask_everything(matrix, who, Doors::kWsOnly);
        listen_to_everything(matrix, who);
    }
    std::printf("authorization matrix: cells %d leaks %d wrong %d\n", matrix.cells, matrix.leaks,
                matrix.wrong);
    CHECK(matrix.cells > 1'900);
    CHECK(matrix.leaks == 0);
    CHECK(matrix.wrong == 0);
}

}  // namespace tandem::simulation
