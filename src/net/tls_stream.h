#pragma once

#include "base/error.h"
#include "net/output_queue.h"
#include "net/tls.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_session_st;
struct ssl_st;

namespace tandem::net {

/// The newest ticket that one server gave a client, to resume the session by on the next connection
/// (RFC 8446 section 2.2): its certificate is not looked at again. One thread.
class TlsTicket {
public:
    TlsTicket() = default;
    TlsTicket(const TlsTicket&) = delete;
    TlsTicket& operator=(const TlsTicket&) = delete;
    ~TlsTicket();

private:
    friend class TlsStream;
    ssl_session_st* session_ = nullptr;
};

/// One TLS connection as a filter between a socket and its protocol. Sans-I/O: bytes of the wire
/// in, plain bytes out, and the other way round. One thread.
///
/// OpenSSL reads and writes through a BIO of ours, straight from the bytes that were received and
/// into the queue of those to be sent. SSL_set_fd() would send each record on its own and go past
/// the socket's cork; the library's memory BIOs copy once more and keep their buffers while the
/// connection is idle.
class TlsStream {
public:
    /// The largest plaintext of one record. RFC 8446 section 5.1.
    static constexpr std::size_t kRecordBytes = std::size_t{16} * 1'024;

    static std::unique_ptr<TlsStream> server(std::shared_ptr<TlsContext> context);
    /// Verifies the certificate for `host`: a name, which is also sent as SNI, or an address. With
    /// a `ticket` the session that it holds is resumed, and the server's next one is put there when
    /// the stream ends.
    static std::unique_ptr<TlsStream> client(std::shared_ptr<TlsContext> context,
                                             const std::string& host,
                                             std::shared_ptr<TlsTicket> ticket = nullptr);
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;
    ~TlsStream();

    /// The client's first message goes to wire(); a server waits for it.
    void start();
    /// The handshake is done: plain bytes may be sent.
    [[nodiscard]] bool ready() const;
    /// Whether an earlier session was resumed, once ready().
    [[nodiscard]] bool resumed() const;
    /// Of the peer's verified certificate, SHA-256 in hexadecimal; "" when it sent none.
    [[nodiscard]] std::string peer_certificate() const;
    /// Its subject, as RFC 4514 writes it; "" when it sent none.
    [[nodiscard]] std::string peer_subject() const;

    struct Received {
        std::size_t plain_bytes = 0;
        bool end = false;  ///< close_notify: the peer will send no more
    };
    /// Takes all of `wire` and writes what it says to the front of `plain`, which needs
    /// kRecordBytes more room than `wire` has. Alerts and handshake messages go to wire().
    /// Fails with kBadRequest and OpenSSL's reason; the connection is then of no more use.
    [[nodiscard]] Result<Received> receive(std::span<const std::uint8_t> wire,
                                           std::span<std::uint8_t> plain);

    /// Encrypts one record of 1 to kRecordBytes. Only when ready().
    void send(std::span<const std::uint8_t> plain);
    /// Says that nothing more follows: close_notify.
    void send_end();
    /// What is to be sent.
    [[nodiscard]] OutputQueue& wire() { return wire_; }
    [[nodiscard]] const OutputQueue& wire() const { return wire_; }

private:
    struct WireBio;

    explicit TlsStream(std::shared_ptr<TlsContext> context);
    [[nodiscard]] Result<void> shake_hands(std::size_t received);

    std::shared_ptr<TlsContext> context_;
    std::shared_ptr<TlsTicket> ticket_;
    ssl_st* ssl_ = nullptr;
    std::span<const std::uint8_t> received_;  // Of the present receive(): not read yet.
    OutputQueue wire_;
    std::size_t handshake_bytes_ = 0;
    bool server_ = false;
};

}  // namespace tandem::net
