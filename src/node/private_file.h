#pragma once

#include "base/error.h"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace tandem::node {

/// What others than the owner may do with a file.
enum class Others : unsigned {
    kNothing = 077,     ///< the group neither
    kGroupReads = 027,  ///< as Debian's group ssl-cert reads keys
    kRead = 022,        ///< but not write
    kAnything = 0,
};
/// Who may own it.
enum class Owner { kThisUser, kThisUserOrRoot, kAnybody };

/// Whether a file or directory on which safety rests is in the hands of who runs the hub. Fails
/// with kStorageFailed where it is not, or cannot be looked at; the detail names it and says what
/// to do.
[[nodiscard]] Result<void> check_private(const std::filesystem::path& path,
                                         Others others,
                                         Owner owner);
/// What such a file holds, read from the one that was looked at. It is a regular file of 1 MiB at
/// most: one that has no end or whose reading waits for somebody is refused. Fails with
/// kStorageFailed.
[[nodiscard]] Result<std::string> read_private(const std::filesystem::path& path,
                                               Others others,
                                               Owner owner);

/// Whether what a hub keeps in `data` is all there, before what is missing is made anew: a new
/// registry.db would know no key. `complete`: also telemetry.db, which is there once `tandem init`
/// has ended. Fails with kStorageFailed.
[[nodiscard]] Result<void> check_data(const std::filesystem::path& data, bool complete);

}  // namespace tandem::node
