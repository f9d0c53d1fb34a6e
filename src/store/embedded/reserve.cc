#include "store/embedded/reserve.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace tandem::store {

Reserve::Reserve(std::filesystem::path file, std::uint64_t bytes)
    : file_{std::move(file)}, bytes_{bytes} {
    std::error_code ignored;
    held_ = bytes_ > 0 && std::filesystem::file_size(file_, ignored) >= bytes_ && !ignored;
}

bool Reserve::is_given_up() const {
    std::error_code ignored;
    return bytes_ > 0 && !held_ && std::filesystem::exists(file_, ignored);
}

bool Reserve::keep() {
    if (held_ || bytes_ == 0) return held_;
    std::error_code failed;
    const auto there = std::filesystem::space(file_.parent_path(), failed);
    if (failed || there.available < 2 * bytes_) return false;
    // An empty one says that it was given up: what was never there must not be left behind.
    const bool was_there = std::filesystem::exists(file_, failed);
    const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return false;
    held_ = ::posix_fallocate(file, 0, static_cast<off_t>(bytes_)) == 0;
    if (!held_) static_cast<void>(was_there ? ::ftruncate(file, 0) : ::unlink(file_.c_str()));
    ::close(file);
    return held_;
}

bool Reserve::give_up() {
    if (!std::exchange(held_, false)) return false;
    const int file = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool given = ::ftruncate(file, 0) == 0;
    // A file system with a journal has the room to give only when that has been committed.
    static_cast<void>(::fsync(file));
    ::close(file);
    return given;
}

}  // namespace tandem::store
