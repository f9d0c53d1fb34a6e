#include "domain/device.h"

#include <algorithm>

namespace tandem {

std::string_view name_of(Door door) {
    switch (door) {
        case Door::kRest:
            return "rest";
        case Door::kPoll:
            return "poll";
        case Door::kSse:
            return "sse";
        case Door::kWs:
            return "ws";
        case Door::kLocal:
            break;
    }
    return "local";
}

bool has_all(const Labels& labels, const Labels& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& each) {
        const auto found = labels.find(each.first);
        return found != labels.end() && found->second == each.second;
    });
}

}  // namespace tandem
