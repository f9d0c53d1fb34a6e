#pragma once

#include <sys/resource.h>
#include <time.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tandem::bench {

inline std::int64_t nanoseconds(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// As many sockets as this process may ask for.
inline void open_file_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// What a process has used: time on a core, of all its threads since they began, and memory.
struct Usage {
    std::int64_t cpu_ns = 0;
    std::int64_t resident_kib = 0;
};

/// Zero for what cannot be read, so for a process that has ended. schedstat counts nanoseconds
/// where stat counts ticks of 10 ms; the time of a thread that runs right now lags by up to a tick.
inline Usage usage_of(const std::string& pid) {
    Usage usage;
    std::error_code error;
    const std::filesystem::path process{"/proc/" + pid};
    for (const auto& task : std::filesystem::directory_iterator{process / "task", error}) {
        std::int64_t ns = 0;
        if (std::ifstream{task.path() / "schedstat"} >> ns) usage.cpu_ns += ns;
    }
    std::ifstream status{process / "status"};
    constexpr std::string_view field = "VmRSS:";
    for (std::string word; status >> word;) {
        if (word == field) status >> usage.resident_kib;
    }
    return usage;
}

}  // namespace tandem::bench
