#pragma once

#include "base/error.h"

#include <string>

namespace tandem::cli {

/// All of a file. Fails with kInvalidField, naming it, where it cannot be read.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

}  // namespace tandem::cli
