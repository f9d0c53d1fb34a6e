#include "node/new_file.h"

#include "base/descriptor.h"
#include "base/system_error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem::node {

NewFile::~NewFile() {
    if (file_ < 0) return;
    ::close(file_);
    std::error_code ignored;
    if (!kept_) std::filesystem::remove(path_, ignored);
}

Result<void> NewFile::open() {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file_ >= 0) return {};
    return fail_with_errno("make", path_);
}

Result<void> NewFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::write(file_, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_with_errno("write", path_);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<void> NewFile::sync() {
    if (::fsync(file_) == 0) return {};
    return fail_with_errno("sync", path_);
}

Result<void> NewFile::keep_as(const std::filesystem::path& file) {
    if (::rename(path_.c_str(), file.c_str()) != 0) return fail_with_errno("rename", path_);
    kept_ = true;
    const auto folder = std::filesystem::absolute(file).parent_path();
    const Descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory.is_none() && ::fsync(directory.get()) == 0) return {};
    return fail_with_errno("sync", folder);
}

}  // namespace tandem::node
