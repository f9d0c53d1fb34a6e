#pragma once

#include "auth/jwk.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "domain/access.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::auth {

inline constexpr std::size_t kJwtBytesMax = std::size_t{8} * 1024;
/// How far the clocks of hub and issuer may be apart.
inline constexpr Duration kClockSkew = 60s;

/// What was wrong with a token.
enum class JwtFault : std::uint8_t {
    kTooLarge,
    kMalformed,   ///< not three parts of strict base64url, or not the JSON that it should be
    kAlgorithm,   ///< unknown, or not one that the issuer may use
    kCritical,    ///< an extension that has to be understood
    kType,        ///< a token of another kind
    kUnknownKey,  ///< none of that `kid`: the only fault that new keys may mend
    kSignature,
    kIssuer,
    kAudience,
    kExpired,
    kNotYet,        ///< before its `nbf`, or issued in the future
    kTooLong,       ///< it would be good for longer than its kind may
    kClaim,         ///< another claim is missing or makes no sense
    kConfirmation,  ///< it belongs to another client certificate, or is bound in a way unknown here
    kReplayed,      ///< it works once, and has been used
    kTooMany,       ///< there are as many as can be remembered
};

/// Why a token is refused. `why` is for the log: at most some hundred printable characters, never
/// the token.
struct JwtRefusal {
    JwtFault fault = JwtFault::kMalformed;
    std::string why;
};

/// What the bearer is told: that the token is not valid, and no more; that it has expired where it
/// was a good one.
[[nodiscard]] Error error_of(const JwtRefusal& refusal);

/// A token as it came. Nothing in it is proved until verify_jwt() has said so.
struct Jwt {
    JwsAlgorithm algorithm = JwsAlgorithm::kRs256;
    std::optional<std::string> kid;
    std::string type;    ///< `typ` in small letters and without `application/`; "" without one
    std::string issuer;  ///< `iss`, by which the policy is found; "" when it is missing or no text
    Value claims;        ///< an object
    std::string signed_part;  ///< what the signature is over
    std::string signature;
};

/// Takes a token apart: RFC 7515 section 5.2 with its compact form only, RFC 8725 section 3. Keys
/// and addresses in its header (jwk, jku, x5u, x5c) are not looked at.
[[nodiscard]] std::expected<Jwt, JwtRefusal> read_jwt(std::string_view token);

/// What the words of one claim are good for.
struct ScopeRule {
    /// Where the claim is: {"scope"}, or {"realm_access", "roles"} for a member of a member. It is
    /// a list of texts, or one text of words with spaces between.
    std::vector<std::string> claim;
    /// The word that gives all of `scopes`. "": every word that is the name of one of `scopes`
    /// gives that one.
    std::string word;
    Scopes scopes;
};

/// What tokens of one issuer have to be like. An empty list allows nothing.
struct JwtPolicy {
    std::string issuer;                  ///< exactly what `iss` says
    std::vector<std::string> audiences;  ///< `aud` holds one of them
    std::vector<JwsAlgorithm> algorithms;
    /// `typ` in small letters; "" stands for none. RFC 9068 section 4: access tokens say at+jwt, so
    /// that no other token of the issuer passes for one.
    std::vector<std::string> types{"at+jwt"};
    std::vector<ScopeRule> scopes;
    std::optional<Duration> life_max;  ///< how far ahead `exp` may be
};

/// What a token that was verified says.
struct VerifiedJwt {
    std::string issuer;
    std::string subject;
    std::string jti;  ///< "" without one
    Scopes scopes;
    Instant expires;
    std::string certificate;  ///< SHA-256 of the client certificate that it is bound to, raw; or ""
};

/// The circumstances in which a token is presented.
struct Presented {
    Instant now;
    std::string_view certificate;  ///< SHA-256 of the client's certificate, raw; "" without one
};

/// Verifies a token by the rules and keys of its issuer: first the header, then the signature, then
/// the claims (iss, aud, exp and sub are required). kUnknownKey may be asked again with new keys.
[[nodiscard]] std::expected<VerifiedJwt, JwtRefusal> verify_jwt(const Jwt& jwt,
                                                                const JwtPolicy& policy,
                                                                std::span<const Jwk> keys,
                                                                const Presented& presented);

/// Whether whoever presents a token may: it is bound to no certificate, or to theirs (RFC 8705
/// section 3).
[[nodiscard]] bool may_present(const VerifiedJwt& jwt, std::string_view certificate);

}  // namespace tandem::auth
