#pragma once

#include "api/world.h"
#include "base/task.h"
#include "domain/audit.h"

#include <string>

namespace tandem::api {

/// Leaves an audit line; not waited for. Of refusals alike the first has a line, and then one line
/// says how many there were: see refusals.h.
void audit(World world, AuditLine line);

/// What the hub itself does: `hub.start`, `hub.stop`, `hub.reload`.
[[nodiscard]] AuditLine line_of_hub(const World& world, std::string action, std::string result);

/// Writes the lines of refusals that have been counted until now, and `line`; then notes the
/// newest line and its hash in the log. Who keeps the log elsewhere has an anchor there: the
/// audit cannot be cut short behind it.
Task<void> audit_with_anchor(World world, AuditLine line);
/// The anchor alone, where there are lines beyond `noted`; gives the newest one's number.
Task<std::int64_t> note_anchor(World world, std::int64_t noted);

}  // namespace tandem::api
