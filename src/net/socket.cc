#include "net/socket.h"

#include "base/check.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tandem::net {
namespace {

// Reads of one connection in one turn, so that a fast sender does not starve the others.
constexpr int kReadsPerTurn = 4;
// Pieces of one sendmsg(2). The kernel takes 1,024; few queues have that many.
constexpr std::size_t kVectors = 256;
// Encrypted ahead of the kernel: the rest stays plain and, where shared, shared.
constexpr std::size_t kEncryptBytes = std::size_t{64} * 1'024;
// A peer that makes TLS answer and reads nothing is not read from above this.
constexpr std::size_t kWireBytesMax = 4 * kEncryptBytes;
// As long as a peer on a slow link needs to read the last answer, with the request that it was
// sending when the answer left.
constexpr Duration kLingerTime = 2s;
constexpr std::size_t kLingerBytes = std::size_t{256} * 1'024;
// What may wait for company leaves all the same when there is this much of it.
constexpr std::size_t kGatheredBytes = std::size_t{16} * 1'024;
// Of signatures, and of whoever is answered, upgraded and greeted for the first time: about.
constexpr Duration kHandshakeCost = 500us;
constexpr Duration kFirstBytesCost = 100us;
// connect(2) itself gives up after two minutes.
constexpr Duration kConnectTime = 10s;

/// Where received bytes go. With TLS the encrypted ones lie behind the room for the plain ones,
/// which may be more by one record that had come in part before.
struct Room {
    std::span<std::uint8_t> received;
    std::span<std::uint8_t> plain;
};
Room room_in(std::span<std::uint8_t> buffer, bool tls) {
    if (!tls) return {.received = buffer, .plain = {}};
    const std::size_t received = (buffer.size() - TlsStream::kRecordBytes) / 2;
    return {.received = buffer.last(received), .plain = buffer.first(buffer.size() - received)};
}

enum class Sent : std::uint8_t { kAll, kSome, kNothing, kBroken };

std::size_t bytes_of(std::span<const iovec> vectors) {
    std::size_t bytes = 0;
    for (const iovec& vector : vectors)
        bytes += vector.iov_len;
    return bytes;
}

/// Takes off the queue what has been sent of what was offered. `result` below 0 is an errno.
Sent take_sent(OutputQueue& queue, ssize_t result, std::size_t offered) {
    if (result == -EINTR) return Sent::kAll;
    if (result < 0) return result == -EAGAIN ? Sent::kNothing : Sent::kBroken;
    queue.drop(static_cast<std::size_t>(result));
    return static_cast<std::size_t>(result) == offered ? Sent::kAll : Sent::kSome;
}

Sent send_some(int fd, OutputQueue& queue) {
    std::array<iovec, kVectors> vectors;  // NOLINT(*-member-init): filled as far as it is read.
    const auto described = queue.describe(vectors);
    msghdr message{};
    message.msg_iov = described.data();
    message.msg_iovlen = described.size();
    // The kernel takes in a single piece faster by itself: most sends are one.
    const ssize_t sent = described.size() == 1 ? ::send(fd, described.front().iov_base,
                                                        described.front().iov_len, MSG_NOSIGNAL)
                                               : ::sendmsg(fd, &message, MSG_NOSIGNAL);
    return take_sent(queue, sent < 0 ? -errno : sent, bytes_of(described));
}

}  // namespace

Socket::Socket(Options options)
    : loop_{options.loop},
      limits_{options.limits},
      metrics_{options.metrics},
      owner_{options.owner},
      protocol_{std::move(options.protocol)},
      tls_{std::move(options.tls)},
      timer_{options.loop},
      peer_{std::move(options.peer)},
      drop_left_{kLingerBytes},
      fd_{options.fd},
      trusted_{options.trusted} {
    if (options.connecting) state_ = State::kConnecting;
}

Socket::~Socket() {
    check(fd_ < 0);
    check(protocol_ == nullptr);
}

void Socket::start() {
    if (fd_ < 0) {
        terminate();
        return;
    }
    if (state_ == State::kConnecting) {
        interest_ = EPOLLOUT;
        timer_.start(kConnectTime, [this] { on_timer(); });
        loop_.watch(fd_, interest_, *this);
        return;
    }
    interest_ = EPOLLIN;
    loop_.watch(fd_, interest_, *this);
    on_connected();
}

