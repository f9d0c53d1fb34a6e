#include "api/outside.h"

#include "auth/certificate.h"
#include "base/checked.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace tandem::api {
namespace {

using Issuer = OutsideState::Issuer;
using auth::JwksCache;

/// What is known of a token that was verified.
struct Good {
    auth::VerifiedJwt verified;
    AccessToken record;
};

std::unexpected<Error> refused(const auth::JwtRefusal& why) {
    log(LogLevel::kInfo, "outside_token_refused", {{"why", why.why}});
    return std::unexpected(auth::error_of(why));
}

std::unexpected<Error> not_now() {
    auto busy = fail(ErrorCode::kUnavailable, "the keys of the token's issuer cannot be had now");
    busy.error().retry_after = 1s;
    busy.error().limit = "outside.keys";
    return busy;
}

Task<void> fetch(World world, Issuer* issuer, JwksCache::FetchId id) {
    auto got = co_await world.hub().outside.fetch(&world.executor(), issuer->settings);
    const std::string outcome = got ? "ok" : "failed";
    world.hub()
        .metrics.counter("tandem_outside_key_fetches_total", "result=\"" + outcome + "\"")
        .add();
    if (got) {
        for (const std::string& each : got->keys.skipped)
            log(LogLevel::kWarning, "outside_key_skipped", {{"why", each}});
        issuer->addresses = std::move(got->addresses);
        issuer->cache.fetched(id, std::move(got->keys), got->max_age, world.monotonic());
    } else {
        log(LogLevel::kWarning, "outside_keys_not_fetched",
            {{"issuer", issuer->settings.policy.issuer}, {"why", got.error().detail}});
        issuer->cache.failed(id, world.monotonic());
    }
    for (Completion<bool>& each : std::exchange(issuer->waiting, {}))
        each.complete(true);
}

// What a token's issuer knows of its key, after a fetch where there was one to wait for.
Task<JwksCache::Outcome> wait_for_keys(World world, Issuer* issuer, JwksCache::Answer answer) {
    const bool full = issuer->waiting.size() >= OutsideState::kWaitingMax;
    const bool waits = answer.outcome == JwksCache::Outcome::kWait && !full;
    const Completion<bool> fetched;
    // Before the fetch, which may end at once.
    if (waits) issuer->waiting.push_back(fetched);
    if (answer.fetch) spawn(fetch(world, issuer, *answer.fetch));
    if (waits) {
        co_await fetched;
    } else if (answer.outcome == JwksCache::Outcome::kWait) {
        co_return JwksCache::Outcome::kUnavailable;
    }
    co_return answer.outcome;
}

Task<Result<Good>> verify(World world, std::string bearer, std::string certificate) {
    const auto jwt = auth::read_jwt(bearer);
    if (!jwt) co_return refused(jwt.error());
    const auto& issuers = world.hub().outside.issuers;
    const auto found = std::ranges::find_if(
        issuers, [&](const auto& each) { return each->settings.policy.issuer == jwt->issuer; });
    if (found == issuers.end()) {
        co_return refused(
            {.fault = auth::JwtFault::kIssuer, .why = "an issuer that is not trusted"});
    }
    Issuer* issuer = found->get();
    auto key = co_await outside_key(world, issuer, *jwt);
    if (!key) co_return pass(key);
    const std::string presented = auth::fingerprint_bytes(certificate);
    auto verified = auth::verify_jwt(*jwt, issuer->settings.policy, {&*key, 1},
                                     {.now = world.now(), .certificate = presented});
    if (!verified) co_return refused(verified.error());
    auto record =
        auth::admitted(issuer->settings, *jwt, *verified, auth::outside_id(bearer), world.now());
    if (!record) {
        co_return refused({.fault = auth::JwtFault::kClaim, .why = "it names no user of this hub"});
    }
    co_return Good{.verified = std::move(*verified), .record = std::move(*record)};
}

// It is known from here on. Between the last look at what is denied and that nobody comes.
Result<void> keep(World world, const Good& good) {
    const Hub& hub = world.hub();
    const auth::DeniedTokens::Token token{.tenant = good.record.delegation.tenant,
                                          .issuer = good.verified.issuer,
                                          .subject = good.verified.subject,
                                          .jti = good.verified.jti};
    if (hub.outside.denied.has(token, world.now())) {
        return refused({.fault = auth::JwtFault::kClaim, .why = "it was denied here"});
    }
    const bool kept = world.hub().credentials.put(good.record,
                                                  {.issuer = good.verified.issuer,
                                                   .subject = good.verified.subject,
                                                   .jti = good.verified.jti},
                                                  world.rules().outside_tokens, world.now());
    if (kept) return {};
    auto full = fail(ErrorCode::kUnavailable, "the issuer's tokens are too many");
    full.error().retry_after = 1s;
    full.error().limit = "outside.tokens";
    return full;
}

}  // namespace

Task<Result<auth::Jwk>> outside_key(World world, Issuer* issuer, auth::Jwt jwt) {
    for (int round = 0; round < 2; ++round) {
        auto answer = issuer->cache.find(jwt.kid, jwt.algorithm, world.monotonic());
        auto key = std::move(answer.key);
        const auto outcome = co_await wait_for_keys(world, issuer, std::move(answer));
        if (outcome == JwksCache::Outcome::kKey) co_return checked(std::move(key));
        if (outcome == JwksCache::Outcome::kUnknown) {
            co_return refused({.fault = auth::JwtFault::kUnknownKey, .why = "no such key"});
        }
        if (outcome == JwksCache::Outcome::kUnavailable) co_return not_now();
    }
    co_return not_now();
}

Task<Result<auth::IssuerAddresses>> outside_addresses(World world, Issuer* issuer) {
    for (int round = 0; round < 2; ++round) {
        // They come with the keys. Which of these is wanted does not matter.
        auto answer = issuer->cache.find({}, auth::JwsAlgorithm::kRs256, world.monotonic());
        const auto outcome = co_await wait_for_keys(world, issuer, std::move(answer));
        if (outcome == JwksCache::Outcome::kUnavailable) co_return not_now();
        if (outcome != JwksCache::Outcome::kWait) co_return issuer->addresses;
    }
    co_return not_now();
}

Task<Result<void>> admit_outside(World world, std::string bearer, std::string certificate) {
    if (!auth::looks_outside(bearer) || outside_actor(world, bearer, certificate)) {
        co_return Result<void>{};
    }
    Shard& here = world.shard();
    Shard& first = *world.hub().shards.front();
    if (&first != &here) co_await hop(first.executor);
    auto good = co_await verify(World{first}, bearer, certificate);
    Result<void> kept;
    if (good) kept = keep(World{first}, *good);
    if (&first != &here) co_await hop(here.executor);
    if (!good) co_return pass(good);
    if (!kept) co_return kept;
    world.shard().tokens.put(bearer, std::move(good->verified), world.now(), world.monotonic());
    co_return Result<void>{};
}

Result<Actor> outside_actor(const World& world,
                            const std::string& bearer,
                            const std::string& certificate) {
    const auto verified =
        world.shard().tokens.find(bearer, auth::fingerprint_bytes(certificate), world.monotonic());
    const auto record = verified ? world.hub().credentials.token(auth::outside_id(bearer))
                                 : std::optional<AccessToken>{};
    if (!record || world.now() >= record->expires) {
        return fail(ErrorCode::kUnauthenticated, "the token is not valid");
    }
    const Delegation& of = record->delegation;
    return Actor{.kind = of.kind,
                 .tenant = of.tenant,
                 .id = of.principal,
                 .credential = record->id.text(),
                 .scopes = of.scopes};
}

}  // namespace tandem::api
