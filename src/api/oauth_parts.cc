#include "api/oauth_parts.h"

#include "api/audit.h"
#include "auth/access_token.h"
#include "auth/authorization_code.h"
#include "auth/certificate.h"
#include "auth/client_assertion.h"
#include "auth/device_grant.h"
#include "auth/jwk.h"
#include "auth/jwt.h"
#include "base/checked.h"
#include "base/log.h"
#include "codec/json.h"

#include <algorithm>

namespace tandem::api {
namespace {

using auth::ClientName;
using auth::ClientProof;
using auth::fault;
using auth::OAuthError;

std::unexpected<auth::OAuthFault> not_known() {
    return fault(OAuthError::kInvalidClient, "the client is not known, or has not proved itself");
}

OAuthResult<Client> by_name(const World& world, const std::string& id) {
    if (id == kClaimClient) {
        return Client{.id = id, .app = {}, .claims = true, .assertion = {}};
    }
    const auto name = auth::read_client_name(id, world.hub().home);
    if (!name) return not_known();
    auto app = world.hub().policies.app(name->tenant, name->app);
    if (!app) return not_known();
    return Client{.id = name->text(), .app = checked(std::move(app)), .assertion = {}};
}

// An app's secret is its bearer key.
bool is_secret_of(const World& world, const Client& client, const std::string& secret) {
    if (!auth::read_bearer("tak_", secret)) return false;
    const auto actor = world.hub().credentials.authenticate(secret, world.now());
    return actor && !client.claims && actor->kind == PrincipalKind::kApp &&
           actor->tenant == client.app.tenant && actor->id == client.app.id.text();
}

// RFC 8705 section 2.1: TLS has seen that whoever asks has the key of a certificate that the hub's
// authorities have signed; which client that is its subject says.
bool is_certificate_of(const Client& client, const OAuthCall& call) {
    const std::string& subject = client.app.certificate_subject;
    return !subject.empty() && !call.certificate.empty() && subject == call.certificate_subject;
}

OAuthResult<Client> with_assertion(World world, const ClientProof& proof, const std::string& base) {
    const auto jwt = auth::read_jwt(proof.proof);
    if (!jwt) return not_known();
    // The client names itself in the assertion; client_id may say so again.
    if (!proof.client.empty() && proof.client != jwt->issuer) return not_known();
    auto client = by_name(world, jwt->issuer);
    if (!client || client->claims || client->app.jwks == Value{}) return not_known();
    auto keys = auth::parse_jwks(codec::to_json(client->app.jwks));
    if (!keys) return not_known();
    const auth::AssertingClient asserting{
        .id = jwt->issuer,
        .keys = std::move(keys->keys),
        .algorithms = {auth::JwsAlgorithm::kRs256, auth::JwsAlgorithm::kPs256,
                       auth::JwsAlgorithm::kEs256, auth::JwsAlgorithm::kEdDsa}};
    auto used = auth::use_assertion(*jwt, asserting, {base, base + "/oauth/token"},
                                    world.hub().oauth.assertions, world.now());
    if (!used) {
        log(LogLevel::kInfo, "assertion_refused",
            {{"client", client->id}, {"why", used.error().why}});
        return not_known();
    }
    client->proven = true;
    client->assertion = std::move(*used);
    return client;
}

OAuthResult<Client> prove(World world, const OAuthCall& call, const auth::Form& form) {
    const auto proof = auth::read_client_proof(call.authorization, form);
    if (!proof) return std::unexpected(proof.error());
    if (proof->how == ClientProof::How::kAssertion) {
        return with_assertion(world, *proof, call.base);
    }
    auto client = by_name(world, proof->client);
    if (!client) return client;
    if (proof->how == ClientProof::How::kSecret) {
        if (!is_secret_of(world, *client, proof->proof)) return not_known();
        client->proven = true;
        return client;
    }
    if (client->claims || client->app.is_public) return client;
    if (!is_certificate_of(*client, call)) return not_known();
    client->proven = true;
    client->certificate = auth::fingerprint_bytes(call.certificate);
    return client;
}

template <typename Record>
Change kept(const World& world, Record record, std::optional<Record> before, Instant until) {
    return PutRecord<Record>{.record = std::move(record),
                             .before = std::move(before),
                             .now = world.now(),
                             .until = until};
}

}  // namespace

OAuthResult<Client> authenticate_client(World world,
                                        const OAuthCall& call,
                                        const auth::Form& form) {
    return prove(world, call, form);
}

OAuthReply refuse(World world,
                  const OAuthCall& call,
                  std::string action,
                  const auth::OAuthFault& fault) {
    const bool client = fault.error == OAuthError::kInvalidClient;
    if (client || fault.error == OAuthError::kInvalidGrant) {
        static_cast<void>(world.hub().oauth.failures.take(call.brake, world.monotonic()));
        audit_oauth(world, {.action = client ? "oauth.client" : std::move(action),
                            .who = {},
                            .credential = {},
                            .resource = {},
                            .result = "unauthenticated",
                            .address = call.address});
    }
    return reply_of(fault);
}

auth::OAuthFault fault_of(const Error& error) {
    const bool later = row(error.code).retryable;
    if (!later) log(LogLevel::kError, "oauth_not_stored", {{"why", error.detail}});
    return {.error = later ? OAuthError::kTemporarilyUnavailable : OAuthError::kServerError,
            .why = "try again later"};
}

OAuthReply reply_of(const auth::OAuthFault& fault) {
    OAuthReply reply{.status = auth::status_of(fault.error), .body = auth::body_of(fault)};
    if (reply.status == 401)
        reply.headers.emplace_back("www-authenticate", "Basic realm=\"tandem\"");
    if (reply.status == 503) reply.headers.emplace_back("retry-after", "1");
    return reply;
}

OAuthReply too_often(World world, const Error& refused) {
    world.hub().count_limit(refused.limit);
    OAuthReply reply = reply_of(
        {.error = OAuthError::kTemporarilyUnavailable, .why = "too often: " + refused.limit});
    reply.status = 429;
    const Duration wait = refused.retry_after.value_or(1s);
    reply.headers = {
        {"retry-after", std::to_string(std::max<std::int64_t>(1, (wait + 1s - 1us) / 1s))}};
    return reply;
}

std::optional<OAuthReply> too_many_failures(World world, const OAuthCall& call) {
    const auto may = world.hub().oauth.failures.look(call.brake, world.monotonic());
    if (may) return {};
    return too_often(world, may.error());
}

void audit_oauth(World world, OAuthLine line) {
    audit(world, {.time = world.now(),
                  .tenant = line.who ? line.who->tenant : world.hub().home,
                  .actor = line.who ? text_of(line.who->kind, line.who->id) : "anonymous",
                  .credential = std::move(line.credential),
                  .address = std::move(line.address),
                  .door = Door::kRest,
                  .action = std::move(line.action),
                  .resource = std::move(line.resource),
                  .result = std::move(line.result)});
}

Change keeping(const World& world, AccessToken token) {
    const Instant until = token.expires;
    return kept<AccessToken>(world, std::move(token), {}, until);
}

Change keeping(const World& world,
               AuthorizationCode code,
               std::optional<AuthorizationCode> before) {
    const Instant until = auth::kept_until(code);
    PutRecord<AuthorizationCode> put{.record = std::move(code),
                                     .before = std::move(before),
                                     .now = world.now(),
                                     .until = until,
                                     .most = world.rules().oauth.pending};
    return put;
}

Change keeping(const World& world, RefreshFamily family, std::optional<RefreshFamily> before) {
    const Instant until = family.created + auth::kRefreshLife;
    return kept<RefreshFamily>(world, std::move(family), std::move(before), until);
}

Change keeping(const World& world, DeviceGrant grant, std::optional<DeviceGrant> before) {
    const Instant until = auth::kept_until(grant);
    PutRecord<DeviceGrant> put{.record = std::move(grant),
                               .before = std::move(before),
                               .now = world.now(),
                               .until = until,
                               .most = world.rules().oauth.pending};
    return put;
}

Change keeping(const World& world, UsedAssertion assertion) {
    const Instant until = assertion.until;
    return kept<UsedAssertion>(world, std::move(assertion), {}, until);
}

Change keeping(const World& world, ClaimCode code, std::optional<ClaimCode> before) {
    const Instant until = code.expires;
    return kept<ClaimCode>(world, std::move(code), std::move(before), until);
}

namespace {

// Nothing: it was another by the time that it was stored.
Task<Result<bool>> try_to_end(World world, KeyId id, std::string why) {
    auto found = co_await world.oauth().family(id);
    if (!found) co_return pass(found);
    const std::optional<RefreshFamily> family = std::move(*found);
    if (!family || family->revoked) co_return true;
    Transaction transaction;
    transaction.changes.push_back(keeping(world, auth::revoked(*family, world.now()), family));
    transaction.changes.emplace_back(EndFamily{.family = id});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored && stored.error().code == ErrorCode::kPreconditionFailed) co_return false;
    if (!stored) co_return pass(stored);
    world.hub().credentials.end_family(id);
    const Delegation& of = family->delegation;
    audit_oauth(world, {.action = std::move(why),
                        .who = Principal{of.kind, of.tenant, of.principal},
                        .credential = id.text(),
                        .resource = resource_of(of.client),
                        .address = {}});
    co_return true;
}

}  // namespace

std::string resource_of(const std::string& client) {
    return "app:" + client.substr(client.find('/') + 1);
}

Task<Result<void>> end_family(World world, KeyId id, std::string why) {
    for (int tries = 0; tries < kTries; ++tries) {
        auto ended = co_await try_to_end(world, id, why);
        if (!ended) co_return pass(ended);
        if (*ended) co_return Result<void>{};
    }
    co_return fail(ErrorCode::kUnavailable, "it changes too fast");
}

}  // namespace tandem::api
