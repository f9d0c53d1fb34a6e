#pragma once

#include "base/random.h"
#include "base/task.h"
#include "domain/access.h"
#include "domain/ports.h"
#include "node/hub.h"

namespace tandem::node {

/// The tenant of the hub's operator: the one that there always is.
[[nodiscard]] const TenantId& home_tenant();

/// Who calls through the administrative socket: the owner of the data directory.
[[nodiscard]] Actor owner_of_data();

/// Makes the first user and the first application key. Fails with kAlreadyExists when the hub has
/// an administrator. Takes about 30 ms of hashing on the calling thread.
[[nodiscard]] Task<Result<Initialised>> make_administrator(Registry* registry,
                                                           const Clock* clock,
                                                           Random* random,
                                                           std::string pepper);

/// Makes the first user alone, by a name and the hash of a password that somebody has chosen. Fails
/// with kAlreadyExists when the hub has an administrator.
[[nodiscard]] Task<Result<void>> make_administrator_named(Registry* registry,
                                                          const Clock* clock,
                                                          UserId name,
                                                          std::string password_hash);

/// Whether there is one.
[[nodiscard]] Task<Result<bool>> has_administrator(Registry* registry);

}  // namespace tandem::node
