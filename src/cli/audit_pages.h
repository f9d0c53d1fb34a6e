#pragma once

#include "cli/hub_link.h"
#include "domain/audit.h"

#include <functional>

namespace tandem::cli {

/// An item of `audit.list` as the line that it tells of, which canonical() and hash_of() take.
/// Fails with kMalformedBody.
[[nodiscard]] Result<AuditLine> audit_line_of(const Value& item, const TenantId& tenant);

/// Every audit line that the caller of `link` may read, the oldest first, given to `each`. Fails
/// with what the hub refuses with, and with what `each` fails with.
[[nodiscard]] Result<void> read_audit(HubLink& link,
                                      const std::function<Result<void>(const AuditLine&)>& each);

}  // namespace tandem::cli
