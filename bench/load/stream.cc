#include "stream.h"

#include "../options.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace tandem::bench {
namespace {

constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

template <typename Value>
void set(int socket, int level, int name, const Value& value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

TlsContext tls_context() {
    TlsContext context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

Stream Stream::open(std::uint16_t port, SSL_CTX* tls) {
    Stream stream{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (stream.socket_ < 0) give_up("load: no socket; the limit of open files?");
    set(stream.socket_, SOL_SOCKET, SO_RCVTIMEO, kPatience);
    set(stream.socket_, SOL_SOCKET, SO_SNDTIMEO, kPatience);
    set(stream.socket_, IPPROTO_TCP, TCP_NODELAY, 1);
    set(stream.socket_, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(stream.socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        give_up("load: cannot connect");
    }
    if (tls == nullptr) return stream;
    stream.tls_.reset(SSL_new(tls));
    SSL_set_fd(stream.tls_.get(), stream.socket_);
    if (SSL_connect(stream.tls_.get()) != 1) give_up("load: no TLS handshake");
    return stream;
}

Stream::~Stream() {
    if (socket_ >= 0) ::close(socket_);
}

void Stream::stop_blocking() const {
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
}

std::ptrdiff_t Stream::read(std::span<char> into) const {
    if (tls_ != nullptr) {
        return outcome(SSL_read(tls_.get(), into.data(), static_cast<int>(into.size())));
    }
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    if (got > 0) return got;
    return got < 0 && errno == EAGAIN ? 0 : -1;
}

std::ptrdiff_t Stream::write(std::string_view bytes) const {
    if (tls_ != nullptr) {
        return outcome(SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())));
    }
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    return errno == EAGAIN ? 0 : -1;
}

std::ptrdiff_t Stream::outcome(int result) const {
    if (result > 0) return result;
    const int why = SSL_get_error(tls_.get(), result);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return 0;
    ERR_clear_error();  // It is the thread's, not the connection's.
    return -1;
}

}  // namespace tandem::bench
