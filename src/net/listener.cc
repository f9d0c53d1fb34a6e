#include "net/listener.h"

#include "base/check.h"
#include "base/checked.h"
#include "net/address_limits.h"
#include "net/socket.h"
#include "net/socket_address.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace tandem::net {
namespace {

// Of one turn, so that a storm of connections does not starve those that are there.
constexpr int kAcceptsPerTurn = 64;
// What waits for accept(2); the kernel cuts it to net.core.somaxconn.
constexpr int kBacklog = 4'096;
// Without free descriptors the listening socket stays readable: trying at once would spin. Who
// waits is told soon, and a flood costs no more than 64 refusals each time.
constexpr Duration kAcceptPause = 10ms;
// Connections above the limit that are told so and waited for; beyond them they are told and
// closed.
constexpr std::size_t kRefusalsMax = 64;

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Retry-After: 5\r\n"
    "Content-Length: 0\r\n"
    "Connection: close\r\n\r\n";
constexpr std::string_view kTooMany =
    "HTTP/1.1 429 Too Many Requests\r\n"
    "Retry-After: 5\r\n"
    "Content-Length: 0\r\n"
    "Connection: close\r\n\r\n";

/// Says that there is no room, whatever the peer asks.
class Refusal final : public Protocol {
public:
    explicit Refusal(std::string_view words) : words_{words} {}
    void on_open(Transport& transport) override {
        transport.write(words_);
        transport.close();
    }
    void on_bytes(std::span<const std::uint8_t> /*bytes*/) override {}
    void on_end() override {}
    void on_drained() override {}
    void on_closed() override {}

private:
    std::string_view words_;
};

// A descriptor that is kept for telling somebody that there are no more.
FileDescriptor open_spare() {
    return FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

std::unexpected<Error> fail_system(std::string_view what, int error) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: {}", what, std::system_category().message(error)));
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return port;
}

/// The file that a listener made, as the file system knows it.
struct SocketFile {
    std::filesystem::path path;
    dev_t device = 0;
    ino_t number = 0;
};

/// One listening socket, TCP or Unix, and the connections that came through it.
class SocketListener final : public Listener, private EventHandler, private SocketOwner {
public:
    struct Options {
        Loop& loop;
        FileDescriptor fd;
        Endpoint endpoint;
        std::optional<SocketFile> file;  // Unix.
        std::shared_ptr<TlsContext> tls;
        Limits limits;
        Metrics& metrics;
        MakeProtocol make_protocol;
    };

    explicit SocketListener(Options options)
        : options_{std::move(options)},
          pause_{options_.loop},
          addresses_{options_.limits, options_.loop.clock()},
          open_{options_.metrics.gauge("tandem_sockets",
                                       options_.file ? "at=\"local\"" : "at=\"doors\"")},
          spare_{open_spare()} {
        options_.loop.watch(options_.fd.get(), EPOLLIN, *this);
    }
    ~SocketListener() override {
        stop_accepting();
        // The end of one may lead to the end of others.
        while (!sockets_.empty()) {
            const auto socket = sockets_.extract(sockets_.begin()).mapped();
            open_.add(-1);
            socket->end();
        }
    }

    [[nodiscard]] const Endpoint& endpoint() const override { return options_.endpoint; }
    [[nodiscard]] std::size_t connections() const override { return sockets_.size(); }

    void set_tls(std::shared_ptr<TlsContext> tls) override {
        check(options_.tls != nullptr && tls != nullptr);
        options_.tls = std::move(tls);
    }

    void stop_accepting() override {
        if (options_.fd.get() < 0) return;
        pause_.stop();
        options_.loop.unwatch(options_.fd.get());
        options_.fd.reset();
        remove_file();
    }

    void close_connections() override {
        // One that fails goes at the end of the turn, not from inside this.
        for (const auto& [socket, kept] : sockets_)
            socket->close();
    }

