#pragma once

#include "auth/denied_tokens.h"
#include "auth/jwks_cache.h"
#include "auth/outside.h"
#include "auth/outside_login.h"
#include "base/executor.h"
#include "base/task.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tandem::api {

/// What a fetch of an issuer's keys brought.
struct FetchedKeys {
    auth::Jwks keys;
    auth::IssuerAddresses addresses = {};
    std::optional<Duration> max_age;
};
/// Fetches them without holding up a loop; continues on the executor. Over in less than
/// JwksCache::kFetchApart.
using FetchKeys =
    std::function<Task<Result<FetchedKeys>>(Executor* executor, auth::OutsideIssuer issuer)>;

/// Asks an issuer for the id token of a code, in the same manner.
using RedeemCode = std::function<Task<Result<std::string>>(Executor* executor,
                                                           auth::OutsideIssuer issuer,
                                                           auth::CodeRequest request)>;

/// The outside issuers that the hub trusts. On the first loop alone.
struct OutsideState {
    static constexpr std::size_t kWaitingMax = 64;  ///< requests, for the keys of one issuer

    struct Issuer {
        auth::OutsideIssuer settings;
        auth::JwksCache cache;
        auth::IssuerAddresses addresses = {};   ///< as the last fetch found them
        std::vector<Completion<bool>> waiting;  ///< for the fetch under way
    };
    std::vector<std::unique_ptr<Issuer>> issuers;
    FetchKeys fetch;
    RedeemCode redeem;
    auth::DeniedTokens denied;
    auth::PendingLogins logins;
};

}  // namespace tandem::api
