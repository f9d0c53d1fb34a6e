#include "measure/wire_count.h"

#include "net/limits.h"
#include "net/socket.h"
#include "net/socket_address.h"
#include "net/tls_stream.h"
#include "net/traffic.h"

#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tandem::measure {
namespace {

const net::Limits kLimits{};
// What fits into a packet of Ethernet, so that segments on the loopback are as long as elsewhere.
constexpr int kSegmentBytes = 1'460;

std::vector<net::SocketAddress> resolve(const client::HubUrl& url) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    std::vector<net::SocketAddress> made;
    if (::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found) != 0) {
        return made;
    }
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next)
        made.push_back(net::SocketAddress::from(at->ai_addr, at->ai_addrlen));
    ::freeaddrinfo(found);
    return made;
}

net::FileDescriptor begin_connecting(const net::SocketAddress& address, const Wiring& wiring) {
    net::FileDescriptor fd{
        ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0) return fd;
    if (!wiring.nagle) net::set_no_delay(fd);
    const int segment = kSegmentBytes;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    if (::connect(fd.get(), address.get(), address.size()) == 0 || errno == EINPROGRESS) return fd;
    return net::FileDescriptor{};
}

bool has_no_delay(int fd) {
    int on = 0;
    socklen_t size = sizeof on;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0 && on != 0;
}

}  // namespace

WireCount& WireCount::operator+=(const WireCount& more) {
    connections += more.connections;
    resumed += more.resumed;
    app_up += more.app_up;
    app_down += more.app_down;
    tcp_up += more.tcp_up;
    tcp_down += more.tcp_down;
    segments_up += more.segments_up;
    segments_down += more.segments_down;
    retransmitted += more.retransmitted;
    return *this;
}

WireCount& WireCount::operator-=(const WireCount& less) {
    connections -= less.connections;
    resumed -= less.resumed;
    app_up -= less.app_up;
    app_down -= less.app_down;
    tcp_up -= less.tcp_up;
    tcp_down -= less.tcp_down;
    segments_up -= less.segments_up;
    segments_down -= less.segments_down;
    retransmitted -= less.retransmitted;
    return *this;
}

double WireCount::tls() const {
    return std::max(static_cast<double>(tcp_up + tcp_down) - app(), 0.0);
}

double WireCount::headers() const {
    return packets() * net::kPacketHeaders + static_cast<double>(connections) * 2 * net::kSynMore;
}

/// One connection from its first packet to its last.
struct WireCounter::Line {
    std::shared_ptr<net::Socket> socket;
    const net::TlsStream* tls = nullptr;  // The socket's, until it is closed.
    std::unique_ptr<End> end;
    net::FileDescriptor counted;  // The same socket: it tells after the other has been closed.
    std::uint64_t up = 0;
    std::uint64_t down = 0;
    bool over = false;
    bool let_go = false;  // By its client.
    bool resumed = false;
    bool reset = false;  // By the client's RST, which leaves once nobody holds the socket.

    [[nodiscard]] WireCount count() const {
        WireCount made{
            .connections = 1, .resumed = resumed ? 1U : 0U, .app_up = up, .app_down = down};
        const auto tcp = net::count_tcp(counted.get());
        if (!tcp) return made;
        made.tcp_up = tcp->bytes_sent;
        made.tcp_down = tcp->bytes_received;
        made.segments_up = tcp->segments_sent;
        made.segments_down = tcp->segments_received;
        made.retransmitted = tcp->retransmitted;
        return made;
    }
};

/// A connection as its protocol sees it: counts what leaves. It lives as long as its line, for the
/// protocol may write until the very end.
class WireCounter::End final : public net::Transport {
public:
    explicit End(Line& line) : line_{line} {}

    void write(std::string_view bytes) override {
        line_.up += bytes.size();
        line_.socket->write(bytes);
    }
    void write_shared(const net::SharedBytes& bytes, Duration within) override {
        line_.up += bytes.bytes().size();
        line_.socket->write_shared(bytes, within);
    }
    void close() override { line_.socket->close(); }
    void abort() override { line_.socket->abort(); }
    void pause_reading(bool paused) override { line_.socket->pause_reading(paused); }
    [[nodiscard]] std::size_t queued_bytes() const override { return line_.socket->queued_bytes(); }
    [[nodiscard]] const net::Peer& peer() const override { return line_.socket->peer(); }
    [[nodiscard]] Executor& executor() override { return line_.socket->executor(); }

private:
    Line& line_;
};

