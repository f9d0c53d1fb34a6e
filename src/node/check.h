#pragma once

#include "store/embedded/check.h"
#include "store/embedded/salvage.h"

#include <filesystem>
#include <functional>

namespace tandem::node {

// Both are for a hub that does not run, and tell whoever calls alone: the log stays silent.

/// store::check_directory() of the hub of `data`.
[[nodiscard]] Result<store::Checked> check(const std::filesystem::path& data,
                                           const store::Findings& found);

/// store::salvage_directory() of the hub of `data`, now.
[[nodiscard]] Result<void> salvage(const std::filesystem::path& data,
                                   const std::function<void(const store::SalvageAct&)>& told);

}  // namespace tandem::node
