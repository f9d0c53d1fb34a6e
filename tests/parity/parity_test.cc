// Every operation's example and refusals through both doors in every encoding: the answers, the
// problems, the audit lines and the spent budget are the same.
#include "auth/key.h"
#include "client/rest_client.h"
#include "client/websocket_client.h"
#include "codec/json.h"
#include "contract/catalogue.h"
#include "contract/schemas.h"
#include "node/administrator.h"
#include "simulation/hub_in_a_box.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace tandem {
namespace {

using client::Call;
using client::Door;
using contract::Doors;
using contract::Encoding;
using contract::Operation;
using simulation::HubInABox;

/// One way into the hub: a door and an encoding.
struct Way {
    Door door;
    Encoding encoding;
    std::string_view name;
};
constexpr Way kWays[] = {{Door::kRest, Encoding::kJson, "REST, JSON"},
                         {Door::kRest, Encoding::kCbor, "REST, CBOR"},
                         {Door::kRest, Encoding::kXml, "REST, XML"},
                         {Door::kWebSocket, Encoding::kJson, "WebSocket, JSON"},
                         {Door::kWebSocket, Encoding::kCbor, "WebSocket, CBOR"}};

/// A hub of its own with a client on one of its ways.
class Visit {
public:
    explicit Visit(const Way& way, api::Rules rules = generous())
        : way_{way}, hub_{world_, network_, {.loops = 2, .rules = std::move(rules)}} {
        hub_.start();
        const auto parts = checked(auth::read_key(administrator_));
        auth::Credentials& credentials = hub_.hub().credentials;
        credentials.put({.id = parts.id,
                         .kind = PrincipalKind::kUser,
                         .tenant = node::home_tenant(),
                         .principal = "admin",
                         .scopes = Scopes::all(),
                         .digest = credentials.digest_of(parts.secret),
                         .created = world_.now(),
                         .expires = {}});
        auto issuer = std::make_unique<api::OutsideState::Issuer>();
        issuer->settings.policy.issuer = "https://idp.example";
        hub_.hub().outside.issuers.push_back(std::move(issuer));
    }

