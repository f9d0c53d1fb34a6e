#pragma once

#include "store/telemetry/disk.h"

#include <filesystem>

namespace tandem::store {

/// A directory of the file system. The details of its errors name the path.
class SystemDisk final : public Disk {
public:
    /// Makes `path` with mode 0700 where it is missing; its parent exists.
    static Result<std::unique_ptr<SystemDisk>> open(const std::filesystem::path& path);
    /// The same for one that is there; nothing is made.
    static Result<std::unique_ptr<SystemDisk>> open_existing(const std::filesystem::path& path);
    ~SystemDisk() override;

    Result<std::unique_ptr<DiskFile>> open(std::string_view name, Open how) override;
    Result<void> rename(std::string_view from, std::string_view to) override;
    Result<void> remove(std::string_view name) override;
    Result<std::vector<std::string>> list() override;
    Result<void> sync() override;

private:
    SystemDisk(std::filesystem::path path, int directory)
        : path_{std::move(path)}, directory_{directory} {}

    std::filesystem::path path_;
    int directory_;  // Descriptor of the directory.
};

}  // namespace tandem::store
