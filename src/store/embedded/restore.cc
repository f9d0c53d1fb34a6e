#include "store/embedded/restore.h"

#include "base/system_error.h"
#include "store/embedded/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tandem::store {
namespace {

Result<void> sync_directory(const std::filesystem::path& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return fail_with_errno("open", path);
    const bool synced = ::fsync(directory) == 0;
    auto why = fail_with_errno("sync", path);
    ::close(directory);
    if (!synced) return why;
    return {};
}

// Makes the files in a directory that is this process's own.
class DirectorySink final : public ArchiveSink {
public:
    explicit DirectorySink(std::filesystem::path directory) : directory_{std::move(directory)} {}
    ~DirectorySink() override {
        if (file_ >= 0) ::close(file_);
    }

    Result<void> begin(const std::string& name) override {
        path_ = directory_ / name;
        file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file_ < 0) return fail_with_errno("make", path_);
        return {};
    }
    Result<void> add(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto put = ::write(file_, bytes.data(), bytes.size());
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return fail_with_errno("write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return {};
    }
    Result<void> end() override {
        const bool synced = ::fsync(file_) == 0;
        auto why = fail_with_errno("sync", path_);
        ::close(std::exchange(file_, -1));
        if (!synced) return why;
        return {};
    }

private:
    std::filesystem::path directory_;
    std::filesystem::path path_;
    int file_ = -1;
};

// A restored log is another one: events after the backup were told under the old identity.
Result<void> forget_log_identity(const std::filesystem::path& registry) {
    auto opened = Connection::open(registry, Connection::Role::kWriter);
    if (!opened) return pass(opened);
    return (*opened)->execute("DELETE FROM meta WHERE key = 'log'");
}

Result<Manifest> fill(const std::filesystem::path& file, const std::filesystem::path& part) {
    if (::mkdir((part / "log").c_str(), 0700) != 0) return fail_with_errno("make", part / "log");
    DirectorySink sink{part};
    auto manifest = read_archive(file, sink);
    if (!manifest) return manifest;
    if (auto done = forget_log_identity(part / "registry.db"); !done) return pass(done);
    for (const auto& each : {part / "log", part}) {
        if (auto synced = sync_directory(each); !synced) return pass(synced);
    }
    return manifest;
}

Result<void> expect_nothing(const std::filesystem::path& data) {
    std::error_code missing;
    const bool there = std::filesystem::exists(data, missing);
    if (there && !std::filesystem::is_empty(data, missing)) {
        return fail(ErrorCode::kAlreadyExists,
                    data.string() +
                        " is not empty: restore into a new directory, then let the hub "
                        "use it with --data");
    }
    return {};
}

}  // namespace

Result<Manifest> restore_archive(const std::filesystem::path& file,
                                 const std::filesystem::path& data) {
    // Without a slash at the end, or its parent would be itself.
    auto place = std::filesystem::absolute(data).lexically_normal();
    if (!place.has_filename()) place = place.parent_path();
    if (auto good = expect_nothing(place); !good) return pass(good);
    const std::filesystem::path part = place.string() + ".part";
    if (::mkdir(part.c_str(), 0700) != 0) {
        if (errno != EEXIST) return fail_with_errno("make", part);
        return fail(ErrorCode::kAlreadyExists,
                    part.string() +
                        " is left of an earlier restore, or another is running: "
                        "remove it");
    }
    auto manifest = fill(file, part);
    if (manifest && ::rename(part.c_str(), place.c_str()) != 0)
        manifest = fail_with_errno("rename", part);
    if (!manifest) {
        std::error_code ignored;
        std::filesystem::remove_all(part, ignored);
        return manifest;
    }
    if (auto synced = sync_directory(place.parent_path()); !synced) return pass(synced);
    return manifest;
}

}  // namespace tandem::store