void Socket::end() {
    owner_ = nullptr;
    if (state_ == State::kLingering) {
        terminate();
    } else {
        abort();
    }
    finish_after_telling_ = telling_;
    if (!telling_) finish();
}

void Socket::write(std::string_view bytes) {
    if (state_ > State::kOpen) return;
    plain_down_ += bytes.size();
    queue_.append(bytes);
    flush_at_end_of_turn();
}

void Socket::write_shared(const SharedBytes& bytes, Duration within) {
    if (state_ > State::kOpen) return;
    plain_down_ += bytes.bytes().size();
    queue_.append(bytes);
    flush_within(within);
}

void Socket::close() {
    if (state_ > State::kOpen) return;
    if (state_ < State::kOpen) {
        terminate();
        return;
    }
    state_ = State::kClosing;
    flush_at_end_of_turn();
    update_interest();
}

void Socket::abort() {
    if (state_ == State::kClosed) return;
    // close(2) then sends RST and forgets what is queued. A Unix socket has no such thing.
    const ::linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    terminate(true);
}

void Socket::pause_reading(bool paused) {
    reading_paused_ = paused;
    update_interest();
}

void Socket::trust() {
    if (std::exchange(trusted_, true) || owner_ == nullptr) return;
    owner_->on_trusted(*this);
}

std::size_t Socket::queued_bytes() const {
    return queue_.bytes() + (tls_ ? tls_->wire().bytes() : 0);
}

void Socket::on_events(std::uint32_t events) {
    const auto self = shared_from_this();
    if (state_ == State::kConnecting) {
        int error = 0;
        socklen_t size = sizeof error;
        check(::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
        if (error != 0) {
            terminate();
        } else {
            on_connected();
        }
        update_interest();
        return;
    }
    // Both are told whether asked for or not; whoever does not read would hear them for ever.
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && !reading()) {
        terminate();
        return;
    }
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) read();
    if ((events & EPOLLOUT) != 0) flush();
    update_interest();
}

void Socket::on_timer() {
    const auto self = shared_from_this();
    switch (state_) {
        case State::kHandshaking:
            count_limit("limit=\"tls.handshake_time\"");
            break;
        case State::kOpen:
        case State::kClosing:
            count_limit("limit=\"write_stall\"");
            break;
        case State::kLingering:
            // Without RST: what the kernel still holds is its to deliver.
            terminate();
            return;
        case State::kConnecting:
        case State::kClosed:
            break;
    }
    abort();
}

void Socket::on_connected() {
    timer_.stop();
    if (!tls_) {
        open();
        return;
    }
    state_ = State::kHandshaking;
    timer_.start(limits_.handshake_time, [this] { on_timer(); });
    tls_->start();
    flush_at_end_of_turn();
}

void Socket::open() {
    state_ = State::kOpen;
    established_ = true;
    timer_.stop();
    peer_.tls = tls_ != nullptr;
    if (tls_) {
        peer_.certificate = tls_->peer_certificate();
        peer_.certificate_subject = tls_->peer_subject();
    }
    if (!protocol_) protocol_ = owner_->make_protocol();
    // The handshake's own output may be stuck, and then waits under the other limit from now on.
    if (blocked_) timer_.start(limits_.write_stall, [this] { on_timer(); });
    // What the owner wrote while the connection was being made.
    flush_at_end_of_turn();
    tell([this](Protocol& protocol) { protocol.on_open(*this); });
}

bool Socket::reading() const {
    if (read_ended_) return false;
    switch (state_) {
        case State::kConnecting:
        case State::kClosed:
            return false;
        case State::kClosing:
        case State::kLingering:
            return drop_left_ > 0;
        case State::kHandshaking:
        case State::kOpen:
            break;
    }
    return !reading_paused_ && (!tls_ || tls_->wire().bytes() < kWireBytesMax);
}

// A crowd of newcomers must not keep those waiting who are there.
bool Socket::has_its_turn() const {
    if (state_ == State::kHandshaking) return loop_.take_costly(kHandshakeCost);
    return !is_new_ || loop_.take_costly(kFirstBytesCost);
}

