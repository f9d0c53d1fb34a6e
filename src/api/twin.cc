// twin.*, config.* and state.*: one handler per operation.
#include "contract/twin.h"

#include "api/again.h"
#include "api/bind.h"
#include "api/config_push.h"
#include "api/device_state.h"
#include "api/within.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/precondition.h"
#include "domain/schema.h"

#include <array>

namespace tandem::api {
namespace {

using contract::TwinDocumentView;

const TwinDocument& side_of(const Twin& twin, TwinSide side) {
    return side == TwinSide::kConfig ? twin.config : twin.state;
}

Answer<TwinDocumentView> answer(const TwinDocument& document) {
    Answer<TwinDocumentView> out = TwinDocumentView{.value = document.value};
    out.version = document.version;
    return out;
}

Task<Result<Twin>> load(World world, DeviceRef ref) {
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    co_return co_await world.registry().twin(ref);
}

contract::VersionedDocument view_of(const TwinDocument& document) {
    return {.version = document.version, .updated = document.updated, .value = document.value};
}

Task<Result<Answer<contract::TwinView>>> get(World world,
                                             Caller caller,
                                             contract::DeviceGet request) {
    auto twin =
        co_await load(world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!twin) co_return pass(twin);
    contract::TwinView view{.config = view_of(twin->config),
                            .state = view_of(twin->state),
                            .sync = {.keys = sync_of(*twin)},
                            .acknowledged = {}};
    if (const std::int64_t version = acknowledged_version(*twin); version > 0) {
        view.acknowledged = {.version = version, .updated = twin->acknowledged.updated};
    }
    co_return view;
}

Task<Result<Answer<TwinDocumentView>>> get_state(World world,
                                                 Caller caller,
                                                 contract::DeviceGet request) {
    auto twin =
        co_await load(world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!twin) co_return pass(twin);
    co_return answer(twin->state);
}

// The config, once it is another than what the caller has, or when the time has passed.
Task<Result<TwinDocument>> config_beside(World world,
                                         Caller caller,
                                         DeviceStatePtr state,
                                         contract::EntityTags known,
                                         Monotonic until) {
    while (true) {
        if (auto still = ask_again(world, caller, *state); !still) co_return pass(still);
        // Before the question: a change that comes with its answer must not be missed.
        Completion<bool> woken;
        state->config_watchers.push_back(woken);
        auto twin = co_await world.registry().twin(state->device.ref);
        const Duration left = until - world.monotonic();
        const bool waits = twin && known.match(twin->config.version) && left > Duration{0} &&
                           !caller.has_gone() && !world.hub().draining.load();
        if (waits) co_await within(&world.executor(), woken, left);
        woken.complete(false);
        std::erase_if(state->config_watchers,
                      [](const Completion<bool>& each) { return each.done(); });
        if (waits) continue;
        if (!twin) co_return pass(twin);
        co_return std::move(twin->config);
    }
}

Task<Result<Answer<TwinDocumentView>>> get_config(World world,
                                                  Caller caller,
                                                  contract::ConfigGet request) {
    auto state = co_await world.devices().load(
        world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!state) co_return pass(state);
    const Duration wait = request.prefer.wait.value_or(Duration{0});
    auto config = co_await config_beside(world, std::move(caller), *state,
                                         request.if_none_match.value_or(contract::EntityTags{}),
                                         world.monotonic() + wait);
    if (!config) co_return pass(config);
    Answer<TwinDocumentView> out = answer(*config);
    out.preference_applied = request.prefer.applied();
    co_return out;
}

// The config, and which version of it the device has: the same when one changes as when the other
// does, so that who missed one event has all of it with the next.
Event config_event(const DeviceRef& device, const Twin& twin, Instant time) {
    Value::Object value{{"version", twin.config.version}, {"value", twin.config.value}};
    if (const std::int64_t version = acknowledged_version(twin); version > 0) {
        value.emplace_back("acknowledged", version);
    }
    return {.kind = Event::Kind::kConfig,
            .device = device,
            .series = {},
            .time = time,
            .value = std::move(value)};
}

Event state_event(const DeviceRef& device, const TwinDocument& state) {
    return {.kind = Event::Kind::kState,
            .device = device,
            .series = {},
            .time = checked(state.updated),
            .value = Value::Object{{"version", state.version}, {"value", state.value}}};
}

/// A twin that nobody else changes, as long as this is kept.
struct OwnTwin {
    DeviceStatePtr state;
    Turnstile::Pass turn;
    Twin twin;
};

Task<Result<OwnTwin>> take_twin(World world, Caller caller, std::string device) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{std::move(device)}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, std::move(caller), *state);
    if (!turn) co_return pass(turn);
    auto twin = co_await world.registry().twin(ref);
    if (!twin) co_return pass(twin);
    co_return OwnTwin{
        .state = std::move(*state), .turn = std::move(*turn), .twin = std::move(*twin)};
}

