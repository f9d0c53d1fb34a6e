#pragma once

#include "api/call.h"
#include "api/world.h"
#include "base/task.h"

#include <string>

namespace tandem::api {

/// Verifies a bearer that is an outside token, where its look is that of one: after that
/// credential_of() knows it. Anything else, and one that was verified within a minute, costs
/// nothing. `certificate`: the fingerprint of the caller's, in hexadecimal; "" without one. Fails
/// with kUnauthenticated, or with kUnavailable while the issuer's keys cannot be had.
[[nodiscard]] Task<Result<void>> admit_outside(World world,
                                               std::string bearer,
                                               std::string certificate);

/// Who an outside token speaks for, if admit_outside() has verified it on this loop of late.
[[nodiscard]] Result<Actor> outside_actor(const World& world,
                                          const std::string& bearer,
                                          const std::string& certificate);

/// The key that a token of an issuer is signed with, waiting for a fetch where there is one to wait
/// for. On the first loop.
[[nodiscard]] Task<Result<auth::Jwk>> outside_key(World world,
                                                  OutsideState::Issuer* issuer,
                                                  auth::Jwt jwt);
/// Where an issuer's things are, in the same manner.
[[nodiscard]] Task<Result<auth::IssuerAddresses>> outside_addresses(World world,
                                                                    OutsideState::Issuer* issuer);

}  // namespace tandem::api
