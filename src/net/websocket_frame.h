#pragma once

#include "base/error.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::net {

/// RFC 6455 section 5.2.
enum class Opcode : std::uint8_t {
    kContinuation = 0x0,
    kText = 0x1,
    kBinary = 0x2,
    kClose = 0x8,
    kPing = 0x9,
    kPong = 0xa,
};
[[nodiscard]] constexpr bool is_control(Opcode opcode) {
    return opcode >= Opcode::kClose;
}

/// The most that a control frame carries. RFC 6455 section 5.5.
constexpr std::size_t kControlBytesMax = 125;
/// Two bytes, eight of length, four of mask.
constexpr std::size_t kFrameHeaderBytesMax = 14;

using Mask = std::array<std::uint8_t, 4>;

/// Which end sent a frame: a client masks, a server must not. RFC 6455 section 5.1.
enum class FrameFrom : std::uint8_t { kClient, kServer };
/// Whether the two ends have agreed on permessage-deflate.
enum class Deflate : bool { kNo, kAgreed };

struct FrameHeader {
    bool final = true;
    bool compressed = false;  ///< RSV1 of a message's first frame. RFC 7692 section 6.
    Opcode opcode = Opcode::kText;
    std::optional<Mask> mask;
    std::uint64_t payload_bytes = 0;
    std::size_t header_bytes = 0;  ///< Of a header that was read: its own length.
};

/// Reads the header at the start of `bytes`. RFC 6455 section 5.2.
///
/// Gives no value when `bytes` ends inside the header: call again with more. Never reads past
/// `bytes`, never allocates but for a failure's text.
///
/// Fails with kBadRequest where section 5 tells the receiver to fail the connection (close code
/// 1002), at the first byte that shows it: a reserved bit, an unknown opcode, a mask that is
/// missing or must not be, a control frame that is longer than 125 bytes or not final, a length
/// that is not written in its shortest form or has its highest bit set. With permessage-deflate the
/// first reserved bit may be set where a message begins.
[[nodiscard]] Result<std::optional<FrameHeader>> read_frame_header(
    std::span<const std::uint8_t> bytes,
    FrameFrom from,
    Deflate deflate = Deflate::kNo);

/// Writes `header` to the front of `room`; gives its length. `header_bytes` is not looked at.
[[nodiscard]] std::size_t write_frame_header(const FrameHeader& header,
                                             std::span<std::uint8_t, kFrameHeaderBytesMax> room);

/// Writes a whole frame to the front of `room`, which has kFrameHeaderBytesMax more than `payload`;
/// gives its length. `header.payload_bytes` is the payload's.
[[nodiscard]] std::size_t write_frame(const FrameHeader& header,
                                      std::string_view payload,
                                      std::span<std::uint8_t> room);
/// The same frame as a string of its own.
[[nodiscard]] std::string encode_frame(const FrameHeader& header, std::string_view payload);

/// Writes `from` masked (or unmasked: the same) to `to`, which is as long. `offset` is where in the
/// frame's payload `from` begins. RFC 6455 section 5.3.
void apply_mask(const Mask& mask,
                std::uint64_t offset,
                std::span<const std::uint8_t> from,
                std::uint8_t* to);

/// Validates UTF-8 that arrives in pieces; what can no longer become valid is refused at its first
/// wrong byte. RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.
class Utf8Validator {
public:
    /// False: the text is not valid, whatever follows.
    [[nodiscard]] bool add(std::span<const std::uint8_t> bytes);
    /// Whether the text may end here.
    [[nodiscard]] bool complete() const { return needed_ == 0; }
    void reset() { *this = {}; }

private:
    [[nodiscard]] bool begin(std::uint8_t lead);

    std::uint8_t needed_ = 0;     // Continuation bytes to come.
    std::uint8_t lowest_ = 0x80;  // What the next one may be.
    std::uint8_t highest_ = 0xbf;
};

/// What a close frame carries. RFC 6455 section 5.5.1.
struct CloseFrame {
    std::uint16_t code = 1005;  ///< 1005: the frame was empty.
    std::string reason;
};

/// Whether `code` may stand in a close frame: 1000-1003, 1007-1014, 3000-4999 (RFC 6455 section
/// 7.4 and IANA's registry).
[[nodiscard]] bool is_close_code(std::uint16_t code);

/// Fails with kBadRequest (close code 1002), or with kMalformedBody (1007) for a reason that is not
/// UTF-8.
[[nodiscard]] Result<CloseFrame> read_close(std::string_view payload);

/// The payload of a close frame; `reason` is cut at 123 bytes. 1005 makes an empty one.
[[nodiscard]] std::string write_close(std::uint16_t code, std::string_view reason);

}  // namespace tandem::net
