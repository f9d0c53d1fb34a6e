#include "net/traffic.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tandem::net {
namespace {

// tcpi_state, RFC 9293 section 3.3.2: the kernel's numbers (include/net/tcp_states.h).
enum class TcpState : std::uint8_t {
    kEstablished = 1,
    kFinWait1 = 4,
    kFinWait2 = 5,
    kCloseWait = 8,
    kLastAck = 9,
    kClosing = 11,
};

std::optional<tcp_info> info_of(int fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (fd < 0 || ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
    return info;
}

TcpCount count_of(const tcp_info& info) {
    return {.bytes_sent = info.tcpi_bytes_sent,
            .bytes_received = info.tcpi_bytes_received,
            .segments_sent = info.tcpi_segs_out,
            .segments_received = info.tcpi_segs_in,
            .retransmitted = info.tcpi_total_retrans,
            .round_trip = Duration{info.tcpi_rtt}};
}

}  // namespace

std::optional<TcpCount> count_tcp(int fd) {
    const auto info = info_of(fd);
    if (!info) return {};
    return count_of(*info);
}

std::optional<TcpCount> count_tcp_at_end(int fd, bool reset) {
    const auto info = info_of(fd);
    if (!info) return {};
    TcpCount made = count_of(*info);
    switch (TcpState{info->tcpi_state}) {
        case TcpState::kEstablished:
        case TcpState::kCloseWait:
            ++made.segments_sent;
            if (!reset) ++made.segments_received;  // It acknowledges our FIN.
            break;
        case TcpState::kFinWait1:
        case TcpState::kFinWait2:
            // The peer's FIN, and our acknowledgement of it.
            ++made.segments_received;
            ++made.segments_sent;
            break;
        case TcpState::kLastAck:
        case TcpState::kClosing:
            ++made.segments_received;  // The same.
            break;
        default:
            break;
    }
    return made;
}

}  // namespace tandem::net
