#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tandem::store {

/// What has become smaller.
struct Compacted {
    struct File {
        std::string name;
        std::uint64_t before = 0;  ///< bytes, of a database with what is in its -wal
        std::uint64_t after = 0;
    };
    std::vector<File> files;
    std::uint64_t chunks_before = 0;
    std::uint64_t chunks_after = 0;
};

/// Makes the files of a hub that does not run as small as they can be: what the log holds goes into
/// chunks, small chunks are put together, and each database is written anew without what is free in
/// it, with today's size of pages. Each of these steps happens or does not: whenever it is
/// interrupted, nothing is lost, and a later one goes on. Needs as much room as the larger database
/// takes in the end, beside what the log adds to it. Blocks.
///
/// Fails with kNotFound where no hub's data is, with kUnavailable while a hub runs there or a
/// program has a database of it open, with kStorageFull, and with kStorageFailed when something is
/// damaged: compacting mends nothing.
[[nodiscard]] Result<Compacted> compact_directory(const std::filesystem::path& directory);

}  // namespace tandem::store
