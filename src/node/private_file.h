#pragma once

#include "base/error.h"

#include <sys/types.h>

#include <filesystem>

namespace tandem::node {

/// What others than the owner may do with a file.
enum class Others : unsigned {
    kNothing = 077,     ///< the group neither
    kGroupReads = 027,  ///< as Debian's group ssl-cert reads keys
    kRead = 022,        ///< but not write
    kAnything = 0,
};
/// Who may own it.
enum class Owner { kThisUser, kThisUserOrRoot };

/// Whether a file or directory on which safety rests is in the hands of who runs the hub. Fails
/// with kStorageFailed where it is not, or cannot be looked at; the detail names it and says what
/// to do.
[[nodiscard]] Result<void> check_private(const std::filesystem::path& path,
                                         Others others,
                                         Owner owner);
/// The same for a file that is open.
[[nodiscard]] Result<void> check_private(int file,
                                         const std::filesystem::path& path,
                                         Others others,
                                         Owner owner);

/// Makes the directory where it is missing, so that a power cut does not take it away again. Fails
/// with kStorageFailed.
[[nodiscard]] Result<void> make_durable(const std::filesystem::path& directory);

/// Whether what a hub keeps in `data` is all there, before what is missing is made anew: a new
/// registry.db would know no key. `complete`: also telemetry.db, which is there once `tandem init`
/// has ended. Fails with kStorageFailed.
[[nodiscard]] Result<void> check_data(const std::filesystem::path& data, bool complete);

}  // namespace tandem::node
