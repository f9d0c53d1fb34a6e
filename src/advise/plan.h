#pragma once

#include "advise/cost.h"
#include "advise/radio.h"

#include <optional>
#include <vector>

namespace tandem::advise {

/// The four ways in, simplest first.
enum class Door : std::uint8_t { kRest, kPoll, kSse, kSocket };
/// `rest`, `poll`, `sse`, `ws`.
[[nodiscard]] std::string_view name_of(Door door);

/// How readings go up.
enum class Readings : std::uint8_t {
    kRestFresh,    ///< REST, a connection for each request
    kRest,         ///< REST, the connection kept as long as the hub keeps it
    kRestBatched,  ///< the same with several readings in a request
    kSocket,
    kSocketCbor,
    kSocketDeflate,
    kSocketAcks,  ///< answered together
};
/// How commands come down.
enum class Commands : std::uint8_t {
    kWithReadings,  ///< asked for when the device sends a reading anyway
    kShortPoll,     ///< asked for at an interval of their own
    kLongPoll,
    kSse,     ///< told of by server-sent events, taken by a request
    kSocket,  ///< pushed
};

/// What one device does all day.
struct Plan {
    Readings readings = Readings::kRestFresh;
    Commands commands = Commands::kWithReadings;

    [[nodiscard]] Door readings_door() const;
    [[nodiscard]] Door commands_door() const;
    /// The one that it keeps open; rest where there is none.
    [[nodiscard]] Door door() const;
    bool operator==(const Plan&) const = default;
};
/// `WebSocket, JSON`; `REST, a connection per request; commands by long poll`.
[[nodiscard]] std::string text_of(const Plan& plan);

/// A plan for one device of a workload, worked out.
struct Estimate {
    Plan plan;
    Cost cost;  ///< of one device, a day
    std::int64_t batch = 1;
    bool kept = false;  ///< whether a REST connection lives until the next request
    Reach reach = Reach::kConnected;
    std::optional<double> heartbeat;  ///< seconds between pings, of a socket
    double reading_latency = 0;       ///< seconds until the hub has a reading, at worst
    double command_latency = 0;       ///< seconds until the device has a command, at worst
    bool meets = true;                ///< what the workload needs of latency
};

/// How long a connection may be silent on this path: a ping comes in time.
[[nodiscard]] double heartbeat_of(const Constants& constants, const Workload& workload);
/// How soon a command must arrive, in seconds; where the workload does not say, 10 s on mains, and
/// an hour, or the next reading, on a battery.
[[nodiscard]] double command_need(const Workload& workload);

/// Works out one plan.
[[nodiscard]] Estimate estimate(const Constants& constants,
                                const Workload& workload,
                                const Plan& plan);

/// All plans that make sense for any workload, simplest first. Deflate and CBOR among them.
[[nodiscard]] std::vector<Plan> plans();
/// Whether the devices of this workload could follow it as they are: CBOR is not for all of them,
/// and a hub compresses only when it is told to.
[[nodiscard]] bool open_to(const Workload& workload, const Plan& plan);

}  // namespace tandem::advise
