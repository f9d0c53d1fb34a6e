#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "base/random.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

/// What an OAuth endpoint answers when it refuses: RFC 6749 sections 4.1.2.1 and 5.2, RFC 9101
/// section 7, RFC 8628 section 3.5.
enum class OAuthError : std::uint8_t {
    kInvalidRequest,
    kInvalidClient,
    kInvalidGrant,
    kInvalidScope,
    kUnauthorizedClient,
    kUnsupportedGrantType,
    kUnsupportedResponseType,
    kRequestNotSupported,
    kRequestUriNotSupported,
    kTemporarilyUnavailable,
    kServerError,
    kAuthorizationPending,
    kSlowDown,
    kAccessDenied,
    kExpiredToken,
};
/// As it is on the wire: `invalid_grant`.
[[nodiscard]] std::string_view name_of(OAuthError error);
/// The status of the answer that says so: 400, 401, 429 or 503.
[[nodiscard]] int status_of(OAuthError error);

/// Why there are no tokens, and what follows.
template <typename Record>
struct OAuthRefusal {
    OAuthError error = OAuthError::kInvalidGrant;
    std::string why;               ///< for the log; the client gets the error's name alone
    std::optional<Record> record;  ///< to be stored first, where it changed
    KeyId revoke;                  ///< the family whose tokens all end; empty: none
};

/// What making a secret takes.
struct Mint {
    std::string_view pepper;
    Random& random;
    Instant now;
};

}  // namespace tandem::auth
