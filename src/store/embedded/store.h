#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "domain/backup.h"
#include "domain/ports.h"
#include "store/embedded/settings.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

namespace tandem::store {

class ChunkReader;
class Connection;
class DataDirectory;
class Disk;
class Log;
class Publisher;
class ReaderPool;
class Reserve;
class SqliteChunkStore;
class TelemetryEngine;
class Writer;

/// Every port in one directory on this machine's disk. An answer comes after the data has been
/// synced. Shared by loops; has threads of its own for reading and writing.
class EmbeddedStore final : public StoreEngine {
public:
    /// Opens the store in `directory`, which is made with mode 0700 where it is missing. `clock`
    /// outlives the store; a new store takes the 8 bytes of its log's identity from `random`.
    /// Where the disk has no room for that, the reserve is given up for it: the store opens, and
    /// writes what is vital only until there is room.
    /// Fails with kUnavailable while another process has the directory open, with kStorageFailed
    /// when it cannot be used or is newer than this hub.
    static Result<std::unique_ptr<EmbeddedStore>> open(const std::filesystem::path& directory,
                                                       const EmbeddedSettings& settings,
                                                       const Clock& clock,
                                                       Random& random);
    /// Commits what was asked for, refuses what was not read yet with kUnavailable, and closes the
    /// files. Every `AttachedStores` is gone by then.
    ~EmbeddedStore() override;

    [[nodiscard]] std::unique_ptr<AttachedStores> attach(Executor& loop) override;
    [[nodiscard]] StoreState state() const override;
    [[nodiscard]] StoreFigures figures() const override;
    [[nodiscard]] std::uint64_t messages() const override;
    /// Begins an archive of all that was acknowledged before, and of `also`. Waits for the commit
    /// that runs: any thread but a loop's. The archive may outlive the store. Fails with kConflict
    /// while another one is made.
    [[nodiscard]] Result<std::unique_ptr<BackupSource>> begin_backup(std::vector<BackupFile> also);

private:
    EmbeddedStore();
    Result<void> open_files(const EmbeddedSettings& settings, const Clock& clock, Random& random);
    void close_files();
    Result<void> open_telemetry(const EmbeddedSettings& settings,
                                const Clock& clock,
                                Random& random);

    const Clock* clock_ = nullptr;
    EmbeddedSettings settings_;
    std::shared_ptr<std::atomic<bool>> archiving_ = std::make_shared<std::atomic<bool>>(false);
    // In this order: readers go before the writer, whose connections are the last and checkpoint.
    std::unique_ptr<DataDirectory> directory_;
    std::unique_ptr<Connection> registry_file_;  // until the writer has it
    bool log_full_ = false;                      // it could not be told all that it should know
    std::unique_ptr<Connection> chunk_file_;     // telemetry.db, the one that writes
    std::unique_ptr<Connection> lookup_file_;    // the same, for the writer's questions
    std::unique_ptr<SqliteChunkStore> chunks_;
    std::unique_ptr<ChunkReader> lookup_;
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<TelemetryEngine> telemetry_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<Writer> writer_;
    std::unique_ptr<ReaderPool> readers_;
};

}  // namespace tandem::store
