#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "domain/event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::store {

// The log is a row of segments, files with ascending numbers. A segment is
//
//   byte 0     its head (512 bytes)
//   byte 512   its seal (512 bytes): written when nothing more will come
//   byte 1024  frames, each at a multiple of 8 bytes
//
// and whatever an earlier life of the file has left behind. A frame is a head of 40 bytes and a
// payload; it is written at once and is there as a whole or not at all. All numbers are
// little-endian:
//
//   u32 mark          a random number that all frames of this life of the segment begin with
//   u32 length        of the payload
//   u32 count         of sequences, holes included
//   u32 unsynced      how many bytes before this frame a crash could still have lost
//   u64 first         sequence
//   i64 time          of the commit, microseconds since 1970
//   u32 payload CRC
//   u32 head CRC      over the segment's number (u64) and all of the above
//
// The number in the CRC keeps frames of an earlier life, under another number, from being taken
// for new ones. The mark is known to nobody outside, so a device cannot send a text that looks
// like a frame when the log is searched for the next good one.

inline constexpr std::uint64_t kSealAt = 512;
inline constexpr std::uint64_t kFramesAt = 1'024;
inline constexpr std::uint64_t kFrameHeadBytes = 40;
inline constexpr std::uint64_t kFrameAlignment = 8;
/// No group is nearly as big: what may wait to be written is bounded.
inline constexpr std::uint64_t kPayloadBytesMax = std::uint64_t{1} << 30U;

/// One group of records as it is appended. Its sequences are first … first + count − 1, holes
/// included; `count` may be 0 and is below 2^32.
struct Frame {
    Sequence first = 0;
    std::uint64_t count = 0;
    Instant time;              ///< of the commit; what the times in the payload are relative to
    std::string_view payload;  ///< kPayloadBytesMax at most
    bool operator==(const Frame&) const = default;
};

/// A segment and the life that its file is in.
struct SegmentKey {
    std::uint64_t number = 0;
    std::uint32_t mark = 0;  ///< never 0 in a file; 0: not known, whatever is found first
};

struct FrameHead {
    std::uint32_t mark = 0;
    std::uint32_t length = 0;
    std::uint32_t count = 0;
    std::uint32_t unsynced = 0;
    Sequence first = 0;
    Instant time;
    std::uint32_t payload_crc = 0;

    /// The sequence after the frame's last.
    [[nodiscard]] Sequence next() const { return first + count; }
    /// From the frame's first byte to the next frame's.
    [[nodiscard]] std::uint64_t stride() const {
        return (kFrameHeadBytes + length + kFrameAlignment - 1) & ~(kFrameAlignment - 1);
    }
};

/// What is known of the head of `frame` before its place is: mark and unsynced are not.
[[nodiscard]] FrameHead head_of(const Frame& frame);
/// The bytes of `head` in the segment `number`.
void put_head(std::string& out, const FrameHead& head, std::uint64_t number);

/// The head at the start of `bytes`; nothing when none of this segment's life is there.
[[nodiscard]] std::optional<FrameHead> read_head(std::string_view bytes, SegmentKey key);

/// What the first bytes of a segment say of it.
struct SegmentHead {
    SegmentKey key;
    Sequence first = 0;  ///< no frame begins before
    bool operator==(const SegmentHead& other) const {
        return key.number == other.key.number && key.mark == other.key.mark && first == other.first;
    }
};

/// 512 bytes.
[[nodiscard]] std::string to_bytes(const SegmentHead& head);
/// Nothing when `bytes` are not the head of the segment `number`.
[[nodiscard]] std::optional<SegmentHead> read_segment_head(std::string_view bytes,
                                                           std::uint64_t number);

/// Says that a segment is complete, and that all of it is on disk.
struct Seal {
    std::uint64_t end = 0;  ///< byte after the last frame
    Sequence next = 0;      ///< after the last frame's
    Instant newest;         ///< time of the last commit
    bool operator==(const Seal&) const = default;
};

/// 512 bytes.
[[nodiscard]] std::string to_bytes(const Seal& seal, SegmentKey key);
[[nodiscard]] std::optional<Seal> read_seal(std::string_view bytes, SegmentKey key);

}  // namespace tandem::store
