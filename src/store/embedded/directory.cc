#include "store/embedded/directory.h"

#include "base/descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem::store {
namespace {

std::string reason() {
    return std::generic_category().message(errno);
}

// -1 where it is not there and not to be made.
Result<int> take_lock(const std::filesystem::path& path, int flags) {
    const auto file = path / "hub.lock";
    const int lock = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (lock < 0 && errno == ENOENT) return -1;
    if (lock < 0) {
        return fail(ErrorCode::kStorageFailed, "cannot open " + file.string() + ": " + reason());
    }
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
    const bool taken = errno == EWOULDBLOCK;
    auto failed = fail(taken ? ErrorCode::kUnavailable : ErrorCode::kStorageFailed,
                       taken ? "another hub is using the directory " + path.string()
                             : "cannot lock " + file.string() + ": " + reason());
    ::close(lock);
    return failed;
}

// Where SQLite holds a lock as long as it has a database in WAL mode open, after PENDING_BYTE and
// RESERVED_BYTE: https://www.sqlite.org/fileformat2.html#the_lock_byte_page
constexpr off_t kSharedFirst = 0x4000'0002;
constexpr off_t kSharedSize = 510;

bool is_open(const std::filesystem::path& database) {
    const Descriptor file{::open(database.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.is_none()) return false;
    struct flock found{};
    found.l_type = F_WRLCK;
    found.l_whence = SEEK_SET;
    found.l_start = kSharedFirst;
    found.l_len = kSharedSize;
    const bool told = ::fcntl(file.get(), F_OFD_GETLK, &found) == 0;
    return told && found.l_type != F_UNLCK;
}

enum class Needed { kYes, kIfAllowed };

Result<void> sync_names_in(const std::filesystem::path& path, Needed needed) {
    const Descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory.is_none() && errno == EACCES && needed == Needed::kIfAllowed) return {};
    if (!directory.is_none() && ::fsync(directory.get()) == 0) return {};
    return fail(ErrorCode::kStorageFailed, "cannot sync " + path.string() + ": " + reason());
}

// Who may not look above it, as in a sandbox, was given it.
Result<void> sync_name_of(const std::filesystem::path& path) {
    return sync_names_in(std::filesystem::absolute(path / ".").parent_path().parent_path(),
                         Needed::kIfAllowed);
}

}  // namespace

std::unexpected<Error> fail_open(const std::filesystem::path& database) {
    return fail(ErrorCode::kUnavailable,
                "another program has " + database.string() + " open: end it first");
}

Result<void> make_data_directory(const std::filesystem::path& given) {
    // Without a slash at the end, which would make it one of those above.
    const auto path = given.has_filename() ? given : given.parent_path();
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);  // mkdir tells if it matters
    if (::mkdir(path.c_str(), 0700) == 0) return sync_name_of(path);
    if (errno == EEXIST) return {};
    return fail(ErrorCode::kStorageFailed,
                "cannot make the directory " + path.string() + ": " + reason());
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(const std::filesystem::path& path) {
    if (auto made = make_data_directory(path); !made) return pass(made);
    auto lock = take_lock(path, O_RDWR | O_CREAT);
    if (!lock) return pass(lock);
    return std::unique_ptr<DataDirectory>{new DataDirectory{path, *lock}};
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::hold(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path / "registry.db", ignored) &&
        !std::filesystem::exists(path / "telemetry.db", ignored)) {
        return fail(ErrorCode::kNotFound, path.string() + " is no hub's data");
    }
    auto lock = take_lock(path, O_RDONLY);
    if (!lock && lock.error().code == ErrorCode::kUnavailable) {
        lock.error().detail = "a hub runs on " + path.string() + ": stop it first";
    }
    if (!lock) return pass(lock);
    std::unique_ptr<DataDirectory> held{new DataDirectory{path, *lock}};
    for (const auto& database : {held->registry(), held->telemetry()}) {
        if (!is_open(database)) continue;
        return fail_open(database);
    }
    return held;
}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

Result<void> DataDirectory::sync() const {
    if (auto synced = sync_names_in(path_, Needed::kYes); !synced) return synced;
    return sync_name_of(path_);
}

}  // namespace tandem::store
