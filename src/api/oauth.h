#pragma once

#include "api/world.h"
#include "base/task.h"
#include "base/value.h"

#include <string>
#include <utility>
#include <vector>

namespace tandem::api {

// The OAuth endpoints that programs ask. docs/reference/oauth.md

/// A request as the door hands it on.
struct OAuthCall {
    std::string authorization;  ///< the field; "" without one
    std::string form;           ///< the body, still coded
    std::string address;
    std::string brake;  ///< what the address counts under; empty: this machine, not held up
    std::string base;   ///< the hub as the caller reached it: the issuer
    std::string certificate = {};          ///< the client's, SHA-256 in hexadecimal; "" without one
    std::string certificate_subject = {};  ///< and its subject
};

struct OAuthReply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};  ///< names in lower case
    Value body = {};                                                ///< null: none
};

[[nodiscard]] Task<OAuthReply> oauth_token(World world, OAuthCall call);
/// RFC 7009.
[[nodiscard]] Task<OAuthReply> oauth_revoke(World world, OAuthCall call);
/// RFC 7662.
[[nodiscard]] Task<OAuthReply> oauth_introspect(World world, OAuthCall call);
/// RFC 8628 section 3.1.
[[nodiscard]] Task<OAuthReply> oauth_device_authorization(World world, OAuthCall call);
/// What is not the form that it should be, as those answer it.
[[nodiscard]] OAuthReply oauth_refusal(std::string why);

}  // namespace tandem::api
