#include "net/client.h"
#include "net/socket.h"
#include "net/socket_address.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace tandem::net {
namespace {

// A client has the limits that a hub has by default.
const Limits kLimits{};

/// What keeps a client's connection: the socket as its protocol sees it, and its end.
class ClientTransport final : public Transport {
public:
    explicit ClientTransport(std::shared_ptr<Socket> socket) : socket_{std::move(socket)} {
        socket_->start();
    }
    ~ClientTransport() override { socket_->end(); }

    void write(std::string_view bytes) override { socket_->write(bytes); }
    void write_shared(const SharedBytes& bytes, Duration within) override {
        socket_->write_shared(bytes, within);
    }
    void close() override { socket_->close(); }
    void abort() override { socket_->abort(); }
    void pause_reading(bool paused) override { socket_->pause_reading(paused); }
    [[nodiscard]] std::size_t queued_bytes() const override { return socket_->queued_bytes(); }
    [[nodiscard]] const Peer& peer() const override { return socket_->peer(); }
    [[nodiscard]] Executor& executor() override { return socket_->executor(); }

private:
    std::shared_ptr<Socket> socket_;
};

/// A socket that is connected or about to be; none when that has failed already.
FileDescriptor begin_connecting(const SocketAddress& address) {
    FileDescriptor fd{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0) return fd;
    if (address.family() != AF_UNIX) set_no_delay(fd);
    if (::connect(fd.get(), address.get(), address.size()) == 0 || errno == EINPROGRESS) return fd;
    return FileDescriptor{};
}

std::vector<SocketAddress> resolve(const std::string& host, std::uint16_t port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    std::vector<SocketAddress> result;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) {
        return result;
    }
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        result.push_back(SocketAddress::from(at->ai_addr, at->ai_addrlen));
    }
    ::freeaddrinfo(found);
    return result;
}

}  // namespace

std::unique_ptr<Transport> connect_tcp(Loop& loop,
                                       const std::string& host,
                                       std::uint16_t port,
                                       std::shared_ptr<TlsContext> tls,
                                       std::unique_ptr<Protocol> protocol) {
    FileDescriptor fd;
    Peer peer;
    // The next address is tried when one refuses at once, as this machine's do: "localhost" is
    // often ::1 first where the hub listens on 127.0.0.1.
    for (const SocketAddress& address : resolve(host, port)) {
        fd = begin_connecting(address);
        if (fd.get() < 0) continue;
        peer = {.address = address.host(), .loopback = address.loopback()};
        break;
    }
    return std::make_unique<ClientTransport>(std::make_shared<Socket>(Socket::Options{
        .loop = loop,
        .fd = fd.release(),
        .connecting = true,
        .peer = std::move(peer),
        .limits = kLimits,
        .tls = tls ? TlsStream::client(std::move(tls), host) : nullptr,
        .protocol = std::move(protocol),
    }));
}

std::unique_ptr<Transport> connect_local(Loop& loop,
                                         const std::filesystem::path& path,
                                         std::unique_ptr<Protocol> protocol) {
    const auto address = SocketAddress::local(path);
    FileDescriptor fd = address ? begin_connecting(*address) : FileDescriptor{};
    return std::make_unique<ClientTransport>(std::make_shared<Socket>(Socket::Options{
        .loop = loop,
        .fd = fd.release(),
        .connecting = true,
        .peer = {.address = {}, .loopback = true, .tls = false, .local = true},
        .limits = kLimits,
        .protocol = std::move(protocol),
    }));
}

}  // namespace tandem::net
