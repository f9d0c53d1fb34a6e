#pragma once

#include "auth/form.h"
#include "auth/jwt.h"
#include "auth/outside.h"
#include "base/random.h"
#include "domain/principal.h"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

// Login with an outside issuer: OpenID Connect Core 1.0 section 3.1, with PKCE (RFC 7636) and the
// issuer's name in what comes back (RFC 9207). Pure: whoever calls asks the issuer.

/// What a browser that has been sent to an issuer comes back for.
struct PendingLogin {
    std::string issuer;
    std::string nonce;     ///< which the id token repeats
    std::string verifier;  ///< PKCE
    std::string redirect_uri;
    std::string browser;  ///< the digest of what this browser alone has
    Monotonic began;
};

/// A login that has begun.
struct BegunLogin {
    std::string to;       ///< where the browser goes
    std::string browser;  ///< the secret that it keeps until it is back
};

/// Logins that have begun and not ended. Only digests of their `state` are kept. One thread.
class PendingLogins {
public:
    static constexpr Duration kLife = 10min;
    static constexpr std::size_t kMax = 10'000;  ///< the oldest ends then

    /// `redirect_uri`: where the browser comes back to.
    [[nodiscard]] BegunLogin begin(const OutsideIssuer& issuer,
                                   const IssuerAddresses& addresses,
                                   std::string redirect_uri,
                                   Random& random,
                                   Monotonic now);
    /// Takes the login that a `state` is of: it works once, in time, and in the browser that began
    /// it, whose secret is `browser`.
    [[nodiscard]] std::optional<PendingLogin> take(std::string_view state,
                                                   std::string_view browser,
                                                   Monotonic now);
    [[nodiscard]] std::size_t size() const { return pending_.size(); }

private:
    std::map<std::string, PendingLogin> pending_;  // By the digest of the state.
};

/// The code that came back. Fails with what to tell the person: the issuer refused, or what came
/// is not an answer of this issuer.
[[nodiscard]] std::expected<std::string, std::string> code_in(const Form& answer,
                                                              std::string_view issuer,
                                                              const IssuerAddresses& addresses);

/// The request with which a code becomes an id token.
struct CodeRequest {
    std::string url;
    std::string authorization;  ///< the field; "" for none
    std::string form;
};
[[nodiscard]] CodeRequest code_request(const OutsideLogin& login,
                                       const IssuerAddresses& addresses,
                                       const PendingLogin& pending,
                                       std::string_view code);
/// The id token of its answer.
[[nodiscard]] Result<std::string> id_token_in(std::string_view answer);

/// By which rules an id token is verified: its audience is this client alone.
[[nodiscard]] JwtPolicy login_policy(const OutsideIssuer& issuer);
/// What the signature does not say: it answers this login, and was made for this client.
[[nodiscard]] std::expected<void, JwtRefusal> check_id_token(const Jwt& jwt,
                                                             const OutsideLogin& login,
                                                             const PendingLogin& pending);

/// Who has logged in, as users are here.
struct OutsidePerson {
    TenantId tenant;
    UserId name;
    std::string full_name;
    Role role = Role::kMember;
};
/// The id of who is `subject` at `issuer`: made of both, so that nobody chooses it.
[[nodiscard]] UserId outside_user(std::string_view issuer, std::string_view subject);
/// Whether an id is of that kind. No user is made with one, and none gets a password.
[[nodiscard]] bool is_outside_user(std::string_view id);
/// Nobody where no rule fits.
[[nodiscard]] std::optional<OutsidePerson> person_of(const OutsideIssuer& issuer,
                                                     const Jwt& jwt,
                                                     std::string_view subject);

}  // namespace tandem::auth
