#include "measure/ways.h"

namespace tandem::measure {
namespace {

using advise::Commands;
using advise::Door;
using advise::Readings;

constexpr std::array kUp{Readings::kRestFresh, Readings::kRest,       Readings::kRestBatched,
                         Readings::kSocket,    Readings::kSocketCbor, Readings::kSocketAcks};

// Where a device asks, by what it asks with.
constexpr std::array<std::string_view, 4> kDoorNames{"short poll", "long poll",
                                                     "server-sent events", "WebSocket"};

void add_up(std::vector<Way>& ways, bool deflate) {
    for (const Readings readings : kUp) {
        const advise::Plan plan{.readings = readings};
        ways.push_back({.part = Part::kUp,
                        .name = advise::text_of(plan),
                        .door = plan.readings_door(),
                        .readings = readings,
                        .batched = readings == Readings::kRestBatched});
    }
    // One reading is shorter than what a hub compresses (limit ws.deflate_bytes), several are not:
    // the same message with and without is what compressing costs and saves.
    ways.push_back({.part = Part::kUp,
                    .name = "WebSocket, batched",
                    .door = Door::kSocket,
                    .readings = Readings::kSocket,
                    .batched = true});
    if (!deflate) return;
    ways.push_back({.part = Part::kUp,
                    .name = "WebSocket, batched, deflate",
                    .door = Door::kSocket,
                    .readings = Readings::kSocketDeflate,
                    .batched = true});
}

}  // namespace

std::string_view name_of(Part part) {
    constexpr std::array<std::string_view, 3> names{"up", "down", "fan-out"};
    return names.at(static_cast<std::size_t>(part));
}

std::vector<Way> ways_of_hub(bool deflate) {
    std::vector<Way> ways;
    add_up(ways, deflate);
    for (const Commands commands :
         {Commands::kShortPoll, Commands::kLongPoll, Commands::kSse, Commands::kSocket}) {
        const Door door = advise::Plan{.commands = commands}.commands_door();
        const auto at = static_cast<std::size_t>(commands) - 1;
        ways.push_back({.part = Part::kDown,
                        .name = std::string{kDoorNames.at(at)},
                        .door = door,
                        .commands = commands});
    }
    for (const Door door : {Door::kRest, Door::kPoll, Door::kSse, Door::kSocket}) {
        ways.push_back({.part = Part::kFanOut,
                        .name = std::string{kDoorNames.at(static_cast<std::size_t>(door))},
                        .door = door});
    }
    return ways;
}

std::vector<Way> ways_of_peers(PeersAsked asked) {
    constexpr std::array readings{Readings::kRestFresh, Readings::kRest, Readings::kSocket};
    std::vector<Way> ways;
    for (std::size_t at = 0; at < kFloors.size(); ++at) {
        const Door door = advise::Plan{.readings = readings.at(at)}.readings_door();
        if (door == Door::kSocket ? !asked.socket : !asked.rest) continue;
        ways.push_back({.part = Part::kUp,
                        .name = std::string{kFloors.at(at).peer},
                        .peer = true,
                        .door = door,
                        .readings = readings.at(at)});
    }
    return ways;
}

}  // namespace tandem::measure
