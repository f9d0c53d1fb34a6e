#pragma once

#include "auth/form.h"
#include "auth/oauth.h"
#include "base/value.h"
#include "domain/access.h"
#include "domain/principal.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

// What the requests of the OAuth endpoints say, and what their answers look like. Pure: nothing is
// looked up here.

/// Why a request gets an error. `why` goes to the client too, in `error_description`: it names
/// what is wrong with the request, and tells nothing of what the hub knows.
struct OAuthFault {
    OAuthError error = OAuthError::kInvalidRequest;
    std::string why;
};
[[nodiscard]] std::unexpected<OAuthFault> fault(OAuthError error, std::string why);

/// Which client a request says that it comes from: `app` in the operator's tenant, `tenant/app`.
struct ClientName {
    TenantId tenant;
    AppId app;
    /// `tenant/app`, as records have it.
    [[nodiscard]] std::string text() const { return tenant.text() + "/" + app.text(); }
};
[[nodiscard]] std::optional<ClientName> read_client_name(std::string_view text,
                                                         const TenantId& home);

/// How a client says who it is: RFC 6749 section 2.3, RFC 7523 section 2.2.
struct ClientProof {
    enum class How : std::uint8_t {
        kName,       ///< by its id alone
        kSecret,     ///< Basic, or in the body
        kAssertion,  ///< private_key_jwt
    };
    How how = How::kName;
    bool basic = false;  ///< it came in the Authorization field
    std::string client;  ///< its id as it was sent; "" with an assertion alone
    std::string proof;   ///< the secret or the assertion
};
/// `authorization` is the field, "" without one. Two ways at once are refused.
[[nodiscard]] std::expected<ClientProof, OAuthFault> read_client_proof(
    std::string_view authorization,
    const Form& form);

/// The scopes of a request; nothing where it names none. Fails with kInvalidScope for what is no
/// scope, and for those that no program may have.
[[nodiscard]] std::expected<std::optional<Scopes>, OAuthFault> read_scopes(const Form& form);

/// What both have.
[[nodiscard]] Scopes common(const Scopes& left, const Scopes& right);
[[nodiscard]] bool is_empty(const Scopes& scopes);

/// What a token endpoint gives: RFC 6749 section 5.1.
struct TokenBody {
    std::string access_token;
    std::optional<Duration> expires_in;
    std::string refresh_token;  ///< "" for none
    std::string scope;
    std::string device;  ///< which device the token is the key of; "" for tokens of others
};
[[nodiscard]] Value body_of(const TokenBody& tokens);
/// RFC 6749 section 5.2.
[[nodiscard]] Value body_of(const OAuthFault& fault);
/// RFC 8414. `issuer` is the hub as it was reached.
[[nodiscard]] Value metadata_of(const std::string& issuer);

/// The extension grant with which a device redeems a claim code.
inline constexpr std::string_view kClaimGrant = "urn:tandem:claim";
inline constexpr std::string_view kDeviceCodeGrant = "urn:ietf:params:oauth:grant-type:device_code";

}  // namespace tandem::auth
