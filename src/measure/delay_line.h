#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::measure {

/// What one direction of a network does to the packets of a connection.
struct Link {
    Duration delay{0};            ///< of each packet
    double bytes_per_second = 0;  ///< 0: no limit
    double loss = 0;              ///< share of packets, 0 to below 1
    Duration again = 200ms;       ///< until a lost one is sent again: RFC 6298, Linux TCP_RTO_MIN
};

/// Bytes on their way: cut into packets of Ethernet, each late by Link::delay, behind those that
/// still leave, and in order as TCP gives them. A lost one holds up what is behind it. Sans-I/O.
class DelayLine {
public:
    static constexpr std::size_t kPacketBytes = 1'448;  ///< RFC 894, 793, 7323: docs/advise.md

    /// `random` outlives it.
    DelayLine(const Link& link, Random& random) : link_{link}, random_{&random} {}

    /// Nothing leaves before: the other end has not answered the SYN.
    void leave_from(Monotonic time) { free_ = std::max(free_, time); }
    void push(std::string_view bytes, Monotonic now);
    /// What has arrived by `now`, in order.
    [[nodiscard]] std::string take(Monotonic now);
    /// When something arrives next; nothing while nothing is on its way.
    [[nodiscard]] std::optional<Monotonic> next() const;

private:
    struct Packet {
        Monotonic arrives;
        std::string bytes;
    };
    [[nodiscard]] bool lost();

    Link link_;
    Random* random_;
    Monotonic free_{};  // When the next packet may begin to leave.
    std::deque<Packet> packets_;
};

}  // namespace tandem::measure
