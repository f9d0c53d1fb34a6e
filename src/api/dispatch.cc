#include "api/dispatch.h"

#include "api/again.h"
#include "api/audit.h"
#include "api/bind.h"
#include "api/command_life.h"
#include "api/device_state.h"
#include "api/outside.h"
#include "auth/key.h"
#include "base/checked.h"
#include "base/fault.h"
#include "base/log.h"
#include "contract/access.h"
#include "contract/catalogue.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

namespace tandem::api {
namespace {

constexpr std::array kNouns{
    &device_handlers, &telemetry_handlers, &telemetry_query_handlers, &telemetry_write_handlers,
    &twin_handlers,   &command_handlers,   &command_group_handlers,   &access_handlers,
    &user_handlers,   &app_handlers,       &certificate_handlers,     &grant_handlers,
    &tenant_handlers, &consent_handlers,   &dashboard_handlers,       &limit_handlers,
    &advice_handlers, &stream_handlers,    &stream_read_handlers,     &thing_handlers,
    &status_handlers};

const Bound& handler_of(const contract::Operation& operation) {
    static const auto table = [] {
        std::unordered_map<std::string_view, Bound> made;
        for (const auto handlers : kNouns) {
            for (const Bound& each : handlers())
                check(made.emplace(each.operation->name, each).second);
        }
        check(made.size() == contract::catalogue().size());
        return made;
    }();
    return table.at(operation.name);
}

std::string* path_parameter(contract::Input& input, std::string_view name) {
    const auto found =
        std::ranges::find(input.path, name, &std::pair<std::string, std::string>::first);
    return found == input.path.end() ? nullptr : &found->second;
}

// The device that a call is about; `me` becomes the caller's own id.
Result<std::optional<DeviceId>> resolve_device(Call& call, const Actor& actor) {
    if (!call.operation->of_device()) return std::optional<DeviceId>{};
    std::string* device = path_parameter(call.input, "device");
    if (device == nullptr || !is_name(*device)) {
        return fail_field("#path/device", "1 to 64 of A-Z a-z 0-9 . _ : - are accepted");
    }
    if (*device == "me") {
        if (actor.kind != PrincipalKind::kDevice) {
            return fail(ErrorCode::kNotFound, "`me` stands for a device, and the caller is none");
        }
        *device = actor.id;
    }
    return std::optional{DeviceId{*device}};
}

bool counts_as_refusal(const Error& error) {
    return tells_refusal(row(error.code).name);
}

// What the call was about, or has made: `device:lamp-1`; "" where it is nothing in particular.
std::string resource_of(const Call& call, const Reply* reply) {
    for (const std::string_view kind :
         {"device", "user", "app", "grant", "tenant", "claim_code", "consent", "dashboard"}) {
        const auto found =
            std::ranges::find(call.input.path, kind, &std::pair<std::string, std::string>::first);
        if (found != call.input.path.end()) return std::string{kind} + ":" + found->second;
    }
    if (reply == nullptr) return {};
    const auto location =
        std::ranges::find(reply->headers, "location", &std::pair<std::string, std::string>::first);
    if (location == reply->headers.end()) return {};
    // `/v1/devices/lamp-1`
    constexpr std::string_view kRoot = "/v1/";
    const std::string_view path = std::string_view{location->second}.substr(kRoot.size());
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return {};
    return std::string{path.substr(0, slash - 1)} + ":" + std::string{path.substr(slash + 1)};
}

void audit_result(World world,
                  const Call& call,
                  const std::optional<Actor>& actor,
                  const Result<Reply>& reply) {
    const Error* error = reply ? nullptr : &reply.error();
    const bool refused = error != nullptr && counts_as_refusal(*error);
    if (!refused && (!call.operation->audited || error != nullptr)) return;
    audit(world,
          {.time = world.now(),
           .tenant = actor ? actor->tenant : world.hub().home,
           .actor = actor ? std::string{name_of(actor->kind)} + ":" + actor->id : "anonymous",
           .credential = actor ? actor->credential : "",
           .address = call.address,
           .door = call.door,
           .action = std::string{call.operation->name},
           .resource = resource_of(call, reply ? &*reply : nullptr),
           .result = error == nullptr ? "ok" : std::string{row(error->code).name}});
}

void count(Hub& hub, const Call& call, int status) {
    const std::string labels = "door=\"" + std::string{name_of(call.door)} + "\",op=\"" +
                               std::string{call.operation->name} + "\",status=\"" +
                               std::to_string(status) + "\"";
    hub.metrics.counter("tandem_requests_total", labels).add();
}

/// What comes out while a call is admitted, and is told however it ends.
struct Known {
    std::optional<Actor> actor;
    std::optional<auth::BudgetLeft> budget;
};

struct Admitted {
    Actor actor;
    std::optional<DeviceId> device;
    bool by_labels = false;  ///< whether it may the device's labels say, which its loop knows
    InFlight::Place place;   ///< until there is a reply
};

// A socket's requests under way have a limit of their own, at which it is not read.
Result<InFlight::Place> enter(Hub& hub, const Call& call, const Actor& actor) {
    if (call.proof.local) return InFlight::Place{};
    return hub.in_flight.enter(call.door == Door::kRest ? auth::principal_key(actor) : "");
}

// Whether it may; nothing: the device's labels decide.
std::optional<Result<void>> decide(const Actor& actor, const Call& call, const Resource& resource) {
    auto may = authorize(actor, call.operation->scope, resource, {.door = call.door});
    if (!may && resource.device && depends_on_labels(actor)) return {};
    return may;
}

// The same on the device's loop.
Task<Result<void>> authorize_by_labels(World world,
                                       Actor actor,
                                       DeviceId device,
                                       Scope action,
                                       AccessContext context) {
    const DeviceRef ref{.tenant = actor.tenant, .id = device};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    co_return authorize(actor, action, resource_of((*state)->device), context);
}

// Whether now, who, whether at all, how often: everything that needs no waiting.
Result<Admitted> admit(World world, Call& call, Known& known) {
    if (!call.proof.local) {
        if (auto room = world.hub().load.admit(call.operation->urgency); !room) return pass(room);
    }
    auto actor = identify(world, call.proof);
    if (!actor) return pass(actor);
    known.actor = *actor;
    auto device = resolve_device(call, *actor);
    if (!device) return pass(device);
    Admitted admitted{.actor = *actor, .device = *device, .place = {}};
    const auto decided = decide(*actor, call, {.tenant = actor->tenant, .device = *device});
    admitted.by_labels = !decided;
    const Result<void> may = decided.value_or(Result<void>{});
    // A refusal costs a request, whatever the operation does.
    const int cost = may ? call.operation->cost : std::max(1, call.operation->cost);
    if (cost > 0 && !call.proof.local) {
        auto left =
            world.hub().budgets.spend(*actor, auth::Budget::kRequests, cost, world.monotonic());
        if (!left) return pass(left);
        known.budget = *left;
    }
    if (!may) return std::unexpected(may.error());
    auto place = enter(world.hub(), call, *actor);
    if (!place) return pass(place);
    admitted.place = std::move(*place);
    return admitted;
}

Task<Result<Reply>> handle(World world,
                           Admitted admitted,
                           Call call,
                           std::shared_ptr<const Once> once) {
    const bool own = admitted.device && admitted.actor.kind == PrincipalKind::kDevice;
    std::optional<Asking> asking;
    if (own) {
        auto state = co_await world.devices().load(world, checked(admitted.actor.device()));
        if (state) {
            touch(world, *state, call.door);
            asking.emplace(world, *state);
        }
    }
    const Bound& bound = handler_of(*call.operation);
    Caller caller{.actor = std::move(admitted.actor),
                  .door = call.door,
                  .address = std::move(call.address),
                  .origin = std::move(call.origin),
                  .accept = call.accept,
                  .base = std::move(call.base),
                  .subscriber = std::move(call.subscriber),
                  .gone = std::move(call.gone),
                  .certificate = std::move(call.proof.certificate),
                  .local = call.proof.local,
                  .grace = call.proof.grace,
                  .action = call.operation->scope,
                  .once = std::move(once)};
    co_return co_await bound.run(world, std::move(caller), std::move(call.input), call.accept);
}

// A repeat of a request with the same Idempotency-Key gets the first one's answer.
std::string fingerprint(const Call& call) {
    std::string text{call.operation->name};
    for (const auto& [name, value] : call.input.path)
        text += '\n' + name + '=' + value;
    for (const auto& [name, value] : call.input.query)
        text += '\n' + name + '=' + value;
    return auth::digest(text + '\n' + call.input.body.bytes);
}

// The first byte of a body that is kept says in which encoding it is: j, c or x.
char mark_of(contract::Encoding encoding) {
    return contract::row(encoding).name.front();
}
contract::Encoding encoding_of_mark(char mark) {
    using enum contract::Encoding;
    for (const auto encoding : {kCbor, kXml}) {
        if (mark_of(encoding) == mark) return encoding;
    }
    return kJson;
}

// A body in another encoding, the same value.
Result<std::string> reencoded(std::string_view body,
                              contract::Encoding from,
                              contract::Encoding to) {
    if (from == to || body.empty()) return std::string{body};
    const auto reader = contract::make_reader(from, body, contract::bulk_limits());
    if (auto token = reader->next(); !token) return pass(token);
    auto value = read_value(*reader);
    if (!value) return pass(value);
    const auto writer = contract::make_writer(to);
    write_value(*writer, *value);
    return writer->take();
}

Task<Result<std::optional<Reply>>> remembered(World world, std::shared_ptr<const Once> once) {
    auto found = co_await world.registry().reply(once->tenant, once->principal, once->key);
    if (!found) co_return pass(found);
    const std::optional<RememberedReply> kept = std::move(*found);
    if (!kept || world.now() - kept->created > 24h) co_return std::optional<Reply>{};
    if (kept->fingerprint != once->fingerprint) {
        co_return fail(ErrorCode::kUnprocessable,
                       "this Idempotency-Key was used with another request");
    }
    Reply reply{.status = kept->status, .encoding = once->accept};
    if (!kept->headers.empty()) reply.headers.emplace_back("location", kept->headers);
    if (kept->body.empty()) co_return std::optional{std::move(reply)};
    const auto encoding = encoding_of_mark(kept->body.front());
    auto body = reencoded(std::string_view{kept->body}.substr(1), encoding, once->accept);
    if (!body) co_return pass(body);
    reply.body = std::move(*body);
    co_return std::optional{std::move(reply)};
}

Task<void> remember(World world, std::shared_ptr<const Once> once, Reply reply) {
    Transaction transaction{.changes = {remembering(*once, reply, world.now())}, .events = {}};
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) log(LogLevel::kWarning, "reply_not_remembered", {{"why", stored.error().detail}});
}

Task<Result<Reply>> handle_once(World world, Admitted admitted, Call call) {
    // What carries a secret is not kept: a repeat makes another one.
    const bool repeatable = !call.idempotency_key.empty() && !call.operation->secret &&
                            call.operation->method == contract::Method::kPost;
    if (!repeatable) {
        co_return co_await handle(world, std::move(admitted), std::move(call), nullptr);
    }
    if (call.idempotency_key.size() > 128) {
        co_return fail_field("#header/idempotency-key", "at most 128 bytes are accepted");
    }
    const Actor& actor = admitted.actor;
    const auto once = std::make_shared<const Once>(
        Once{.tenant = actor.tenant,
             .principal = std::string{name_of(actor.kind)} + ":" + actor.id,
             .key = call.idempotency_key,
             .fingerprint = fingerprint(call),
             .accept = call.accept});
    const auto place =
        world.hub().once.enter(once->tenant.text() + '\n' + once->principal + '\n' + once->key);
    if (!place) {
        auto refused = fail(ErrorCode::kConflict,
                            "the first request with this Idempotency-Key is not answered yet");
        refused.error().retry_after = 1s;
        co_return refused;
    }
    auto before = co_await remembered(world, once);
    if (!before) co_return pass(before);
    std::optional<Reply> answered = std::move(*before);
    if (answered && !has_fault(Fault::kKeyForgotten)) co_return std::move(*answered);
    auto reply = co_await handle(world, std::move(admitted), std::move(call), once);
    if (reply) co_await remember(world, once, *reply);
    co_return reply;
}

// Whether a call that the labels of its device decide about may go on. On the device's loop.
Task<Result<void>> admit_by_labels(World world,
                                   Actor actor,
                                   DeviceId device,
                                   const contract::Operation* operation,
                                   AccessContext context) {
    auto may =
        co_await authorize_by_labels(world, actor, std::move(device), operation->scope, context);
    if (may || operation->cost > 0) co_return may;
    // A refusal costs a request, whatever the operation does.
    auto left = world.hub().budgets.spend(actor, auth::Budget::kRequests, 1, world.monotonic());
    if (!left) co_return pass(left);
    co_return may;
}

/// What was admitted once, to ask again whether it may.
struct Standing {
    Caller caller;
    std::optional<DeviceId> device;
};

// Only who reads may have waited for what is not theirs to see any more.
std::optional<Standing> standing_of(const Admitted& admitted, const Call& call) {
    if (call.proof.local || call.operation->method != contract::Method::kGet) return {};
    return Standing{.caller = {.actor = admitted.actor,
                               .door = call.door,
                               .grace = call.proof.grace,
                               .action = call.operation->scope},
                    .device = admitted.device};
}

// On the device's loop.
Task<Result<void>> still_may(World world, Standing standing) {
    const Actor& admitted = standing.caller.actor;
    if (world.hub().policies.version() == admitted.policies) co_return Result<void>{};
    const Resource asked{.tenant = admitted.tenant, .device = standing.device};
    auto still = ask_again(world, standing.caller, asked);
    if (still) co_return Result<void>{};
    if (!standing.device) co_return pass(still);
    // By the labels that it has now.
    const DeviceRef ref{.tenant = admitted.tenant, .id = checked(standing.device)};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(still);
    still = ask_again(world, standing.caller, **state);
    if (!still) co_return pass(still);
    co_return Result<void>{};
}

// On the device's loop.
Task<Result<Reply>> decide_and_handle(World world, Admitted admitted, Call call) {
    const std::optional<Standing> standing = standing_of(admitted, call);
    if (admitted.by_labels) {
        const AccessContext context{.door = call.door};
        auto may = co_await admit_by_labels(world, admitted.actor, checked(admitted.device),
                                            call.operation, context);
        if (!may) co_return pass(may);
    }
    auto reply = co_await handle_once(world, std::move(admitted), std::move(call));
    if (!reply || !standing) co_return reply;
    auto still = co_await still_may(world, checked(standing));
    if (still) co_return reply;
    if (reply->source != nullptr) reply->source->stop();
    co_return pass(still);
}

Task<Result<Reply>> admit_and_handle(World world, Call call, Known* known) {
    auto admitted = admit(world, call, *known);
    if (!admitted) co_return pass(admitted);
    const InFlight::Place place = std::move(admitted->place);
    Shard& here = world.shard();
    const std::optional<DeviceId> device = admitted->device;
    Shard& there =
        device ? world.hub().owner({.tenant = admitted->actor.tenant, .id = *device}) : here;
    if (&there != &here) co_await hop(there.executor);
    auto reply = co_await decide_and_handle(World{there}, std::move(*admitted), std::move(call));
    if (&there != &here) co_await hop(here.executor);
    co_return reply;
}

// RFC 9110 section 13.1.2: what the caller has already is not sent again.
void drop_unchanged(Reply& reply, const contract::Parameters& headers) {
    const auto given =
        std::ranges::find(headers, "if-none-match", &std::pair<std::string, std::string>::first);
    const auto tag =
        std::ranges::find(reply.headers, "etag", &std::pair<std::string, std::string>::first);
    if (given == headers.end() || tag == reply.headers.end()) return;
    contract::EntityTags tags;
    const auto good = contract::Codec<contract::EntityTags>::read_text(given->second, tags, {});
    if (!good) return;
    const bool same = tags.any || given->second.find(tag->second) != std::string::npos;
    if (!same) return;
    reply.status = 304;
    reply.body.clear();
}

// A call as the audit line and the figures need it.
Call without_body(const Call& call) {
    return {.operation = call.operation,
            .input = {.path = call.input.path, .headers = call.input.headers},
            .accept = call.accept,
            .door = call.door,
            .address = call.address};
}

// The budget that a limit is of.
std::optional<auth::Budget> budget_of(std::string_view limit) {
    if (limit.starts_with("requests_")) return auth::Budget::kRequests;
    if (limit.starts_with("readings_")) return auth::Budget::kReadings;
    return {};
}

// It is counted, and whoever was limited can ask why: limits.get.
void note_limit(World world, const Call& call, Known& known, const Error& error) {
    Hub& hub = world.hub();
    hub.count_limit(error.limit);
    if (!known.actor) return;
    const Actor& actor = checked(known.actor);
    hub.limit_log.note(auth::principal_key(actor), {.time = world.now(),
                                                    .limit = error.limit,
                                                    .operation = std::string{call.operation->name},
                                                    .door = call.door,
                                                    .detail = error.detail,
                                                    .retry_after = error.retry_after});
    const auto budget = budget_of(error.limit);
    if (budget) known.budget = hub.budgets.left(actor, checked(budget), world.monotonic());
}

// What is answered, once it has been written down.
Reply settled(World world, const Call& call, Known known, Result<Reply> reply) {
    const Error* error = reply ? nullptr : &reply.error();
    audit_result(world, call, known.actor, reply);
    if (error != nullptr && !error->limit.empty()) note_limit(world, call, known, *error);
    Reply out = reply ? std::move(*reply) : problem_reply(*error, call.accept);
    if (!out.budget) out.budget = known.budget;
    if (known.actor) out.caller = known.actor->device();
    if (call.operation->method == contract::Method::kGet) drop_unchanged(out, call.input.headers);
    count(world.hub(), call, out.status);
    return out;
}

// The part of admit() that changes nothing.
bool may_go_on(World world, Call& call) {
    if (!call.proof.local && !world.hub().load.admit(call.operation->urgency)) return false;
    const auto actor = identify(world, call.proof);
    if (!actor) return false;
    const auto device = resolve_device(call, *actor);
    if (!device) return false;
    const auto may = decide(*actor, call, {.tenant = actor->tenant, .device = *device});
    return !may || may->has_value();
}

// Whose the credential is, and that it lives.
Result<Actor> credential_of(const World& world, const Proof& proof) {
    Hub& hub = world.hub();
    if (proof.actor) {
        const std::string& credential = proof.actor->credential;
        const bool alive = hub.credentials.alive(credential, world.now() - proof.grace) ||
                           hub.sessions.alive(credential, world.monotonic());
        if (!alive) return fail(ErrorCode::kUnauthenticated, "the credential has ended");
        return *proof.actor;
    }
    if (auth::looks_outside(proof.bearer)) {
        return outside_actor(world, proof.bearer, proof.certificate);
    }
    if (!proof.bearer.empty()) {
        return hub.credentials.authenticate(proof.bearer, world.now(), proof.certificate);
    }
    if (!proof.cookie.empty()) return hub.sessions.find(proof.cookie, world.monotonic());
    if (!proof.certificate.empty()) {
        return hub.credentials.holder_of(proof.certificate, world.now());
    }
    return fail(ErrorCode::kUnauthenticated, "send a key: Authorization: Bearer <key>");
}

}  // namespace

