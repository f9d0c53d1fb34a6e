// The token endpoint: RFC 6749 sections 4 to 6, RFC 8628 section 3.4.
#include "api/oauth_claim.h"
#include "api/oauth_parts.h"
#include "auth/access_token.h"
#include "auth/authorization_code.h"
#include "auth/device_grant.h"
#include "auth/key.h"
#include "base/checked.h"
#include "base/log.h"

#include <algorithm>
#include <array>

namespace tandem::api {
namespace {

using auth::fault;
using auth::OAuthError;
using auth::OAuthFault;

// What a grant gives, or that the record has changed meanwhile and is looked at again.
using Grant = OAuthResult<std::optional<auth::TokenBody>>;

/// A request whose client is known.
struct Asked {
    OAuthCall call;
    auth::Form form;
    Client client;
};

/// Tokens to be given, and what is stored before they are.
struct Giving {
    Delegation delegation;
    Scopes scopes;  ///< of the access token; the delegation's, or fewer
    KeyId family;   ///< empty: there is no refresh token
    std::string refresh_token;
    std::vector<Change> changes;
};

// Stores all of it, and only then gives anything away.
Task<Grant> give(World world, Asked asked, Giving giving) {
    auth::Credentials& credentials = world.hub().credentials;
    if (!credentials.has_room(world.now())) {
        co_return fault(OAuthError::kTemporarilyUnavailable, "there are too many tokens");
    }
    Delegation of = giving.delegation;
    of.scopes = giving.scopes;
    auto issued =
        auth::issue_access_token(of, giving.family, asked.client.certificate, mint_of(world));
    Transaction transaction{.changes = std::move(giving.changes), .events = {}};
    transaction.changes.push_back(keeping(world, issued.record));
    if (asked.client.assertion) {
        transaction.changes.push_back(keeping(world, checked(asked.client.assertion)));
    }
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored && stored.error().code == ErrorCode::kPreconditionFailed) {
        co_return std::optional<auth::TokenBody>{};
    }
    if (!stored) co_return std::unexpected(fault_of(stored.error()));
    credentials.put(issued.record);
    audit_oauth(world, {.action = "oauth.token",
                        .who = Principal{of.kind, of.tenant, of.principal},
                        .credential = issued.record.id.text(),
                        .resource = resource_of(of.client),
                        .address = asked.call.address});
    co_return std::optional{auth::TokenBody{.access_token = issued.text,
                                            .expires_in = auth::kAccessTokenLife,
                                            .refresh_token = std::move(giving.refresh_token),
                                            .scope = of.scopes.text(),
                                            .device = {}}};
}

// What a refusal changes is stored before it is told. Nothing: it is to be looked at again.
template <typename Record>
Task<Grant> refuse(World world, auth::OAuthRefusal<Record> refusal, std::optional<Record> before) {
    log(LogLevel::kInfo, "token_refused", {{"why", refusal.why}});
    if (refusal.record) {
        Transaction transaction;
        transaction.changes.push_back(keeping(world, checked(refusal.record), std::move(before)));
        if constexpr (std::same_as<Record, RefreshFamily>) {
            if (!refusal.revoke.empty()) {
                transaction.changes.emplace_back(EndFamily{.family = refusal.revoke});
            }
        }
        auto stored = co_await world.registry().commit(std::move(transaction));
        if (!stored && stored.error().code == ErrorCode::kPreconditionFailed) {
            co_return std::optional<auth::TokenBody>{};
        }
        if (!stored) co_return std::unexpected(fault_of(stored.error()));
    }
    if (!refusal.revoke.empty()) {
        if constexpr (std::same_as<Record, RefreshFamily>) {
            world.hub().credentials.end_family(refusal.revoke);
            const Delegation& of = checked(refusal.record).delegation;
            audit_oauth(world, {.action = "oauth.reuse",
                                .who = Principal{of.kind, of.tenant, of.principal},
                                .credential = refusal.revoke.text(),
                                .resource = resource_of(of.client),
                                .address = {}});
        } else {
            auto ended = co_await end_family(world, refusal.revoke, "oauth.reuse");
            if (!ended) co_return std::unexpected(fault_of(ended.error()));
        }
    }
    co_return fault(refusal.error, {});
}

// ---------------------------------------------------------------- client_credentials

Task<Grant> client_credentials(World world, Asked asked) {
    if (!asked.client.proven) {
        co_return fault(OAuthError::kUnauthorizedClient, "the client has to prove itself for this");
    }
    const App& app = asked.client.app;
    Delegation of{.kind = PrincipalKind::kApp,
                  .tenant = app.tenant,
                  .principal = app.id.text(),
                  .client = asked.client.id,
                  .scopes = grantable_scopes()};
    of.scopes.add(Scope::kSelfRead);
    const auto actor = world.hub().policies.resolve(actor_of(of));
    if (!actor) co_return fault(OAuthError::kInvalidClient, "the client is no more");
    const auto scopes = auth::read_scopes(asked.form);
    if (!scopes) co_return std::unexpected(scopes.error());
    // No more than it may now: what its grants allow later, later tokens do.
    Scopes may = scopes_of(*actor);
    may.add(Scope::kSelfRead);
    of.scopes = auth::common(scopes->value_or(of.scopes), may);
    if (auth::is_empty(of.scopes)) {
        co_return fault(OAuthError::kInvalidScope, "the app's grants allow none of these");
    }
    Giving giving{
        .delegation = of, .scopes = of.scopes, .family = {}, .refresh_token = {}, .changes = {}};
    co_return co_await give(world, std::move(asked), std::move(giving));
}

// ---------------------------------------------------------------- what a user has agreed to

// The changes with which families of the same app end that are more than a user may have.
Task<Result<std::vector<KeyId>>> surplus(World world, Delegation of) {
    Principal who{of.kind, of.tenant, of.principal};
    auto found = co_await world.oauth().families(std::move(who));
    if (!found) co_return pass(found);
    std::vector<KeyId> live;
    for (const RefreshFamily& each : *found) {
        if (each.delegation.client == of.client && auth::is_live(each, world.now())) {
            live.push_back(each.id);
        }
    }
    const std::size_t most = std::max<std::size_t>(1, world.rules().oauth.families);
    live.resize(live.size() < most ? 0 : live.size() - most + 1);
    co_return live;
}

// The first tokens of a family. `used` keeps the code or the grant as used.
Task<Grant> begin(World world, Asked asked, Delegation of, KeyId family, Change used) {
    if (!world.hub().policies.resolve(actor_of(of))) {
        co_return fault(OAuthError::kInvalidGrant, "");
    }
    auto old = co_await surplus(world, of);
    if (!old) co_return std::unexpected(fault_of(old.error()));
    for (const KeyId& each : *old) {
        auto ended = co_await end_family(world, each, "oauth.families");
        if (!ended) co_return std::unexpected(fault_of(ended.error()));
    }
    auto issued = auth::begin_family(family, of, mint_of(world));
    Giving giving{.delegation = of,
                  .scopes = of.scopes,
                  .family = family,
                  .refresh_token = issued.text,
                  .changes = {}};
    giving.changes.push_back(std::move(used));
    giving.changes.push_back(keeping(world, std::move(issued.record), {}));
    co_return co_await give(world, std::move(asked), std::move(giving));
}

Task<Grant> authorization_code(World world, Asked asked) {
    for (const char* name : {"code", "redirect_uri", "code_verifier"}) {
        if (!asked.form.has(name)) {
            co_return fault(OAuthError::kInvalidRequest, std::string{name} + " is missing");
        }
    }
    const auto code = auth::read_code(asked.form.get("code"));
    if (!code) co_return fault(OAuthError::kInvalidGrant, "");
    auto found = co_await world.oauth().code(code->id);
    if (!found) co_return std::unexpected(fault_of(found.error()));
    const std::optional<AuthorizationCode> stored = std::move(*found);
    const auth::CodeExchange exchange{.code = *code,
                                      .client = asked.client.id,
                                      .redirect_uri = asked.form.get("redirect_uri"),
                                      .verifier = asked.form.get("code_verifier")};
    auto used = auth::redeem_code(stored ? &*stored : nullptr, exchange,
                                  world.hub().credentials.pepper(), world.now());
    if (!used) co_return co_await refuse(world, std::move(used).error(), stored);
    const Delegation of = used->delegation;
    const KeyId family = used->family;
    Change change = keeping(world, std::move(*used), stored);
    co_return co_await begin(world, std::move(asked), of, family, std::move(change));
}

Task<Grant> refresh_token(World world, Asked asked) {
    if (!asked.form.has("refresh_token")) {
        co_return fault(OAuthError::kInvalidRequest, "refresh_token is missing");
    }
    const auto token = auth::read_refresh_token(asked.form.get("refresh_token"));
    if (!token) co_return fault(OAuthError::kInvalidGrant, "");
    const auto scopes = auth::read_scopes(asked.form);
    if (!scopes) co_return std::unexpected(scopes.error());
    auto found = co_await world.oauth().family(token->id);
    if (!found) co_return std::unexpected(fault_of(found.error()));
    const std::optional<RefreshFamily> stored = std::move(*found);
    const auth::Refreshing refreshing{
        .token = *token, .client = asked.client.id, .scopes = *scopes};
    auto next = auth::rotate(stored ? &*stored : nullptr, refreshing, mint_of(world));
    if (!next) co_return co_await refuse(world, std::move(next).error(), stored);
    const Delegation of = next->record.delegation;
    if (!world.hub().policies.resolve(actor_of(of))) {
        co_return fault(OAuthError::kInvalidGrant, "");
    }
    Giving giving{.delegation = of,
                  .scopes = scopes->value_or(of.scopes),
                  .family = next->record.id,
                  .refresh_token = next->text,
                  .changes = {}};
    giving.changes.push_back(keeping(world, std::move(next->record), stored));
    co_return co_await give(world, std::move(asked), std::move(giving));
}

Task<Grant> device_code(World world, Asked asked) {
    const auto code = auth::read_device_code(asked.form.get("device_code"));
    if (!code) co_return fault(OAuthError::kInvalidGrant, "");
    auto found = co_await world.oauth().device_grant(code->id);
    if (!found) co_return std::unexpected(fault_of(found.error()));
    const std::optional<DeviceGrant> stored = std::move(*found);
    auto used = auth::poll_device_grant(stored ? &*stored : nullptr, *code, asked.client.id,
                                        world.hub().credentials.pepper(), world.now());
    if (!used) {
        if (asked.client.claims && !used.error().revoke.empty() && stored && stored->delegation) {
            co_await end_claimed_key(world, checked(stored->delegation), used.error().revoke);
        }
        co_return co_await refuse(world, std::move(used).error(), stored);
    }
    const Delegation of = checked(used->delegation);
    const KeyId family = used->family;
    Change change = keeping(world, std::move(*used), stored);
    if (asked.client.claims) {
        GivingKey giving{.device = of,
                         .key = family,
                         .change = std::move(change),
                         .address = asked.call.address};
        co_return co_await give_key(world, std::move(giving));
    }
    co_return co_await begin(world, std::move(asked), of, family, std::move(change));
}

Task<Grant> claim_code(World world, Asked asked) {
    co_return co_await claim_with_code(world, asked.call, asked.form);
}

// ---------------------------------------------------------------- the endpoint

struct GrantType {
    std::string_view name;
    bool of_claims = false;  ///< also for a box that nobody has registered
    bool of_apps = true;
    Task<Grant> (*give)(World world, Asked asked) = nullptr;
};
constexpr std::array kGrants{
    GrantType{.name = "client_credentials", .give = client_credentials},
    GrantType{.name = "authorization_code", .give = authorization_code},
    GrantType{.name = "refresh_token", .give = refresh_token},
    GrantType{.name = auth::kDeviceCodeGrant, .of_claims = true, .give = device_code},
    GrantType{.name = auth::kClaimGrant, .of_claims = true, .of_apps = false, .give = claim_code},
};

OAuthResult<const GrantType*> grant_type(const auth::Form& form) {
    if (!form.has("grant_type")) return fault(OAuthError::kInvalidRequest, "grant_type is missing");
    const auto found = std::ranges::find(kGrants, form.get("grant_type"), &GrantType::name);
    if (found == kGrants.end()) return fault(OAuthError::kUnsupportedGrantType, "");
    return &*found;
}

// Who redeems a claim code is nobody yet, and need not say so.
OAuthResult<Client> client_of(World world,
                              const OAuthCall& call,
                              const auth::Form& form,
                              const GrantType& type) {
    if (type.give == claim_code && call.authorization.empty() && !form.has("client_id")) {
        return Client{.id = std::string{kClaimClient},
                      .app = {},
                      .claims = true,
                      .certificate = {},
                      .assertion = {}};
    }
    auto client = authenticate_client(world, call, form);
    if (client && !(client->claims ? type.of_claims : type.of_apps)) {
        return fault(OAuthError::kUnauthorizedClient, "this grant is not for this client");
    }
    return client;
}

// What the client's own brake counts: a box that waits is one, as a family is.
std::optional<std::string> braked_as(const GrantType& type,
                                     const Client& client,
                                     const auth::Form& form) {
    if (type.give == client_credentials) return "client " + client.id;
    if (type.give == device_code) {
        const auto code = auth::read_device_code(form.get("device_code"));
        return code ? std::optional{"grant " + code->id.text()} : std::nullopt;
    }
    if (type.give != refresh_token) return {};
    const auto token = auth::read_refresh_token(form.get("refresh_token"));
    return token ? std::optional{"family " + token->id.text()} : std::nullopt;
}

Task<Grant> give_as(World world, const GrantType* type, Asked asked) {
    for (int tries = 0; tries < kTries; ++tries) {
        auto given = co_await type->give(world, asked);
        if (!given || *given) co_return given;
    }
    co_return fault(OAuthError::kTemporarilyUnavailable, "try again later");
}

Task<OAuthReply> answer(World world, OAuthCall call) {
    if (auto room = world.hub().load.admit(contract::Urgency::kUsual); !room) {
        co_return reply_of(fault_of(room.error()));
    }
    auto form = auth::Form::parse(call.form);
    if (!form) co_return oauth_refusal(form.error());
    const auto type = grant_type(*form);
    if (!type) co_return reply_of(type.error());
    if (auto busy = too_many_failures(world, call)) co_return std::move(*busy);
    auto client = client_of(world, call, *form, **type);
    if (!client) co_return refuse(world, call, "oauth.token", client.error());
    if (const auto as = braked_as(**type, *client, *form)) {
        const auto may = world.hub().oauth.clients.take(*as, world.monotonic());
        if (!may) co_return too_often(world, may.error());
    }
    Asked asked{.call = call, .form = std::move(*form), .client = std::move(*client)};
    auto given = co_await give_as(world, *type, std::move(asked));
    if (!given) co_return refuse(world, call, "oauth.token", given.error());
    co_return OAuthReply{.body = auth::body_of(checked(*given))};
}

}  // namespace

OAuthReply oauth_refusal(std::string why) {
    return reply_of({.error = OAuthError::kInvalidRequest, .why = std::move(why)});
}

Task<OAuthReply> oauth_token(World world, OAuthCall call) {
    co_return co_await OnFirstLoop<&answer>::run(world, std::move(call));
}

}  // namespace tandem::api
