#pragma once

#include "client/hub_client.h"
#include "net/loop.h"
#include "net/socket_address.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::measure {

/// What has passed over connections, seen from the client's end. Bytes and segments of TCP are the
/// kernel's (TCP_INFO, RFC 4898's counters); bytes of HTTP and WebSocket are those that the
/// protocol above has written and read.
struct WireCount {
    std::uint64_t connections = 0;
    std::uint64_t resumed = 0;  ///< of these, those that have resumed a TLS session
    std::uint64_t app_up = 0;
    std::uint64_t app_down = 0;
    std::uint64_t tcp_up = 0;
    std::uint64_t tcp_down = 0;
    std::uint64_t segments_up = 0;
    std::uint64_t segments_down = 0;
    std::uint64_t retransmitted = 0;

    WireCount& operator+=(const WireCount& more);
    WireCount& operator-=(const WireCount& less);

    [[nodiscard]] double app() const { return static_cast<double>(app_up + app_down); }
    /// What TLS adds: nothing in the clear.
    [[nodiscard]] double tls() const;
    /// Headers of IPv4 and TCP with timestamps, those of SYN longer by 8.
    [[nodiscard]] double headers() const;
    [[nodiscard]] double packets() const {
        return static_cast<double>(segments_up + segments_down);
    }
    [[nodiscard]] double total() const { return app() + tls() + headers(); }
};

/// How connections are made, and what may be wrong with them on purpose.
struct Wiring {
    bool nagle = false;   ///< TCP_NODELAY is left off
    bool resume = false;  ///< whoever connects again resumes its TLS session by the ticket
};

/// How a client that lets go of a connection ends it: with FIN, once all has been said, or at once
/// with RST. A hub goes on waiting for whoever has only said FIN.
enum class Ending : bool { kSaidAll, kAtOnce };

/// Makes connections and counts what passes over them. One loop. Outlives what it has connected.
class WireCounter {
public:
    WireCounter(net::Loop& loop, Wiring wiring) : loop_{loop}, wiring_{wiring} {}
    WireCounter(const WireCounter&) = delete;
    WireCounter& operator=(const WireCounter&) = delete;
    ~WireCounter();

    /// For one client of `access`: a name is resolved once, and its tickets are its own.
    [[nodiscard]] client::Connect connect(const client::Access& access,
                                          Ending ending = Ending::kAtOnce);

    /// All that has passed, over connections that are there and those that have ended.
    [[nodiscard]] WireCount count();
    /// Whether TCP_NODELAY is set on every connection that was made.
    [[nodiscard]] bool all_no_delay() const { return all_no_delay_; }

private:
    struct Line;
    class End;
    class Ears;
    class Grip;

    void sweep();

    net::Loop& loop_;
    Wiring wiring_;
    std::map<std::string, std::vector<net::SocketAddress>> addresses_;  // By HubUrl::text().
    WireCount ended_;
    std::vector<std::shared_ptr<Line>> lines_;
    bool all_no_delay_ = true;
};

}  // namespace tandem::measure
