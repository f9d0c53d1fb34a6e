#include "net/websocket_frame.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tandem::net {
namespace {

constexpr std::uint8_t kFinalBit = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kCompressedBit = 0x40;  // The first reserved one: RFC 7692 section 6.
constexpr std::uint8_t kOpcodeBits = 0x0f;
constexpr std::uint8_t kMaskBit = 0x80;
constexpr std::uint8_t kLengthBits = 0x7f;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;
constexpr std::size_t kReasonBytesMax = kControlBytesMax - 2;

std::unexpected<Error> bad(std::string_view detail) {
    return fail(ErrorCode::kBadRequest, std::string{detail});
}

bool is_opcode(std::uint8_t code) {
    return code <= 0x2 || (code >= 0x8 && code <= 0xa);
}

std::uint64_t read_big_endian(std::span<const std::uint8_t> bytes) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes)
        number = number << 8U | byte;
    return number;
}

void write_big_endian(std::uint64_t number, std::span<std::uint8_t> bytes) {
    for (auto at = bytes.rbegin(); at != bytes.rend(); ++at) {
        *at = static_cast<std::uint8_t>(number);
        number >>= 8U;
    }
}

std::size_t length_field_bytes(std::uint8_t length) {
    if (length == kLength64) return 8;
    return length == kLength16 ? 2 : 0;
}

Result<void> check_first_byte(std::uint8_t first, Deflate deflate) {
    const auto opcode = static_cast<std::uint8_t>(first & kOpcodeBits);
    const bool begins = opcode == static_cast<std::uint8_t>(Opcode::kText) ||
                        opcode == static_cast<std::uint8_t>(Opcode::kBinary);
    const std::uint8_t allowed = deflate == Deflate::kAgreed && begins ? kCompressedBit : 0;
    if ((first & kReservedBits & ~unsigned{allowed}) != 0) return bad("A reserved bit is set.");
    if (!is_opcode(opcode)) return bad("The opcode is reserved.");
    if (is_control(Opcode{opcode}) && (first & kFinalBit) == 0) {
        return bad("A control frame is fragmented.");
    }
    return {};
}

Result<void> check_second_byte(std::uint8_t first, std::uint8_t second, FrameFrom from) {
    const bool masked = (second & kMaskBit) != 0;
    if (masked != (from == FrameFrom::kClient)) {
        return bad(masked ? "A server's frame is masked." : "A client's frame is not masked.");
    }
    const auto opcode = Opcode{static_cast<std::uint8_t>(first & kOpcodeBits)};
    if (is_control(opcode) && (second & kLengthBits) > kControlBytesMax) {
        return bad("A control frame is longer than 125 bytes.");
    }
    return {};
}

