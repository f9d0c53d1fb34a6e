#pragma once

#include "measure/delay_line.h"
#include "net/listener.h"

#include <cstdint>
#include <memory>

namespace tandem::measure {

/// A network between a client and a server on one machine: what a client sends to port() arrives
/// at the server as late, as slowly and with such losses as `up` says, and the other way round. A
/// connection is there after a round trip; its end travels behind its bytes. What the kernel has
/// for that (netem) needs its administrator and a module that few containers have; this needs
/// neither. It does not count on the wire: the client's socket ends here. One loop.
class Relay {
public:
    /// Fails with kUnavailable where it cannot listen. `loop` and `random` outlive it.
    static Result<std::unique_ptr<Relay>> open(net::Loop& loop,
                                               Random& random,
                                               net::Endpoint server,
                                               const Link& up,
                                               const Link& down);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    ~Relay();

    /// On 127.0.0.1.
    [[nodiscard]] std::uint16_t port() const;

private:
    struct State;
    explicit Relay(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace tandem::measure
