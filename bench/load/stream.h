#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::bench {

struct TlsDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsDeleter>;

/// A client's side of TLS that believes every certificate: it talks to 127.0.0.1 only.
TlsContext tls_context();

/// A connection to a server on this machine, with or without TLS. Blocks, for five seconds at most,
/// until `stop_blocking()`. Ended with a reset, so that no port of ours waits for a minute.
class Stream {
public:
    /// Connects, and shakes hands if `tls` is not null; ends the program when that fails.
    static Stream open(std::uint16_t port, SSL_CTX* tls);

    Stream(Stream&& other) noexcept
        : socket_{std::exchange(other.socket_, -1)}, tls_{std::move(other.tls_)} {}
    Stream(const Stream&) = delete;
    Stream& operator=(Stream&&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    void stop_blocking() const;
    [[nodiscard]] int descriptor() const { return socket_; }
    [[nodiscard]] bool has_tls() const { return tls_ != nullptr; }

    /// How many bytes were read or taken: 0 when there is nothing now, -1 when the other side is
    /// gone. Over TLS a read has to be repeated until it gives 0, for epoll does not see the rest.
    [[nodiscard]] std::ptrdiff_t read(std::span<char> into) const;
    [[nodiscard]] std::ptrdiff_t write(std::string_view bytes) const;

private:
    explicit Stream(int socket) : socket_{socket} {}
    [[nodiscard]] std::ptrdiff_t outcome(int result) const;

    int socket_;
    std::unique_ptr<SSL, TlsDeleter> tls_;
};

}  // namespace tandem::bench
