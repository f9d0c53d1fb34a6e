#pragma once

#include "domain/store_figures.h"

#include <filesystem>

namespace tandem::store {

/// How large the files of the store in `directory` are, those of its log excepted, and how much
/// room is left. What cannot be looked at counts as 0. Any thread; a hub may run on it.
[[nodiscard]] StoreFiles sizes_in(const std::filesystem::path& directory);
/// The files of the log, one by one: for whoever has no open store that knows them.
[[nodiscard]] std::uint64_t log_size_in(const std::filesystem::path& directory);

}  // namespace tandem::store
