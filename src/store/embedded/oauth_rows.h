#pragma once

#include "domain/ports.h"
#include "store/embedded/sqlite.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::store {

// The records of OAuth in registry.db. Those that look fail with kStorageFailed where the file
// holds what this hub never writes.

/// Applies a change, in the transaction that is open: fails as the change says.
template <typename Record>
Result<void> put_record(Connection& registry, const PutRecord<Record>& put);
Result<void> delete_token(Connection& registry, const KeyId& id);
Result<void> end_family(Connection& registry, const KeyId& family);
Result<void> delete_claim_code(Connection& registry, const DeleteClaimCode& gone);
/// Deletes what speaks for a principal, and what an app was given.
Result<void> drop_delegated_to(Connection& registry, const Principal& principal);
/// Deletes what is of a tenant.
Result<void> drop_oauth_of(Connection& registry, const TenantId& tenant);

Result<LiveRecords> list_live_records(Connection& registry);
Result<std::optional<AuthorizationCode>> find_code(Connection& registry, const KeyId& id);
Result<std::optional<RefreshFamily>> find_family(Connection& registry, const KeyId& id);
Result<std::vector<RefreshFamily>> list_families(Connection& registry, const Principal& of);
Result<std::optional<DeviceGrant>> find_device_grant(Connection& registry, const KeyId& id);
Result<std::optional<DeviceGrant>> find_pending_grant(Connection& registry,
                                                      const std::string& user_code);
Result<std::vector<ClaimCode>> list_claim_codes(Connection& registry, const TenantId& tenant);
Result<std::optional<ClaimCode>> find_claim_code(Connection& registry, const std::string& digest);

}  // namespace tandem::store
