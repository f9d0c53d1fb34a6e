#pragma once

#include "advise/cost.h"
#include "advise/plan.h"
#include "base/clock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tandem::advise {

/// What has passed between a device and the hub through one way: sums.
struct Flow {
    double messages_up = 0;    ///< requests, or messages of a socket
    double messages_down = 0;  ///< answers, replies, commands and events
    double plain = 0;          ///< of those up, what is not about commands: readings mostly
    double asks = 0;           ///< questions for commands
    double commands = 0;       ///< given to the device
    double events = 0;         ///< messages of subscriptions
    double plain_bytes = 0;    ///< payload of `plain` and of what answered it
    double command_bytes = 0;
    double event_bytes = 0;
    double app_up = 0;  ///< of HTTP or WebSocket, payload included
    double app_down = 0;
    double tls_up = 0;
    double tls_down = 0;
    double headers_up = 0;  ///< of IP and TCP, with what was sent again
    double headers_down = 0;
    double packets = 0;
    double connections = 0;  ///< opened
    double handshakes = 0;   ///< of TLS
    double upgrades = 0;
    double connected = 0;  ///< seconds, of all connections together

    Flow& operator+=(const Flow& more);
    [[nodiscard]] Flow times(double factor) const;
    [[nodiscard]] Bytes bytes() const;
    [[nodiscard]] double up() const { return app_up + tls_up + headers_up; }
    [[nodiscard]] double down() const { return app_down + tls_down + headers_down; }
};

inline constexpr std::size_t kDoors = 4;

/// What was observed of one device in a span of time, through each door.
struct Observed {
    std::array<Flow, kDoors> doors;
    double seconds = 0;  ///< so much of the span it was observed

    [[nodiscard]] Flow& at(Door door) { return doors[static_cast<std::size_t>(door)]; }
    [[nodiscard]] const Flow& at(Door door) const { return doors[static_cast<std::size_t>(door)]; }
    [[nodiscard]] Flow total() const;
    /// The same device seen by another loop.
    Observed& operator+=(const Observed& more);
};

/// Sums of the last hour and the last day of one device, in buckets of 10 minutes and of 2 hours.
/// What is not used takes no memory: a bucket of a door is 128 bytes, and of each door that the
/// device uses there are at most kHourBuckets and kDayBuckets.
class Ledger {
public:
    static constexpr Duration kHour = 1h;
    static constexpr Duration kDay = 24h;
    static constexpr Duration kHourBucket = 10min;
    static constexpr Duration kDayBucket = 2h;
    static constexpr std::size_t kHourBuckets = 7;  ///< the oldest counts in part
    static constexpr std::size_t kDayBuckets = 13;

    explicit Ledger(Monotonic since) : since_{since}, last_{since} {}

    /// Adds what has passed from `from` until `to`, spread evenly over that time.
    void add(Door door, Monotonic from, Monotonic to, const Flow& flow);
    /// The last hour as of `now`; of the oldest bucket the share that lies within it.
    [[nodiscard]] Observed hour(Monotonic now) const;
    [[nodiscard]] Observed day(Monotonic now) const;

    [[nodiscard]] Monotonic since() const { return since_; }
    [[nodiscard]] Monotonic last() const { return last_; }
    /// The door of what was added last.
    [[nodiscard]] Door last_door() const { return last_door_; }
    [[nodiscard]] std::size_t bytes() const;

    /// Whether `a` and `b` lie in different buckets.
    [[nodiscard]] static bool parts(Monotonic a, Monotonic b);

private:
    /// Sums as they are kept, for there are many. Small ones that are added to large ones count in
    /// bytes, which a float would round by more than one in a hundred.
    struct Slot {
        std::int32_t bucket = 0;
        Door door = Door::kRest;
        std::array<float, 11> counts{};
        std::array<double, 9> bytes{};

        void add(const Flow& flow);
        [[nodiscard]] Flow flow() const;
    };
    struct Ring {
        Duration width;
        std::size_t most;
        std::vector<Slot> slots;  // Oldest first.
    };
    static void add(Ring& ring, Door door, std::pair<Monotonic, Monotonic> span, const Flow& flow);
    static void put(Ring& ring, std::int32_t bucket, Door door, const Flow& flow);
    [[nodiscard]] Observed sum(const Ring& ring, Duration window, Monotonic now) const;

    Monotonic since_;
    Monotonic last_;
    Door last_door_ = Door::kRest;
    Ring hour_{.width = kHourBucket, .most = kHourBuckets, .slots = {}};
    Ring day_{.width = kDayBucket, .most = kDayBuckets, .slots = {}};
};

}  // namespace tandem::advise
