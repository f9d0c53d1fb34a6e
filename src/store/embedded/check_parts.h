#pragma once

#include "store/embedded/check.h"
#include "store/embedded/sqlite.h"
#include "store/telemetry/chunk_store.h"

#include <optional>
#include <span>
#include <string_view>

namespace tandem::store {

// What check_directory() is made of.

/// What SQLite itself thinks of a file: its pages and indexes, references, and its version, of
/// which `known` is today's.
struct Soundness {
    bool readable = false;  ///< there is something to look at
    bool current = false;   ///< of today's version
};
[[nodiscard]] Soundness check_pages(Connection& file,
                                    const std::string& name,
                                    std::int64_t known,
                                    const Findings& found);

/// Rows of today's tables.
[[nodiscard]] Result<void> check_registry(Connection& registry,
                                          CheckedFile& counts,
                                          const Findings& found);
/// `registry`: to know which devices there are; may be null.
[[nodiscard]] Result<void> check_telemetry(Connection& telemetry,
                                           Connection* registry,
                                           CheckedFile& counts,
                                           const Findings& found);
/// `telemetry`: for names, and for how much of the log is in chunks; null when it cannot be read.
[[nodiscard]] Result<void> check_log(const std::filesystem::path& log,
                                     Connection* telemetry,
                                     CheckedFile& counts,
                                     const Findings& found);

}  // namespace tandem::store
