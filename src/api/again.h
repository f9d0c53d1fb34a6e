#pragma once

#include "api/call.h"
#include "api/device_state.h"
#include "api/turnstile.h"
#include "api/world.h"

namespace tandem::api {

// Whoever has waited is asked again: its credential may have ended meanwhile, its rights may be
// others, and the device that it waited for may be another's, or gone.

/// Who the caller is now, where it still may do what it came for. Fails as its request would if it
/// came now.
[[nodiscard]] Result<Actor> ask_again(const World& world,
                                      const Caller& caller,
                                      const Resource& resource);
/// The same with a device, as it is now.
[[nodiscard]] Result<Actor> ask_again(const World& world,
                                      const Caller& caller,
                                      const DeviceState& state);

/// The device's turn, for a caller that still may do what it came for when it comes.
[[nodiscard]] Task<Result<Turnstile::Pass>> take_turn(World world,
                                                      Caller caller,
                                                      DeviceStatePtr state);

}  // namespace tandem::api
