#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "domain/ports.h"
#include "store/telemetry/chunk_store.h"
#include "store/telemetry/device_line.h"
#include "store/telemetry/engine_figures.h"
#include "store/telemetry/log.h"
#include "store/telemetry/log_record.h"
#include "store/telemetry/news.h"
#include "store/telemetry/scan.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tandem::store {

struct TelemetrySettings {
    /// Rows in memory may take about so many bytes before they are put into chunks. While that is
    /// done as many again may come; then writes wait.
    std::size_t head_bytes = std::size_t{64} << 20U;
    /// Or so long.
    Duration head_age = 10min;
    /// Devices whose rows are put into chunks in one transaction.
    std::size_t devices_at_once = 4'096;
};

/// The telemetry of a hub: a log that makes readings durable, in memory the rows that came since
/// the last flush, and chunks with everything before.
///
/// Three kinds of threads: one writer, one flusher, and readers, each with a ChunkReader of its
/// own. A reading is in the log before it is visible. From then on it is in memory or in a chunk,
/// for a while in both.
class TelemetryEngine {
public:
    struct Parts {
        Log& log;
        ChunkStore& chunks;
        ChunkReader& reader;  ///< the writer thread's own
        const Clock& clock;
    };
    /// Puts back into memory what the log holds and the chunks do not. All parts outlive this.
    static Result<std::unique_ptr<TelemetryEngine>> open(const Parts& parts,
                                                         const TelemetrySettings& settings);
    TelemetryEngine(const TelemetryEngine&) = delete;
    TelemetryEngine& operator=(const TelemetryEngine&) = delete;
    ~TelemetryEngine() = default;

    // ---- the writer's

    /// The sequence that the next event gets.
    [[nodiscard]] Sequence next() const { return next_; }
    /// No event gets a sequence below `sequence` any more.
    void skip_to(Sequence sequence) { next_ = given_ = std::max(next_, sequence); }

    /// Adds readings in the order given. `news` gets what each of them is: those that are any take
    /// the sequences from next() on.
    Result<Written> write(const std::vector<DeviceReadings>& batch, std::vector<News>& news);
    /// Adds an event that is no reading and has its sequence, which is next() at least.
    void add(const Event& event);

    /// When what is committed has to survive a crash: readings at once; the rest may wait where
    /// something else can tell it again.
    enum class Durable : bool { kLater, kNow };
    /// Writes what was added to the log; then it is visible. After a failure nothing of it has
    /// happened; after any other than kStorageFull the log has stopped.
    Result<void> commit(Durable durable);

    /// Deletes a range of one series, or of all when `series` is empty; gives the count. Durable
    /// when it returns; a failure has deleted nothing. Between commits.
    Result<std::uint64_t> erase(const DeviceRef& device,
                                const std::string& series,
                                const TimeRange& range);

    /// Whether anything is in memory that is not being flushed.
    [[nodiscard]] bool holds_rows() const { return !dirty_.empty(); }
    /// Whether so much or so old is in memory that it should be flushed.
    [[nodiscard]] bool wants_flush(Monotonic now);
    /// Whether no more may come before that is done.
    [[nodiscard]] bool is_full() const { return head_bytes_ > settings_.head_bytes && flushing_; }
    /// Sets aside what is in memory, for flush(). Between commits; not before the last flush has
    /// ended.
    void freeze();
    [[nodiscard]] bool flushing() const { return flushing_; }

    // ---- the flusher's

    /// Puts what was set aside into chunks. After a failure it can be tried again.
    Result<void> flush();
    /// Gives some of the room that erasing has left back to the file system; true when it is to be
    /// called again. Takes a few milliseconds, which an erasure may have to wait.
    Result<bool> give_back();
    /// The last segment of the log that recovery needs no more.
    [[nodiscard]] std::uint64_t flushed() const { return flushed_; }

    // ---- anybody's

    [[nodiscard]] const EngineFigures& figures() const { return figures_; }

    // ---- the readers'

    Result<std::vector<Reading>> read(ChunkReader& chunks, const RangeQuery& query) const;
    Result<std::vector<Bucket>> aggregate(ChunkReader& chunks,
                                          const RangeQuery& query,
                                          const Buckets& how) const;
    Result<std::vector<Reading>> thin(ChunkReader& chunks,
                                      const RangeQuery& query,
                                      const Buckets& how) const;
    Result<std::vector<Reading>> latest(ChunkReader& chunks, const DeviceRef& device) const;
    /// Events that the log still has, also those that are no readings.
    Result<Past> past(ChunkReader& chunks, const Stretch& wanted) const;

private:
    /// Where the values of a series are, and those that are in no chunk.
    struct Found {
        ChunkLine line;
        Slot slot = 0;
        std::vector<Timed> unsealed;
    };
    TelemetryEngine(const Parts& parts, const TelemetrySettings& settings);

    // engine_recovery.cc
    Result<void> recover();
    Result<void> replay_segment(std::uint64_t number);
    Result<void> replay_frame(const Frame& frame);
    Result<void> replay(const LogRecord& record);
    Result<void> replay(const DeviceRecord& record);
    Result<void> replay(const SlotRecord& record);
    Result<void> replay(const RowRecord& record);
    Result<void> replay(const EventRecord& record);
    Result<DeviceLine*> line_numbered(std::uint64_t number);

