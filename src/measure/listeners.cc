#include "measure/listeners.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

namespace tandem::measure {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListen = "0A";  // TCP_LISTEN

std::string text_of(const fs::path& file) {
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// A process whose name is a number; 0 for other entries of /proc.
int process_of(const fs::path& folder) {
    const std::string name = folder.filename().string();
    int pid = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
    return read.ec == std::errc{} && read.ptr == name.data() + name.size() ? pid : 0;
}

bool holds(const fs::path& process, const std::vector<std::string>& sockets) {
    std::error_code gone;
    for (const auto& each : fs::directory_iterator{process / "fd", gone}) {
        std::error_code closed;
        const std::string target = fs::read_symlink(each.path(), closed).string();
        if (!closed && std::ranges::find(sockets, target) != sockets.end()) return true;
    }
    return false;
}

}  // namespace

std::vector<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port) {
    std::vector<std::uint64_t> inodes;
    std::istringstream lines{std::string{table}};
    std::string line;
    while (std::getline(lines, line)) {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …
        std::istringstream words{line};
        std::string slot;
        std::string local;
        std::string remote;
        std::string state;
        std::string skipped;
        words >> slot >> local >> remote >> state;
        for (int at = 0; at < 5; ++at)
            words >> skipped;
        std::uint64_t inode = 0;
        if (!(words >> inode) || state != kListen) continue;
        const std::size_t colon = local.find(':');
        if (colon == std::string::npos) continue;
        unsigned found = 0;
        const auto read =
            std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
        if (read.ec == std::errc{} && found == port) inodes.push_back(inode);
    }
    return inodes;
}

std::vector<int> processes_listening(std::uint16_t port) {
    std::vector<std::string> sockets;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        for (const std::uint64_t inode : listening_inodes(text_of(table), port))
            sockets.push_back("socket:[" + std::to_string(inode) + "]");
    }
    std::vector<int> pids;
    if (sockets.empty()) return pids;
    std::error_code failed;
    for (const auto& each : fs::directory_iterator{"/proc", failed}) {
        const int pid = process_of(each.path());
        if (pid == 0 || pid == ::getpid()) continue;
        if (holds(each.path(), sockets)) pids.push_back(pid);
    }
    return pids;
}

}  // namespace tandem::measure
