#pragma once

#include "auth/brake.h"
#include "auth/client_assertion.h"
#include "auth/device_grant.h"

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
        : clients{brake("client", rules.of_client)},
          failures{brake("failures", rules.failures)},
          askings{brake("askings", rules.askings)},
          user_codes{brake("user_codes", rules.user_codes)} {}

    auth::Brake clients;
    auth::Brake failures;
    auth::Brake askings;
    auth::Brake user_codes;
    auth::UsedAssertions assertions;
    std::map<std::string, auth::UserCodeTries> tries;  ///< by session

private:
    static auth::Brake brake(const std::string& what, double per_minute) {
        return auth::Brake{"oauth." + what + "_per_minute", "too often", {.most = per_minute}};
    }
};

}  // namespace tandem::api
