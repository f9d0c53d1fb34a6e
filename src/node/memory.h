#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace tandem::node {

/// Bytes of this process that are backed by no file: what it has asked for and used (proc(5),
/// `statm`: resident less shared).
[[nodiscard]] std::size_t own_memory();

/// Bytes that this process may use: the machine's, or less where its control group has less.
[[nodiscard]] std::size_t memory_there();

/// What a control group's file says (`memory.max`, `memory.limit_in_bytes`); nothing where it says
/// "max" or is not there.
[[nodiscard]] std::optional<std::size_t> memory_limit(const std::filesystem::path& file);

}  // namespace tandem::node
