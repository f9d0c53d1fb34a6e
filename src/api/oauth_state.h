#pragma once

#include "auth/client_assertion.h"
#include "auth/device_grant.h"
#include "auth/oauth_brake.h"

#include <map>
#include <string>

namespace tandem::api {

/// What an operator may set of OAuth. docs/reference/limits.md
struct OAuthRules {
    double of_client = 30;            ///< requests for tokens a minute, of one client or one family
    double failures = 10;             ///< a minute from one address: wrong secrets, codes, tokens
    double askings = 10;              ///< devices that ask for a code a minute, from one address
    double user_codes = 10;           ///< wrong ones a minute from one address
    std::size_t families = 10;        ///< that a user has of one app; the oldest then ends
    std::size_t pending = 10'000;     ///< codes, and device grants, that are kept
    std::size_t claim_codes = 1'000;  ///< a tenant
};

/// What the OAuth endpoints remember beside their records. On the first loop alone.
struct OAuthState {
    explicit OAuthState(const OAuthRules& rules)
        : clients{rules.of_client},
          failures{rules.failures},
          askings{rules.askings},
          user_codes{rules.user_codes} {}

    auth::OAuthBrake clients;
    auth::OAuthBrake failures;
    auth::OAuthBrake askings;
    auth::OAuthBrake user_codes;
    auth::UsedAssertions assertions;
    std::map<std::string, auth::UserCodeTries> tries;  ///< by session
};

}  // namespace tandem::api
