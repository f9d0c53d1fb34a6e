#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tandem::node {

/// What a hub may do once it has begun.
struct Fence {
    std::filesystem::path data;                   ///< read and written
    std::vector<std::filesystem::path> readable;  ///< directories or files; those missing are none
    std::uint16_t port = 0;                       ///< the one to listen on; 0: any
};

/// From now on this thread, and those that it starts, cannot open another file than those of
/// `fence`, start no process, run no program, gain no privilege, and use only the system calls of
/// sandbox_calls.cc: Landlock and seccomp. Others fail with EACCES or EPERM. There is no way back.
/// Before Linux 6.7 the port is not fenced, which is logged.
/// Fails with kUnavailable where the kernel has not got one of them, and nothing is fenced then.
[[nodiscard]] Result<void> enter_sandbox(const Fence& fence);

/// The second half: the filter of system calls. Used by enter_sandbox().
[[nodiscard]] Result<void> filter_system_calls();

/// Becomes the user `name`, for good, with its groups; `data` is made for it where it is missing.
/// Before any thread starts. Does nothing when this is that user. Fails with kInvalidField.
[[nodiscard]] Result<void> become_user(const std::string& name, const std::filesystem::path& data);

}  // namespace tandem::node
