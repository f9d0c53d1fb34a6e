#pragma once

#include "domain/ports.h"
#include "store/embedded/sqlite.h"

#include <filesystem>
#include <functional>
#include <map>

namespace tandem::store {

/// The newest audit lines of each tenant that are kept, and about a thousand more: a year of a
/// house that has 300 a day.
inline constexpr std::int64_t kAuditLinesMax = 100'000;

/// Adds a line to its tenant's chain, in the transaction that is open, and gives it as it stands
/// there.
Result<AuditLine> append_audit(Connection& registry, const AuditLine& line);

Result<std::vector<AuditLine>> list_audit(Connection& registry, const AuditQuery& query);

/// The newest line of each tenant as the hub that wrote it has noted it.
using ChainHeads = std::map<TenantId, ChainHead>;
using EachAuditLine = std::function<Result<void>(const AuditLine& line)>;

/// Every line of a data directory, tenant by tenant in order of number, whether a hub runs on it or
/// not. Changes nothing. Fails with kNotFound where no hub's data is, with kUnavailable when
/// it is older than the chain, and with what `each` fails with.
Result<ChainHeads> read_audit(const std::filesystem::path& data, const EachAuditLine& each);

}  // namespace tandem::store
