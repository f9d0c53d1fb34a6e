#pragma once

#include "auth/key.h"
#include "auth/oauth.h"
#include "domain/oauth.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

inline constexpr Duration kCodeLife = 60s;

/// What a user has agreed to, as the authorization endpoint knows it: the client and its redirect
/// URI are checked (redirect_uri.h), and so is the challenge (pkce.h).
struct AuthorizationRequest {
    Delegation delegation;
    std::string redirect_uri;
    std::string challenge;
    std::string nonce;
};

struct IssuedCode {
    std::string text;  ///< `tac_<id>_<secret>_<crc>`
    AuthorizationCode record;
};

[[nodiscard]] IssuedCode issue_code(AuthorizationRequest request, const Mint& mint);

/// Takes a code apart: its id finds the record.
[[nodiscard]] std::optional<Key> read_code(std::string_view text);

/// What the token endpoint is given with a code, by a client that has been authenticated.
struct CodeExchange {
    Key code;
    std::string client;
    std::string redirect_uri;
    std::string verifier;
};

/// Decides what follows of a code that is presented: the used record, stored before any token goes
/// out. `stored` is what was found under its id, or nullptr.
///
/// Whoever knows the secret uses the code up, whatever else is wrong: a stolen code gets one try. A
/// used code ends the tokens that it gave.
[[nodiscard]] std::expected<AuthorizationCode, OAuthRefusal<AuthorizationCode>> redeem_code(
    const AuthorizationCode* stored,
    const CodeExchange& exchange,
    std::string_view pepper,
    Instant now);

/// From when on a record serves no purpose any more.
[[nodiscard]] Instant kept_until(const AuthorizationCode& code);

}  // namespace tandem::auth
