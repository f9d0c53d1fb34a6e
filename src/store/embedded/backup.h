#pragma once

#include "base/clock.h"
#include "domain/backup.h"
#include "store/embedded/directory.h"
#include "store/embedded/writer.h"

#include <atomic>
#include <memory>
#include <vector>

namespace tandem::store {

/// What a backup needs of the store while it begins.
struct BackupOf {
    const DataDirectory& directory;
    Writer& writer;
    const Log& log;
    Instant now;
    /// True while a backup is made.
    std::shared_ptr<std::atomic<bool>> archiving;
};

/// EmbeddedStore::begin_backup(). Between two commits it begins to read both databases and holds
/// the segments of the log that recovery needs; then the writer goes on. Uses nothing of the store
/// afterwards, so it may outlive it.
[[nodiscard]] Result<std::unique_ptr<BackupSource>> begin_backup(const BackupOf& store,
                                                                 std::vector<BackupFile> also);

/// Removes copies of databases that a backup has left behind when the hub was killed.
void remove_copies(const DataDirectory& directory);

}  // namespace tandem::store
