#pragma once

#include "store/embedded/salvage.h"
#include "store/embedded/sqlite.h"
#include "store/telemetry/rows.h"

namespace tandem::store {

// What salvaging does to the rows of databases that SQLite can read.

/// Gives names to numbers and slots that have lost theirs; puts away, mends and moves chunks.
[[nodiscard]] Result<void> mend_telemetry(Connection& telemetry,
                                          const std::function<void(const SalvageAct&)>& told);

/// Gives the device `number` and its first `slots` series names, where they have none.
[[nodiscard]] Result<void> name_lost(Connection& telemetry,
                                     std::uint64_t number,
                                     Slot slots,
                                     const std::function<void(const SalvageAct&)>& told);

/// Removes rows that belong to a device which is not there, and sees that no sequence is given out
/// twice.
[[nodiscard]] Result<void> mend_registry(Connection& registry,
                                         const std::function<void(const SalvageAct&)>& told);

}  // namespace tandem::store