    // engine.cc
    Result<DeviceLine*> find_line(const DeviceRef& ref);
    Result<DeviceLine*> made_line(const DeviceRef& ref);
    DeviceLine* add_line(StoredDevice device);
    Slot slot_of(DeviceLine& line, const std::string& series, Slot guess);
    Result<void> load_newest(DeviceLine& line);
    Result<void> load_newest_of_group(DeviceLine& line, Slot first, Slot last);
    static void take_newest(DeviceLine& line, const Head& head);
    Result<std::optional<Value>> stored_at(const DeviceLine& line, Slot slot, std::int64_t time);
    void write_readings(DeviceLine& line,
                        const std::vector<Reading>& readings,
                        Written& written,
                        std::vector<News>& news);
    bool add_cell(DeviceLine& line, const Reading& reading, Written& written);
    [[nodiscard]] bool row_has(Slot slot) const;
    void end_row(DeviceLine& line);
    void note_newest(DeviceLine& line, Sequence first) TANDEM_REQUIRES(mutex_);
    void begin_frame(Sequence first);
    void log_names(DeviceLine& line);
    void put_in_head(DeviceLine& line,
                     std::int64_t time,
                     std::span<const Cell> cells,
                     Sequence first) TANDEM_REQUIRES(mutex_);
    Result<void> sync_log();
    void settle();
    void forget();

    // engine_flush.cc
    Result<void> flush_all();
    Result<void> flush_lines(std::span<DeviceLine* const> lines);
    Result<void> store_names(DeviceLine& line);
    Result<void> store_head(DeviceLine& line, const Head& head);
    Result<bool> holds_any(const DeviceLine& line, const Erasure& what);
    Result<std::uint64_t> erase(DeviceLine& line, const Erasure& what);
    Result<std::uint64_t> erase_in_chunks(const Erasure& what, Slot slots);

    // engine_events.cc
    class PastReader;
    bool find_in_memory(std::uint64_t number, StoredDevice& device) const;

    // engine_read.cc
    Result<std::optional<SeriesScan>> scan(ChunkReader& chunks, const RangeQuery& query) const;
    Result<std::optional<Found>> find(ChunkReader& chunks, const RangeQuery& query) const;
    Result<std::optional<Found>> find_in_memory(const RangeQuery& query, bool& is_known) const;
    Result<std::vector<Timed>> unsealed_values(const DeviceLine& line,
                                               const Head::Wanted& wanted,
                                               const RangeQuery& query) const;
    std::optional<std::vector<Reading>> latest_in_memory(const DeviceRef& ref) const;
    Result<std::vector<std::string>> series_of(ChunkReader& chunks, const DeviceRef& ref) const;

    Log& log_;
    ChunkStore& chunks_;
    ChunkReader& reader_;
    const Clock& clock_;
    const TelemetrySettings settings_;

    // The writer's alone.
    RecordWriter records_;
    Sequence next_ = 1;
    Sequence given_ = 1;  // Below, the registry has given them out: they are not used again.
    std::uint64_t devices_count_ = 0;       // the highest number
    std::vector<DeviceLine*> uncommitted_;  // with rows that no commit has covered
    std::vector<DeviceLine*> batch_;        // of each device in the batch that is written
    std::vector<Cell> cells_;               // of the row that is being made
    std::vector<const Value*> values_;      // as they came
    std::deque<std::string> documents_;     // what the cells' texts point to: none ever moves
    std::int64_t row_time_ = 0;
    Slot row_slots_ = 0;                 // one more than the highest slot in the row
    std::size_t head_bytes_ = 0;         // in heads, what is frozen not counted
    std::size_t uncommitted_bytes_ = 0;  // of them
    std::int64_t uncommitted_rows_ = 0;
    std::int64_t uncommitted_batches_ = 0;
    Written uncommitted_written_;      // what they come to
    ChunkMarks recovered_;             // while recovering
    std::optional<Monotonic> oldest_;  // when rows since the last freeze were first seen

    EngineFigures figures_;
    std::atomic<Sequence> visible_ = 0;
    std::atomic<bool> flushing_ = false;
    std::atomic<std::uint64_t> flushed_ = 0;
    Flushed frozen_until_;             // the writer sets it, then flushing_; see flush()
    std::vector<DeviceLine*> frozen_;  // as that

    Mutex chunks_mutex_;  // During a transaction of chunks_. Before mutex_.
    // Readers, who come often and take their time, do not keep out the writer.
    mutable FairMutex mutex_;
    // Those that have written since the hub began. None goes, so that the writer may keep pointers.
    // Their heads, frozen heads, names and newest values change under the mutex.
    std::unordered_map<DeviceRef, std::unique_ptr<DeviceLine>> lines_ TANDEM_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, DeviceLine*> numbered_ TANDEM_GUARDED_BY(mutex_);
    std::vector<DeviceLine*> dirty_;  // The writer's: with rows in their heads.
};

}  // namespace tandem::store