Change remembering(const Once& once, const Reply& reply, Instant now) {
    std::string location;
    for (const auto& [name, value] : reply.headers) {
        if (name == "location") location = value;
    }
    std::string body;
    if (!reply.body.empty()) {
        body = mark_of(reply.encoding) + reply.body;
    }
    return PutReply{.reply = {.tenant = once.tenant,
                              .principal = once.principal,
                              .key = once.key,
                              .fingerprint = once.fingerprint,
                              .status = reply.status,
                              .headers = std::move(location),
                              .body = std::move(body),
                              .created = now}};
}

Reply problem_reply(const Error& error, contract::Encoding encoding) {
    Reply reply{.status = row(error.code).status,
                .body = contract::write_problem(encoding, error),
                .encoding = encoding,
                .problem = true};
    if (error.retry_after) {
        // Whole seconds, rounded up: RFC 9110 section 10.2.3.
        const auto seconds = (*error.retry_after + 1s - 1us) / 1s;
        reply.headers.emplace_back("retry-after",
                                   std::to_string(std::max<std::int64_t>(1, seconds)));
    }
    return reply;
}

Result<Actor> identify(const World& world, const Proof& proof) {
    // What the owner of the data may do nothing takes away.
    if (proof.local && proof.actor) return *proof.actor;
    auto actor = credential_of(world, proof);
    if (!actor) return actor;
    return world.hub().policies.resolve(std::move(*actor));
}

