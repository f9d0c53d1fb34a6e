#include "net/send_ring.h"

#include "base/check.h"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tandem::net {
namespace {

// Sends of one submission. More senders take several.
constexpr unsigned kEntries = 512;
constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

msghdr message_of(std::span<iovec> bytes) {
    msghdr message{};
    message.msg_iov = bytes.data();
    message.msg_iovlen = bytes.size();
    return message;
}

}  // namespace

struct SendRing::State {
    io_uring ring{};
    bool made = false;
    std::array<iovec, kEntries * SendRing::kPieces> vectors{};
    std::array<msghdr, kEntries> messages{};
    std::array<ssize_t, kEntries> results{};

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (made) ::io_uring_queue_exit(&ring);
    }
};

std::unique_ptr<SendRing> SendRing::make() {
    auto state = std::make_unique<State>();
    // One send that fails does not keep the others from being tried.
    io_uring_params parameters{};
    parameters.flags = IORING_SETUP_SUBMIT_ALL;
    if (::io_uring_queue_init_params(kEntries, &state->ring, &parameters) != 0) return nullptr;
    state->made = true;
    return std::unique_ptr<SendRing>{new SendRing{std::move(state)}};
}

SendRing::SendRing(std::unique_ptr<State> state) : state_{std::move(state)} {}

SendRing::~SendRing() = default;

void SendRing::send(std::span<const std::shared_ptr<RingSender>> senders) {
    if (senders.size() == 1) return send_alone(*senders.front());
    while (!senders.empty()) {
        const auto some = senders.first(std::min<std::size_t>(senders.size(), kEntries));
        const unsigned entries = describe(some);
        if (entries > 0) submit(entries);
        for (std::size_t at = 0; at < some.size(); ++at)
            some[at]->on_sent(state_->results.at(at));
        senders = senders.subspan(some.size());
    }
}

// Entering the ring costs more than one send.
void SendRing::send_alone(RingSender& sender) {
    const RingSender::Ready ready =
        sender.prepare(std::span{state_->vectors}.first(SendRing::kPieces));
    if (ready.bytes.empty()) return sender.on_sent(0);
    const msghdr message = message_of(ready.bytes);
    const ssize_t sent = ::sendmsg(ready.fd, &message, kFlags);
    sender.on_sent(sent < 0 ? -errno : sent);
}

/// An entry for each that has something to send; gives how many.
unsigned SendRing::describe(std::span<const std::shared_ptr<RingSender>> senders) {
    unsigned entries = 0;
    for (std::size_t at = 0; at < senders.size(); ++at) {
        const auto room =
            std::span{state_->vectors}.subspan(at * SendRing::kPieces, SendRing::kPieces);
        const RingSender::Ready ready = senders[at]->prepare(room);
        state_->results.at(at) = 0;
        if (ready.bytes.empty()) continue;
        io_uring_sqe* entry = ::io_uring_get_sqe(&state_->ring);
        check(entry != nullptr);
        if (ready.bytes.size() == 1) {
            const iovec& only = ready.bytes.front();
            ::io_uring_prep_send(entry, ready.fd, only.iov_base, only.iov_len, kFlags);
        } else {
            msghdr& message = state_->messages.at(at);
            message = message_of(ready.bytes);
            ::io_uring_prep_sendmsg(entry, ready.fd, &message, kFlags);
        }
        ::io_uring_sqe_set_data64(entry, at);
        ++entries;
    }
    return entries;
}

void SendRing::submit(unsigned entries) {
    int submitted = -EINTR;
    while (submitted == -EINTR)
        submitted = ::io_uring_submit_and_wait(&state_->ring, entries);
    check(submitted >= 0);
    for (unsigned seen = 0; seen < entries; ++seen) {
        io_uring_cqe* done = nullptr;
        check(::io_uring_wait_cqe(&state_->ring, &done) == 0);
        state_->results.at(::io_uring_cqe_get_data64(done)) = done->res;
        ::io_uring_cqe_seen(&state_->ring, done);
    }
}

}  // namespace tandem::net
