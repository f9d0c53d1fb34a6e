#pragma once

#include "advise/live.h"
#include "api/world.h"
#include "base/task.h"
#include "base/value.h"
#include "domain/device.h"

#include <optional>

namespace tandem::api {

/// What all loops have seen of a device together.
struct SeenTraffic {
    advise::Observed hour;
    advise::Observed day;
    advise::Door door = advise::Door::kRest;  ///< that it used last
    bool tls = false;
    Duration round_trip{0};
    Monotonic since;
    Monotonic last;
    bool was_worth = false;                        ///< the other door is what it was advised last
    const advise::Constants* constants = nullptr;  ///< the hub's
};

/// Gathers what the loops have seen of a device; nothing: it has not spoken. Ends on the loop that
/// it began on.
Task<std::optional<SeenTraffic>> look(World world, DeviceRef device);

/// What is advised to the device. The labels `network` and `power` say what else is known of it.
[[nodiscard]] advise::Verdict judge(const SeenTraffic& seen, const Labels& labels);

/// The value of an event of the kind `advice`.
[[nodiscard]] Value told(const advise::Verdict& verdict);

}  // namespace tandem::api
