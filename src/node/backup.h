#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "domain/backup.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tandem::store {
class EmbeddedStore;
}

namespace tandem::node {

/// What is in a backup.
struct Archive {
    struct File {
        std::string name;
        std::uint64_t bytes = 0;
    };
    Instant made;  ///< what was acknowledged before is in it
    std::vector<File> files;
};

/// The archive of a store whose data directory is `data`, with the directory's secrets. Blocks.
/// Fails as EmbeddedStore::begin_backup(), with kStorageFailed when the secrets cannot be read.
[[nodiscard]] Result<std::unique_ptr<BackupSource>> begin_backup(store::EmbeddedStore& store,
                                                                 const std::filesystem::path& data);

/// Writes a backup of the hub of `data` to `file`, mode 0600: through `DIR/admin.sock` when a hub
/// runs there, else from the directory itself. First as `file`.part; it gets its name when it has
/// been read back and is on the disk. Blocks until then.
/// Fails with kNotFound when `data` is no hub's, with kAlreadyExists when `file` is there and not
/// `replace`; and as the hub does.
[[nodiscard]] Result<Archive> back_up(const std::filesystem::path& data,
                                      const std::filesystem::path& file,
                                      bool replace);

/// Makes the data directory `data`, missing or empty, of the backup `file`. All of it or nothing.
/// Fails with kAlreadyExists when something is in the way, with kUnprocessable when `file` is no
/// whole backup. Blocks.
[[nodiscard]] Result<Archive> restore(const std::filesystem::path& file,
                                      const std::filesystem::path& data);

}  // namespace tandem::node
