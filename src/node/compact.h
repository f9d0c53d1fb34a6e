#pragma once

#include "store/embedded/compact.h"

namespace tandem::node {

/// store::compact_directory() of the hub of `data`, which must not run.
[[nodiscard]] Result<store::Compacted> compact(const std::filesystem::path& data);

}  // namespace tandem::node
