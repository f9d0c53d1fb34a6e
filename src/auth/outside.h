#pragma once

#include "auth/jwt.h"
#include "domain/oauth.h"
#include "domain/principal.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::auth {

/// Who logs in with an outside issuer: whose claim at `claim` is `word`, or a list that has it.
struct LoginRule {
    std::vector<std::string> claim;  ///< {"groups"}, or {"realm_access", "roles"}
    std::string word;
    Role role = Role::kMember;
    TenantId tenant;
};

/// How people log in to the console with an outside issuer: OpenID Connect Core 1.0 section 3.1.
struct OutsideLogin {
    std::string name;  ///< for people, and in addresses
    std::string client_id;
    std::string secret;       ///< of client_secret_basic; "" for a public client
    std::string secret_file;  ///< where that is; "" without one
    std::string scope = "openid";
    std::vector<LoginRule> rules;  ///< the first that fits counts; nobody where none does
};

/// An outside issuer whose tokens are taken for bearers, and for whom they speak here.
struct OutsideIssuer {
    JwtPolicy policy;
    TenantId tenant;
    /// The app that all of its tokens speak for; or, where that is empty, the claim with the name
    /// of the user that a token speaks for.
    AppId app;
    std::string user_claim;
    std::string ca_file;  ///< the authorities of its server, PEM; empty: the system's
    std::optional<OutsideLogin> login = {};
};

/// Whether a bearer is an outside token by its look: three parts with points between. The hub's own
/// keys and tokens have none.
[[nodiscard]] bool looks_outside(std::string_view bearer);

/// The id that a token has here: what audit lines and sockets know it by.
[[nodiscard]] KeyId outside_id(std::string_view bearer);

/// What a token that was verified allows here; nothing where it names no user that could be. The
/// rest is the policies': of that user or app, no more than their role and grants allow.
[[nodiscard]] std::optional<AccessToken> admitted(const OutsideIssuer& issuer,
                                                  const Jwt& jwt,
                                                  const VerifiedJwt& verified,
                                                  KeyId id,
                                                  Instant now);

/// Where an issuer says what it has: OpenID Connect Discovery 1.0 section 4, and RFC 8414 section
/// 3.1, which is asked where the first is not there.
[[nodiscard]] std::vector<std::string> metadata_addresses(std::string_view issuer);
/// Where what is asked of an issuer is, each an address that may be asked, or "".
struct IssuerAddresses {
    std::string keys;       ///< never ""
    std::string authorize;  ///< where people log in
    std::string token;
    bool says_issuer = false;  ///< what comes back from there says `iss`: RFC 9207
};
/// By its metadata. Fails with kMalformedBody where that is another issuer's, or names no address
/// of its keys that may be asked: https, or http on this machine.
[[nodiscard]] Result<IssuerAddresses> addresses_in(std::string_view metadata,
                                                   std::string_view issuer);
/// Whether the hub may ask an address: https, or http on this machine; no user, no fragment.
[[nodiscard]] bool may_be_asked(std::string_view url);
/// The `max-age` of a Cache-Control field.
[[nodiscard]] std::optional<Duration> max_age_of(std::string_view cache_control);

}  // namespace tandem::auth
