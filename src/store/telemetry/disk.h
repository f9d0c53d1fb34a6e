#pragma once

#include "base/error.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

// What the log needs of a disk. Everything fails with kStorageFull when there is no room (ENOSPC,
// EDQUOT) and with kStorageFailed else.

/// A file that is open for reading and writing (or to be read alone), as long as this object lives.
class DiskFile {
public:
    DiskFile() = default;
    DiskFile(const DiskFile&) = delete;
    DiskFile& operator=(const DiskFile&) = delete;
    virtual ~DiskFile() = default;

    /// Reads at `offset` and gives how many bytes; fewer than `into` holds only where the file
    /// ends. Any thread.
    [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset,
                                                   std::span<char> into) const = 0;
    /// Writes all of `bytes` at `offset`. After a failure any part of them may be there.
    virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;
    /// Returns when all that was written is on the disk (fdatasync). After a failure it is not
    /// known what is, and another call that succeeds does not tell.
    virtual Result<void> sync() = 0;
    /// Makes the file at least `bytes` long, with room on the disk for all of them. Its new bytes
    /// are zeros.
    virtual Result<void> preallocate(std::uint64_t bytes) = 0;
    [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

/// A directory. What changes in it (a file is made, renamed, removed) survives a crash for certain
/// only after sync().
class Disk {
public:
    Disk() = default;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;
    virtual ~Disk() = default;

    enum class Open : std::uint8_t { kExisting, kOrCreate, kToRead };
    virtual Result<std::unique_ptr<DiskFile>> open(std::string_view name, Open how) = 0;
    /// What had the name `to` has none any more. Open files stay open.
    virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
    virtual Result<void> remove(std::string_view name) = 0;
    /// The names of all files, in any order.
    virtual Result<std::vector<std::string>> list() = 0;
    virtual Result<void> sync() = 0;
};

}  // namespace tandem::store
