#pragma once

#include "domain/ports.h"
#include "store/embedded/sqlite.h"

#include <optional>
#include <vector>

namespace tandem::store {

// The dashboards in registry.db. Those that look fail with kStorageFailed where the file holds what
// this hub never writes.

/// Writes the row, whatever was there, in the transaction that is open.
Result<void> write_dashboard(Connection& registry, const Dashboard& dashboard);
/// Deletes the private ones of a user or an app; the shared ones are nobody's then.
Result<void> drop_dashboards_of(Connection& registry, const Principal& owner);

Result<std::optional<Dashboard>> find_dashboard(Connection& registry,
                                                const TenantId& tenant,
                                                const DashboardId& id);
Result<std::vector<Dashboard>> list_dashboards(Connection& registry, const DashboardQuery& query);
Result<DashboardCounts> count_dashboards(Connection& registry, const Principal& owner);

}  // namespace tandem::store
