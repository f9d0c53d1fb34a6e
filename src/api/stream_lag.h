#pragma once

#include "domain/device.h"
#include "domain/lag.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace tandem::api {

struct Hub;

/// How far the subscriptions of a door are behind.
struct DoorLag {
    static constexpr std::array<Duration, 3> kAtLeast{1s, 10s, 60s};

    Duration age{0};  ///< of the one that is behind for longest
    std::uint64_t events = 0;
    std::array<std::int64_t, kAtLeast.size()> behind{};  ///< how many, for at least so long

    /// One subscription more. An age that is not known is the longest.
    void take(const Lag& lag);
    /// Those of another loop.
    void add(const DoorLag& other);
};
using DoorLags = std::map<Door, DoorLag>;

/// What one loop has seen when it looked last. Any thread reads.
class StreamLags {
public:
    static constexpr std::array kDoors{Door::kWs, Door::kSse, Door::kPoll};

    void tell(const DoorLags& seen);
    void add_to(DoorLags& all) const;

private:
    struct Figures {
        std::atomic<Duration> age{Duration{0}};
        std::atomic<std::uint64_t> events{0};
        std::array<std::atomic<std::int64_t>, DoorLag::kAtLeast.size()> behind{};
    };
    std::array<Figures, kDoors.size()> by_door_;
};

/// The lag of all loops' subscriptions as /metrics shows it.
[[nodiscard]] std::string stream_metrics(const Hub& hub);

}  // namespace tandem::api
