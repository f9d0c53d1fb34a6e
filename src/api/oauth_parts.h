#pragma once

#include "api/oauth.h"
#include "auth/oauth_request.h"
#include "auth/refresh_token.h"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace tandem::api {

// What the endpoints of OAuth share. All of it on the first loop.

template <typename T>
using OAuthResult = std::expected<T, auth::OAuthFault>;

/// Who asks.
struct Client {
    std::string id;       ///< `tenant/app`, or kClaimClient
    App app;              ///< none of kClaimClient
    bool proven = false;  ///< by a secret or an assertion, not by its id alone
    bool claims = false;  ///< kClaimClient
    /// Of the certificate that it has proved itself with, 32 raw bytes: its tokens are bound to it.
    std::string certificate;
    std::optional<UsedAssertion> assertion;  ///< to be stored with what it gets
};
/// Who a request comes from. What it fails with is told by refuse().
[[nodiscard]] OAuthResult<Client> authenticate_client(World world,
                                                      const OAuthCall& call,
                                                      const auth::Form& form);

[[nodiscard]] inline auth::Mint mint_of(const World& world) {
    return {.pepper = world.hub().credentials.pepper(),
            .random = world.hub().random,
            .now = world.now()};
}
[[nodiscard]] inline Actor actor_of(const Delegation& of) {
    return {.kind = of.kind,
            .tenant = of.tenant,
            .id = of.principal,
            .credential = {},
            .scopes = of.scopes};
}

/// The store could not, or would not: what the client is told.
[[nodiscard]] auth::OAuthFault fault_of(const Error& error);
/// Too often, and how long to wait.
[[nodiscard]] OAuthReply too_often(World world, const Error& refused);
[[nodiscard]] OAuthReply reply_of(const auth::OAuthFault& fault);
/// The refusal of an endpoint. What was tried in vain, a client that is not who it says or a grant
/// that is not good, counts for the address and leaves an audit line; `action` is the endpoint's.
[[nodiscard]] OAuthReply refuse(World world,
                                const OAuthCall& call,
                                std::string action,
                                const auth::OAuthFault& fault);
/// The refusal of an address from which too much was tried in vain.
[[nodiscard]] std::optional<OAuthReply> too_many_failures(World world, const OAuthCall& call);

/// An audit line of an endpoint. `who` is nobody where nobody is known.
struct OAuthLine {
    std::string action;
    std::optional<Principal> who;
    std::string credential;
    std::string resource;
    std::string result = "ok";
    std::string address;
};
void audit_oauth(World world, OAuthLine line);

/// The change that keeps a record, and the time from which on it is of no use.
[[nodiscard]] Change keeping(const World& world, AccessToken token);
[[nodiscard]] Change keeping(const World& world,
                             AuthorizationCode code,
                             std::optional<AuthorizationCode> before);
[[nodiscard]] Change keeping(const World& world,
                             RefreshFamily family,
                             std::optional<RefreshFamily> before);
[[nodiscard]] Change keeping(const World& world,
                             DeviceGrant grant,
                             std::optional<DeviceGrant> before);
[[nodiscard]] Change keeping(const World& world, UsedAssertion assertion);
[[nodiscard]] Change keeping(const World& world, ClaimCode code, std::optional<ClaimCode> before);

/// How often a record is looked at again because somebody has changed it meanwhile.
inline constexpr int kTries = 3;
/// `app:dashboard`, of a client's id.
[[nodiscard]] std::string resource_of(const std::string& client);

/// Ends a family with its access tokens and their sockets, if it still lives. `why` is the audit's
/// action.
[[nodiscard]] Task<Result<void>> end_family(World world, KeyId id, std::string why);

/// Runs `kHandle` on the first loop.
template <auto kHandle>
struct OnFirstLoop;
// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <typename Reply, typename Call, Task<Reply> (*kHandle)(World, Call)>
struct OnFirstLoop<kHandle> {
    static Task<Reply> run(World world, Call call) {
        Shard& here = world.shard();
        Shard& first = *world.hub().shards.front();
        if (&first != &here) co_await hop(first.executor);
        Reply reply = co_await kHandle(World{first}, std::move(call));
        if (&first != &here) co_await hop(here.executor);
        co_return reply;
    }
};

}  // namespace tandem::api
