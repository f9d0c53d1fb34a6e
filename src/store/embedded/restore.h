#pragma once

#include "store/embedded/archive.h"

#include <filesystem>

namespace tandem::store {

/// Makes the data directory `data` of the backup `file`: first as `data`.part, which gets its name
/// when every checksum has been right and all is on the disk. The log gets a new identity, so that
/// cursors of before fail rather than skip what came after the backup.
/// Fails with kAlreadyExists when `data` has anything in it or `data`.part is there, and as
/// read_archive(); then nothing has changed.
[[nodiscard]] Result<Manifest> restore_archive(const std::filesystem::path& file,
                                               const std::filesystem::path& data);

}  // namespace tandem::store
