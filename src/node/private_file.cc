#include "node/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem::node {
namespace {

std::unexpected<Error> failed(const std::filesystem::path& path, std::string_view what) {
    return fail(ErrorCode::kStorageFailed, path.string() + ": " + std::string{what});
}

std::string_view remedy(Others others) {
    if (others == Others::kNothing) return "chmod 600";
    return others == Others::kGroupReads ? "chmod 640" : "chmod go-w";
}

Result<void> judge(const struct stat& about,
                   const std::filesystem::path& path,
                   Others others,
                   Owner owner) {
    const uid_t self = ::geteuid();
    const bool owned =
        about.st_uid == self || (owner == Owner::kThisUserOrRoot && about.st_uid == 0);
    if (!owned) {
        return failed(path, fmt::format("belongs to user {}, and this is user {}: chown, or run as "
                                        "that user",
                                        about.st_uid, self));
    }
    if ((about.st_mode & static_cast<unsigned>(others)) == 0) return {};
    const std::string_view what = others == Others::kRead ? "write" : "read";
    return failed(path, fmt::format("others may {} it: {}", what, remedy(others)));
}

// SQLite may have what a new file holds in its -wal alone.
Result<bool> holds_something(const std::filesystem::path& file) {
    for (const char* ending : {"", "-wal"}) {
        struct stat about{};
        const std::string name = file.string() + ending;
        if (::stat(name.c_str(), &about) == 0) {
            if (about.st_size > 0) return true;
        } else if (errno != ENOENT) {
            return failed(name, std::generic_category().message(errno));
        }
    }
    return false;
}

std::unexpected<Error> missing(const std::filesystem::path& file) {
    return failed(file, "is missing or empty beside existing data; restore it from a backup");
}

}  // namespace

Result<void> check_private(const std::filesystem::path& path, Others others, Owner owner) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        return failed(path, std::generic_category().message(errno));
    }
    return judge(about, path, others, owner);
}

Result<void> check_private(int file,
                           const std::filesystem::path& path,
                           Others others,
                           Owner owner) {
    struct stat about{};
    if (::fstat(file, &about) != 0) return failed(path, std::generic_category().message(errno));
    if (!S_ISREG(about.st_mode)) return failed(path, "is no file");
    return judge(about, path, others, owner);
}

Result<void> make_durable(const std::filesystem::path& directory) {
    std::error_code wrong;
    if (!std::filesystem::create_directories(directory, wrong)) {
        if (wrong) return failed(directory, wrong.message());
        return {};
    }
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, wrong);
    if (wrong) return failed(directory, wrong.message());
    const auto above = std::filesystem::absolute(directory / ".").parent_path().parent_path();
    const int names = ::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = names >= 0 && ::fsync(names) == 0;
    const std::string why = std::generic_category().message(errno);
    if (names >= 0) ::close(names);
    if (!synced) return failed(above, why);
    return {};
}

Result<void> check_data(const std::filesystem::path& data, bool complete) {
    const auto registry = holds_something(data / "registry.db");
    if (!registry) return std::unexpected(registry.error());
    const auto telemetry = holds_something(data / "telemetry.db");
    if (!telemetry) return std::unexpected(telemetry.error());
    if (!*registry && *telemetry) return missing(data / "registry.db");
    if (*registry && !*telemetry && complete) return missing(data / "telemetry.db");
    return {};
}

}  // namespace tandem::node
