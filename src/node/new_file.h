#pragma once

#include "base/error.h"

#include <filesystem>
#include <string_view>

namespace tandem::node {

/// A file that is written under the name FILE.part, mode 0600, and gets its own when it is whole.
/// Goes unless it was kept. Every call blocks and fails with kStorageFailed or kStorageFull.
class NewFile {
public:
    explicit NewFile(const std::filesystem::path& file) : path_{file.string() + ".part"} {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    /// Before anything else.
    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<void> write(std::string_view bytes);
    /// What was written is on the disk.
    [[nodiscard]] Result<void> sync();
    /// After sync(): replaces `file`. The name and what it stands for are on the disk.
    [[nodiscard]] Result<void> keep_as(const std::filesystem::path& file);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    int file_ = -1;
    bool kept_ = false;
};

}  // namespace tandem::node