void Socket::read() {
    if (!has_its_turn()) return;
    const Room room = room_in(loop_.read_buffer(), tls_ != nullptr);
    for (int at = 0; at < kReadsPerTurn && reading(); ++at) {
        const ssize_t got = ::recv(fd_, room.received.data(), room.received.size(), 0);
        if (got == 0) {
            on_fin();
            return;
        }
        if (got < 0) {
            if (errno == EAGAIN) return;
            if (errno == EINTR) continue;
            terminate();
            return;
        }
        is_new_ = false;
        take(room.received.first(static_cast<std::size_t>(got)));
        if (static_cast<std::size_t>(got) < room.received.size()) return;
    }
}

void Socket::take(std::span<const std::uint8_t> bytes) {
    if (state_ > State::kOpen) {
        drop_received(bytes.size());
    } else if (tls_) {
        take_encrypted(bytes);
    } else {
        plain_up_ += bytes.size();
        tell([bytes](Protocol& protocol) { protocol.on_bytes(bytes); });
    }
}

void Socket::take_encrypted(std::span<const std::uint8_t> bytes) {
    const auto plain = room_in(loop_.read_buffer(), true).plain;
    const auto received = tls_->receive(bytes, plain);
    if (queued_bytes() > 0) flush_at_end_of_turn();
    if (!received) {
        // The alert that says why is worth sending; what was queued cannot be any more.
        queue_.clear();
        end_sent_ = true;
        state_ = State::kClosing;
        flush_at_end_of_turn();
        return;
    }
    if (state_ == State::kHandshaking && tls_->ready()) open();
    if (state_ == State::kOpen && received->plain_bytes > 0) {
        const auto said = plain.first(received->plain_bytes);
        plain_up_ += said.size();
        tell([said](Protocol& protocol) { protocol.on_bytes(said); });
    }
    if (!received->end) return;
    read_ended_ = true;
    if (state_ == State::kOpen) tell([](Protocol& protocol) { protocol.on_end(); });
}

void Socket::drop_received(std::size_t count) {
    drop_left_ -= std::min(drop_left_, count);
    // Who still sends after that much is not waiting for an answer.
    if (drop_left_ == 0 && state_ == State::kLingering) terminate();
}

void Socket::on_fin() {
    read_ended_ = true;
    switch (state_) {
        case State::kOpen:
            if (!tls_) return tell([](Protocol& protocol) { protocol.on_end(); });
            // FIN without close_notify may be an attacker's: nothing says that all has come.
            // RFC 8446 section 6.1.
            terminate();
            break;
        case State::kHandshaking:
        case State::kLingering:
            terminate();
            break;
        case State::kConnecting:
        case State::kClosing:
        case State::kClosed:
            break;
    }
}

void Socket::flush_at_end_of_turn() {
    // While the kernel is full, EPOLLOUT leads to flush().
    if (flush_pending_ || blocked_ || state_ == State::kConnecting) return;
    flush_pending_ = true;
    loop_.at_end_of_turn([self = shared_from_this()] {
        self->flush_pending_ = false;
        const bool few = self->outgoing().pieces() <= SendRing::kPieces;
        if (few && self->loop_.send_at_end_of_turn({self, static_cast<RingSender*>(self.get())})) {
            return;
        }
        self->flush();
        self->update_interest();
    });
}

void Socket::flush_within(Duration within) {
    if (within <= 0us || queue_.bytes() > kGatheredBytes) return flush_at_end_of_turn();
    if (gathering_ || flush_pending_ || blocked_ || state_ == State::kConnecting) return;
    gathering_ = true;
    loop_.gather(within, [self = shared_from_this()] {
        self->gathering_ = false;
        if (!self->queue_.empty()) self->flush_at_end_of_turn();
    });
}

void Socket::flush() {
    if (state_ == State::kConnecting || state_ >= State::kLingering) return;
    bool progress = false;
    for (encrypt(); !outgoing().empty(); encrypt()) {
        const Sent sent = send_some(fd_, outgoing());
        if (sent == Sent::kBroken) {
            on_broken();
            return;
        }
        progress = progress || sent != Sent::kNothing;
        if (sent != Sent::kAll) {
            on_blocked(progress);
            return;
        }
    }
    on_flushed();
}

RingSender::Ready Socket::prepare(std::span<iovec> room) {
    offered_ = 0;
    if (state_ == State::kConnecting || state_ >= State::kLingering) return {};
    encrypt();
    const Ready ready{.fd = fd_, .bytes = outgoing().describe(room)};
    offered_ = bytes_of(ready.bytes);
    return ready;
}

