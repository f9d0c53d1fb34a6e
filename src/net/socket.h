#pragma once

#include "base/metric.h"
#include "net/limits.h"
#include "net/loop.h"
#include "net/output_queue.h"
#include "net/send_ring.h"
#include "net/timer.h"
#include "net/tls_stream.h"
#include "net/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tandem::net {

class Socket;

/// Whoever keeps a socket alive.
class SocketOwner {
public:
    SocketOwner() = default;
    SocketOwner(const SocketOwner&) = delete;
    SocketOwner& operator=(const SocketOwner&) = delete;
    virtual ~SocketOwner() = default;
    /// The connection is usable, after the TLS handshake: for a socket made without a protocol.
    [[nodiscard]] virtual std::unique_ptr<Protocol> make_protocol() = 0;
    /// The peer has proved who it is, once.
    virtual void on_trusted(Socket& socket) { static_cast<void>(socket); }
    /// After Protocol::on_closed(): the owner may let go. Not called once Socket::end() was.
    virtual void on_socket_gone(Socket& socket) = 0;
};

/// A connection on a non-blocking stream socket, TCP or Unix, with or without TLS. Its loop's
/// thread only.
///
/// What a turn writes leaves at its end in one sendmsg(2). A peer that takes nothing for
/// Limits::write_stall is aborted. close() sends what is queued and FIN, then reads and drops for
/// a moment: a connection closed with bytes unread is reset, and the peer would lose the answer.
///
/// Its end is told at the end of the turn. Whoever keeps it calls end() before letting go.
class Socket final : public Transport,
                     public std::enable_shared_from_this<Socket>,
                     private EventHandler,
                     private RingSender {
public:
    struct Options {
        Loop& loop;
        int fd = -1;  ///< Non-blocking; the socket closes it. -1: a connection that has failed.
        bool connecting = false;  ///< connect(2) is under way.
        Peer peer;
        bool trusted = true;  ///< Else the owner hears of trust().
        const Limits& limits;
        Metrics* metrics = nullptr;  ///< For `tandem_limit_hits_total`; may be null.
        SocketOwner* owner = nullptr;
        std::unique_ptr<TlsStream> tls;
        std::unique_ptr<Protocol> protocol;  ///< Null: asked of the owner.
    };

    explicit Socket(Options options);
    ~Socket() override;

    /// Begins, once: Protocol::on_open() may come from inside it.
    void start();
    /// Aborts, unless all of a connection that is closed has been sent, which the kernel delivers;
    /// and tells Protocol::on_closed() before it returns, or, from inside one of the
    /// protocol's functions, when that returns. The owner hears no more.
    void end();
    /// Whether it has been usable, after the TLS handshake.
    [[nodiscard]] bool established() const { return established_; }
    /// Whether it has proved who it is.
    [[nodiscard]] bool trusted() const { return trusted_; }

    using Transport::write;
    void write(std::string_view bytes) override;
    void write_shared(const SharedBytes& bytes, Duration within) override;
    void close() override;
    void abort() override;
    void pause_reading(bool paused) override;
    void trust() override;
    [[nodiscard]] std::size_t queued_bytes() const override;
    [[nodiscard]] const Peer& peer() const override { return peer_; }
    [[nodiscard]] Executor& executor() override { return loop_; }
    [[nodiscard]] Traffic traffic() const override;
    [[nodiscard]] std::uint64_t plain_up() const override { return plain_up_; }

private:
    enum class State : std::uint8_t {
        kConnecting,
        kHandshaking,
        kOpen,
        kClosing,    ///< What is queued is leaving.
        kLingering,  ///< FIN has been sent.
        kClosed,     ///< The descriptor is gone; the protocol hears of it at the end of the turn.
    };

    void on_events(std::uint32_t events) override;
    void on_timer();
    void on_connected();
    void open();

    [[nodiscard]] bool reading() const;
    [[nodiscard]] bool has_its_turn() const;
    void read();
    void take(std::span<const std::uint8_t> bytes);
    void take_encrypted(std::span<const std::uint8_t> bytes);
    void drop_received(std::size_t count);
    void on_fin();

    [[nodiscard]] OutputQueue& outgoing() { return tls_ ? tls_->wire() : queue_; }
    void flush_at_end_of_turn();
    void flush_within(Duration within);
    void flush();
    [[nodiscard]] Ready prepare(std::span<iovec> room) override;
    void on_sent(ssize_t result) override;
    void encrypt();
    void on_blocked(bool progress);
    void on_flushed();
    void on_broken();
    void start_lingering();

    template <typename Call>
    void tell(const Call& call);
    void count_limit(std::string_view labels);
    void update_interest();
    void terminate(bool reset = false);
    void finish();

    Loop& loop_;
    const Limits& limits_;
    Metrics* metrics_;
    SocketOwner* owner_;
    std::unique_ptr<Protocol> protocol_;
    std::unique_ptr<TlsStream> tls_;
    OutputQueue queue_;  // Plain bytes.
    Timer timer_;        // Of the state: connecting, handshake, stalled output, lingering.
    Peer peer_;
    std::uint64_t plain_up_ = 0;    // What the protocol has read,
    std::uint64_t plain_down_ = 0;  // and written.
    std::size_t drop_left_;
    int fd_;
    std::uint32_t interest_ = 0;  // What the loop watches for.
    State state_ = State::kOpen;
    bool established_ = false;
    bool trusted_;
    bool is_new_ = true;       // Nothing has been read.
    std::size_t offered_ = 0;  // To the ring, in this turn.
    bool reading_paused_ = false;
    bool read_ended_ = false;
    bool flush_pending_ = false;
    bool gathering_ = false;  // A flush is due that may still wait.
    bool blocked_ = false;    // The kernel is full.
    bool end_sent_ = false;   // close_notify
    bool telling_ = false;
    bool finish_after_telling_ = false;
    bool finished_ = false;
};

}  // namespace tandem::net
