#pragma once

#include "base/error.h"

#include <optional>
#include <string>

namespace tandem {

/// An archive of everything that a store keeps, made while it is read. One thread at a time; it
/// blocks, so not a loop's. What it holds of the store is let go with it.
class BackupSource {
public:
    BackupSource() = default;
    BackupSource(const BackupSource&) = delete;
    BackupSource& operator=(const BackupSource&) = delete;
    virtual ~BackupSource() = default;

    /// The next piece, about a megabyte at most; empty when there is none yet, nothing after the
    /// last. After a failure there is no archive.
    virtual Result<std::optional<std::string>> next() = 0;
};

/// A file that an archive has beside the store's own.
struct BackupFile {
    std::string name;
    std::string bytes;
};

}  // namespace tandem
