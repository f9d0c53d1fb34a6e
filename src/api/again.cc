#include "api/again.h"

#include "api/dispatch.h"

namespace tandem::api {

Result<Actor> ask_again(const World& world, const Caller& caller, const Resource& resource) {
    auto actor = identify(world, caller.proof());
    if (!actor) return actor;
    auto may = authorize(*actor, caller.action, resource, {.door = caller.door});
    if (!may) return pass(may);
    return actor;
}

Result<Actor> ask_again(const World& world, const Caller& caller, const DeviceState& state) {
    if (state.deleted) return fail(ErrorCode::kNotFound, "there is no such device");
    return ask_again(world, caller, resource_of(state.device));
}

Task<Result<Turnstile::Pass>> take_turn(World world, Caller caller, DeviceStatePtr state) {
    auto turn = co_await state->turn.enter();
    auto still = ask_again(world, caller, *state);
    if (!still) co_return pass(still);
    co_return std::move(turn);
}

}  // namespace tandem::api
