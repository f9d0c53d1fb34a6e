#pragma once

#include "base/error.h"

#include <filesystem>
#include <memory>

namespace tandem::store {

/// The refusal of a database that another program has open: kUnavailable.
[[nodiscard]] std::unexpected<Error> fail_open(const std::filesystem::path& database);

/// Makes the hub's directory of data with mode 0700 where it is missing, and those above it, so
/// that a power cut does not take it away again. Fails with kStorageFailed.
[[nodiscard]] Result<void> make_data_directory(const std::filesystem::path& path);

/// The hub's directory of data, held by this process alone as long as this object lives.
class DataDirectory {
public:
    /// Makes `path` with mode 0700 where it is missing and takes `hub.lock` in it.
    /// Fails with kUnavailable when another process has it, with kStorageFailed when it cannot be
    /// made or opened. The details name the path.
    static Result<std::unique_ptr<DataDirectory>> open(const std::filesystem::path& path);
    /// Holds one that is there, as a restored backup is, and makes nothing in it: where it has no
    /// `hub.lock` nobody is kept out. Fails as open(), also with kUnavailable while any program has
    /// a database of it open, which this process must not; with kNotFound where no hub's data is.
    static Result<std::unique_ptr<DataDirectory>> hold(const std::filesystem::path& path);
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;
    ~DataDirectory();

    [[nodiscard]] std::filesystem::path registry() const { return path_ / "registry.db"; }
    [[nodiscard]] std::filesystem::path telemetry() const { return path_ / "telemetry.db"; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path reserve() const { return path_ / "reserve"; }
    /// A directory.
    [[nodiscard]] std::filesystem::path log() const { return path_ / "log"; }

    /// Makes the names of files that were just made durable, and that of the directory.
    Result<void> sync() const;

private:
    DataDirectory(std::filesystem::path path, int lock) : path_{std::move(path)}, lock_{lock} {}

    std::filesystem::path path_;
    int lock_;  // The descriptor of hub.lock, or -1.
};

}  // namespace tandem::store
