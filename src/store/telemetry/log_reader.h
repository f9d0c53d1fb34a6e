#pragma once

#include "store/telemetry/disk.h"
#include "store/telemetry/log_scanner.h"

#include <memory>
#include <string>

namespace tandem::store {

/// The bytes of a segment on disk, read ahead in pieces. `file` outlives it.
class SegmentOnDisk final : public SegmentBytes {
public:
    explicit SegmentOnDisk(const DiskFile& file) : file_{file} {}
    Result<std::string_view> at(std::uint64_t offset, std::size_t length) override;

private:
    const DiskFile& file_;
    std::uint64_t begin_ = 0;  // Where in the file `buffer_` begins.
    std::string buffer_;
};

/// A segment's file while the log has it.
struct Segment {
    SegmentKey key;
    std::unique_ptr<DiskFile> file;
};

/// What the log knows of a segment.
struct SegmentInfo {
    std::uint64_t number = 0;
    Sequence first = 0;             ///< no frame begins before
    Sequence next = 0;              ///< after its last durable frame's
    Instant oldest;                 ///< time of its first durable commit
    Instant newest;                 ///< of its last
    std::uint64_t end = kFramesAt;  ///< byte after its last durable frame
    bool sealed = false;            ///< nothing more will come
};

/// Reads what was in a segment when the reader was made. The segment is not recycled as
/// long as the reader lives. One thread at a time, any thread.
class SegmentReader {
public:
    SegmentReader(std::shared_ptr<const Segment> segment,
                  const SegmentInfo& info,
                  SegmentPlace from);

    /// The next frame or damage, nothing after the last. Fails when the disk does.
    Result<Scanned> next() { return scanner_.next(); }
    /// Passes over frames all of whose sequences are below `sequence`.
    void skip_to(Sequence sequence) { scanner_.skip_to(sequence); }
    /// Behind what was given last: where another reader goes on when more has become durable.
    [[nodiscard]] SegmentPlace place() const { return scanner_.place(); }

private:
    std::shared_ptr<const Segment> segment_;
    SegmentOnDisk bytes_;
    FrameScanner scanner_;
};

}  // namespace tandem::store
