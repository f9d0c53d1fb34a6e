#pragma once

#include "advise/watch.h"
#include "base/value.h"

#include <string>
#include <vector>

namespace tandem::advise {

/// Cheaper by less than this is the same. Then devices rather hold no connection, and dashboards
/// rather take server-sent events than a WebSocket.
inline constexpr double kTie = 0.10;

/// Where the answer changes when one thing of the workload changes.
struct BreakEven {
    std::string field;  ///< `readings.every`, `readings.payload`, `commands.latency`
    double at = 0;      ///< seconds or bytes
    Door below = Door::kRest;
    Door above = Door::kRest;
};

/// A constant that changes the answer when it is as far off as it may be.
struct Doubt {
    Constant constant{};
    double value = 0;
    Door door = Door::kRest;
};

/// Doors over rate and size of readings.
struct Map {
    std::vector<double> every;    ///< seconds, shortest first
    std::vector<double> payload;  ///< bytes, smallest first
    std::vector<Door> doors;      ///< a row of `every` for each payload
};

/// What is recommended, and why.
struct Advice {
    Workload workload;
    Door door = Door::kRest;  ///< what the devices keep open, else rest
    Door readings = Door::kRest;
    Door commands = Door::kRest;
    Door configuration = Door::kRest;
    Door dashboards = Door::kRest;

    Estimate best;                  ///< of one device
    std::vector<Estimate> ways;     ///< each of the nine ways for all that a device does
    std::vector<Watching> watched;  ///< dashboards, through each door
    std::vector<Watching> configured;
    Cost fleet;  ///< all devices, all dashboards and all who configure

    /// How long a connection that is silent is worth keeping, in seconds: after that, opening it
    /// anew costs less than its heartbeats.
    double keep = 0;
    /// Readings in a message at which half of what batching can save is saved.
    std::int64_t batch_worth = 1;

    std::vector<BreakEven> break_even;
    Map map;
    double sure = 1;    ///< share of the variations of all constants in which the door stays
    double margin = 0;  ///< by which share the best plan of another door costs more
    std::vector<Doubt> doubts;
};

/// The whole of it. The same workload and constants give the same advice.
[[nodiscard]] Advice advise(const Constants& constants, const Workload& workload);

/// The best plan alone.
[[nodiscard]] Estimate best_plan(const Constants& constants, const Workload& workload);

/// As lines for a terminal of 100 columns.
[[nodiscard]] std::string text_of(const Advice& advice, const Constants& constants);
/// As one object; docs/reference/cli.md.
[[nodiscard]] Value value_of(const Advice& advice, const Constants& constants);

}  // namespace tandem::advise