Task<Reply> dispatch(World world, Call call) {
    // The handler consumes the call; what the audit line and the figures need is kept.
    const Call kept = without_body(call);
    Known known;
    if (auth::looks_outside(call.proof.bearer)) {
        auto outside = co_await admit_outside(world, call.proof.bearer, call.proof.certificate);
        if (!outside) co_return settled(world, kept, std::move(known), pass(outside));
    }
    auto reply = co_await admit_and_handle(world, std::move(call), &known);
    co_return settled(world, kept, std::move(known), std::move(reply));
}

std::optional<Reply> refuse_early(World world, Call call) {
    const Call kept = without_body(call);
    // Whether an outside token is good takes longer to say.
    if (auth::looks_outside(call.proof.bearer) || may_go_on(world, call)) return {};
    Known known;
    auto admitted = admit(world, call, known);
    // A key may have been made in between.
    if (admitted) return {};
    return settled(world, kept, std::move(known), pass(admitted));
}

namespace {

Task<Result<void>> count_devices(World world) {
    for (const Tenant& tenant : world.hub().policies.live_tenants()) {
        auto count = co_await world.registry().device_count(tenant.id);
        if (!count) co_return pass(count);
        world.hub().device_quota.set(tenant.id, static_cast<std::size_t>(*count));
    }
    co_return Result<void>{};
}

}  // namespace

