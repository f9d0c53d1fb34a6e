#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

/// What became of a database that SQLite calls malformed.
struct Rebuilt {
    std::string aside;  ///< the name that the damaged file has now
    struct Table {
        std::string name;
        std::uint64_t kept = 0;  ///< rows
        std::uint64_t failed =
            0;  ///< rows, or places where rows may have been, that cannot be read
    };
    std::vector<Table> tables;
};

/// Copies every row that can be read from `file`, which nobody has open, into a new file, which
/// takes its place when all is on the disk; `steps` are those of its schema. `file` stays under
/// another name, which ends in `ending`. A crash in between leaves the one or the other.
/// Fails with kStorageFull; with kStorageFailed where another name cannot be given.
[[nodiscard]] Result<Rebuilt> rebuild(const std::filesystem::path& file,
                                      std::span<const std::string_view> steps,
                                      int page_bytes,
                                      std::string_view ending);

}  // namespace tandem::store
