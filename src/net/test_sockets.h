#pragma once

#include "base/clock.h"
#include "base/metric.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/socket_address.h"
#include "net/transport.h"

#include <doctest/doctest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem::net {

/// Time that passes when the test says so: timers of the hub never run by surprise.
class ManualClock final : public Clock {
public:
    void advance(Duration by) { passed_ += by; }
    [[nodiscard]] Instant now() const override { return Instant{passed_}; }
    [[nodiscard]] Monotonic monotonic() const override { return Monotonic{passed_}; }

private:
    Duration passed_ = 1h;
};

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string made = (std::filesystem::temp_directory_path() / "tandem-XXXXXX").string();
        REQUIRE(::mkdtemp(made.data()) != nullptr);
        path_ = made;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// What a protocol has heard, and what it does about it.
struct Heard {
    Transport* transport = nullptr;  ///< From on_open() to on_closed().
    int opened = 0;
    int ended = 0;
    int drained = 0;
    int closed = 0;
    int destroyed = 0;
    std::string bytes;
    std::vector<std::size_t> pieces;  ///< Sizes of the calls of on_bytes().
    Peer peer;

    std::function<void(Heard&)> on_open;
    std::function<void(Heard&, std::string_view)> on_bytes;
    std::function<void(Heard&)> on_end;
    std::function<void(Heard&)> on_drained;
};

/// A protocol that does what a test tells it. It checks the order of its calls itself.
class Recorder final : public Protocol {
public:
    explicit Recorder(std::shared_ptr<Heard> heard) : heard_{std::move(heard)} {}
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder() override { ++heard_->destroyed; }

    void on_open(Transport& transport) override {
        CHECK(heard_->closed == 0);
        heard_->transport = &transport;
        heard_->peer = transport.peer();
        ++heard_->opened;
        call([this] {
            if (heard_->on_open) heard_->on_open(*heard_);
        });
    }
    void on_bytes(std::span<const std::uint8_t> bytes) override {
        REQUIRE(heard_->transport != nullptr);
        const std::string text{bytes.begin(), bytes.end()};
        heard_->bytes += text;
        heard_->pieces.push_back(bytes.size());
        call([this, &text] {
            if (heard_->on_bytes) heard_->on_bytes(*heard_, text);
        });
    }
    void on_end() override {
        REQUIRE(heard_->transport != nullptr);
        ++heard_->ended;
        call([this] {
            if (heard_->on_end) heard_->on_end(*heard_);
        });
    }
    void on_drained() override {
        REQUIRE(heard_->transport != nullptr);
        ++heard_->drained;
        call([this] {
            if (heard_->on_drained) heard_->on_drained(*heard_);
        });
    }
    void on_closed() override {
        CHECK_FALSE(inside_);
        heard_->transport = nullptr;
        ++heard_->closed;
    }

private:
    void call(const std::function<void()>& action) {
        inside_ = true;
        action();
        inside_ = false;
    }
    std::shared_ptr<Heard> heard_;
    bool inside_ = false;  // of a call of this class, from where the transport may be called
};

inline std::function<void(Heard&, std::string_view)> echo() {
    return [](Heard& heard, std::string_view bytes) { heard.transport->write(bytes); };
}

/// Turns of `loop` until `done`, at most a few hundred: false when it never was.
template <typename Done>
bool turn_until(Loop& loop, const Done& done) {
    for (int turns = 0; turns < 600 && !done(); ++turns)
        loop.turn(5ms);
    return done();
}

/// How the loops of this run send: TANDEM_SENDING=together, else each socket by itself.
inline Sending test_sending() {
    const char* named = std::getenv("TANDEM_SENDING");
    return named != nullptr && std::string_view{named} == "together" ? Sending::kTogether
                                                                     : Sending::kEach;
}

/// A loop with a listener whose connections are recorded.
struct TestServer {
    ManualClock clock;
    Loop loop{clock, test_sending()};
    Metrics metrics;
    Limits limits;
    std::vector<std::shared_ptr<Heard>> heard;
    std::function<void(Heard&)> prepare;  ///< Called with each connection before it opens.
    std::unique_ptr<Listener> listener;

    MakeProtocol recorder() {
        return [this] {
            heard.push_back(std::make_shared<Heard>());
            if (prepare) prepare(*heard.back());
            return std::make_unique<Recorder>(heard.back());
        };
    }
    void open(std::shared_ptr<TlsContext> tls = nullptr, const std::string& host = "127.0.0.1") {
        auto opened = Listener::open(loop, {.host = host, .port = 0}, std::move(tls), limits,
                                     metrics, recorder());
        REQUIRE(opened);
        listener = std::move(*opened);
    }
    [[nodiscard]] std::uint16_t port() const { return listener->endpoint().port; }
    [[nodiscard]] std::int64_t limit_hits(std::string_view name) {
        return metrics.counter("tandem_limit_hits_total", "limit=\"" + std::string{name} + "\"")
            .value();
    }
    template <typename Done>
    bool until(const Done& done) {
        return turn_until(loop, done);
    }
};

/// The other end, by hand: what the kernel says, unfiltered. Never blocks.
class RawClient {
public:
    explicit RawClient(std::uint16_t port,
                       int receive_bytes = 0,
                       const std::string& host = "127.0.0.1") {
        connect(*SocketAddress::numeric(host, port), receive_bytes);
    }
    explicit RawClient(const std::filesystem::path& path) {
        connect(*SocketAddress::local(path), 0);
    }

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] int connect_error() const { return connect_error_; }
    void send(std::string_view bytes) const {
        const auto size = static_cast<ssize_t>(bytes.size());
        CHECK(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == size);
    }
    void send_end() const { ::shutdown(fd(), SHUT_WR); }
    void close() { fd_.reset(); }

    /// Reads what is there, `most` bytes at most; false once nothing more can come.
    bool receive(std::size_t most = SIZE_MAX) {
        std::array<char, 65'536> buffer;  // NOLINT(*-member-init)
        while (most > 0) {
            const ssize_t got =
                ::recv(fd(), buffer.data(), std::min(most, buffer.size()), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return true;
            if (got <= 0) {
                reset_ = reset_ || (got < 0 && errno == ECONNRESET);
                return false;
            }
            received_.append(buffer.data(), static_cast<std::size_t>(got));
            most -= static_cast<std::size_t>(got);
        }
        return true;
    }
    [[nodiscard]] const std::string& received() const { return received_; }
    [[nodiscard]] bool was_reset() const { return reset_; }
    /// Segments with data that have arrived.
    [[nodiscard]] std::uint32_t segments() const {
        tcp_info info{};
        socklen_t size = sizeof info;
        REQUIRE(::getsockopt(fd(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
        return info.tcpi_data_segs_in;
    }

private:
    void connect(const SocketAddress& address, int receive_bytes) {
        fd_ = FileDescriptor{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(fd() >= 0);
        if (receive_bytes > 0) {
            ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
        }
        // The kernel answers from the backlog, so that this does not wait for the loop.
        if (::connect(fd(), address.get(), address.size()) != 0) connect_error_ = errno;
    }

    FileDescriptor fd_;
    int connect_error_ = 0;
    bool reset_ = false;
    std::string received_;
};

}  // namespace tandem::net
