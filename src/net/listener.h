#pragma once

#include "base/error.h"
#include "base/metric.h"
#include "net/limits.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/transport.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tandem::net {

struct Endpoint {
    std::string host;  ///< a numeric IPv4 or IPv6 address, or "localhost"
    std::uint16_t port = 0;
    [[nodiscard]] bool loopback() const;
    [[nodiscard]] std::string text() const;  ///< `127.0.0.1:8080`, `[::1]:8080`
};

/// `HOST:PORT`, `[V6]:PORT` or `:PORT` (every address). Fails with kInvalidField.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// Whether this process could have the port to itself. Listener::open() shares it with whoever
/// shares too, another hub included, and half of the connections would go there. Fails with
/// kUnavailable and the operating system's reason.
[[nodiscard]] Result<void> check_free(const Endpoint& endpoint);

using MakeProtocol = std::function<std::unique_ptr<Protocol>()>;

/// Accepts connections on one loop. Several listeners of one process share a port with
/// SO_REUSEPORT: the kernel spreads connections among the loops.
class Listener {
public:
    /// Binds and listens; port 0 picks a free one. `tls` may be null: plain TCP.
    /// Fails with kUnavailable and the operating system's reason.
    static Result<std::unique_ptr<Listener>> open(Loop& loop,
                                                  const Endpoint& endpoint,
                                                  std::shared_ptr<TlsContext> tls,
                                                  const Limits& limits,
                                                  Metrics& metrics,
                                                  MakeProtocol make_protocol);
    /// Listens on a Unix socket that only this process's user and root can open (mode 0600) and
    /// that accepts only them (SO_PEERCRED): the peers are `Peer::local`. A socket file that
    /// nobody listens on is replaced; the file is removed at the end.
    /// Fails with kUnavailable and the operating system's reason.
    static Result<std::unique_ptr<Listener>> open_local(Loop& loop,
                                                        const std::filesystem::path& path,
                                                        const Limits& limits,
                                                        Metrics& metrics,
                                                        MakeProtocol make_protocol);
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    /// Ends with every connection aborted, but for those that close and have sent all: each
    /// protocol has heard of it when this returns, or will when its function returns that this is
    /// called from. Not from inside MakeProtocol or Protocol::on_open().
    virtual ~Listener() = default;

    /// Where it listens, with the real port; of a Unix socket `host` is the path.
    [[nodiscard]] virtual const Endpoint& endpoint() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
    /// Connections that come from now on get this certificate; the others keep theirs. Only for a
    /// listener that had one.
    virtual void set_tls(std::shared_ptr<TlsContext> tls) = 0;
    /// Accepts no more; the connections that are there go on.
    virtual void stop_accepting() = 0;
    /// Closes the connections that are there, each behind what it has queued.
    virtual void close_connections() = 0;
    /// Whether something that was written to one of them has not been taken by the kernel.
    [[nodiscard]] virtual bool has_unsent() const = 0;
};

}  // namespace tandem::net
