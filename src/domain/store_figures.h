#pragma once

#include "base/clock.h"
#include "base/histogram.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

// What a store tells of itself to whoever looks after it: /metrics, hub.status, /readyz.

/// Whether a store takes what is written to it. In order of how bad it is.
enum class StoreState : std::uint8_t {
    kWriting,
    kFull,    ///< it has no room: kStorageFull until there is some; reads go on
    kFailed,  ///< a write has failed: kStorageFailed until it is opened anew; reads go on
};
/// `writing`, `full`, `failed`.
[[nodiscard]] std::string_view name_of(StoreState state);

/// The files of a store in a directory, in bytes; 0 for one that is not there.
struct StoreFiles {
    std::uint64_t registry = 0;
    std::uint64_t registry_wal = 0;  ///< SQLite's write-ahead log beside it
    std::uint64_t telemetry = 0;
    std::uint64_t telemetry_wal = 0;
    std::uint64_t log = 0;  ///< all of its files, those that wait to be written again too
    std::uint64_t reserve = 0;
    std::uint64_t disk_free = 0;  ///< that this user may take of the file system
};

/// What a store that keeps everything on a disk has besides.
struct DiskFigures {
    StoreFiles files;

    struct Log {
        std::uint64_t segments = 0;
        std::uint64_t bytes = 0;        ///< written in them
        std::optional<Instant> oldest;  ///< its oldest frame; none in an empty log
        std::optional<Instant> newest;
        std::uint64_t segments_recycled = 0;  ///< since the opening, renamed to be written again
        std::uint64_t frames_damaged = 0;     ///< that the opening has found
    } log;

    struct Commits {
        Histogram::Counts writes;         ///< how many writes shared a commit
        Histogram::Counts log_sync;       ///< seconds that a sync of the log took
        Histogram::Counts registry_sync;  ///< and a commit of the registry
    } commits;

    struct Memory {
        std::uint64_t rows = 0;   ///< that are in no chunk yet
        std::uint64_t bytes = 0;  ///< that they take, about
        std::uint64_t bytes_limit = 0;
    } memory;

    struct Flushes {
        std::uint64_t done = 0;
        std::uint64_t failed = 0;
        double seconds = 0;  ///< in all that were done
        bool running = false;
        std::string failing;  ///< why the last one has failed, while it is tried again
    } flushes;

    struct Chunks {
        std::uint64_t about = 0;    ///< exact but for those that were removed before the opening
        std::uint64_t damaged = 0;  ///< that were set aside, ever
    } chunks;

    struct Waiting {
        std::uint64_t writes = 0;
        std::uint64_t write_bytes = 0;
        bool for_flush = false;  ///< the writer can go on when a flush has ended
        std::uint64_t reads = 0;
        std::uint64_t readers_busy = 0;
    } waiting;

    struct Refused {
        std::uint64_t full = 0;         ///< writes: the disk was full
        std::uint64_t write_queue = 0;  ///< writes: as many waited as may
        std::uint64_t read_queue = 0;
    } refused;

    bool backup_running = false;
};

/// Counts are since the store was opened.
struct StoreFigures {
    std::string_view engine;      ///< `embedded`, `memory`
    std::string_view durability;  ///< `batch`, `interval`, `relaxed`; `memory`
    StoreState state = StoreState::kWriting;
    std::uint64_t messages = 0;       ///< writes of readings, of one device or of many
    std::uint64_t stored = 0;         ///< readings that were new
    std::uint64_t replaced = 0;       ///< that got another value
    std::uint64_t repeated = 0;       ///< that were there already
    std::uint64_t changes = 0;        ///< transactions of the registry
    std::optional<DiskFigures> disk;  ///< none where nothing is kept
};

}  // namespace tandem
