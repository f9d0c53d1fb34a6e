#pragma once

#include "base/mutex.h"
#include "base/random.h"
#include "store/telemetry/disk.h"
#include "store/telemetry/log_frame.h"
#include "store/telemetry/log_opening.h"
#include "store/telemetry/log_reader.h"

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::store {

struct LogSettings {
    /// A segment is this long; one that holds a single bigger frame is longer.
    std::uint64_t segment_bytes = std::uint64_t{16} << 20U;
    /// How many retired segments are kept to be written again: so many can fill up while none is
    /// recycled before a new file has to be made.
    std::size_t spare_segments = 2;
};

/// The append-only log: segments of frames in a directory of their own.
///
/// One thread, the writer, appends, syncs and recycles. Any thread may read meanwhile, also what
/// is not durable yet.
///
/// A segment is sealed, and its seal durable, before the next one gets a frame. So the newest
/// segment is the first without a seal, and only there can a crash have torn anything.
class Log {
public:
    /// Opens the log in `disk`, which nobody else uses; an empty directory is an empty log. Drops
    /// what a crash has left behind the last whole frame. Both references outlive the log.
    static Result<std::unique_ptr<Log>> open(Disk& disk,
                                             Random& random,
                                             const LogSettings& settings);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log() = default;

    // ---- by the writer

    /// The sequence after the last appended frame's; 1 in an empty log.
    [[nodiscard]] Sequence next() const { return next_; }

    /// Writes `frame` behind the others; it is durable only after sync(). Its first sequence is
    /// next() at least. Begins a new segment where it has to. Readers that are made from then on
    /// see it.
    ///
    /// Fails with kStorageFull when the disk has no room: nothing was appended, and the same frame
    /// or another may be tried again. After any other failure the log has stopped.
    Result<void> append(const Frame& frame);

    /// Returns when all appended frames are durable.
    ///
    /// A failure stops the log for good: nobody knows what is on the disk, and a sync that is
    /// tried again may succeed without having written what failed before. From then on every call
    /// fails with kStorageFailed. What was durable before can still be read.
    Result<void> sync();
    [[nodiscard]] bool stopped() const { return stopped_; }
    /// Whether sync() would have anything to do.
    [[nodiscard]] bool has_unsynced() const { return current_ && synced_end_ != end_; }

    /// Makes sure that there is a file for the next segment: a disk that was full has room again.
    /// Fails as append().
    Result<void> make_room();

    /// Gives up the segments whose numbers are not above `number`, those that are being read and
    /// the newest excepted: these wait for the next call. Keeps a few files to be written again.
    Result<void> recycle(std::uint64_t number);

    // ---- from any thread

    /// What is durable of the segments, in order, the newest last.
    [[nodiscard]] std::vector<SegmentInfo> segments() const;

    /// Of all segments together.
    struct Figures {
        std::uint64_t segments = 0;
        std::uint64_t bytes = 0;       ///< of frames that are durable, heads and seals with them
        std::uint64_t file_bytes = 0;  ///< of the files, spares included
        std::optional<Instant> oldest;
        std::optional<Instant> newest;
        std::uint64_t recycled = 0;  ///< segments, since the opening: files to be written again
    };
    [[nodiscard]] Figures figures() const;

    /// A reader of what is in a segment now, durable or not. Fails with kNotFound when the segment
    /// has been recycled or never was.
    [[nodiscard]] Result<std::unique_ptr<SegmentReader>> read(std::uint64_t number,
                                                              SegmentPlace from = {}) const;

    /// The segments above `number`, which are not recycled as long as what is given lives.
    struct Held {
        std::shared_ptr<const Segment> segment;
        SegmentInfo info;
    };
    [[nodiscard]] std::vector<Held> hold_after(std::uint64_t number) const;

private:
    using Spare = SegmentFile;  // Without frames: its number is above the newest segment's.
    struct Listed {
        std::shared_ptr<Segment> segment;
        SegmentInfo info;     // of what is durable
        SegmentInfo written;  // of all
    };

    Log(Disk& disk, Random& random, const LogSettings& settings)
        : disk_{disk}, random_{random}, settings_{settings} {}

    Result<void> recover();
    Result<void> list_complete(Spare file);
    Result<void> resume();

    Result<void> rotate();
    Result<void> make_spare();
    Result<void> close_current();
    Result<void> begin_segment();
    Result<void> settle(Result<void> done);
    Result<void> stop(const Error& error);
    void show();
    void publish(bool sealed);
    void list(std::shared_ptr<Segment> segment, const SegmentInfo& info);
    std::vector<std::shared_ptr<Segment>> take_retired(std::uint64_t number);
    Result<void> retire(Segment& segment, std::deque<Spare>& reused);
    [[nodiscard]] std::uint64_t number_max() const;

    Disk& disk_;
    Random& random_;
    const LogSettings settings_;

    // The writer's.
    std::deque<Spare> spares_;          // Ascending; a few.
    std::shared_ptr<Segment> current_;  // None at first, and between two segments.
    std::uint64_t end_ = 0;             // Of the current segment's frames.
    std::uint64_t synced_end_ = 0;
    bool closing_ = false;  // A seal may be there: nothing is appended to the current segment.
    Sequence next_ = 1;
    Instant oldest_;  // Of the current segment.
    Instant newest_;
    bool stopped_ = false;
    std::string buffer_;

    std::atomic<std::uint64_t> spares_count_ = 0;
    std::atomic<std::uint64_t> recycled_ = 0;

    mutable Mutex mutex_;
    // As many as their retention, which is the caller's, lets live.
    std::vector<Listed> segments_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::store
