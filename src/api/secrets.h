#pragma once

#include "api/world.h"
#include "domain/principal.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::api {

// Bearer secrets: keys of devices, secrets of apps. Whoever changes them holds the turn of whose
// they are.

/// A fresh one as its owner gets it, and as it is stored.
struct FreshSecret {
    std::string text;
    Credential stored;
};
[[nodiscard]] FreshSecret make_secret(const World& world,
                                      const Principal& owner,
                                      const Scopes& scopes,
                                      std::optional<Instant> expires);

/// Those that live, oldest first.
[[nodiscard]] std::vector<Credential> live_secrets(const World& world, const Principal& owner);

/// The one with this id. Fails with kNotFound, saying `none`.
[[nodiscard]] Result<Credential> find_secret(const std::vector<Credential>& among,
                                             const std::string& id,
                                             std::string_view none);

/// Stores a fresh one. Those in whose place it comes live on for Rules::key_overlap at most.
[[nodiscard]] Task<Result<void>> store_secret(World world,
                                              Credential fresh,
                                              std::vector<Credential> instead_of = {});

/// Ends one at once, one that has run out, too: a socket may still be open with it. Fails as
/// find_secret() does.
[[nodiscard]] Task<Result<void>> revoke_secret(World world,
                                               Principal owner,
                                               std::string id,
                                               std::string_view none);

}  // namespace tandem::api
