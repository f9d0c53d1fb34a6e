#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace tandem::measure {

/// The processes of this machine that hold a socket which listens at `port`, as far as the kernel
/// shows them to us: /proc/net/tcp and tcp6, /proc/PID/fd. Without this process. A server with
/// several of them has all.
[[nodiscard]] std::vector<int> processes_listening(std::uint16_t port);

/// The inodes of the sockets that listen at `port`, from the lines of a /proc/net/tcp.
[[nodiscard]] std::vector<std::uint64_t> listening_inodes(std::string_view table,
                                                          std::uint16_t port);

}  // namespace tandem::measure
