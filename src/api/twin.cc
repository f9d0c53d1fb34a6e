// twin.*, config.* and state.*: one handler per operation.
#include "contract/twin.h"

#include "api/bind.h"
#include "api/device_state.h"
#include "base/checked.h"
#include "codec/json.h"
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
    co_return contract::TwinView{.config = view_of(twin->config),
                                 .state = view_of(twin->state),
                                 .sync = {.keys = sync_of(*twin)}};
}

// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <TwinSide kSide>
Task<Result<Answer<TwinDocumentView>>> get_side(World world,
                                                Caller caller,
                                                contract::DeviceGet request) {
    auto twin =
        co_await load(world, {.tenant = caller.actor.tenant, .id = DeviceId{request.device}});
    if (!twin) co_return pass(twin);
    co_return answer(side_of(*twin, kSide));
}

Result<void> check_document(const Device& device, TwinSide side, const TwinDocument& document) {
    if (codec::to_json(document.value).size() > kTwinBytesMax) {
        return fail(ErrorCode::kBodyTooLarge,
                    "a document may take " + std::to_string(kTwinBytesMax) + " bytes as JSON");
    }
    if (side == TwinSide::kConfig) return check_config(device.schema, document.value);
    return {};
}

Task<Result<Answer<TwinDocumentView>>> store(World world,
                                             DeviceStatePtr state,
                                             TwinSide side,
                                             TwinDocument document) {
    const DeviceRef ref = state->device.ref;
    Transaction transaction{
        .changes = {PutTwin{
            .device = ref, .side = side, .document = document, .expected = document.version - 1}},
        .events = {Event{
            .kind = side == TwinSide::kConfig ? Event::Kind::kConfig : Event::Kind::kState,
            .device = ref,
            .series = {},
            .time = checked(document.updated),
            .value = Value::Object{{"version", document.version}, {"value", document.value}}}}};
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return answer(document);
}

Task<Result<Answer<TwinDocumentView>>> change(World world,
                                              Caller caller,
                                              contract::TwinWrite request,
                                              TwinSide side,
                                              bool merge) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    const auto turn = co_await (*state)->turn.enter();
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    auto twin = co_await world.registry().twin(ref);
    if (!twin) co_return pass(twin);
    const TwinDocument& old = side_of(*twin, side);
    auto may = contract::check_preconditions(request.if_match, request.if_none_match, old.version);
    if (!may) co_return pass(may);
    auto changed = merge ? tandem::patch(old, request.body, {}, world.now())
                         : tandem::put(old, std::move(request.body), {}, world.now());
    if (!changed) co_return pass(changed);
    if (auto good = check_document((*state)->device, side, *changed); !good) co_return pass(good);
    co_return co_await store(world, *state, side, std::move(*changed));
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
    bind<contract::kTwinGet, get>(),
    bind<contract::kConfigGet, get_side<TwinSide::kConfig>>(),
    bind<contract::kConfigPut, put_config>(),
    bind<contract::kConfigPatch, patch_config>(),
    bind<contract::kStateGet, get_side<TwinSide::kState>>(),
    bind<contract::kStatePut, put_state>(),
    bind<contract::kStatePatch, patch_state>(),
};

}  // namespace

std::span<const Bound> twin_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
