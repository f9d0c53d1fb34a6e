#pragma once

#include "base/clock.h"
#include "base/executor.h"
#include "net/shared_bytes.h"
#include "net/traffic.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::net {

/// Who is at the other end.
struct Peer {
    std::string address;  ///< numeric, without the port; empty when `local`
    bool loopback = false;
    bool tls = false;
    /// Of the TLS client certificate that was verified: its SHA-256 in hexadecimal.
    std::string certificate = {};
    /// And its subject, as RFC 4514 writes it.
    std::string certificate_subject = {};
    bool local = false;  ///< came through the admin socket: the operating system has said who it is
};

/// What a protocol sees of its connection: bytes out. One loop's thread only. A TCP or TLS socket
/// (`socket.h`), the simulator's, or a test's.
///
/// Output is corked: what is written in one turn of the loop leaves together at its end. After
/// close() or abort() writes are dropped. Protocol::on_closed() follows every end exactly once,
/// never from inside a call of this class.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() { tell_watcher({}); }

    virtual void write(std::string_view bytes) = 0;
    /// The same for bytes that many connections get, or that are many: kept by reference, never
    /// copied in plain TCP while the peer keeps up. They may wait `within` for others to leave with
    /// them: live values that come often are gathered. Anything that may not wait takes them along.
    virtual void write_shared(const SharedBytes& bytes, Duration within) = 0;
    void write(const std::shared_ptr<const std::string>& block) {
        write_shared(SharedBytes{block}, Duration{0});
    }
    /// Ends the connection once what was written has left.
    virtual void close() = 0;
    /// Ends it at once; what was written is lost. TCP: RST.
    virtual void abort() = 0;
    /// Stops and resumes reading; bytes already read may still be handed over once.
    virtual void pause_reading(bool paused) = 0;
    /// The peer has proved who it is: the limits of its address hold for it no more. Once or often.
    virtual void trust() {}
    /// Written, not yet taken by the kernel.
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
    [[nodiscard]] virtual const Peer& peer() const = 0;
    [[nodiscard]] virtual Executor& executor() = 0;

    /// What has passed so far. Asks the kernel.
    [[nodiscard]] virtual Traffic traffic() const { return {}; }
    /// Traffic::plain_up alone, which costs nothing.
    [[nodiscard]] virtual std::uint64_t plain_up() const { return 0; }
    /// Somebody to be kept with the connection: one, of whoever is the first.
    [[nodiscard]] const std::shared_ptr<TrafficWatcher>& watcher() const { return watcher_; }
    void set_watcher(std::shared_ptr<TrafficWatcher> watcher) { watcher_ = std::move(watcher); }

protected:
    /// For a transport that ends: tells the watcher, once. One that cannot count says nothing of
    /// it, and it is told at the latest when the transport is destroyed.
    void tell_watcher(const Traffic& all) {
        if (const auto watcher = std::exchange(watcher_, nullptr)) watcher->on_over(all);
    }

private:
    std::shared_ptr<TrafficWatcher> watcher_;
};

/// What a transport drives: sans-I/O, bytes in. One per connection; owned by the transport and
/// destroyed after on_closed().
class Protocol {
public:
    Protocol() = default;
    Protocol(const Protocol&) = delete;
    Protocol& operator=(const Protocol&) = delete;
    virtual ~Protocol() = default;

    /// Before anything else, once. The transport outlives the protocol.
    virtual void on_open(Transport& transport) = 0;
    virtual void on_bytes(std::span<const std::uint8_t> bytes) = 0;
    /// The peer will send no more (FIN); it may still read.
    virtual void on_end() = 0;
    /// Everything written has been taken by the kernel, after some had not.
    virtual void on_drained() = 0;
    virtual void on_closed() = 0;
};

}  // namespace tandem::net
