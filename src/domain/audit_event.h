#pragma once

#include "domain/audit.h"
#include "domain/event.h"

namespace tandem {

/// What a stream carries of a line that was added: its time, and as the value all else that
/// `audit.list` tells of it.
[[nodiscard]] Event audit_event(const AuditLine& line);

}  // namespace tandem