    static api::Rules generous() {
        api::Rules rules;
        rules.rates.requests = {.per_second = 1e-6, .burst = 150};
        rules.rates.device_requests = {.per_second = 1e-6, .burst = 150};
        rules.rates.readings = {.per_second = 1e-6, .burst = 1'000};
        return rules;
    }

    HubInABox& hub() { return hub_; }

    /// Who calls an operation in the examples: the first app, or, where no app may, the
    /// administrator.
    const std::string& caller_of(const Operation& operation) {
        const bool people =
            operation.scope == Scope::kUsersManage || operation.scope == Scope::kTenantsManage ||
            operation.name.starts_with("users.") || operation.name.starts_with("consents.");
        return people ? administrator_ : hub_.admin_key();
    }

    /// Calls as whoever has `key`; through the way under test.
    Result<client::Reply> call(const std::string& key, Call call) {
        return simulation::finish(world_, client_of(key, way_).call(std::move(call)));
    }
    /// Over REST in JSON, whatever is under test: to prepare and to look.
    Value prepare(Call call) {
        auto reply =
            simulation::finish(world_, client_of(hub_.admin_key(), kWays[0]).call(std::move(call)));
        REQUIRE_MESSAGE(reply.has_value(), reply.error().detail);
        return reply->body;
    }
    void settle() { world_.run_for(1s); }
    /// The administrator has agreed that the app `dashboard` may read telemetry.
    void agree(const std::string& id) {
        RefreshFamily family{.id = KeyId{id},
                             .digest = std::string(32, 'x'),
                             .delegation = {.kind = PrincipalKind::kUser,
                                            .tenant = node::home_tenant(),
                                            .principal = "admin",
                                            .client = "main/dashboard",
                                            .scopes = {Scope::kTelemetryRead, Scope::kSelfRead}},
                             .created = world_.now(),
                             .rotated = world_.now(),
                             .revoked = {}};
        Transaction transaction;
        transaction.changes.emplace_back(PutRecord<RefreshFamily>{
            .record = std::move(family), .now = world_.now(), .until = world_.now() + 24h});
        Registry& registry = *hub_.hub().shards.front()->stores.registry;
        const auto stored = simulation::finish(world_, registry.commit(std::move(transaction)));
        REQUIRE(stored.has_value());
    }
    std::string make_device(const std::string& id) {
        prepare({.operation = "devices.create", .body = Value::Object{{"id", id}}});
        const Value key = prepare({.operation = "keys.create",
                                   .path = Value::Object{{"device", id}},
                                   .body = Value::Object{}});
        return client::text_at(key, "key");
    }

private:
    client::HubClient& client_of(const std::string& key, const Way& way) {
        auto& found = clients_[{key, way.name}];
        if (found != nullptr) return *found;
        const auto access = simulation::access_as(key, way.encoding);
        const auto connect = simulation::connect_from(network_, machine_);
        if (way.door == Door::kRest) {
            found = std::make_unique<client::RestClient>(machine_, access, connect);
            return *found;
        }
        auto socket =
            std::make_unique<client::WebSocketClient>(machine_, world_.random(), access, connect);
        const auto opened = simulation::finish(world_, socket->open());
        REQUIRE_MESSAGE(opened.has_value(), opened.error().detail);
        found = std::move(socket);
        return *found;
    }

    const Way& way_;
    simulation::World world_{1};
    simulation::Network network_{world_, {}};
    HubInABox hub_;
    // A bearer key that stands for a user, as none of the doors gives one out.
    std::string administrator_ = auth::make_key(PrincipalKind::kApp, world_.random());
    simulation::Machine machine_{world_};
    std::map<std::pair<std::string, std::string_view>, std::unique_ptr<client::HubClient>> clients_;
};

// Ids of commands and devices have 26 characters, those of keys 16; the tests' own are shorter.
bool is_made_by_hub(const Value& id) {
    const auto* text = id.get<std::string>();
    return text != nullptr && (text->size() == 26 || text->size() == 16);
}

// What differs from one run to the next: fresh ids, secrets, times, positions and figures.
void blur(Value& value) {
    static const std::set<std::string_view> fresh{
        "key",         "created", "updated",   "expires", "cursor",     "next",
        "ticket",      "since",   "last_seen", "t",       "credential", "lease_until",
        "door",        "time",    "address",   "started", "uptime",     "addresses",
        "connections", "store",   "secret",    "prev",    "number",     "hits",
        "remaining",   "reset",   "code",      "used",    "until"};
    if (auto* items = value.get<Value::Array>()) {
        for (Value& item : *items)
            blur(item);
    }
    auto* members = value.get<Value::Object>();
    if (members == nullptr) return;
    // What a device's own door has cost it differs with the door.
    if (const Value* advised = value.find("advised_door"); advised != nullptr) {
        value = Value::Object{{"device", *value.find("device")}, {"advised_door", "*"}};
        return;
    }
    for (auto& [name, member] : *members) {
        if (fresh.contains(name) || (name == "id" && is_made_by_hub(member))) {
            member = "*";
        } else {
            blur(member);
        }
    }
}

std::string told(const Result<client::Reply>& reply) {
    if (reply) {
        Value body = reply->body;
        blur(body);
        return std::to_string(reply->status) + " " + codec::to_json(body);
    }
    const Error& error = reply.error();
    std::string out = std::string{row(error.code).name} + " '" + error.detail + "'";
    for (const FieldError& field : error.fields)
        out += " " + field.pointer + ": " + field.detail;
    return out;
}

// `$command`, `$key`, `$secret`, `$grant`, `$dashboard` and `$claim_code` in an example stand for
// what an example before it made, `$consent` for what a user has agreed to.
void fill_in(Value& value, const std::map<std::string, std::string>& made) {
    if (auto* text = value.get<std::string>()) {
        if (text->starts_with('$')) {
            const auto found = made.find(text->substr(1));
            REQUIRE_MESSAGE(found != made.end(), *text);
            *text = found->second;
        }
    }
    if (auto* items = value.get<Value::Array>()) {
        for (Value& item : *items)
            fill_in(item, made);
    }
    if (auto* members = value.get<Value::Object>()) {
        for (auto& [name, member] : *members)
            fill_in(member, made);
    }
}

Value member(const Value& of, std::string_view name) {
    const Value* found = of.find(name);
    return found == nullptr ? Value{} : *found;
}

Call call_of(const Operation& operation, const Value& example) {
    return {.operation = std::string{operation.name},
            .path = member(example, "path"),
            .query = member(example, "query"),
            .headers = member(example, "headers"),
            .body = member(example, "body")};
}

void learn(const Operation& operation,
           const Result<client::Reply>& reply,
           std::map<std::string, std::string>& made) {
    if (!reply) return;
    const std::string id = client::text_at(reply->body, "id");
    if (operation.name == "commands.send") made["command"] = id;
    if (operation.name.starts_with("keys.") && !id.empty()) made["key"] = id;
    if (operation.name == "grants.create") made["grant"] = id;
    if (operation.name == "dashboards.create") made["dashboard"] = id;
    if (operation.name == "claim_codes.create") made["claim_code"] = id;
    if (operation.name == "apps.rotate") {
        made["secret"] = client::text_at(client::items_at(reply->body, "secrets").back(), "id");
    }
}

std::vector<const Operation*> operations_of_both() {
    std::vector<const Operation*> all;
    for (const Operation* each : contract::catalogue()) {
        if (each->doors == Doors::kBoth) all.push_back(each);
    }
    return all;
}

// Who did what with which result, as the audit has it: without when, from where and which door.
std::vector<std::string> audit_of(Visit& visit) {
    std::vector<std::string> out;
    const Value page =
        visit.prepare({.operation = "audit.list", .query = Value::Object{{"limit", 1'000}}});
    for (const Value& line : client::items_at(page, "items")) {
        std::string resource = client::text_at(line, "resource");
        const std::size_t id = resource.find(':') + 1;
        if (is_made_by_hub(resource.substr(id))) resource.replace(id, std::string::npos, "*");
        out.push_back(client::text_at(line, "actor") + " " + client::text_at(line, "action") + " " +
                      resource + " " + client::text_at(line, "result"));
    }
    return out;
}

// How many more requests the budget allows.
std::size_t requests_left(Visit& visit, const std::string& key) {
    std::size_t left = 0;
    while (visit.call(key, {.operation = "me.get"}))
        ++left;
    return left;
}

struct Transcript {
    std::vector<std::string> lines;
    std::vector<std::string> audit;
    std::size_t left = 0;
};

void check_lines(const std::vector<std::string>& first,
                 const std::vector<std::string>& other,
                 std::string_view name) {
    for (std::size_t at = 0; at < std::min(first.size(), other.size()); ++at) {
        CHECK_MESSAGE(first[at] == other[at], name);
    }
    CHECK_MESSAGE(first.size() == other.size(), name);
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
    std::ranges::sort(lines);
    return lines;
}

void check_same(const Transcript& first, const Transcript& other, std::string_view name) {
    check_lines(first.lines, other.lines, name);
    // Lines of one act may change places: the act's own, and that of what it ended.
    check_lines(sorted(first.audit), sorted(other.audit), name);
    CHECK_MESSAGE(first.left == other.left, name);
}

template <typename Tell>
void compare_ways(Tell tell) {
    const Transcript first = tell(kWays[0]);
    REQUIRE(!first.lines.empty());
    for (const Way& way : std::span{kWays}.subspan(1))
        check_same(first, tell(way), way.name);
}

// What the documents show is what the hub says.
void check_documented(const Operation& operation, const client::Reply& reply) {
    CAPTURE(operation.name);
    Value shown = contract::answer_of(operation);
    Value body = reply.body;
    blur(shown);
    blur(body);
    if (body.find("durability") != nullptr) body.set("durability", "durable");  // Not the box's.
    // The limits are this test's own; that all ways tell the same of them, the transcripts show.
    for (const char* own : {"limits", "fits"}) {
        if (shown.find(own) == nullptr || body.find(own) == nullptr) continue;
        shown.set(own, "*");
        body.set(own, "*");
    }
    CHECK_MESSAGE(shown == body, codec::to_json(reply.body));
    CHECK(operation.versioned == (reply.headers.find("etag") != nullptr));
    if (reply.headers.find("location") != nullptr) CHECK(operation.located);
    const bool known = reply.status == operation.status ||
                       std::ranges::find(operation.also, reply.status) != operation.also.end();
    CHECK_MESSAGE(known, reply.status);
}

Transcript run_examples(const Way& way) {
    Visit visit{way};
    visit.prepare({.operation = "devices.create", .body = Value::Object{{"id", "lamp-1"}}});
    visit.agree("AAAAAAAAAAAAAAAA");
    Transcript out;
    std::map<std::string, std::string> made{{"consent", "AAAAAAAAAAAAAAAA"}};
    const std::string& key = visit.hub().admin_key();
    auto operations = operations_of_both();
    // Last: the others need the device.
    std::erase(operations, contract::find_operation("devices.delete"));
    operations.push_back(contract::find_operation("devices.delete"));
    for (const Operation* operation : operations) {
        if (operation->name == "commands.cancel") {  // The one before is done.
            made["command"] =
                client::text_at(visit.prepare({.operation = "commands.send",
                                               .path = Value::Object{{"device", "lamp-1"}},
                                               .body = Value::Object{{"name", "blink"}}}),
                                "id");
        }
        // Audit lines are stored behind the answers: all that went before is there now.
        if (operation->name == "audit.list") visit.settle();
        Value example = contract::example_of(*operation);
        fill_in(example, made);
        auto reply = visit.call(visit.caller_of(*operation), call_of(*operation, example));
        learn(*operation, reply, made);
        CHECK_MESSAGE(reply.has_value(), operation->name << ": " << (reply ? "" : told(reply)));
        if (reply) check_documented(*operation, *reply);
        out.lines.push_back(std::string{operation->name} + ": " + told(reply));
    }
    out.audit = audit_of(visit);
    out.left = requests_left(visit, key);
    return out;
}

// The ways in which a request of any operation can be wrong.
std::vector<Value> spoilt(const Operation& operation) {
    const Value good = contract::example_of(operation);
    std::vector<Value> out;
    const auto add = [&](std::string_view part, std::string_view name, Value value) {
        Value bad = good;
        if (bad.find(part) == nullptr) bad.set(part, Value::Object{});
        bad.find(part)->set(name, std::move(value));
        out.push_back(std::move(bad));
    };
    if (operation.of_device()) {
        add("path", "device", "nobody-knows-it");
        add("path", "device", "not a name");
        add("path", "device", "me");
    }
    add("query", "no_such_parameter", "1");
    for (const contract::Field& field : operation.request->fields) {
        if (field.from == contract::From::kQuery) {
            add("query", field.name, "-");
            add("query", field.name, "");
        }
        if (field.from == contract::From::kHeader) add("headers", field.name, "\"nonsense");
        if (field.from == contract::From::kField) {
            for (const Value& wrong : {Value{}, Value{true}, Value{-1}, Value{"\x01"},
                                       Value{std::string(5'000, 'x')}, Value{Value::Array{1, 2}}}) {
                add("body", field.name, wrong);
            }
        }
        if (field.required && field.from == contract::From::kField) {
            Value bad = good;
            if (Value* body = bad.find("body")) body->erase(field.name);
            out.push_back(std::move(bad));
        }
    }
    const bool takes_fields = std::ranges::any_of(
        operation.request->fields,
        [](const contract::Field& field) { return field.from == contract::From::kField; });
    if (takes_fields) add("body", "no_such_field", 1);
    for (const Value& body :
         {Value{"text"}, Value{7}, Value{Value::Array{}}, Value{Value::Object{}}}) {
        Value bad = good;
        bad.set("body", body);
        out.push_back(std::move(bad));
    }
    return out;
}

Transcript run_refusals(const Way& way, const Operation& operation) {
    Visit visit{way};
    visit.make_device("lamp-1");
    Transcript out;
    const std::map<std::string, std::string> made{{"command", "01J0000000000000000000000"},
                                                  {"key", "AAAAAAAAAAAAAAAA"},
                                                  {"secret", "AAAAAAAAAAAAAAAA"},
                                                  {"claim_code", "AAAAAAAAAAAAAAAA"},
                                                  {"consent", "AAAAAAAAAAAAAAAA"},
                                                  {"grant", "01J0000000000000000000000"},
                                                  {"dashboard", "01J0000000000000000000000"}};
    for (Value& bad : spoilt(operation)) {
        fill_in(bad, made);
        out.lines.push_back(codec::to_json(bad) + ": " +
                            told(visit.call(visit.caller_of(operation), call_of(operation, bad))));
    }
    out.audit = audit_of(visit);
    out.left = requests_left(visit, visit.hub().admin_key());
    return out;
}

// A device may do what concerns itself, and knows of no other.
Transcript run_as_device(const Way& way) {
    Visit visit{way};
    const std::string own = visit.make_device("lamp-1");
    const std::string foreign = visit.make_device("lamp-2");
    Transcript out;
    std::map<std::string, std::string> made{{"command", "01J0000000000000000000000"},
                                            {"key", "AAAAAAAAAAAAAAAA"},
                                            {"secret", "AAAAAAAAAAAAAAAA"},
                                            {"claim_code", "AAAAAAAAAAAAAAAA"},
                                            {"consent", "AAAAAAAAAAAAAAAA"},
                                            {"grant", "01J0000000000000000000000"},
                                            {"dashboard", "01J0000000000000000000000"}};
    for (const std::string& key : {own, foreign}) {
        for (const Operation* operation : operations_of_both()) {
            Value example = contract::example_of(*operation);
            fill_in(example, made);
            const auto reply = visit.call(key, call_of(*operation, example));
            out.lines.push_back(std::string{operation->name} + ": " + told(reply));
            if (key == foreign && operation->of_device()) {
                CHECK_MESSAGE((!reply && reply.error().code == ErrorCode::kNotFound),
                              operation->name << ": " << told(reply));
            }
        }
    }
    visit.settle();  // Until the last refusal has been written down.
    out.audit = audit_of(visit);
    out.left = requests_left(visit, own);
    return out;
}

Transcript run_over_limit(const Way& way) {
    api::Rules rules = Visit::generous();
    rules.rates.device_requests.burst = 5;
    rules.rates.readings.burst = 3;
    Visit visit{way, rules};
    const std::string key = visit.make_device("lamp-1");
    Transcript out;
    const Value path = Value::Object{{"device", "me"}};
    for (int at = 0; at < 5; ++at) {
        out.lines.push_back(told(visit.call(
            key,
            {.operation = "telemetry.write", .path = path, .body = Value::Object{{"x", at}}})));
    }
    for (int at = 0; at < 8; ++at) {
        out.lines.push_back(told(visit.call(key, {.operation = "twin.get", .path = path})));
    }
    out.audit = audit_of(visit);
    return out;
}

TEST_CASE("the examples of what is at the WebSocket door alone are answered as documented") {
    const auto* socket = std::ranges::find(kWays, Door::kWebSocket, &Way::door);
    Visit visit{*socket};
    visit.prepare({.operation = "devices.create", .body = Value::Object{{"id", "lamp-1"}}});
    for (const Operation* operation : contract::catalogue()) {
        if (operation->doors != Doors::kWsOnly) continue;
        Call call = call_of(*operation, contract::example_of(*operation));
        if (operation->name == "auth") call.body.set("token", visit.hub().admin_key());
        const auto reply = visit.call(visit.hub().admin_key(), std::move(call));
        REQUIRE_MESSAGE(reply.has_value(), operation->name << ": " << told(reply));
        check_documented(*operation, *reply);
    }
}

TEST_CASE("every operation's example gives the same at both doors in every encoding") {
    compare_ways(run_examples);
}

TEST_CASE("every operation refuses the same requests with the same words at both doors") {
    for (const Operation* operation : operations_of_both()) {
        CAPTURE(operation->name);
        compare_ways([&](const Way& way) { return run_refusals(way, *operation); });
    }
}

TEST_CASE("a device may do the same through both doors, and nothing with another device") {
    compare_ways(run_as_device);
}

TEST_CASE("both doors spend the same budgets and refuse in the same words when they are empty") {
    compare_ways(run_over_limit);
}

TEST_CASE("what one door alone has is the closed list") {
    std::set<std::string_view> rest;
    std::set<std::string_view> sockets;
    for (const Operation* each : contract::catalogue()) {
        if (each->doors == Doors::kRestOnly) rest.insert(each->name);
        if (each->doors == Doors::kWsOnly) sockets.insert(each->name);
    }
    CHECK(rest == std::set<std::string_view>{"stream.read", "tickets.create"});
    CHECK(sockets == std::set<std::string_view>{"auth", "stream.credit", "stream.subscribe",
                                                "stream.unsubscribe"});
}

}  // namespace
}  // namespace tandem
