#include "node/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

namespace tandem::node {
namespace {

// This process's control group of version 2, as a path below the mount: `0::/path`, cgroups(7).
std::string control_group() {
    std::ifstream lines{"/proc/self/cgroup"};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("0::/")) return line.substr(std::string_view{"0::/"}.size());
    }
    return {};
}

std::size_t page_bytes() {
    static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
}

}  // namespace

std::size_t own_memory() {
    std::ifstream figures{"/proc/self/statm"};
    std::size_t size = 0;
    std::size_t resident = 0;
    std::size_t shared = 0;
    if (!(figures >> size >> resident >> shared)) return 0;
    return (resident - std::min(resident, shared)) * page_bytes();
}

std::optional<std::size_t> memory_limit(const std::filesystem::path& file) {
    std::ifstream said{file};
    std::size_t bytes = 0;
    if (!(said >> bytes)) return std::nullopt;
    return bytes;
}

std::size_t memory_there() {
    std::size_t least = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * page_bytes();
    const std::filesystem::path groups{"/sys/fs/cgroup"};
    // Version 2 of the group itself and, in a container, of what looks like the root; version 1.
    for (const auto& file : {groups / control_group() / "memory.max", groups / "memory.max",
                             groups / "memory/memory.limit_in_bytes"}) {
        if (const auto limit = memory_limit(file)) least = std::min(least, *limit);
    }
    return least;
}

}  // namespace tandem::node
