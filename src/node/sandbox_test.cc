#include "node/sandbox.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

using namespace tandem;
using namespace tandem::node;

namespace {

namespace fs = std::filesystem;

class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "tandem-fence-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
        for (const char* each : {"data", "tls", "else"}) {
            fs::create_directory(path_ / each);
            std::ofstream{path_ / each / "file"} << "text";
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }

private:
    fs::path path_;
};

constexpr int kNotFenced = 120;

long landlock_version() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// What `attempt` gives in a process of its own that has gone into the sandbox: 0, or errno.
int in_sandbox(const Folder& folder, const std::function<int()>& attempt, std::uint16_t port = 0) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto fenced = enter_sandbox({.data = folder / "data",
                                           .readable = {folder / "tls", folder / "missing"},
                                           .port = port});
        ::_exit(fenced ? attempt() : kNotFenced);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// A socket of the loopback, bound to `port`; 0: to any, and which one is `port` then.
int bound(std::uint16_t& port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(file, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
        const int why = errno;
        ::close(file);
        return why;
    }
    socklen_t size = sizeof at;
    ::getsockname(file, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    ::close(file);
    return 0;
}

int opened(const fs::path& path, int flags) {
    const int file = ::open(path.c_str(), flags, 0600);
    const int why = file < 0 ? errno : 0;
    if (file >= 0) ::close(file);
    return why;
}

}  // namespace

TEST_CASE("in the sandbox a hub has its own files, and no others, no programs, no privileges") {
    const Folder folder;
    if (landlock_version() < 1 || !fs::exists("/proc/sys/kernel/seccomp/actions_avail")) {
        // What is promised of a kernel that has not got them.
        CHECK(in_sandbox(folder, [] { return 0; }) == kNotFenced);
        return;
    }
    struct Row {
        std::string_view what;
        std::function<int()> attempt;
        int expected;
    };
    const std::array rows{
        Row{"reads its data", [&] { return opened(folder / "data/file", O_RDONLY); }, 0},
        Row{"writes its data", [&] { return opened(folder / "data/file", O_RDWR | O_TRUNC); }, 0},
        Row{"makes a file in it", [&] { return opened(folder / "data/new", O_RDWR | O_CREAT); }, 0},
        Row{"makes a directory in it",
            [&] { return ::mkdir((folder / "data/log").c_str(), 0700) == 0 ? 0 : errno; }, 0},
        Row{"renames in it",
            [&] {
                const auto from = folder / "data/file";
                return ::rename(from.c_str(), (folder / "data/other").c_str()) == 0 ? 0 : errno;
            },
            0},
        Row{"reads its certificate", [&] { return opened(folder / "tls/file", O_RDONLY); }, 0},
        Row{"does not write its certificate", [&] { return opened(folder / "tls/file", O_WRONLY); },
            EACCES},
        Row{"does not read another file", [&] { return opened(folder / "else/file", O_RDONLY); },
            EACCES},
        Row{"does not read /etc/passwd", [] { return opened("/etc/passwd", O_RDONLY); }, EACCES},
        Row{"does not list /", [] { return opened("/", O_RDONLY | O_DIRECTORY); }, EACCES},
        Row{"leaves no file elsewhere",
            [&] { return opened(folder / "else/new", O_RDWR | O_CREAT); }, EACCES},
        Row{"runs no program",
            [] {
                std::array<char*, 1> words{nullptr};
                ::execve("/bin/true", words.data(), words.data());
                return errno;
            },
            EPERM},
        Row{"starts no process",
            [] {
                const pid_t child = ::fork();
                if (child == 0) ::_exit(0);
                return child > 0 ? 0 : errno;
            },
            EPERM},
        Row{"makes no world of its own",
            [] {
                const long child = ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
                if (child == 0) ::_exit(0);
                return child > 0 ? 0 : errno;
            },
            EPERM},
        Row{"starts threads",
            [] {
                int seen = 1;
                std::thread{[&] { seen = 0; }}.join();
                return seen;
            },
            0},
        Row{"speaks TCP", [] { return ::socket(AF_INET6, SOCK_STREAM, 0) >= 0 ? 0 : errno; }, 0},
        Row{"speaks to its machine's programs",
            [] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : errno; }, 0},
        Row{"does not speak to the kernel",
            [] { return ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ? 0 : errno; }, EPERM},
        Row{"sends no raw packets",
            [] { return ::socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : errno; }, EPERM},
        Row{"looks into no other process",
            [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : errno; }, EPERM},
        // Itself: around the library's function a sanitizer stops and starts a thread of its own.
        Row{"becomes nobody else", [] { return ::syscall(SYS_setuid, 65'534) == 0 ? 0 : errno; },
            EPERM},
        Row{"mounts nothing", [] { return ::chroot("/") == 0 ? 0 : errno; }, EPERM},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(in_sandbox(folder, row.attempt) == row.expected);
    }
}

TEST_CASE("in the sandbox a hub listens on its own port alone") {
    std::uint16_t own = 0;
    std::uint16_t other = 0;
    REQUIRE(bound(own) == 0);
    REQUIRE(bound(other) == 0);
    REQUIRE(own != other);
    const Folder folder;
    if (landlock_version() < 1) return;
    CHECK(in_sandbox(folder, [&] { return bound(own); }, own) == 0);
    // Landlock knows ports since version 4.
    const int expected = landlock_version() < 4 ? 0 : EACCES;
    CHECK(in_sandbox(folder, [&] { return bound(other); }, own) == expected);
}

TEST_CASE("nobody becomes a user that there is not") {
    const auto refused = become_user("no-such-user", "data");
    REQUIRE(!refused);
    CHECK(refused.error().detail == "user: no-such-user: there is no such user");
}
