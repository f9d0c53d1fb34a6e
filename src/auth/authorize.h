#pragma once

#include "auth/oauth_request.h"

#include <expected>
#include <string>

namespace tandem::auth {

// The authorization endpoint: RFC 6749 section 4.1.1, RFC 7636, RFC 9207. Pure.

/// What the user is asked, and where the answer goes.
struct Question {
    App app;
    Scopes scopes;
    std::string redirect_uri;
    std::string state;
    std::string challenge;
    std::string nonce;
};

/// What is wrong with a request. Without `redirect_uri` the user alone is told: nothing goes to an
/// address that the client has not registered.
struct AuthorizeFault {
    OAuthFault fault;
    std::string redirect_uri;
    std::string state;
};

/// `app` is the client that the request names, or nullptr.
[[nodiscard]] std::expected<Question, AuthorizeFault> read_authorize(const Form& form,
                                                                     const App* app);

// Where the browser is sent: the redirect URI with what the client is told, and `iss`, so that it
// cannot take one server's answer for another's.
[[nodiscard]] std::string redirect_with_code(const Question& question,
                                             const std::string& code,
                                             const std::string& issuer);
[[nodiscard]] std::string redirect_with_error(const AuthorizeFault& fault,
                                              const std::string& issuer);

}  // namespace tandem::auth
