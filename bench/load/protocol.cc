#include "protocol.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace tandem::bench {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
// A mask is to be unpredictable (RFC 6455, section 5.3); drawing one for each message would measure
// the generator. So many different ones are enough for a server not to profit from any.
constexpr std::uint32_t kMasks = 64;
constexpr char kClose = 0x8;  // RFC 6455, section 5.2.

std::vector<std::string> masked(char opcode, std::string_view payload) {
    std::vector<std::string> out;
    for (std::uint32_t at = 1; at <= kMasks; ++at)
        out.push_back(masked_frame_of(opcode, payload, at * 0x9e37'79b9U));
    return out;
}

std::string in_frame(std::string_view payload) {
    return masked_frame_of(kBinary, payload, 0x9e37'79b9U);
}

std::string bytes_of(std::initializer_list<unsigned char> values) {
    return {values.begin(), values.end()};
}

/// A packet of MQTT 3.1.1: its first byte, what follows as a varint of 7 bits a byte, and that.
std::string mqtt_packet(unsigned char type, std::string_view content) {
    std::string out = bytes_of({type});
    std::size_t left = content.size();
    do {
        const std::size_t digit = left % 128;
        left /= 128;
        out += static_cast<char>(left > 0 ? digit | 0x80 : digit);
    } while (left > 0);
    return out.append(content);
}

/// The payload of the first frame of a server in `bytes`, once it is there whole.
std::optional<std::string_view> payload_in(std::string_view bytes) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    if (bytes.size() < 2) return std::nullopt;
    std::size_t payload_bytes = byte(1);
    const std::size_t length_bytes = payload_bytes < 126 ? 0 : payload_bytes == 126 ? 2 : 8;
    if (bytes.size() < 2 + length_bytes) return std::nullopt;
    if (length_bytes > 0) payload_bytes = 0;
    for (std::size_t at = 0; at < length_bytes; ++at)
        payload_bytes = payload_bytes << 8 | byte(2 + at);
    const std::string_view rest = bytes.substr(2 + length_bytes);
    if (rest.size() < payload_bytes) return std::nullopt;
    return rest.substr(0, payload_bytes);
}

std::size_t bytes_to_end(std::string_view bytes, std::string_view payload) {
    return static_cast<std::size_t>(payload.data() + payload.size() - bytes.data());
}

}  // namespace

Protocol Protocol::http(std::string_view path, std::size_t bytes) {
    const std::string body = payload_of(bytes);
    return {.answers = Answers::kHttp,
            .answer = body,
            .ignored = {},
            .open = {},
            .subscribe = {},
            .messages = {post_of(path, body)}};
}

Protocol Protocol::websocket(std::string_view path, std::size_t bytes) {
    const std::string payload = payload_of(bytes);
    return {.answers = Answers::kFrames,
            .answer = frame_of(kText, payload),
            .ignored = {},
            .open = {{upgrade_of(path), std::string{kAccept}}},
            .subscribe = {},
            .messages = masked(kText, payload)};
}

Protocol Protocol::mqtt(std::string_view path, std::size_t bytes) {
    const std::string topic = bytes_of({0, 1, 't'});
    const std::string publish = mqtt_packet(0x30, topic + payload_of(bytes));
    const std::string connect =
        mqtt_packet(0x10, bytes_of({0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0}));
    const std::string subscribe = mqtt_packet(0x82, bytes_of({0, 1}) + topic + bytes_of({0}));
    return {.answers = Answers::kStream,
            .answer = publish,
            .ignored = {},
            .open = {{upgrade_of(path, "mqtt"), std::string{kAccept}},
                     {in_frame(connect), bytes_of({0x20, 2, 0, 0})}},
            .subscribe = {{in_frame(subscribe), bytes_of({0x90, 3, 0, 1, 0})}},
            .messages = masked(kBinary, publish)};
}

Protocol Protocol::nats(std::string_view path, std::size_t bytes) {
    const std::string payload = payload_of(bytes);
    const std::string connect = "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\n";
    return {.answers = Answers::kStream,
            .answer = fmt::format("MSG t 1 {}\r\n{}\r\n", bytes, payload),
            .ignored = "PING\r\n",  // Two seconds after a client comes; minutes later it matters.
            .open = {{upgrade_of(path), std::string{kAccept}},
                     {in_frame(connect + "PING\r\n"), "PONG\r\n"}},
            .subscribe = {{in_frame("SUB t 1\r\nPING\r\n"), "PONG\r\n"}},
            .messages = masked(kBinary, fmt::format("PUB t {}\r\n{}\r\n", bytes, payload))};
}

Protocol Protocol::tandem(std::string_view key, std::string_view device) {
    const std::string upgrade = fmt::format(
        "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        key);
    const std::string wish = fmt::format(
        R"({{"id":1,"op":"stream.subscribe","body":{{"devices":["{}"],"series":["load"]}}}})",
        device);
    // Without an id it has no reply: what comes back are the subscribers' events.
    const std::string reading =
        R"({"op":"telemetry.write","path":{"device":"me"},"body":{"load":1}})";
    return {.answers = Answers::kWithin,
            .answer = R"("s":"load")",
            .ignored = {},
            .open = {{upgrade, R"("hello")"}},
            .subscribe = {{masked_frame_of(kText, wish, 0x9e37'79b9U), R"("sub":1)"}},
            .messages = masked(kText, reading)};
}

std::optional<std::size_t> Inbox::take(std::string_view bytes) {
    const bool has_rest = !rest_.empty();
    if (has_rest) bytes = rest_.append(bytes);
    std::size_t answers = 0;
    std::size_t used = 0;
    while (used < bytes.size()) {
        const Taken one = take_one(bytes.substr(used));
        if (one.wrong) return std::nullopt;
        if (one.bytes == 0) break;
        used += one.bytes;
        answers += one.answers;
    }
    if (has_rest)
        rest_.erase(0, used);
    else
        rest_.assign(bytes.substr(used));
    return answers;
}

Inbox::Taken Inbox::take_one(std::string_view bytes) {
    switch (protocol_->answers) {
        case Protocol::Answers::kHttp:
            return take_response(bytes);
        case Protocol::Answers::kFrames:
            return take_frame(bytes);
        case Protocol::Answers::kStream:
            return take_part(bytes);
        case Protocol::Answers::kWithin:
            return take_any(bytes);
    }
    return {.wrong = true};
}

Inbox::Taken Inbox::take_frame(std::string_view bytes) const {
    const std::string_view frame = protocol_->answer;
    if (bytes.starts_with(frame)) return {.bytes = frame.size(), .answers = 1};
    return {.wrong = !frame.starts_with(bytes)};
}

Inbox::Taken Inbox::take_part(std::string_view bytes) {
    const auto payload = payload_in(bytes);
    if (!payload) return {};
    if (bytes.front() != static_cast<char>(0x80 | kBinary)) return {.wrong = true};
    Taken taken{.bytes = bytes_to_end(bytes, *payload)};
    taken.answers = compare_stream(*payload, taken.wrong);
    return taken;
}

Inbox::Taken Inbox::take_any(std::string_view bytes) const {
    const auto payload = payload_in(bytes);
    if (!payload) return {};
    Taken taken{.bytes = bytes_to_end(bytes, *payload)};
    const std::string_view answer = protocol_->answer;
    for (std::size_t at = payload->find(answer); at != std::string_view::npos;
         at = payload->find(answer, at + answer.size()))
        ++taken.answers;
    // The server says why it ends.
    taken.wrong = (bytes.front() & 0x0f) == kClose;
    return taken;
}

std::size_t Inbox::compare_stream(std::string_view payload, bool& wrong) {
    const std::string_view answer = protocol_->answer;
    std::size_t answers = 0;
    const std::string_view ignored = protocol_->ignored;
    while (!payload.empty()) {
        if (stream_at_ == 0 && !ignored.empty() && payload.starts_with(ignored)) {
            payload.remove_prefix(ignored.size());
            continue;
        }
        const std::string_view expected = answer.substr(stream_at_, payload.size());
        if (!payload.starts_with(expected)) wrong = true;
        payload.remove_prefix(expected.size());
        stream_at_ += expected.size();
        if (stream_at_ < answer.size()) break;
        stream_at_ = 0;
        ++answers;
    }
    return answers;
}

Inbox::Taken Inbox::take_response(std::string_view bytes) {
    if (head_bytes_ == 0) {
        const std::size_t end = bytes.find(kHeadEnd);
        if (end == std::string_view::npos) return {};
        if (!learn_response(bytes.substr(0, end + kHeadEnd.size()))) return {.wrong = true};
    }
    const std::size_t whole = head_bytes_ + body_bytes_;
    if (bytes.size() < whole) return {};
    const bool right = bytes.starts_with("HTTP/1.1 2") &&
                       bytes.substr(0, head_bytes_).ends_with(kHeadEnd) &&
                       bytes.substr(head_bytes_)
                           .starts_with(std::string_view{protocol_->answer}.substr(0, body_bytes_));
    return {.bytes = whole, .answers = 1, .wrong = !right};
}

bool Inbox::learn_response(std::string_view head) {
    constexpr std::string_view name = "\r\ncontent-length:";
    const auto same = [](char one, char other) {
        return std::tolower(static_cast<unsigned char>(one)) == other;
    };
    head_bytes_ = head.size();
    const auto found = std::search(head.begin(), head.end(), name.begin(), name.end(), same);
    if (found == head.end()) return true;
    std::string_view value = head.substr(static_cast<std::size_t>(found - head.begin()));
    value.remove_prefix(value.find_first_of("0123456789\n", name.size()));
    std::from_chars(value.data(), value.data() + value.size(), body_bytes_);
    return body_bytes_ == 0 || body_bytes_ == protocol_->answer.size();
}

}  // namespace tandem::bench
