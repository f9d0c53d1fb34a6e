#pragma once

#include "auth/jwks_cache.h"
#include "auth/outside.h"
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
    std::optional<Duration> max_age;
};
/// Fetches them without holding up a loop; continues on the executor. Over in less than
/// JwksCache::kFetchApart.
using FetchKeys =
    std::function<Task<Result<FetchedKeys>>(Executor* executor, auth::OutsideIssuer issuer)>;

/// The outside issuers that the hub trusts. On the first loop alone.
struct OutsideState {
    static constexpr std::size_t kWaitingMax = 64;  ///< requests, for the keys of one issuer

    struct Issuer {
        auth::OutsideIssuer settings;
        auth::JwksCache cache;
        std::vector<Completion<bool>> waiting;  ///< for the fetch under way
    };
    std::vector<std::unique_ptr<Issuer>> issuers;
    FetchKeys fetch;
};

}  // namespace tandem::api
