#pragma once

#include "base/error.h"
#include "base/task.h"
#include "client/call.h"
#include "client/url.h"
#include "contract/encoding.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/transport.h"

#include <functional>
#include <memory>
#include <string>

namespace tandem::client {

enum class Door : std::uint8_t { kRest, kWebSocket };

/// Where the hub is and who is calling.
struct Access {
    HubUrl url;
    std::string key;                       ///< a device's or an app's; "": nobody
    std::shared_ptr<net::TlsContext> tls;  ///< needed for https
    contract::Encoding encoding = contract::Encoding::kJson;
    bool deflate = false;  ///< sockets offer permessage-deflate
};

/// An `Access` from what a user types; `ca_file` may be empty: the system's authorities. Fails with
/// kInvalidField for what is no URL or no key, or for a file that holds no authorities.
[[nodiscard]] Result<Access> make_access(std::string_view url,
                                         std::string key,
                                         const std::string& ca_file);

/// Opens a connection that drives a protocol: connect_tcp(), or a test's.
using Connect =
    std::function<std::unique_ptr<net::Transport>(std::unique_ptr<net::Protocol> protocol)>;
[[nodiscard]] Connect connect_to(net::Loop& loop, const Access& access);

/// The hub's contract from the other end. One loop's thread. Answers arrive in a turn of their
/// own, so whoever waits for one may destroy the client. It must outlive its calls otherwise.
class HubClient {
public:
    HubClient() = default;
    HubClient(const HubClient&) = delete;
    HubClient& operator=(const HubClient&) = delete;
    virtual ~HubClient() = default;

    /// Asks the hub. Fails with what the hub refused with, with kUnavailable when there is no
    /// connection to it, with kRequestTimeout after Call::patience.
    virtual Task<Result<Reply>> call(Call call) = 0;

    /// Ends the connection; calls that wait fail with kUnavailable.
    virtual void close() = 0;
};

}  // namespace tandem::client
