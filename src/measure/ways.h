#pragma once

#include "advise/plan.h"

#include <string>
#include <vector>

namespace tandem::measure {

/// What is measured: readings up, commands down, events to many.
enum class Part : std::uint8_t { kUp, kDown, kFanOut };
[[nodiscard]] std::string_view name_of(Part part);

/// One way through a door, in one part.
struct Way {
    Part part = Part::kUp;
    std::string name;
    advise::Door door = advise::Door::kRest;
    advise::Readings readings = advise::Readings::kRest;    ///< up
    bool batched = false;                                   ///< up: several readings in a message
    advise::Commands commands = advise::Commands::kSocket;  ///< down; in fan-out `door` says all
};

/// All that is measured of a hub, part by part. Deflate only where the hub agrees on it.
[[nodiscard]] std::vector<Way> ways_of_hub(bool deflate);

}  // namespace tandem::measure
