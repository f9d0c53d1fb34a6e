#pragma once

#include "net/limits.h"
#include "net/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace tandem::net {

enum class MessageKind : std::uint8_t { kText, kBinary };

/// Whoever gets the messages of one WebSocket connection. Its loop only.
class WebSocketHandler {
public:
    WebSocketHandler() = default;
    WebSocketHandler(const WebSocketHandler&) = delete;
    WebSocketHandler& operator=(const WebSocketHandler&) = delete;
    virtual ~WebSocketHandler() = default;

    /// A whole message; text is valid UTF-8. The view is good during the call.
    virtual void on_message(MessageKind kind, std::string_view payload) = 0;
    /// At most half of Limits::queue_bytes is queued, after it was more.
    virtual void on_drained() = 0;
    /// The connection is over, exactly once. `code` is the peer's close code, 1005 without one,
    /// 1006 when there was no close frame (RFC 6455 section 7.1.5); `reason` is the peer's, or with
    /// 1006 ours where we had one to end it.
    virtual void on_closed(std::uint16_t code, std::string_view reason) = 0;
};

/// A message that is the same for everybody who gets it, framed as a server sends it. Made once,
/// shared by reference, by any threads.
class Frame {
public:
    Frame(MessageKind kind, std::string_view payload);

    [[nodiscard]] const SharedBytes& plain() const { return plain_; }
    [[nodiscard]] std::string_view payload() const { return payload_; }
    [[nodiscard]] MessageKind kind() const { return kind_; }
    /// The frame for connections that have agreed on permessage-deflate with a window of 15 bits;
    /// compressed when it is first asked for. The plain one when that is no shorter.
    [[nodiscard]] const SharedBytes& compressed() const;

private:
    MessageKind kind_;
    SharedBytes plain_;
    std::string_view payload_;  // Of `plain_`.
    mutable std::once_flag once_;
    mutable SharedBytes compressed_;
};
using SharedFrame = std::shared_ptr<const Frame>;
[[nodiscard]] inline SharedFrame make_frame(MessageKind kind, std::string_view payload) {
    return std::make_shared<const Frame>(kind, payload);
}

/// One WebSocket connection as its owner sees it. Its loop only.
class WebSocketStream {
public:
    WebSocketStream() = default;
    WebSocketStream(const WebSocketStream&) = delete;
    WebSocketStream& operator=(const WebSocketStream&) = delete;
    virtual ~WebSocketStream() = default;

    /// Sends one message. Dropped once the connection is closing. A connection that has more than
    /// Limits::queue_bytes and control_reserve_bytes queued already is closed with 1013 instead:
    /// what may be dropped is dropped by its sender, who looks at queued_bytes() first.
    virtual void send(MessageKind kind, std::string_view payload) = 0;
    void send(const SharedFrame& frame) { send_within(Duration{0}, {&frame, 1}); }
    /// The same for several, gathered with others for up to `within`: Transport::write_shared().
    /// Frames that one thread has made one after the other leave as one piece.
    virtual void send_within(Duration within, std::span<const SharedFrame> frames) = 0;
    /// Sends a close frame and waits Limits::close_time for the peer's. `reason`: 123 bytes at
    /// most, valid UTF-8.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
    /// Stops and resumes on_message(), at once and without a loss. While it is paused the peer is
    /// not taken to be silent.
    virtual void pause_reading(bool paused) = 0;
    /// How long the peer may be silent before it is pinged; 10 to 240 s (hello). The time after
    /// which it is taken for dead moves along.
    virtual void set_ping_interval(Duration interval) = 0;
    /// From now on messages of up to `bytes`: small before authentication. A longer one counts
    /// under `limit`, which outlives the stream.
    virtual void set_message_limit(std::size_t bytes, const char* limit) = 0;
    /// The peer has proved who it is: Transport::trust().
    virtual void trust() = 0;
    [[nodiscard]] virtual const Peer& peer() const = 0;
    [[nodiscard]] virtual Executor& executor() = 0;
};

}  // namespace tandem::net
