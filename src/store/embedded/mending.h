#pragma once

#include "store/embedded/salvage.h"
#include "store/embedded/sqlite.h"
#include "store/telemetry/log_check.h"

namespace tandem::store {

// What salvaging does to the rows of databases that SQLite can read.

/// Gives names to numbers and slots that have lost theirs; puts away, mends and moves chunks.
[[nodiscard]] Result<void> mend_telemetry(Connection& telemetry,
                                          const std::function<void(const SalvageAct&)>& told);

/// Gives a device and its series the names that the log has for them, and others where it has none,
/// so that recovery leaves no row of it out.
[[nodiscard]] Result<void> name_lost(Connection& telemetry,
                                     const Nameless& lost,
                                     const std::function<void(const SalvageAct&)>& told);

/// Removes rows that belong to a device which is not there, and sees that no sequence is given out
/// twice.
[[nodiscard]] Result<void> mend_registry(Connection& registry,
                                         const std::function<void(const SalvageAct&)>& told);

}  // namespace tandem::store