Task<Result<Answer<contract::ConfigAcknowledged>>> ack_config(World world,
                                                              Caller caller,
                                                              contract::ConfigAck request) {
    auto own = co_await take_twin(world, std::move(caller), std::move(request.device));
    if (!own) co_return pass(own);
    const DeviceStatePtr state = own->state;
    const DeviceRef ref = state->device.ref;
    Twin& twin = own->twin;
    auto kept = acknowledge_config(twin, request.version, world.now());
    if (!kept) co_return pass(kept);
    if (*kept != twin.acknowledged) {
        const std::int64_t expected = twin.acknowledged.version;
        twin.acknowledged = *kept;
        Transaction transaction;
        transaction.changes.emplace_back(PutTwin{.device = ref,
                                                 .side = TwinSide::kAcknowledged,
                                                 .document = std::move(*kept),
                                                 .expected = expected});
        transaction.events.push_back(config_event(ref, twin, world.now()));
        auto stored = co_await world.registry().commit(std::move(transaction));
        if (!stored) co_return pass(stored);
    }
    const std::int64_t known = acknowledged_version(twin);
    state->config_pending = known != twin.config.version;
    co_return contract::ConfigAcknowledged{.acknowledged = known, .version = twin.config.version};
}

Result<void> check_document(const Device& device, TwinSide side, const TwinDocument& document) {
    if (codec::to_json(document.value).size() > kTwinBytesMax) {
        return fail(ErrorCode::kBodyTooLarge,
                    "a document may take " + std::to_string(kTwinBytesMax) + " bytes as JSON");
    }
    if (side == TwinSide::kConfig) return check_config(device.schema, document.value);
    return {};
}

// What one side of `twin` is now, one version after what is stored.
Task<Result<Answer<TwinDocumentView>>> store(World world,
                                             DeviceRef device,
                                             TwinSide side,
                                             Twin twin) {
    const TwinDocument& document = side_of(twin, side);
    Transaction transaction;
    transaction.changes.emplace_back(PutTwin{
        .device = device, .side = side, .document = document, .expected = document.version - 1});
    transaction.events.push_back(side == TwinSide::kConfig
                                     ? config_event(device, twin, checked(document.updated))
                                     : state_event(device, document));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return answer(document);
}

// The device's socket hears of it, and so does whoever polls.
void tell(const DeviceStatePtr& state, const TwinDocument& before, const TwinDocument& after) {
    state->config_pending = true;
    tell_config(*state, delta_between(before, after));
    for (auto& watcher : std::exchange(state->config_watchers, {}))
        watcher.complete(true);
}

Task<Result<Answer<TwinDocumentView>>> change(World world,
                                              Caller caller,
                                              contract::TwinWrite request,
                                              TwinSide side,
                                              bool merge) {
    auto own = co_await take_twin(world, std::move(caller), std::move(request.device));
    if (!own) co_return pass(own);
    const DeviceStatePtr state = own->state;
    const TwinDocument old = side_of(own->twin, side);
    auto may = contract::check_preconditions(request.if_match, request.if_none_match, old.version);
    if (!may) co_return pass(may);
    auto changed = merge ? tandem::patch(old, request.body, {}, world.now())
                         : tandem::put(old, std::move(request.body), {}, world.now());
    if (!changed) co_return pass(changed);
    if (auto good = check_document(state->device, side, *changed); !good) co_return pass(good);
    (side == TwinSide::kConfig ? own->twin.config : own->twin.state) = *changed;
    auto stored = co_await store(world, state->device.ref, side, std::move(own->twin));
    if (stored && side == TwinSide::kConfig) tell(state, old, *changed);
    co_return stored;
}

Task<Result<Answer<TwinDocumentView>>> put_config(World world,
                                                  Caller caller,
                                                  contract::ConfigPut request) {
    if (!request.if_match && !request.if_none_match) {
        co_return fail(ErrorCode::kPreconditionRequired,
                       "send If-Match with the version that you have seen; \"0\" at first");
    }
    co_return co_await change(world, std::move(caller), std::move(request), TwinSide::kConfig,
                              false);
}

Task<Result<Answer<TwinDocumentView>>> patch_config(World world,
                                                    Caller caller,
                                                    contract::ConfigPatch request) {
    co_return co_await change(world, std::move(caller), std::move(request), TwinSide::kConfig,
                              true);
}

Task<Result<Answer<TwinDocumentView>>> put_state(World world,
                                                 Caller caller,
                                                 contract::StatePut request) {
    co_return co_await change(world, std::move(caller), std::move(request), TwinSide::kState,
                              false);
}

Task<Result<Answer<TwinDocumentView>>> patch_state(World world,
                                                   Caller caller,
                                                   contract::StatePatch request) {
    co_return co_await change(world, std::move(caller), std::move(request), TwinSide::kState, true);
}

constexpr std::array kHandlers{
    bind<contract::kTwinGet, get>(),          bind<contract::kConfigGet, get_config>(),
    bind<contract::kConfigPut, put_config>(), bind<contract::kConfigPatch, patch_config>(),
    bind<contract::kConfigAck, ack_config>(), bind<contract::kStateGet, get_state>(),
    bind<contract::kStatePut, put_state>(),   bind<contract::kStatePatch, patch_state>(),
};

}  // namespace

std::span<const Bound> twin_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
