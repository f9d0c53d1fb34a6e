#pragma once

#include "advise/plan.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::measure {

/// What is measured: readings up, commands down, events to many.
enum class Part : std::uint8_t { kUp, kDown, kFanOut };
[[nodiscard]] std::string_view name_of(Part part);

/// One way through a door, in one part.
struct Way {
    Part part = Part::kUp;
    std::string name;
    bool peer = false;  ///< up, to a server that is no hub: peer.h
    advise::Door door = advise::Door::kRest;
    advise::Readings readings = advise::Readings::kRest;    ///< up
    bool batched = false;                                   ///< up: several readings in a message
    advise::Commands commands = advise::Commands::kSocket;  ///< down; in fan-out `door` says all
};

/// All that is measured of a hub, part by part. Deflate only where the hub agrees on it.
[[nodiscard]] std::vector<Way> ways_of_hub(bool deflate);

/// Which peers there are.
struct PeersAsked {
    bool rest = false;
    bool socket = false;
};
/// All that is measured of them: each beside one way of the hub, kFloors.
[[nodiscard]] std::vector<Way> ways_of_peers(PeersAsked asked);

/// A way of the hub, and the one of a peer that its messages are the same as.
struct FloorNames {
    std::string_view hub;
    std::string_view peer;
};
inline constexpr std::array kFloors{
    FloorNames{"REST, a connection per request", "peer: REST, a connection per request"},
    FloorNames{"REST, kept alive", "peer: REST, kept alive"},
    FloorNames{"WebSocket, JSON", "peer: WebSocket, echo"}};

}  // namespace tandem::measure
