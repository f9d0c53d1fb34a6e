#pragma once

#include "base/error.h"
#include "base/random.h"

#include <filesystem>
#include <string>

namespace tandem::node {

/// The key under which credentials are hashed (auth/key.h), from `DIR/secrets`, a file with mode
/// 0600 that is made where it is missing, as is `data` with mode 0700. Before the store is opened:
/// it makes its files. Fails with kStorageFailed when it cannot be read or
/// written, is damaged, belongs to somebody else, or may be read by others: a lost pepper would
/// lock every device out, so it is never made anew beside existing data.
[[nodiscard]] Result<std::string> load_pepper(const std::filesystem::path& data, Random& random);

}  // namespace tandem::node
