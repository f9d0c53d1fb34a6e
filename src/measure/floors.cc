#include "measure/report.h"

#include <algorithm>

namespace tandem::measure {
namespace {

const WayResult* find(const BenchResult& result, std::string_view name) {
    const auto found = std::ranges::find(result.ways, name, &WayResult::way);
    return found == result.ways.end() ? nullptr : &*found;
}

}  // namespace

double Floor::own(const std::string& figure) const {
    return hub->mean(figure) - peer->mean(figure);
}

std::vector<Floor> floors_of(const BenchResult& result) {
    std::vector<Floor> floors;
    for (const FloorNames& names : kFloors) {
        const Floor floor{.hub = find(result, names.hub), .peer = find(result, names.peer)};
        if (floor.hub != nullptr && floor.peer != nullptr) floors.push_back(floor);
    }
    return floors;
}

}  // namespace tandem::measure
