#pragma once

#include "api/call.h"
#include "api/world.h"
#include "base/task.h"

#include <string>

namespace tandem::api {

/// Verifies a bearer that is an outside token, where its look is that of one: after that
/// credential_of() knows it. Anything else, and one that was verified within a minute, costs
/// nothing. Fails with kUnauthenticated, or with kUnavailable while the issuer's keys cannot be
/// had.
[[nodiscard]] Task<Result<void>> admit_outside(World world, std::string bearer);

/// Who an outside token speaks for, if admit_outside() has verified it on this loop of late.
[[nodiscard]] Result<Actor> outside_actor(const World& world, const std::string& bearer);

}  // namespace tandem::api