// The rest, if there is some, and what follows from it is as without the ring.
void Socket::on_sent(ssize_t result) {
    if (offered_ > 0) {
        const Sent sent = take_sent(outgoing(), result, std::exchange(offered_, 0));
        if (sent == Sent::kBroken) return on_broken();
        if (sent != Sent::kAll) on_blocked(sent == Sent::kSome);
        if (sent != Sent::kAll) return update_interest();
    }
    flush();
    update_interest();
}

void Socket::encrypt() {
    if (!tls_ || !tls_->wire().empty() || !tls_->ready()) return;
    const auto record = loop_.read_buffer().first(TlsStream::kRecordBytes);
    while (!queue_.empty() && tls_->wire().bytes() < kEncryptBytes) {
        const std::size_t size = queue_.copy(record);
        tls_->send(record.first(size));
        queue_.drop(size);
    }
    if (state_ != State::kClosing || !queue_.empty() || std::exchange(end_sent_, true)) return;
    tls_->send_end();
}

void Socket::on_blocked(bool progress) {
    const bool first = !std::exchange(blocked_, true);
    // A slow reader keeps its own bytes, not what lies beside them in the log of everybody.
    queue_.own_small(true);
    // The handshake has its own limit for everything together.
    if (state_ == State::kHandshaking) return;
    if (first || progress) timer_.start(limits_.write_stall, [this] { on_timer(); });
}

void Socket::on_flushed() {
    const bool was_blocked = std::exchange(blocked_, false);
    queue_.own_small(false);
    if (was_blocked && state_ != State::kHandshaking) timer_.stop();
    if (!queue_.empty()) {
        // TLS is in the middle of new keys and cannot encrypt; receiving leads on. A connection
        // that is being closed receives no more.
        if (state_ == State::kClosing) terminate();
    } else if (state_ == State::kClosing) {
        start_lingering();
    } else if (was_blocked && state_ == State::kOpen) {
        tell([](Protocol& protocol) { protocol.on_drained(); });
    }
}

void Socket::on_broken() {
    // A peer that gave up may have said why before: an answer to half a request, for instance.
    blocked_ = false;
    if (state_ == State::kOpen) read();
    terminate();
}

void Socket::start_lingering() {
    state_ = State::kLingering;
    ::shutdown(fd_, SHUT_WR);
    if (read_ended_ || drop_left_ == 0) {
        terminate();
        return;
    }
    timer_.start(kLingerTime, [this] { on_timer(); });
}

/// Calls the protocol; an owner that lets go inside of that has waited for its return.
template <typename Call>
void Socket::tell(const Call& call) {
    telling_ = true;
    call(*protocol_);
    telling_ = false;
    if (finish_after_telling_) finish();
}

void Socket::count_limit(std::string_view labels) {
    if (metrics_ != nullptr) metrics_->counter("tandem_limit_hits_total", labels).add();
}

void Socket::update_interest() {
    if (state_ == State::kConnecting || state_ == State::kClosed) return;
    std::uint32_t wanted = 0;
    if (reading()) wanted |= EPOLLIN;
    if (blocked_) wanted |= EPOLLOUT;
    if (wanted == interest_) return;
    interest_ = wanted;
    loop_.rewatch(fd_, wanted, *this);
}

Traffic Socket::traffic() const {
    return {.plain_up = plain_up_, .plain_down = plain_down_, .tcp = count_tcp(fd_)};
}

void Socket::terminate(bool reset) {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    timer_.stop();
    queue_.clear();
    offered_ = 0;
    if (watcher() != nullptr) {
        tell_watcher({.plain_up = plain_up_,
                      .plain_down = plain_down_,
                      .tcp = count_tcp_at_end(fd_, reset)});
    }
    if (fd_ >= 0) {
        loop_.unwatch(fd_);
        ::close(std::exchange(fd_, -1));
    }
    loop_.at_end_of_turn([self = shared_from_this()] { self->finish(); });
}

void Socket::finish() {
    if (std::exchange(finished_, true)) return;
    tls_.reset();
    if (const auto protocol = std::move(protocol_)) protocol->on_closed();
    if (owner_ != nullptr) owner_->on_socket_gone(*this);
}

}  // namespace tandem::net
