#pragma once

#include "auth/key.h"
#include "auth/oauth.h"
#include "base/error.h"
#include "domain/oauth.h"

#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

inline constexpr Duration kAccessTokenLife = 15min;

struct IssuedAccessToken {
    std::string text;  ///< `tat_<id>_<secret>_<crc>`, for the client alone
    AccessToken record;
};

/// A fresh access token. `family` may be empty; `certificate` too.
[[nodiscard]] IssuedAccessToken issue_access_token(const Delegation& delegation,
                                                   const KeyId& family,
                                                   std::string_view certificate,
                                                   const Mint& mint);

/// Takes an access token apart: its id finds the record.
[[nodiscard]] std::optional<Key> read_access_token(std::string_view text);

/// Who calls with an access token. `stored` is what was found under its id, or nullptr. Fails with
/// kUnauthenticated; only a token that was good is told that it has expired.
[[nodiscard]] Result<Actor> check_access_token(const AccessToken* stored,
                                               const Key& given,
                                               std::string_view certificate,
                                               std::string_view pepper,
                                               Instant now);

}  // namespace tandem::auth
