#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

namespace tandem::net {

/// Whoever has bytes to send at the end of a turn.
class RingSender {
public:
    RingSender() = default;
    RingSender(const RingSender&) = delete;
    RingSender& operator=(const RingSender&) = delete;
    virtual ~RingSender() = default;

    /// The descriptor and what is to be sent through it, in as much of `room` as it takes; nothing
    /// when there is nothing to send any more. Good until on_sent().
    struct Ready {
        int fd = -1;
        std::span<iovec> bytes;
    };
    [[nodiscard]] virtual Ready prepare(std::span<iovec> room) = 0;
    /// What sendmsg(2) would have given: bytes, or an errno below 0.
    virtual void on_sent(ssize_t result) = 0;
};

/// Sends for many sockets with one system call: io_uring_enter(2). The sends are issued while it
/// runs and never wait (MSG_DONTWAIT), so that nothing has to live longer than the call. One
/// thread: that which makes it.
class SendRing {
public:
    /// Pieces of one send. Who has more sends by itself.
    static constexpr std::size_t kPieces = 16;

    /// Null where the kernel does not let us: containers often do not.
    static std::unique_ptr<SendRing> make();
    SendRing(const SendRing&) = delete;
    SendRing& operator=(const SendRing&) = delete;
    ~SendRing();

    /// Sends for all of them and tells each, in their order.
    void send(std::span<const std::shared_ptr<RingSender>> senders);

private:
    struct State;
    explicit SendRing(std::unique_ptr<State> state);
    void send_alone(RingSender& sender);
    [[nodiscard]] unsigned describe(std::span<const std::shared_ptr<RingSender>> senders);
    void submit(unsigned entries);

    std::unique_ptr<State> state_;
};

}  // namespace tandem::net
