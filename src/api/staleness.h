#pragma once

#include "api/device_state.h"
#include "api/world.h"

namespace tandem::api {

// Whether the latest reading of a declared series is too old to be believed is a state, stored with
// the series, and its change an event of the kind `series`.

/// Sees to it that the device's series are looked at no later than `at`. One timer a device, which
/// comes due when the next of its series may go stale. The device's loop.
void look_at_series_by(World world, const DeviceStatePtr& state, Instant at);

}  // namespace tandem::api
