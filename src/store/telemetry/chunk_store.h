#pragma once

#include "base/error.h"
#include "domain/device.h"
#include "domain/event.h"
#include "store/telemetry/rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

// Where chunks live: rows of SQLite today, and of any other database that may hold the same bytes.

/// So many series of a device share chunks: whoever asks for one of hundreds does not read all.
inline constexpr Slot kGroupSlots = 32;
[[nodiscard]] constexpr std::uint32_t group_of(Slot slot) {
    return slot / kGroupSlots;
}

/// A device as the numbers in chunks mean it.
struct StoredDevice {
    std::uint64_t number = 0;
    DeviceRef ref;
    std::vector<std::string> series;  ///< by slot
};

/// A device's row of chunks, which never overlap.
struct ChunkLine {
    std::uint64_t device = 0;
    std::uint32_t group = 0;
};

struct StoredChunk {
    std::int64_t id = 0;
    std::int64_t from = 0;  ///< time of its first row
    std::int64_t to = 0;    ///< of its last
    std::string bytes;
};

/// Looks at chunks. One thread; all calls between begin() and end() see one state.
class ChunkReader {
public:
    ChunkReader() = default;
    ChunkReader(const ChunkReader&) = delete;
    ChunkReader& operator=(const ChunkReader&) = delete;
    virtual ~ChunkReader() = default;

    virtual Result<std::optional<StoredDevice>> device(const DeviceRef& ref) = 0;
    virtual Result<std::optional<StoredDevice>> device(std::uint64_t number) = 0;
    /// The chunk that begins at `time`, or the last that begins before.
    virtual Result<std::optional<StoredChunk>> at_or_before(ChunkLine line, std::int64_t time) = 0;
    /// The first that begins after `time`.
    virtual Result<std::optional<StoredChunk>> after(ChunkLine line, std::int64_t time) = 0;
};

/// How much of the log is in chunks.
struct Flushed {
    std::uint64_t segment = 0;  ///< all of the segments up to this one
    Sequence sequence = 0;      ///< all rows up to this one
};

/// Readings that are gone from the chunks, and that the log may still tell of.
struct Erasure {
    std::uint64_t device = 0;
    std::optional<Slot> slot;  ///< none: of all series
    std::int64_t from = 0;     ///< from ≤ time < to
    std::int64_t to = 0;
    Sequence until = 0;  ///< of those that were written up to then
};

/// What every store keeps beside its chunks.
struct ChunkMarks {
    std::uint64_t devices = 0;  ///< the highest number of a device
    Flushed flushed;
    std::vector<Erasure> erasures;
};

/// The one that writes. Changes are made between begin() and commit(); a failed commit has made
/// none. One thread at a time.
class ChunkStore : public ChunkReader {
public:
    virtual Result<void> begin() = 0;
    /// Returns when all is on the disk.
    virtual Result<void> commit() = 0;
    virtual void rollback() = 0;

    virtual Result<ChunkMarks> marks() = 0;
    /// Erasures up to that sequence are forgotten.
    virtual Result<void> set_flushed(Flushed flushed) = 0;
    virtual Result<void> add(const Erasure& erasure) = 0;
    /// A device or a series that is known already is no error.
    virtual Result<void> define(std::uint64_t number, const DeviceRef& ref) = 0;
    virtual Result<void> define(std::uint64_t device, Slot slot, std::string_view series) = 0;
    /// A new chunk, or another in the place of `chunk.id` where that is not 0.
    virtual Result<void> put(ChunkLine line, const StoredChunk& chunk) = 0;
    virtual Result<void> remove(std::int64_t id) = 0;
    /// A chunk that cannot be read: kept, but out of everybody's way.
    virtual Result<void> set_aside(std::int64_t id) = 0;

    /// Outside of begin() and commit(): gives the room of about `bytes` that are free back to the
    /// file system. True when it is to be called again: there may be more. Some stays, to be used
    /// again.
    virtual Result<bool> give_back(std::size_t bytes) = 0;
};

}  // namespace tandem::store
