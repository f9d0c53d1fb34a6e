#pragma once

#include "advise/plan.h"

#include <array>

namespace tandem::advise {

/// One way for those who are no devices: dashboards that follow, people and programs that look at a
/// configuration.
struct Watching {
    Door door = Door::kRest;
    Cost cost;           ///< of all of them, a day
    double latency = 0;  ///< seconds until it shows what the hub has, at worst
    bool meets = true;
};

/// How all dashboards of a workload would follow its devices, one for each door, in their order.
[[nodiscard]] std::array<Watching, 4> watch(const Constants& constants, const Workload& workload);

/// How the configurations would be read and changed by those who look at them: over REST, with an
/// ETag, or over a WebSocket; on a connection of its own for each visit, or on one that is kept
/// where visits to a device come so often.
[[nodiscard]] std::array<Watching, 2> configure(const Constants& constants,
                                                const Workload& workload);

}  // namespace tandem::advise
