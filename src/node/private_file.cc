#include "node/private_file.h"

#include "base/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem::node {
namespace {

namespace fs = std::filesystem;

// Certificates with their chains and settings are far below it.
constexpr std::size_t kFileMax = std::size_t{1} << 20U;

std::string reason() {
    return std::generic_category().message(errno);
}

std::unexpected<Error> failed(const fs::path& path, std::string_view what) {
    return fail(ErrorCode::kStorageFailed, path.string() + ": " + std::string{what});
}

std::string_view remedy(Others others) {
    if (others == Others::kNothing) return "chmod 600";
    return others == Others::kGroupReads ? "chmod 640" : "chmod go-w";
}

Result<void> judge(const struct stat& about, const fs::path& path, Others others, Owner owner) {
    const uid_t self = ::geteuid();
    const bool owned = owner == Owner::kAnybody || about.st_uid == self ||
                       (owner == Owner::kThisUserOrRoot && about.st_uid == 0);
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
Result<bool> holds_something(const fs::path& file) {
    for (const char* ending : {"", "-wal"}) {
        struct stat about{};
        const std::string name = file.string() + ending;
        if (::stat(name.c_str(), &about) == 0) {
            if (about.st_size > 0) return true;
        } else if (errno != ENOENT) {
            return failed(name, reason());
        }
    }
    return false;
}

// The log of readings: its segments, empty ones too.
Result<bool> holds_a_name(const fs::path& directory) {
    std::error_code wrong;
    const fs::directory_iterator names{directory, wrong};
    if (wrong == std::errc::no_such_file_or_directory) return false;
    if (wrong) return failed(directory, wrong.message());
    return names != fs::directory_iterator{};
}

std::unexpected<Error> missing(const fs::path& file) {
    return failed(file, "is missing or empty beside existing data; restore it from a backup");
}

}  // namespace

Result<void> check_private(const fs::path& path, Others others, Owner owner) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        return failed(path, reason());
    }
    return judge(about, path, others, owner);
}

Result<std::string> read_private(const fs::path& path, Others others, Owner owner) {
    // A pipe that nobody writes to would hold the hub up: without O_NONBLOCK at opening already.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    struct stat about{};
    if (file.is_none() || ::fstat(file.get(), &about) != 0) return failed(path, reason());
    if (!S_ISREG(about.st_mode)) return failed(path, "is no file");
    if (auto mine = judge(about, path, others, owner); !mine) return pass(mine);
    std::string text(kFileMax + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const auto got = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(path, reason());
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > kFileMax) return failed(path, "is longer than 1 MiB");
    text.resize(filled);
    return text;
}

Result<void> check_data(const fs::path& data, bool complete) {
    const auto registry = holds_something(data / "registry.db");
    if (!registry) return std::unexpected(registry.error());
    const auto telemetry = holds_something(data / "telemetry.db");
    if (!telemetry) return std::unexpected(telemetry.error());
    const auto log = holds_a_name(data / "log");
    if (!log) return std::unexpected(log.error());
    // registry.db is the first of the three that is made.
    if (!*registry && (*telemetry || *log)) return missing(data / "registry.db");
    if (*registry && !*telemetry && complete) return missing(data / "telemetry.db");
    return {};
}

}  // namespace tandem::node
