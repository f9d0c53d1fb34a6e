#pragma once

#include "api/call.h"
#include "api/world.h"

namespace tandem::api {

/// The one way into the hub, for every door: who is it (auth), may it (access), how often (budget),
/// what (contract), then the handler on the loop that owns the device; every refusal and every
/// administrative act leaves an audit line. Begins and ends on the caller's loop.
[[nodiscard]] Task<Reply> dispatch(World world, Call call);

/// What dispatch() would refuse `call` with whatever its body says: the hub is pressed, who asks is
/// not known, or may not. Counted and audited as there. Nothing where the body is wanted.
[[nodiscard]] std::optional<Reply> refuse_early(World world, Call call);

/// Who a proof stands for. Fails with kUnauthenticated.
[[nodiscard]] Result<Actor> identify(const World& world, const Proof& proof);

/// Loads what the hub keeps in memory and looks after commands that were open when it stopped.
/// Once per hub, on the first shard's loop, before the doors open.
[[nodiscard]] Task<Result<void>> start(World world);

}  // namespace tandem::api