Result<std::uint64_t> read_length(std::span<const std::uint8_t> field) {
    const std::uint64_t length = read_big_endian(field);
    if (length >> 63U != 0) return bad("A length has its highest bit set.");
    const std::uint64_t least = field.size() == 2 ? kLength16 : std::uint64_t{0x1'0000};
    if (length < least) return bad("A length is not in its shortest form.");
    return length;
}

bool all_ascii(const std::uint8_t* eight) {
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    return (word & 0x8080'8080'8080'8080U) == 0;
}

}  // namespace

Result<std::optional<FrameHeader>> read_frame_header(std::span<const std::uint8_t> bytes,
                                                     FrameFrom from,
                                                     Deflate deflate) {
    if (bytes.empty()) return std::nullopt;
    if (auto good = check_first_byte(bytes[0], deflate); !good) return pass(good);
    if (bytes.size() < 2) return std::nullopt;
    if (auto good = check_second_byte(bytes[0], bytes[1], from); !good) return pass(good);

    FrameHeader header{.final = (bytes[0] & kFinalBit) != 0,
                       .compressed = (bytes[0] & kCompressedBit) != 0,
                       .opcode = Opcode{static_cast<std::uint8_t>(bytes[0] & kOpcodeBits)}};
    const auto length = static_cast<std::uint8_t>(bytes[1] & kLengthBits);
    header.payload_bytes = length;
    header.header_bytes = 2 + length_field_bytes(length);
    if (bytes.size() < header.header_bytes) return std::nullopt;
    if (header.header_bytes > 2) {
        auto extended = read_length(bytes.subspan(2, header.header_bytes - 2));
        if (!extended) return pass(extended);
        header.payload_bytes = *extended;
    }
    if (from == FrameFrom::kClient) {
        Mask mask{};
        if (bytes.size() < header.header_bytes + mask.size()) return std::nullopt;
        std::ranges::copy(bytes.subspan(header.header_bytes, mask.size()), mask.begin());
        header.header_bytes += mask.size();
        header.mask = mask;
    }
    return header;
}

std::size_t write_frame_header(const FrameHeader& header,
                               std::span<std::uint8_t, kFrameHeaderBytesMax> room) {
    const std::uint64_t length = header.payload_bytes;
    check(length >> 63U == 0);
    std::uint8_t short_length = kLength64;
    if (length < kLength16) {
        short_length = static_cast<std::uint8_t>(length);
    } else if (length <= 0xffff) {
        short_length = kLength16;
    }
    room[0] = static_cast<std::uint8_t>((header.final ? kFinalBit : 0U) |
                                        (header.compressed ? kCompressedBit : 0U) |
                                        static_cast<std::uint8_t>(header.opcode));
    room[1] = static_cast<std::uint8_t>((header.mask ? kMaskBit : 0U) | short_length);
    const std::size_t extended = length_field_bytes(short_length);
    write_big_endian(length, room.subspan(2, extended));
    if (!header.mask) return 2 + extended;
    std::ranges::copy(*header.mask, room.subspan(2 + extended).begin());
    return 2 + extended + header.mask->size();
}

std::size_t write_frame(const FrameHeader& header,
                        std::string_view payload,
                        std::span<std::uint8_t> room) {
    check(header.payload_bytes == payload.size());
    check(room.size() >= payload.size() + kFrameHeaderBytesMax);
    const std::size_t start = write_frame_header(header, room.first<kFrameHeaderBytesMax>());
    // Characters and bytes may alias.
    const std::span from{reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()};
    if (header.mask) {
        apply_mask(*header.mask, 0, from, room.data() + start);
    } else {
        std::ranges::copy(from, room.data() + start);
    }
    return start + payload.size();
}

std::string encode_frame(const FrameHeader& header, std::string_view payload) {
    std::string frame;
    frame.resize_and_overwrite(
        payload.size() + kFrameHeaderBytesMax, [&](char* room, std::size_t size) {
            return write_frame(header, payload, {reinterpret_cast<std::uint8_t*>(room), size});
        });
    return frame;
}

void apply_mask(const Mask& mask,
                std::uint64_t offset,
                std::span<const std::uint8_t> from,
                std::uint8_t* to) {
    std::array<std::uint8_t, 8> turned{};
    for (std::size_t at = 0; at < turned.size(); ++at)
        turned[at] = mask[(offset + at) % 4];
    const auto key = std::bit_cast<std::uint64_t>(turned);
    std::size_t at = 0;
    for (; at + sizeof key <= from.size(); at += sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, from.data() + at, sizeof word);
        word ^= key;
        std::memcpy(to + at, &word, sizeof word);
    }
    for (; at < from.size(); ++at)
        to[at] = from[at] ^ turned[at % turned.size()];
}

bool Utf8Validator::add(std::span<const std::uint8_t> bytes) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        // Most text is ASCII, eight bytes at a time.
        while (needed_ == 0 && bytes.size() - at >= 8 && all_ascii(bytes.data() + at))
            at += 8;
        if (at == bytes.size()) return true;
        const std::uint8_t byte = bytes[at];
        if (needed_ == 0) {
            if (byte >= 0x80 && !begin(byte)) return false;
            continue;
        }
        if (byte < lowest_ || byte > highest_) return false;
        lowest_ = 0x80;
        highest_ = 0xbf;
        --needed_;
    }
    return true;
}

// The table of RFC 3629 section 4.
bool Utf8Validator::begin(std::uint8_t lead) {
    if (lead < 0xc2 || lead > 0xf4) return false;
    if (lead < 0xe0) {
        needed_ = 1;
        return true;
    }
    needed_ = lead < 0xf0 ? 2 : 3;
    if (lead == 0xe0) lowest_ = 0xa0;
    if (lead == 0xed) highest_ = 0x9f;
    if (lead == 0xf0) lowest_ = 0x90;
    if (lead == 0xf4) highest_ = 0x8f;
    return true;
}

bool is_close_code(std::uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

Result<CloseFrame> read_close(std::string_view payload) {
    if (payload.empty()) return CloseFrame{};
    if (payload.size() == 1) return bad("A close frame has half a code.");
    const auto high = static_cast<std::uint8_t>(payload[0]);
    const auto low = static_cast<std::uint8_t>(payload[1]);
    const auto code = static_cast<std::uint16_t>(high << 8U | low);
    if (!is_close_code(code)) return bad("A close code is not one that may be sent.");
    const std::string_view reason = payload.substr(2);
    Utf8Validator utf8;
    // Characters and bytes may alias.
    const std::span bytes{reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size()};
    if (!utf8.add(bytes) || !utf8.complete()) {
        return fail(ErrorCode::kMalformedBody, "A close reason is not UTF-8.");
    }
    return CloseFrame{.code = code, .reason = std::string{reason}};
}

std::string write_close(std::uint16_t code, std::string_view reason) {
    if (code == 1005) return {};
    check(is_close_code(code));
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
    // A character is not cut in two.
    std::size_t length = std::min(reason.size(), kReasonBytesMax);
    while (length < reason.size() && length > 0 && (reason[length] & 0xc0) == 0x80)
        --length;
    payload += reason.substr(0, length);
    return payload;
}

}  // namespace tandem::net
