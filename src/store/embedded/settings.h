#pragma once

#include "base/clock.h"
#include "store/embedded/turns.h"
#include "store/telemetry/engine.h"
#include "store/telemetry/log.h"

#include <cstddef>
#include <cstdint>

namespace tandem::store {

/// When readings are acknowledged. The registry is always synced first.
enum class Durability : std::uint8_t {
    kBatch,     ///< synced, as often as the disk can
    kInterval,  ///< synced, `sync_interval` apart at least: fewer syncs, later answers
    kRelaxed,   ///< written, and synced within `sync_interval`: what a power cut costs at most
};

/// What can be tuned about the embedded store.
struct EmbeddedSettings {
    Durability durability = Durability::kBatch;
    Duration sync_interval = 1s;

    /// Commits of a busy store begin so long after the last has ended, so that more writes share
    /// one sync of the disk. A write that comes alone never waits for it.
    Duration group_min_gap = 2ms;

    /// Writes that may wait for a commit, and about how many bytes of them; more are refused with
    /// kUnavailable. A second's work at 10,000 writes a second.
    std::size_t write_queue = 10'000;
    std::size_t write_queue_bytes = 64 * 1'024 * 1'024;

    /// What is in memory, and when it goes into chunks.
    TelemetrySettings telemetry;

    /// The log, and how long and how many bytes of it are kept beyond what recovery needs.
    LogSettings log;
    Duration log_age = 24h;
    std::uint64_t log_bytes = std::uint64_t{4} << 30U;
    Duration log_look_every = 60s;
    /// The disk of the log, where it is not the directory's.
    Disk* disk = nullptr;
    /// Who says which of the store's threads runs, where it is not the system.
    Turns* turns = nullptr;

    /// Questions that may wait for a reader; more are refused with kUnavailable.
    std::size_t read_queue = 10'000;
    std::size_t readers = 2;  ///< threads, 1 at least

    /// Of the disk, for the end of keys and for audit when there is no more; 0: nothing.
    std::uint64_t reserve_bytes = std::uint64_t{8} << 20U;

    /// How often a store that has no room looks for some.
    Duration room_look_every = 1s;

    /// The newest events of the registry that are kept for the event log.
    std::int64_t outbox_rows = 10'000;

    /// How long a commit waits for another program that writes to a file; kUnavailable then.
    Duration lock_wait = 5s;

    /// Pages, of 4 KiB or 16, that each file may have: kStorageFull beyond. SQLite's own limit when
    /// 0.
    std::int64_t pages = 0;
};

}  // namespace tandem::store
