#pragma once

#include "client/hub_client.h"
#include "measure/uplink.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::measure {

/// A server that is no hub and does nothing with what it gets: measured beside the hub, it is what
/// the protocol costs without one.
struct Peer {
    std::string url;        ///< as it was written
    client::Access access;  ///< without a key
    std::string target;     ///< of each request, or of the upgrade
    std::vector<int> pids;  ///< its processes, where they are on this machine
};

/// A peer from `http(s)://HOST[:PORT][/PATH]`, or with ws or wss for one that speaks WebSocket.
/// `ca_file` may be empty: the system's authorities. Fails with kInvalidField.
[[nodiscard]] Result<Peer> make_peer(std::string_view url,
                                     client::Door door,
                                     const std::string& ca_file);

/// How readings go to a peer. By REST each is the hub's request with another target, to be answered
/// with 2xx; over a WebSocket each is the hub's message, to be sent back in order (an echo).
/// kRestFresh, kRest or kSocket.
[[nodiscard]] std::unique_ptr<Uplink> make_peer_uplink(advise::Readings way,
                                                       LinkSetting setting,
                                                       std::string target);

}  // namespace tandem::measure