    [[nodiscard]] bool has_unsent() const override {
        return std::ranges::any_of(sockets_,
                                   [](const auto& each) { return each.first->queued_bytes() > 0; });
    }

private:
    void on_events(std::uint32_t /*events*/) override {
        for (int at = 0; at < kAcceptsPerTurn && options_.fd.get() >= 0; ++at) {
            FileDescriptor fd{
                ::accept4(options_.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (fd.get() >= 0) {
                admit(std::move(fd));
                continue;
            }
            if (errno == EAGAIN) return;
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                refuse_waiting();
                pause_accepting();
                return;
            }
            // The others are about the one connection, which has gone: accept(2).
        }
    }

    /// Who waits hears why, through the one descriptor that was kept for it.
    void refuse_waiting() {
        for (int at = 0; at < kAcceptsPerTurn; ++at) {
            spare_.reset();
            const FileDescriptor fd{
                ::accept4(options_.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (fd.get() < 0) break;
            count_limit("limit=\"open_files\"");
            if (!options_.tls) dismiss(fd, kBusy);
        }
        spare_ = open_spare();
    }

    /// Says `words` and goes: whoever is still asking may not hear them.
    static void dismiss(const FileDescriptor& fd, std::string_view words) {
        std::array<char, 4'096> unread;  // NOLINT(*-member-init): never looked at
        static_cast<void>(::send(fd.get(), words.data(), words.size(), MSG_NOSIGNAL));
        ::shutdown(fd.get(), SHUT_WR);
        // Bytes that nobody has read would make the kernel reset it, and the answer be lost.
        static_cast<void>(::recv(fd.get(), unread.data(), unread.size(), 0));
    }

    void pause_accepting() {
        options_.loop.rewatch(options_.fd.get(), 0, *this);
        pause_.start(kAcceptPause,
                     [this] { options_.loop.rewatch(options_.fd.get(), EPOLLIN, *this); });
    }

    void admit(FileDescriptor fd) {
        const auto peer = options_.file ? local_peer(fd) : tcp_peer(fd);
        if (!peer) return;
        if (options_.tls && handshakes_ >= options_.limits.handshakes) {
            count_limit("limit=\"tls.handshakes\"");
            return;
        }
        const bool full = sockets_.size() >= options_.limits.connections;
        const bool counts = !full && !peer->loopback && !peer->local;
        if (full) {
            refuse(std::move(fd), *peer, "limit=\"connections\"", kBusy);
        } else if (counts && !addresses_.admit(peer->address)) {
            refuse(std::move(fd), *peer, "limit=\"address.connections\"", kTooMany);
        } else {
            begin(std::move(fd), *peer, !counts, nullptr);
        }
    }

    void refuse(FileDescriptor fd,
                const Peer& peer,
                std::string_view labels,
                std::string_view words) {
        count_limit(labels);
        // The answer over TLS would cost the handshake that is to be saved.
        if (options_.tls) return;
        if (sockets_.size() >= options_.limits.connections + kRefusalsMax) {
            return dismiss(fd, words);
        }
        begin(std::move(fd), peer, true, std::make_unique<Refusal>(words));
    }

    void begin(FileDescriptor fd,
               const Peer& peer,
               bool trusted,
               std::unique_ptr<Protocol> protocol) {
        const auto socket = std::make_shared<Socket>(Socket::Options{
            .loop = options_.loop,
            .fd = fd.release(),
            .peer = peer,
            .trusted = trusted,
            .limits = options_.limits,
            .metrics = &options_.metrics,
            .owner = this,
            .tls = options_.tls ? TlsStream::server(options_.tls) : nullptr,
            .protocol = std::move(protocol),
        });
        sockets_.emplace(socket.get(), socket);
        open_.add();
        if (options_.tls) ++handshakes_;
        socket->start();
    }

    static std::optional<Peer> tcp_peer(const FileDescriptor& fd) {
        set_no_delay(fd);
        return peer_of(fd);
    }

    /// Nobody unless it is this process's user or root.
    static std::optional<Peer> local_peer(const FileDescriptor& fd) {
        ucred who{};
        socklen_t size = sizeof who;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
        if (who.uid != ::geteuid() && who.uid != 0) return std::nullopt;
        return Peer{.address = {}, .loopback = true, .tls = false, .local = true};
    }

    void count_limit(std::string_view labels) {
        options_.metrics.counter("tandem_limit_hits_total", labels).add();
    }

    /// Another process may have put its own in the meantime: that one stays.
    void remove_file() {
        if (!options_.file) return;
        struct stat found{};
        if (::lstat(options_.file->path.c_str(), &found) != 0) return;
        if (found.st_dev != options_.file->device || found.st_ino != options_.file->number) return;
        ::unlink(options_.file->path.c_str());
    }

    [[nodiscard]] std::unique_ptr<Protocol> make_protocol() override {
        if (options_.tls) --handshakes_;
        return options_.make_protocol();
    }
    void on_trusted(Socket& socket) override { addresses_.release(socket.peer().address); }
    void on_socket_gone(Socket& socket) override {
        if (options_.tls && !socket.established()) --handshakes_;
        if (!socket.trusted()) on_trusted(socket);
        if (sockets_.erase(&socket) > 0) open_.add(-1);
    }

    Options options_;
    Timer pause_;
    // At most Limits::connections and kRefusalsMax.
    std::unordered_map<Socket*, std::shared_ptr<Socket>> sockets_;
    AddressLimits addresses_;
    Metric& open_;  // `tandem_sockets`: of all loops.
    FileDescriptor spare_;
    std::size_t handshakes_ = 0;  // Of them, in the TLS handshake.
};

enum class Sharing : bool { kNone, kPort };

Result<FileDescriptor> bind_tcp(const SocketAddress& address, Sharing sharing) {
    FileDescriptor fd{
        ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
    if (fd.get() < 0) return fail_system("socket", errno);
    const int on = 1;
    const int off = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (sharing == Sharing::kPort) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    // `::` takes IPv4 too, whatever net.ipv6.bindv6only says.
    if (address.family() == AF_INET6) {
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (::bind(fd.get(), address.get(), address.size()) != 0) return fail_system("bind", errno);
    return fd;
}

Result<FileDescriptor> bind_endpoint(const Endpoint& endpoint, Sharing sharing) {
    const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
    const auto address = SocketAddress::numeric(host, endpoint.port);
    if (!address) return fail(ErrorCode::kUnavailable, fmt::format("{}: no address", host));
    auto fd = bind_tcp(*address, sharing);
    // A machine without IPv6 still has every address of IPv4.
    if (!fd && host == "::") {
        fd = bind_tcp(checked(SocketAddress::numeric("0.0.0.0", endpoint.port)), sharing);
    }
    if (fd) return fd;
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", endpoint.text(), fd.error().detail));
}

/// Makes room for a new socket file: removes one that nobody listens on.
Result<void> remove_stale(const std::filesystem::path& path, const SocketAddress& address) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return {};
    if (!S_ISSOCK(found.st_mode)) {
        return fail(ErrorCode::kUnavailable, fmt::format("{} is not a socket", path.string()));
    }
    const FileDescriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (probe.get() < 0) return fail_system("socket", errno);
    if (::connect(probe.get(), address.get(), address.size()) == 0 || errno != ECONNREFUSED) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("{}: another process listens on it", path.string()));
    }
    if (::unlink(path.c_str()) != 0) return fail_system(path.string(), errno);
    return {};
}

Result<FileDescriptor> bind_local(const std::filesystem::path& path, const SocketAddress& address) {
    auto free = remove_stale(path, address);
    if (!free) return pass(free);
    FileDescriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0) return fail_system("socket", errno);
    // bind(2) gives the file the mode of the socket, so it is never open to others, and umask(2),
    // which holds for the whole process, stays alone.
    if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) return fail_system("fchmod", errno);
    if (::bind(fd.get(), address.get(), address.size()) != 0) {
        return fail_system(path.string(), errno);
    }
    if (::listen(fd.get(), kBacklog) != 0) return fail_system(path.string(), errno);
    return fd;
}

}  // namespace

