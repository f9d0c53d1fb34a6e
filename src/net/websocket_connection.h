#pragma once

#include "base/clock.h"
#include "base/metric.h"
#include "base/random.h"
#include "net/held_bytes.h"
#include "net/limits.h"
#include "net/pace.h"
#include "net/queue_watch.h"
#include "net/timer.h"
#include "net/transport.h"
#include "net/websocket_frame.h"
#include "net/websocket_stream.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::net {

/// A WebSocket connection from the end of its handshake to its own, at either end. RFC 6455.
/// Sans-I/O: the protocol that made the handshake owns it and passes on what its transport tells.
class WebSocketConnection final : public WebSocketStream {
public:
    /// What it lives in; everything outlives the connection.
    struct Setup {
        Transport& transport;
        const Limits& limits;
        const Clock& clock;
        Metrics* metrics = nullptr;  ///< Counts limit hits; may be null.
        Random* masks = nullptr;     ///< The client's end masks its frames; null: the server's end.
        /// With permessage-deflate: the window of what is sent, DeflateTerms::window_bits.
        std::optional<int> deflate_bits = {};
    };
    WebSocketConnection(const Setup& setup, std::unique_ptr<WebSocketHandler> handler);

    void on_bytes(std::span<const std::uint8_t> bytes);
    void on_end();
    void on_drained();
    void on_closed();

    void send(MessageKind kind, std::string_view payload) override;
    using WebSocketStream::send;
    void send_within(Duration within, std::span<const SharedFrame> frames) override;
    void close(std::uint16_t code, std::string_view reason) override;
    [[nodiscard]] std::size_t queued_bytes() const override { return transport_.queued_bytes(); }
    void pause_reading(bool paused) override;
    void set_ping_interval(Duration interval) override;
    void set_message_limit(std::size_t bytes, const char* limit) override {
        message_bytes_max_ = bytes;
        message_limit_ = limit;
    }
    void trust() override { transport_.trust(); }
    [[nodiscard]] const Peer& peer() const override { return transport_.peer(); }
    [[nodiscard]] Executor& executor() override { return transport_.executor(); }

private:
    enum class State : std::uint8_t {
        kOpen,
        kClosing,  ///< Our close frame is out, the peer's has not come.
        kOver,     ///< Nothing more is read or written; the transport is ending.
    };
    /// Why a connection is failed: the close code, words for the peer, the limit if it was one.
    struct Failure {
        std::uint16_t code;
        std::string_view reason;
        std::string_view limit = {};
    };

    [[nodiscard]] bool is_client() const { return masks_ != nullptr; }
    [[nodiscard]] std::span<const std::uint8_t> read(std::span<const std::uint8_t> bytes);
    void read_held();
    void read_held_later();
    void read_header(std::span<const std::uint8_t>& bytes);
    void begin_frame(const FrameHeader& header);
    void begin_data(const FrameHeader& header);
    void take_control_token();
    void read_payload(std::span<const std::uint8_t>& bytes);
    void append_unmasked(std::string& to, std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool is_text_so_far(std::size_t fresh);
    void end_frame();
    void end_message();
    [[nodiscard]] bool inflate(std::string_view& message);
    void on_control(std::string_view payload);
    void on_close_frame(std::string_view payload);
    void answer_ping(std::string_view payload);
    void watch_message();

    void write_frame(Opcode opcode, std::string_view payload);
    void write_frame(FrameHeader header, std::string_view payload);
    [[nodiscard]] const SharedBytes& form_of(const Frame& frame) const;
    void note_queue();
    [[nodiscard]] bool overflows();
    void fail(const Failure& failure);
    void end_reading();
    void watch_silence(Duration after);
    void on_silence();
    void on_peer_gone();

    Transport& transport_;
    const Limits& limits_;
    const Clock& clock_;
    Metrics* metrics_;
    Random* masks_;
    std::optional<int> deflate_bits_;
    std::unique_ptr<WebSocketHandler> handler_;  // Null once it has been told of the end.

    State state_ = State::kOpen;
    bool paused_ = false;
    bool ended_ = false;  // The peer sends no more, but bytes of it are held.
    bool message_timed_ = false;
    bool pinged_ = false;  // Since the peer was last heard.
    std::uint16_t code_ = 1006;
    std::unique_ptr<std::string> reason_;  // Of few: null while it is open.

    // The frame that is being read.
    bool in_frame_ = false;
    std::uint8_t header_used_ = 0;
    FrameHeader frame_;
    std::uint64_t frame_read_ = 0;
    std::array<std::uint8_t, kFrameHeaderBytesMax> header_{};
    std::string control_;  // Never longer than kControlBytesMax.

    // The message that is being read.
    bool in_message_ = false;
    bool compressed_ = false;
    MessageKind kind_ = MessageKind::kText;
    std::size_t fragments_ = 0;
    std::size_t message_bytes_max_;
    const char* message_limit_ = "ws.message_bytes";
    std::string message_;  // Never longer than message_bytes_max_ was when its frame began.
    Utf8Validator utf8_;   // Of whole messages: between two it is as new.

    HeldBytes held_;
    std::unique_ptr<std::string> pending_ping_;  // Waits for the queue to leave.
    Duration ping_interval_;
    Monotonic heard_at_;
    Pace control_frames_;
    Timer silence_;
    Timer message_timer_;
    Timer close_timer_;
    std::unique_ptr<QueueWatch> crowded_;  // While the handler is to hear that the queue has left.
    std::shared_ptr<const bool> alive_;    // For posted work; made when there is some.
};

}  // namespace tandem::net