/// Between the socket and the protocol: counts what comes.
class WireCounter::Ears final : public net::Protocol {
public:
    Ears(std::shared_ptr<Line> line, std::unique_ptr<net::Protocol> inner)
        : line_{std::move(line)}, inner_{std::move(inner)} {}

    void on_open(net::Transport& /*socket*/) override {
        line_->resumed = line_->tls != nullptr && line_->tls->resumed();
        inner_->on_open(*line_->end);
    }
    void on_bytes(std::span<const std::uint8_t> bytes) override {
        line_->down += bytes.size();
        inner_->on_bytes(bytes);
    }
    void on_end() override { inner_->on_end(); }
    void on_drained() override { inner_->on_drained(); }
    void on_closed() override {
        line_->over = true;
        inner_->on_closed();
    }

private:
    std::shared_ptr<Line> line_;
    std::unique_ptr<net::Protocol> inner_;
};

/// What a client holds: when it lets go, the connection ends, and is counted once more.
class WireCounter::Grip final : public net::Transport {
public:
    Grip(std::shared_ptr<Line> line, Ending ending) : line_{std::move(line)}, ending_{ending} {}
    ~Grip() override {
        line_->let_go = true;
        if (ending_ == Ending::kSaidAll) {
            line_->socket->close();
        } else {
            line_->reset = !line_->over;
            line_->socket->abort();
        }
    }

    void write(std::string_view bytes) override { line_->end->write(bytes); }
    void write_shared(const net::SharedBytes& bytes, Duration within) override {
        line_->end->write_shared(bytes, within);
    }
    void close() override { line_->end->close(); }
    void abort() override { line_->end->abort(); }
    void pause_reading(bool paused) override { line_->end->pause_reading(paused); }
    [[nodiscard]] std::size_t queued_bytes() const override { return line_->end->queued_bytes(); }
    [[nodiscard]] const net::Peer& peer() const override { return line_->end->peer(); }
    [[nodiscard]] Executor& executor() override { return line_->end->executor(); }

private:
    std::shared_ptr<Line> line_;
    Ending ending_;
};

WireCounter::~WireCounter() {
    for (const auto& line : lines_)
        line->socket->end();
}

client::Connect WireCounter::connect(const client::Access& access, Ending ending) {
    const auto ticket = access.tls && wiring_.resume ? std::make_shared<net::TlsTicket>() : nullptr;
    return [this, access, ending,
            ticket](std::unique_ptr<net::Protocol> protocol) -> std::unique_ptr<net::Transport> {
        sweep();
        // Asked once: what a name costs is no door's.
        auto& addresses = addresses_[access.url.text()];
        if (addresses.empty()) addresses = resolve(access.url);
        net::FileDescriptor fd;
        for (const net::SocketAddress& address : addresses) {
            fd = begin_connecting(address, wiring_);
            if (fd.get() >= 0) break;
        }
        auto line = std::make_shared<Line>();
        if (fd.get() >= 0) {
            line->counted = net::FileDescriptor{::dup(fd.get())};
            all_no_delay_ = all_no_delay_ && has_no_delay(fd.get());
        }
        line->end = std::make_unique<End>(*line);
        auto tls =
            access.tls ? net::TlsStream::client(access.tls, access.url.host, ticket) : nullptr;
        line->tls = tls.get();
        line->socket = std::make_shared<net::Socket>(net::Socket::Options{
            .loop = loop_,
            .fd = fd.release(),
            .connecting = true,
            .peer = {.address = access.url.host},
            .limits = kLimits,
            .tls = std::move(tls),
            .protocol = std::make_unique<Ears>(line, std::move(protocol)),
        });
        lines_.push_back(line);
        line->socket->start();
        return std::make_unique<Grip>(line, ending);
    };
}

void WireCounter::sweep() {
    std::erase_if(lines_, [this](const std::shared_ptr<Line>& line) {
        if (!line->over || !line->let_go) return false;
        ended_ += line->count();
        if (line->reset) ++ended_.segments_up;
        line->socket->end();
        return true;
    });
}

WireCount WireCounter::count() {
    sweep();
    WireCount made = ended_;
    for (const auto& line : lines_)
        made += line->count();
    return made;
}

}  // namespace tandem::measure