bool Endpoint::loopback() const {
    if (host == "localhost") return true;
    const auto address = SocketAddress::numeric(host, port);
    return address && address->loopback();
}

std::string Endpoint::text() const {
    return host.contains(':') ? fmt::format("[{}]:{}", host, port)
                              : fmt::format("{}:{}", host, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto refused = [text](std::string_view why) {
        return fail(ErrorCode::kInvalidField,
                    fmt::format("\"{}\": {}; accepted are HOST:PORT, [IPV6]:PORT and :PORT, with a "
                                "numeric address or localhost",
                                text, why));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refused("there is no port");
    const auto port = read_port(text.substr(colon + 1));
    if (!port) return refused("the port is no number from 0 to 65535");
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty()) return Endpoint{.host = "::", .port = *port};
    if (host.contains(':') != bracketed) return refused("brackets are for IPv6 addresses");
    if (host != "localhost" && !SocketAddress::numeric(std::string{host}, *port)) {
        return refused("the host is no address");
    }
    return Endpoint{.host = std::string{host}, .port = *port};
}

Result<void> check_free(const Endpoint& endpoint) {
    const auto alone = bind_endpoint(endpoint, Sharing::kNone);
    if (!alone) return std::unexpected(alone.error());
    return {};
}

// NOLINTNEXTLINE(readability-function-size): each has a type of its own
Result<std::unique_ptr<Listener>> Listener::open(Loop& loop,
                                                 const Endpoint& endpoint,
                                                 std::shared_ptr<TlsContext> tls,
                                                 const Limits& limits,
                                                 Metrics& metrics,
                                                 MakeProtocol make_protocol) {
    auto fd = bind_endpoint(endpoint, Sharing::kPort);
    if (!fd) return pass(fd);
    if (::listen(fd->get(), kBacklog) != 0) return fail_system(endpoint.text(), errno);
    const std::uint16_t port = SocketAddress::of_socket(*fd).port();
    return std::make_unique<SocketListener>(SocketListener::Options{
        .loop = loop,
        .fd = *std::move(fd),
        .endpoint = {.host = endpoint.host, .port = port},
        .file = {},
        .tls = std::move(tls),
        .limits = limits,
        .metrics = metrics,
        .make_protocol = std::move(make_protocol),
    });
}

Result<std::unique_ptr<Listener>> Listener::open_local(Loop& loop,
                                                       const std::filesystem::path& path,
                                                       const Limits& limits,
                                                       Metrics& metrics,
                                                       MakeProtocol make_protocol) {
    const auto address = SocketAddress::local(path);
    if (!address) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("{}: a socket's path has 107 bytes at most", path.string()));
    }
    auto fd = bind_local(path, *address);
    if (!fd) return pass(fd);
    struct stat made{};
    if (::lstat(path.c_str(), &made) != 0) return fail_system(path.string(), errno);
    return std::make_unique<SocketListener>(SocketListener::Options{
        .loop = loop,
        .fd = *std::move(fd),
        .endpoint = {.host = path.string(), .port = 0},
        .file = SocketFile{.path = path, .device = made.st_dev, .number = made.st_ino},
        .tls = nullptr,
        .limits = limits,
        .metrics = metrics,
        .make_protocol = std::move(make_protocol),
    });
}

}  // namespace tandem::net
