#pragma once

#include "api/device_state.h"
#include "api/world.h"

namespace tandem::api {

// What the device's own socket hears of its config. Under the device's turnstile, so that it hears
// the changes in their order.

/// Tells the device's socket, if it has one, of a change that has just been stored.
void tell_config(const DeviceState& state, ConfigDelta change);

/// Tells a socket that has just come what the device does not know yet: in one message, however
/// much there was, and in none if there was nothing.
[[nodiscard]] Task<void> tell_unacknowledged(World world, DeviceStatePtr state);

}  // namespace tandem::api