Task<Result<void>> start(World world) {
    auto credentials = co_await world.registry().credentials();
    if (!credentials) co_return pass(credentials);
    world.hub().credentials.load(std::move(*credentials));
    auto records = co_await world.oauth().live();
    if (!records) co_return pass(records);
    world.hub().credentials.load(std::move(records->tokens));
    world.hub().oauth.assertions.load(records->assertions);
    world.hub().outside.denied.load(records->denied);
    auto policy = co_await world.registry().policy();
    if (!policy) co_return pass(policy);
    world.hub().policies.load(std::move(*policy), world.hub().home);
    if (auto counted = co_await count_devices(world); !counted) co_return pass(counted);
    auto open = co_await world.registry().devices_with_open_commands();
    if (!open) co_return pass(open);
    auto watched = co_await world.registry().devices_with_stale_after();
    if (!watched) co_return pass(watched);
    std::set<DeviceRef> all{open->begin(), open->end()};
    all.insert(watched->begin(), watched->end());
    std::map<Shard*, std::vector<DeviceRef>> by_owner;
    for (const DeviceRef& device : all)
        by_owner[&world.hub().owner(device)].push_back(device);
    for (auto& [owner, devices] : by_owner) {
        owner->executor.post([owner, mine = std::move(devices)]() mutable {
            look_after(World{*owner}, std::move(mine));
        });
    }
    co_return Result<void>{};
}

}  // namespace tandem::api
