#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>

namespace tandem::net {

/// Headers of IPv4 and of TCP with timestamps: RFC 791, 9293, 7323.
inline constexpr double kPacketHeaders = 20 + 32;
/// So much longer are those of SYN: RFC 9293 section 3.7.1, RFC 2018, 7323.
inline constexpr double kSynMore = 8;
/// So much longer are those of IPv6.
inline constexpr double kIpv6More = 20;

/// What the kernel has counted on one connection, as one of its ends sees it (TCP_INFO, the
/// counters of RFC 4898). Bytes are TCP's payload, with what was sent again.
struct TcpCount {
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint32_t segments_sent = 0;
    std::uint32_t segments_received = 0;
    std::uint32_t retransmitted = 0;
    Duration round_trip{0};
};
/// Nothing where `fd` is no TCP connection.
[[nodiscard]] std::optional<TcpCount> count_tcp(int fd);
/// The same for whoever closes `fd` next: with the packets that are certain to follow. `reset`: it
/// is closed with RST.
[[nodiscard]] std::optional<TcpCount> count_tcp_at_end(int fd, bool reset);

/// What has passed over a connection since it was opened. Up is from the peer.
struct Traffic {
    std::uint64_t plain_up = 0;  ///< of HTTP or WebSocket, before TLS
    std::uint64_t plain_down = 0;
    std::optional<TcpCount> tcp;  ///< none where no kernel counts: simulators, Unix sockets
};

/// Somebody who is kept with a connection, and told what has passed at its end.
class TrafficWatcher {
public:
    TrafficWatcher() = default;
    TrafficWatcher(const TrafficWatcher&) = delete;
    TrafficWatcher& operator=(const TrafficWatcher&) = delete;
    virtual ~TrafficWatcher() = default;

    /// The connection is over; before Protocol::on_closed(). The transport is not used after it.
    virtual void on_over(const Traffic& all) = 0;
};

}  // namespace tandem::net
