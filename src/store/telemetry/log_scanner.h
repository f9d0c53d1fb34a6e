#pragma once

#include "store/telemetry/log_frame.h"

#include <variant>

namespace tandem::store {

/// The bytes of a segment, wherever they are.
class SegmentBytes {
public:
    SegmentBytes() = default;
    SegmentBytes(const SegmentBytes&) = delete;
    SegmentBytes& operator=(const SegmentBytes&) = delete;
    virtual ~SegmentBytes() = default;

    /// `length` bytes at `offset`, fewer where the segment ends. Good until the next call.
    virtual Result<std::string_view> at(std::uint64_t offset, std::size_t length) = 0;
};

/// A segment in memory.
class SegmentInMemory final : public SegmentBytes {
public:
    explicit SegmentInMemory(std::string_view bytes) : bytes_{bytes} {}
    Result<std::string_view> at(std::uint64_t offset, std::size_t length) override {
        if (offset >= bytes_.size()) return std::string_view{};
        return bytes_.substr(offset, length);
    }

private:
    std::string_view bytes_;
};

struct ScannedFrame {
    Frame frame;  ///< the payload is good until the next call of the scanner
    std::uint64_t offset = 0;
};

/// Bytes that were frames once. Those on either side of them are good.
struct Damage {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    /// The sequences that may be missing: first ≤ s < next. None when they are equal.
    Sequence first = 0;
    Sequence next = 0;
    bool operator==(const Damage&) const = default;
};

struct ScanEnd {
    std::uint64_t offset = 0;  ///< where the next frame belongs
    /// Up to here there are heads of frames that do not count; equal to `offset` when there are
    /// none. They must be gone before a new frame is written before them.
    std::uint64_t remains = 0;
};

using Scanned = std::variant<ScannedFrame, Damage, ScanEnd>;

/// What is known of a segment before it is scanned.
struct ScanRange {
    std::uint64_t begin = kFramesAt;  ///< where a frame begins
    std::uint64_t end = 0;            ///< no frame reaches beyond
    Sequence first = 0;               ///< no frame begins before
    /// Whether the last frame ends exactly at `end`, and where the sequences end then. If not, bad
    /// bytes with nothing good behind them are where the segment ends.
    std::optional<Sequence> complete;
    /// Whether all that was ever written has reached the disk. If not, a crash may have lost a
    /// frame and kept a later one. Such a later one does not count; frames that were written when
    /// the lost one was known to be on disk are what tells this from damage.
    bool synced = true;
};

/// Between two frames of a segment.
struct SegmentPlace {
    std::uint64_t offset = kFramesAt;
    Sequence sequence = 0;  ///< no later frame begins before
};

/// Finds the frames of a segment, whatever has become of it. A frame whose head is good is stepped
/// over when its payload is not; where a head is bad the next good one is searched for. Bytes that
/// are not this segment's life never count.
class FrameScanner {
public:
    /// `bytes` outlives the scanner.
    FrameScanner(SegmentBytes& bytes, SegmentKey key, ScanRange range);

    /// The next frame or damage in order of offset, then the end for ever. Fails when the bytes
    /// cannot be read.
    Result<Scanned> next();

    /// Passes over frames that end before `sequence`; of those, it looks at the heads only.
    void skip_to(Sequence sequence) { wanted_ = sequence; }

    /// The mark that was given or found.
    [[nodiscard]] std::uint32_t mark() const { return key_.mark; }
    /// Behind what was given last.
    [[nodiscard]] SegmentPlace place() const { return {.offset = at_, .sequence = sequence_}; }

private:
    struct Found {
        FrameHead head;
        std::uint64_t offset = 0;
        [[nodiscard]] std::uint64_t end() const { return offset + head.stride(); }
    };

    Result<std::optional<FrameHead>> head_at(std::uint64_t offset);
    Result<bool> is_good(const Found& found);
    Result<std::optional<Found>> found_at(std::uint64_t offset);
    Result<std::optional<Found>> search(std::uint64_t offset);
    Result<std::uint64_t> next_candidate(std::uint64_t offset);
    Result<Scanned> give(const Found& found);
    Result<Scanned> bad_stretch();
    Result<bool> was_synced(std::uint64_t offset, const Found& behind);
    ScanEnd finish();

    SegmentBytes& bytes_;
    SegmentKey key_;
    ScanRange range_;
    std::uint64_t at_;
    Sequence sequence_;
    Sequence wanted_ = 0;
    std::uint64_t remains_ = 0;
    std::optional<std::uint64_t> synced_end_;  // Frames behind the first bad bytes say so.
    bool done_ = false;
};

}  // namespace tandem::store
