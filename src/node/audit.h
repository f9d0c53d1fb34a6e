#pragma once

#include "store/embedded/audit_rows.h"

namespace tandem::node {

/// store::read_audit() of the hub of `data`, running or not.
[[nodiscard]] Result<store::ChainHeads> read_audit(const std::filesystem::path& data,
                                                   const store::EachAuditLine& each);

}  // namespace tandem::node
