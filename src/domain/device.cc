#include "domain/device.h"

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

}  // namespace tandem
