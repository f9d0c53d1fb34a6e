#pragma once

#include "base/error.h"
#include "store/embedded/finding.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tandem::store {

class Connection;

/// What was looked at.
struct CheckedFile {
    std::string name;         ///< `registry.db`, `telemetry.db`, `log`
    std::uint64_t bytes = 0;  ///< of the files; of a log, of what its segments hold
    std::vector<std::pair<std::string, std::uint64_t>> counts;  ///< `devices`, 12
};
struct Checked {
    std::vector<CheckedFile> files;
    std::uint64_t damages = 0;
    std::uint64_t notes = 0;
};

/// Looks at everything that a hub keeps in `directory`, and changes nothing, not even beside it.
/// `found` is told of what is not as it should be. Memory does not grow with the store but by the
/// names of devices and series that the log speaks of.
///
/// Fails with kNotFound where no hub's data is, with kUnavailable while a hub runs there, with
/// kStorageFailed when the disk fails. Blocks.
[[nodiscard]] Result<Checked> check_directory(const std::filesystem::path& directory,
                                              const Findings& found);

}  // namespace tandem::store
