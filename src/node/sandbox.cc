#include "node/sandbox.h"

#include "base/descriptor.h"
#include "base/log.h"
#include "store/embedded/directory.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace tandem::node {
namespace {

namespace fs = std::filesystem;

// What the headers of Linux 6.1 do not have yet: linux/landlock.h of 6.12.
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14U;
constexpr std::uint64_t kDeviceControl = std::uint64_t{1} << 15U;
constexpr std::uint64_t kBind = 1;
constexpr std::uint64_t kScopeAll = 3;  // Abstract sockets, signals.
constexpr int kPortRule = 2;
struct Ruleset {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scope = 0;
};
struct PortRule {
    std::uint64_t allowed = 0;
    std::uint64_t port = 0;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_EXECUTE | kTruncate | kDeviceControl;
constexpr std::uint64_t kWrite =
    kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER | kTruncate;

// All that a Landlock of version `abi` can forbid with files.
std::uint64_t known_to(long abi) {
    std::uint64_t out = (std::uint64_t{1} << 13U) - 1;
    if (abi >= 2) out |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3) out |= kTruncate;
    if (abi >= 5) out |= kDeviceControl;
    return out;
}

std::unexpected<Error> missing(std::string_view what) {
    return fail(ErrorCode::kUnavailable,
                "--sandbox: " + std::string{what} + ": " + std::generic_category().message(errno));
}

Result<void> allow(int rules, const fs::path& path, std::uint64_t access) {
    const Descriptor file{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    if (file.is_none() && errno == ENOENT) return {};
    struct stat about{};
    if (file.is_none() || ::fstat(file.get(), &about) != 0) return missing(path.string());
    if (!S_ISDIR(about.st_mode)) access &= kOfFiles;
    const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = file.get()};
    const long added =
        ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (added != 0) return missing(path.string());
    return {};
}

Result<void> allow_port(int rules, std::uint16_t port) {
    const PortRule rule{.allowed = kBind, .port = port};
    if (::syscall(SYS_landlock_add_rule, rules, kPortRule, &rule, 0) == 0) return {};
    return missing("the port");
}

Result<void> allow_all(int rules, const Fence& fence, std::uint64_t known) {
    if (auto done = allow(rules, fence.data, kWrite & known); !done) return done;
    for (const fs::path& path : fence.readable) {
        if (auto done = allow(rules, path, kRead); !done) return done;
    }
    return {};
}

Result<void> fence_files(const Fence& fence) {
    const long abi =
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) return missing("this kernel has no Landlock (Linux 5.13, and lsm=landlock)");
    const std::uint64_t known = known_to(abi);
    const bool fence_port = abi >= 4 && fence.port != 0;
    const Ruleset wanted{
        .files = known, .network = fence_port ? kBind : 0, .scope = abi >= 6 ? kScopeAll : 0};
    // Older versions know a shorter structure.
    const std::size_t size = abi >= 6 ? sizeof wanted : abi >= 4 ? 16 : 8;
    const Descriptor rules{
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size, 0))};
    if (rules.is_none()) return missing("Landlock");
    if (auto done = allow_all(rules.get(), fence, known); !done) return done;
    if (fence.port != 0 && !fence_port) {
        log(LogLevel::kWarning, "port_not_fenced", {{"why", "Landlock can since Linux 6.7"}});
    }
    if (fence_port) {
        if (auto done = allow_port(rules.get(), fence.port); !done) return done;
    }
    if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0) return {};
    return missing("Landlock");
}

std::unexpected<Error> wrong_user(const std::string& name, std::string_view what) {
    return fail(ErrorCode::kInvalidField, "user: " + name + ": " + std::string{what});
}

Result<void> make_for(const passwd& user, const fs::path& data) {
    std::error_code failed;
    if (fs::exists(data, failed)) return {};
    const bool made = store::make_data_directory(data).has_value();
    if (made && ::lchown(data.c_str(), user.pw_uid, user.pw_gid) == 0) return {};
    return wrong_user(user.pw_name, data.string() + " cannot be made for it");
}

}  // namespace

Result<void> enter_sandbox(const Fence& fence) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return missing("no_new_privs");
    if (auto done = fence_files(fence); !done) return done;
    return filter_system_calls();
}

Result<void> become_user(const std::string& name, const fs::path& data) {
    std::array<char, 16'384> text{};
    passwd entry{};
    passwd* user = nullptr;
    const int failed = ::getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &user);
    if (failed != 0 || user == nullptr) return wrong_user(name, "there is no such user");
    if (::geteuid() == user->pw_uid && ::getuid() == user->pw_uid) return {};
    if (::geteuid() != 0) return wrong_user(name, "only root can become another user");
    if (auto made = make_for(*user, data); !made) return made;
    const bool done = ::initgroups(user->pw_name, user->pw_gid) == 0 &&
                      ::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
                      ::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
    if (!done) return wrong_user(name, std::generic_category().message(errno));
    // Whoever was root and could be again would not be this user.
    if (user->pw_uid != 0 && ::setuid(0) == 0) return wrong_user(name, "root was not given up");
    return {};
}

}  // namespace tandem::node
