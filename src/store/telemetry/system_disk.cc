#include "store/telemetry/system_disk.h"

#include "base/system_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem::store {
namespace {

// Calls until a signal does not interrupt.
template <typename Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

Result<void> sync_names_in(const std::filesystem::path& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return fail_with_errno("open", path, errno);
    const bool synced = uninterrupted([&] { return ::fsync(directory); }) == 0;
    const int error = errno;
    ::close(directory);
    if (!synced) return fail_with_errno("sync", path, error);
    return {};
}

class SystemFile final : public DiskFile {
public:
    SystemFile(std::filesystem::path path, int file) : path_{std::move(path)}, file_{file} {}
    ~SystemFile() override { ::close(file_); }

    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        std::size_t done = 0;
        while (done < into.size()) {
            const auto got = uninterrupted([&] {
                return ::pread(file_, into.data() + done, into.size() - done,
                               static_cast<off_t>(offset + done));
            });
            if (got < 0) return fail_with_errno("read", path_, errno);
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

    Result<void> write(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto put = uninterrupted([&] {
                return ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            });
            if (put < 0) return fail_with_errno("write", path_, errno);
            bytes.remove_prefix(static_cast<std::size_t>(put));
            offset += static_cast<std::uint64_t>(put);
        }
        return {};
    }

    // Not called again when it fails for another reason than a signal: see DiskFile.
    Result<void> sync() override {
        if (uninterrupted([&] { return ::fdatasync(file_); }) == 0) return {};
        return fail_with_errno("sync", path_, errno);
    }

    Result<void> preallocate(std::uint64_t bytes) override {
        const auto length = static_cast<off_t>(bytes);
        if (uninterrupted([&] { return ::fallocate(file_, 0, 0, length); }) == 0) return {};
        if (errno != EOPNOTSUPP) return fail_with_errno("make room in", path_, errno);
        // This file system cannot promise room. The length alone still spares changing it later.
        auto now = size();
        if (!now) return pass(now);
        if (*now >= bytes || uninterrupted([&] { return ::ftruncate(file_, length); }) == 0) {
            return {};
        }
        return fail_with_errno("lengthen", path_, errno);
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        struct stat about{};
        if (::fstat(file_, &about) != 0) return fail_with_errno("look at", path_, errno);
        return static_cast<std::uint64_t>(about.st_size);
    }

private:
    std::filesystem::path path_;  // As it was opened.
    int file_;
};

}  // namespace

Result<std::unique_ptr<SystemDisk>> SystemDisk::open(const std::filesystem::path& path) {
    if (::mkdir(path.c_str(), 0700) == 0) {
        // Or a crash could lose the directory with all that is in it.
        if (auto synced = sync_names_in(path / ".."); !synced) return pass(synced);
    } else if (errno != EEXIST) {
        return fail_with_errno("make", path, errno);
    }
    return open_existing(path);
}

Result<std::unique_ptr<SystemDisk>> SystemDisk::open_existing(const std::filesystem::path& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return fail_with_errno("open", path, errno);
    return std::unique_ptr<SystemDisk>{new SystemDisk{path, directory}};
}

SystemDisk::~SystemDisk() {
    ::close(directory_);
}

Result<std::unique_ptr<DiskFile>> SystemDisk::open(std::string_view name, Open how) {
    const auto path = path_ / name;
    const int access = how == Open::kToRead ? O_RDONLY : O_RDWR;
    const int flags = access | O_CLOEXEC | (how == Open::kOrCreate ? O_CREAT : 0);
    const int file = uninterrupted([&] { return ::open(path.c_str(), flags, 0600); });
    if (file < 0) return fail_with_errno("open", path, errno);
    return std::make_unique<SystemFile>(path, file);
}

Result<void> SystemDisk::rename(std::string_view from, std::string_view to) {
    if (::rename((path_ / from).c_str(), (path_ / to).c_str()) == 0) return {};
    return fail_with_errno("rename", path_ / from, errno);
}

Result<void> SystemDisk::remove(std::string_view name) {
    if (::unlink((path_ / name).c_str()) == 0) return {};
    return fail_with_errno("remove", path_ / name, errno);
}

Result<std::vector<std::string>> SystemDisk::list() {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at{path_, error}, end; !error && at != end;
         at.increment(error)) {
        names.push_back(at->path().filename().string());
    }
    if (error) return fail_with_errno("list", path_, error.value());
    return names;
}

Result<void> SystemDisk::sync() {
    if (uninterrupted([&] { return ::fsync(directory_); }) == 0) return {};
    return fail_with_errno("sync", path_, errno);
}

}  // namespace tandem::store
