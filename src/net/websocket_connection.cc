#include "net/websocket_connection.h"

#include "base/check.h"
#include "base/checked.h"
#include "base/fault.h"
#include "net/limit_hits.h"
#include "net/websocket_deflate.h"

#include <algorithm>
#include <utility>

namespace tandem::net {
namespace {

// A payload up to this size is put together with its header on the stack; a longer one goes to the
// transport by reference, so that it too is copied once only.
constexpr std::size_t kSmallBytes = 1'024;
// Room for messages that an idle connection keeps: most messages of a device fit.
constexpr std::size_t kKeptBytes = 512;
// Time for a last frame to leave before the connection is reset.
constexpr Duration kFarewellTime = 100ms;
// Of frames that are compressed once for everybody.
constexpr int kSharedWindowBits = 15;

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

WebSocketConnection::WebSocketConnection(const Setup& setup,
                                         std::unique_ptr<WebSocketHandler> handler)
    : transport_{setup.transport},
      limits_{setup.limits},
      clock_{setup.clock},
      metrics_{setup.metrics},
      masks_{setup.masks},
      deflate_bits_{setup.deflate_bits},
      handler_{std::move(handler)},
      message_bytes_max_{setup.limits.message_bytes},
      ping_interval_{setup.limits.ping_interval},
      heard_at_{setup.clock.monotonic()},
      silence_{setup.transport.executor()},
      message_timer_{setup.transport.executor()},
      close_timer_{setup.transport.executor()} {
    check(handler_ != nullptr);
    watch_silence(ping_interval_);
}

void WebSocketConnection::on_bytes(std::span<const std::uint8_t> bytes) {
    if (state_ == State::kOver) return;
    heard_at_ = clock_.monotonic();
    pinged_ = false;
    if (!held_.empty() || paused_) {
        held_.append(bytes);
        return read_held();
    }
    held_.append(read(bytes));
    watch_message();
}

// Gives what it could not use: nothing, unless the handler has paused.
std::span<const std::uint8_t> WebSocketConnection::read(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty() && state_ != State::kOver && !paused_) {
        if (in_frame_) {
            read_payload(bytes);
        } else {
            read_header(bytes);
        }
    }
    return state_ == State::kOver ? bytes.last(0) : bytes;
}

void WebSocketConnection::read_held() {
    if (paused_) return;
    held_.keep(read(held_.rest()).size());
    if (held_.empty() && !paused_) transport_.pause_reading(false);
    watch_message();
    if (ended_ && held_.empty()) on_end();
}

// In a turn of its own: whoever resumes is not called back while it does.
void WebSocketConnection::read_held_later() {
    if (alive_ == nullptr) alive_ = std::make_shared<const bool>(true);
    executor().post([this, alive = std::weak_ptr{alive_}] {
        if (!alive.expired()) read_held();
    });
}

void WebSocketConnection::read_header(std::span<const std::uint8_t>& bytes) {
    std::span<const std::uint8_t> from = bytes;
    if (header_used_ > 0) {
        const std::size_t more = std::min(bytes.size(), header_.size() - header_used_);
        std::ranges::copy(bytes.first(more), header_.data() + header_used_);
        from = std::span{header_}.first(header_used_ + more);
    }
    const auto found =
        read_frame_header(from, is_client() ? FrameFrom::kServer : FrameFrom::kClient,
                          deflate_bits_ ? Deflate::kAgreed : Deflate::kNo);
    if (!found) return fail({.code = 1002, .reason = found.error().detail});
    const std::optional<FrameHeader>& header = *found;
    if (!header) {
        // What is no header yet is shorter than the longest one.
        if (header_used_ == 0) std::ranges::copy(bytes, header_.data());
        header_used_ = static_cast<std::uint8_t>(from.size());
        bytes = {};
        return;
    }
    bytes = bytes.subspan(header->header_bytes - std::exchange(header_used_, 0));
    begin_frame(*header);
}

void WebSocketConnection::begin_frame(const FrameHeader& header) {
    if (is_control(header.opcode)) {
        control_.clear();
        if (header.opcode != Opcode::kClose) take_control_token();
    } else if (state_ == State::kOpen) {
        begin_data(header);
    }
    if (state_ == State::kOver) return;
    frame_ = header;
    frame_read_ = 0;
    in_frame_ = true;
    if (header.payload_bytes == 0) end_frame();
}

// From the header alone: a message that is too big is refused before its bytes come.
void WebSocketConnection::begin_data(const FrameHeader& header) {
    const bool continues = header.opcode == Opcode::kContinuation;
    if (continues != in_message_) {
        return fail({.code = 1002,
                     .reason = continues ? "A continuation of no message."
                                         : "A new message inside another."});
    }
    if (!continues) {
        kind_ = header.opcode == Opcode::kText ? MessageKind::kText : MessageKind::kBinary;
        compressed_ = header.compressed;
        in_message_ = true;
        fragments_ = 0;
    }
    if (++fragments_ > limits_.message_fragments) {
        return fail({.code = 1008,
                     .reason = "The message has too many fragments.",
                     .limit = "ws.message_fragments"});
    }
    const std::size_t room = message_bytes_max_ - std::min(message_bytes_max_, message_.size());
    if (header.payload_bytes > room) {
        return fail({.code = 1009, .reason = "The message is too big.", .limit = message_limit_});
    }
}

void WebSocketConnection::take_control_token() {
    if (control_frames_.take(heard_at_, limits_.control_per_second, limits_.control_burst)) return;
    fail({.code = 1008, .reason = "Too many control frames.", .limit = "ws.control_burst"});
}

void WebSocketConnection::read_payload(std::span<const std::uint8_t>& bytes) {
    const auto taken = static_cast<std::size_t>(
        std::min<std::uint64_t>(frame_.payload_bytes - frame_read_, bytes.size()));
    const auto part = bytes.first(taken);
    bytes = bytes.subspan(taken);
    if (is_control(frame_.opcode)) {
        append_unmasked(control_, part);
    } else if (state_ == State::kOpen) {
        append_unmasked(message_, part);
        if (!is_text_so_far(taken)) {
            return fail({.code = 1007, .reason = "The message is not UTF-8."});
        }
    }
    frame_read_ += taken;
    if (frame_read_ == frame_.payload_bytes) end_frame();
}

void WebSocketConnection::append_unmasked(std::string& to, std::span<const std::uint8_t> bytes) {
    if (!frame_.mask) {
        to.append(as_text(bytes));
        return;
    }
    const std::size_t old = to.size();
    const std::size_t size = old + bytes.size();
    // Not the size that the call is given: libstdc++ 12 gives the capacity when it has grown.
    to.resize_and_overwrite(size, [&](char* room, std::size_t /*given*/) {
        apply_mask(*frame_.mask, frame_read_, bytes, reinterpret_cast<std::uint8_t*>(room) + old);
        return size;
    });
}

// Looks at the `fresh` bytes that came last. Compressed ones say nothing until they are inflated.
bool WebSocketConnection::is_text_so_far(std::size_t fresh) {
    if (kind_ != MessageKind::kText || compressed_) return true;
    const auto* end = reinterpret_cast<const std::uint8_t*>(message_.data()) + message_.size();
    return utf8_.add({end - fresh, fresh});
}

void WebSocketConnection::end_frame() {
    in_frame_ = false;
    if (is_control(frame_.opcode)) return on_control(control_);
    if (frame_.final && state_ == State::kOpen) end_message();
}

void WebSocketConnection::end_message() {
    std::string_view message = message_;
    if (compressed_ && !inflate(message)) return;
    if (kind_ == MessageKind::kText && !utf8_.complete()) {
        return fail({.code = 1007, .reason = "The message ends inside a character."});
    }
    in_message_ = false;
    message_timed_ = false;  // The next one has its own time.
    handler_->on_message(kind_, message);
    message_.clear();
    if (message_.capacity() > kKeptBytes) message_ = std::string{};
}

// The thread's own inflater has the message afterwards. Its reader may send before it returns,
// which compresses with the same: so the message moves into the room of what came.
bool WebSocketConnection::inflate(std::string_view& message) {
    const auto whole = MessageDeflate::of_this_thread().inflate(message, message_bytes_max_);
    if (!whole && whole.error().code == ErrorCode::kBodyTooLarge) {
        fail({.code = 1009, .reason = "The message is too big.", .limit = message_limit_});
        return false;
    }
    if (!whole) {
        fail({.code = 1007, .reason = whole.error().detail});
        return false;
    }
    message_ = *whole;
    message = message_;
    const std::span bytes{reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
    if (kind_ == MessageKind::kText && !utf8_.add(bytes)) {
        fail({.code = 1007, .reason = "The message is not UTF-8."});
        return false;
    }
    return true;
}

void WebSocketConnection::on_control(std::string_view payload) {
    if (frame_.opcode == Opcode::kClose) return on_close_frame(payload);
    if (frame_.opcode == Opcode::kPing && state_ == State::kOpen) answer_ping(payload);
}

// RFC 6455 section 5.5.3: of several pings the latest may be answered alone. A peer that does not
// read gets no pile of answers.
void WebSocketConnection::answer_ping(std::string_view payload) {
    if (transport_.queued_bytes() <= limits_.queue_bytes / 2) {
        return write_frame(Opcode::kPong, payload);
    }
    pending_ping_ = std::make_unique<std::string>(payload);
    note_queue();
}

void WebSocketConnection::on_close_frame(std::string_view payload) {
    auto frame = read_close(payload);
    if (!frame) {
        const bool text = frame.error().code == ErrorCode::kMalformedBody;
        return fail({.code = static_cast<std::uint16_t>(text ? 1007 : 1002),
                     .reason = frame.error().detail});
    }
    code_ = frame->code;
    reason_ = std::make_unique<std::string>(std::move(frame->reason));
    if (state_ == State::kOpen) write_frame(Opcode::kClose, write_close(code_, {}));
    end_reading();
    // RFC 6455 section 7.1.1: the server ends TCP, so that it is not the server's port that waits.
    if (!is_client()) return transport_.close();
    close_timer_.start(limits_.close_time, [this] { transport_.abort(); });
}

// Reading in small pieces must not keep a message's room for ever.
void WebSocketConnection::watch_message() {
    const bool partial = in_message_ || in_frame_ || header_used_ > 0;
    if (!partial || paused_ || state_ != State::kOpen) {
        message_timer_.stop();
        message_timed_ = false;
        return;
    }
    if (std::exchange(message_timed_, true)) return;
    message_timer_.start(limits_.message_time, [this] {
        fail({.code = 1008, .reason = "The message took too long.", .limit = "ws.message_time"});
    });
}

void WebSocketConnection::on_end() {
    if (!held_.empty() && state_ != State::kOver) {
        ended_ = true;
        return;
    }
    end_reading();
    transport_.close();
}

void WebSocketConnection::on_drained() {
    if (std::exchange(crowded_, nullptr) == nullptr || handler_ == nullptr) return;
    const auto ping = std::move(pending_ping_);
    if (ping != nullptr && state_ == State::kOpen) write_frame(Opcode::kPong, *ping);
    handler_->on_drained();
}

void WebSocketConnection::on_closed() {
    paused_ = false;
    end_reading();
    crowded_.reset();
    const auto told = std::exchange(handler_, nullptr);
    if (told != nullptr) told->on_closed(code_, reason_ == nullptr ? "" : *reason_);
}

void WebSocketConnection::send(MessageKind kind, std::string_view payload) {
    if (state_ != State::kOpen || overflows()) return;
    FrameHeader header{.opcode = kind == MessageKind::kText ? Opcode::kText : Opcode::kBinary};
    if (deflate_bits_ && payload.size() >= limits_.deflate_bytes) {
        const auto small = MessageDeflate::of_this_thread().compress(payload, *deflate_bits_);
        header.compressed = small.size() < payload.size();
        if (header.compressed) payload = small;
    }
    write_frame(header, payload);
}

void WebSocketConnection::send_within(Duration within, std::span<const SharedFrame> frames) {
    // Everybody's frame has no mask, a client's one of its own; and one window is everybody's.
    if (is_client() || (deflate_bits_ && *deflate_bits_ != kSharedWindowBits)) {
        for (const SharedFrame& frame : frames)
            send(frame->kind(), frame->payload());
        return;
    }
    while (!frames.empty() && state_ == State::kOpen && !overflows()) {
        SharedBytes run = form_of(*frames.front());
        do {
            frames = frames.subspan(1);
        } while (!frames.empty() && run.join(form_of(*frames.front())));
        transport_.write_shared(run, within);
        note_queue();
    }
}

const SharedBytes& WebSocketConnection::form_of(const Frame& frame) const {
    const bool compress = deflate_bits_ && frame.payload().size() >= limits_.deflate_bytes;
    return compress ? frame.compressed() : frame.plain();
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
    if (state_ != State::kOpen) return;
    // The peer's close frame has to be read; messages are dropped from now on.
    pause_reading(false);
    transport_.pause_reading(false);
    write_frame(Opcode::kClose, write_close(code, reason));
    state_ = State::kClosing;
    silence_.stop();
    watch_message();
    close_timer_.start(limits_.close_time, [this] {
        count_limit_hit(metrics_, "ws.close_time");
        end_reading();
        transport_.abort();
    });
}

void WebSocketConnection::pause_reading(bool paused) {
    if (state_ != State::kOpen || paused == paused_) return;
    paused_ = paused;
    watch_message();
    if (paused) return transport_.pause_reading(true);
    heard_at_ = std::max(heard_at_, clock_.monotonic());
    // What has been read is used before more is: else each pause would let in a buffer full.
    if (!held_.empty() || ended_) return read_held_later();
    transport_.pause_reading(false);
}

void WebSocketConnection::set_ping_interval(Duration interval) {
    if (state_ != State::kOpen) return;
    ping_interval_ = interval;
    const auto silent = std::chrono::duration_cast<Duration>(clock_.monotonic() - heard_at_);
    watch_silence(std::max(interval - silent, Duration{0}));
}

void WebSocketConnection::write_frame(Opcode opcode, std::string_view payload) {
    write_frame(FrameHeader{.opcode = opcode}, payload);
}

void WebSocketConnection::write_frame(FrameHeader header, std::string_view payload) {
    header.payload_bytes = payload.size();
    if (is_client()) masks_->fill(header.mask.emplace());
    if (payload.size() > kSmallBytes) {
        transport_.write(std::make_shared<const std::string>(encode_frame(header, payload)));
    } else {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): sent as far as it is written
        std::array<std::uint8_t, kSmallBytes + kFrameHeaderBytesMax> room;
        const std::size_t length = net::write_frame(header, payload, room);
        transport_.write(as_text(std::span{room}.first(length)));
    }
    note_queue();
}

void WebSocketConnection::note_queue() {
    const std::size_t half = limits_.queue_bytes / 2;
    if (crowded_ != nullptr || transport_.queued_bytes() <= half) return;
    crowded_ = std::make_unique<QueueWatch>(transport_, half, [this] { on_drained(); });
}

bool WebSocketConnection::overflows() {
    if (transport_.queued_bytes() <= limits_.queue_bytes + limits_.control_reserve_bytes) {
        return false;
    }
    fail({.code = 1013, .reason = "Too much is waiting to be read.", .limit = "ws.queue_bytes"});
    return true;
}

// RFC 6455 section 7.1.7.
void WebSocketConnection::fail(const Failure& failure) {
    if (state_ == State::kOver) return;
    count_limit_hit(metrics_, failure.limit);
    if (state_ == State::kOpen) {
        write_frame(Opcode::kClose, write_close(failure.code, failure.reason));
    }
    reason_ = std::make_unique<std::string>(failure.reason);
    end_reading();
    transport_.close();
}

// The buffers stay: their readers may be among the callers.
void WebSocketConnection::end_reading() {
    state_ = State::kOver;
    silence_.stop();
    message_timer_.stop();
    close_timer_.stop();
    paused_ = false;
    transport_.pause_reading(false);
}

void WebSocketConnection::watch_silence(Duration after) {
    silence_.start(after, [this] { on_silence(); });
}

void WebSocketConnection::on_silence() {
    if (paused_) return watch_silence(ping_interval_);
    if (has_fault(Fault::kSilenceIgnored)) return watch_silence(ping_interval_);
    const auto silent = std::chrono::duration_cast<Duration>(clock_.monotonic() - heard_at_);
    const Duration dead_after = ping_interval_ + (limits_.dead_after - limits_.ping_interval);
    if (silent >= dead_after) return on_peer_gone();
    if (silent < ping_interval_) return watch_silence(ping_interval_ - silent);
    if (!std::exchange(pinged_, true)) write_frame(Opcode::kPing, {});
    watch_silence(dead_after - silent);
}

void WebSocketConnection::on_peer_gone() {
    count_limit_hit(metrics_, "ws.dead_after");
    write_frame(Opcode::kClose, write_close(1001, "Nothing has been heard."));
    reason_ = std::make_unique<std::string>("Nothing has been heard.");
    end_reading();
    // Waiting for a peer that is not there would only delay the news.
    close_timer_.start(kFarewellTime, [this] { transport_.abort(); });
}

}  // namespace tandem::net
