#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The bytes that the load generator sends and expects, and that the floor has ready.
namespace tandem::bench {

/// What every message carries: printable, and the same each time, so that it can be compared whole.
inline std::string payload_of(std::size_t bytes) {
    constexpr std::string_view pattern = R"({"t":1732387200123,"v":{"temperature":21.53}} )";
    std::string out;
    while (out.size() < bytes)
        out += pattern;
    out.resize(bytes);
    return out;
}

inline constexpr char kText = 0x1;
inline constexpr char kBinary = 0x2;

/// The first bytes of a final frame, up to its payload (RFC 6455, section 5.2).
inline std::string frame_head(char opcode, std::size_t bytes, bool masked = false) {
    const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    const std::size_t mask_bit = masked ? 0x80 : 0;
    std::string head{static_cast<char>(0x80 | opcode)};
    if (bytes < 126) return head += byte(mask_bit | bytes);
    const int length_bytes = bytes < 0x1'0000 ? 2 : 8;
    head += byte(mask_bit | (length_bytes == 2 ? 126 : 127));
    for (int at = length_bytes - 1; at >= 0; --at)
        head += byte(bytes >> (8 * at));
    return head;
}

/// A whole frame as a server sends it.
inline std::string frame_of(char opcode, std::string_view payload) {
    return frame_head(opcode, payload.size()).append(payload);
}

/// A whole frame as a client sends it.
inline std::string masked_frame_of(char opcode, std::string_view payload, std::uint32_t key) {
    std::string frame = frame_head(opcode, payload.size(), true);
    std::array<char, 4> mask{};
    for (char& each : mask) {
        each = static_cast<char>(key & 0xff);
        key >>= 8;
        frame += each;
    }
    for (std::size_t at = 0; at < payload.size(); ++at)
        frame += static_cast<char>(payload[at] ^ mask[at % 4]);
    return frame;
}

inline std::string post_of(std::string_view path, std::string_view body) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        path, body.size(), body);
}

// The key and its answer are those of RFC 6455, section 1.3: nobody has to compute them.
inline std::string upgrade_of(std::string_view path, std::string_view subprotocol = "") {
    std::string request = fmt::format(
        "GET {} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        path);
    if (!subprotocol.empty()) request += fmt::format("Sec-WebSocket-Protocol: {}\r\n", subprotocol);
    return request += "\r\n";
}

inline constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
inline constexpr std::string_view kUpgraded =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
inline constexpr std::string_view kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

}  // namespace tandem::bench
