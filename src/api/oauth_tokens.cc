// Revocation, RFC 7009, and introspection, RFC 7662.
#include "api/oauth_parts.h"
#include "auth/access_token.h"
#include "auth/key.h"
#include "base/checked.h"
#include "codec/base64.h"

namespace tandem::api {
namespace {

using auth::fault;
using auth::OAuthError;

/// What a token is, where it is one of this hub's.
struct Known {
    Delegation delegation;
    KeyId id;
    Instant created;
    Instant expires;
    std::string certificate;  ///< that it is bound to, 32 raw bytes; or ""
    bool refreshes = false;
    bool live = false;
};

Known known_of(const AccessToken& token, Instant now) {
    return {.delegation = token.delegation,
            .id = token.id,
            .created = token.created,
            .expires = token.expires,
            .certificate = token.certificate,
            .live = now < token.expires};
}

Task<Result<std::optional<Known>>> look_up(World world, std::string text) {
    auth::Credentials& credentials = world.hub().credentials;
    if (const auto key = auth::read_access_token(text)) {
        const auto token = credentials.token(key->id);
        if (!auth::proves(credentials.pepper(), key->secret, token ? &token->digest : nullptr)) {
            co_return std::optional<Known>{};
        }
        co_return std::optional{known_of(checked(token), world.now())};
    }
    const auto key = auth::read_refresh_token(text);
    if (!key) co_return std::optional<Known>{};
    auto found = co_await world.oauth().family(key->id);
    if (!found) co_return pass(found);
    const std::optional<RefreshFamily> family = std::move(*found);
    if (!auth::is_of(family ? &*family : nullptr, *key, credentials.pepper())) {
        co_return std::optional<Known>{};
    }
    const RefreshFamily& its = checked(family);
    const bool present = auth::proves(credentials.pepper(), key->secret, &its.digest);
    co_return std::optional{Known{.delegation = its.delegation,
                                  .id = its.id,
                                  .created = its.created,
                                  .expires = its.created + auth::kRefreshLife,
                                  .certificate = {},
                                  .refreshes = true,
                                  .live = present && auth::is_live(its, world.now())}};
}

/// Who asks, and about which token.
struct Asking {
    Client client;
    std::string token;
};

// Counts requests of an app as those of its key at any other door.
Result<void> spend(World world, const Client& client) {
    const Actor actor{.kind = PrincipalKind::kApp,
                      .tenant = client.app.tenant,
                      .id = client.app.id.text(),
                      .credential = {},
                      .scopes = {}};
    auto left = world.hub().budgets.spend(actor, auth::Budget::kRequests, 1, world.monotonic());
    if (!left) return pass(left);
    return {};
}

std::expected<Asking, OAuthReply> read(World world, const OAuthCall& call, std::string action) {
    if (auto busy = too_many_failures(world, call)) {
        return std::unexpected(std::move(*busy));
    }
    const auto form = auth::Form::parse(call.form);
    if (!form) return std::unexpected(oauth_refusal(form.error()));
    auto client = authenticate_client(world, call, *form);
    if (!client) return std::unexpected(refuse(world, call, std::move(action), client.error()));
    if (!form->has("token")) return std::unexpected(oauth_refusal("token is missing"));
    // Whoever only says that it is a client does not spend what the client has.
    auto room = client->proven ? spend(world, *client)
                               : world.hub().oauth.clients.take(call.brake, world.monotonic());
    if (!room) return std::unexpected(too_often(world, room.error()));
    return Asking{.client = std::move(*client), .token = form->get("token")};
}

Task<Result<void>> end_token(World world, Known known) {
    if (known.refreshes) co_return co_await end_family(world, known.id, "oauth.revoke");
    Transaction transaction;
    transaction.changes.emplace_back(DeleteAccessToken{.id = known.id});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().credentials.erase(known.id);
    const Delegation& of = known.delegation;
    audit_oauth(world, {.action = "oauth.revoke",
                        .who = Principal{of.kind, of.tenant, of.principal},
                        .credential = known.id.text(),
                        .resource = resource_of(of.client),
                        .address = {}});
    co_return Result<void>{};
}

// What proved the client proves nothing again, after a start neither.
Task<Result<void>> keep_assertion(World world, Client client) {
    if (!client.assertion) co_return Result<void>{};
    Transaction transaction;
    transaction.changes.push_back(keeping(world, checked(std::move(client.assertion))));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return Result<void>{};
}

Task<OAuthReply> revoke(World world, OAuthCall call) {
    auto asking = read(world, call, "oauth.revoke");
    if (!asking) co_return asking.error();
    if (auto kept = co_await keep_assertion(world, asking->client); !kept) {
        co_return reply_of(fault_of(kept.error()));
    }
    auto known = co_await look_up(world, asking->token);
    if (!known) co_return reply_of(fault_of(known.error()));
    // One that nobody knows has ended: section 2.2.
    if (!*known) co_return OAuthReply{};
    const Known token = checked(*known);
    if (token.delegation.client != asking->client.id) {
        co_return reply_of(
            {.error = OAuthError::kUnauthorizedClient, .why = "the token is another client's"});
    }
    auto ended = co_await end_token(world, token);
    if (!ended) co_return reply_of(fault_of(ended.error()));
    co_return OAuthReply{};
}

// An app sees what it was given; of others who manages access in the tenant.
bool may_see(const World& world, const Client& client, const Known& token) {
    if (token.delegation.client == client.id) return true;
    if (token.delegation.tenant != client.app.tenant) return false;
    const auto actor = world.hub().policies.resolve({.kind = PrincipalKind::kApp,
                                                     .tenant = client.app.tenant,
                                                     .id = client.app.id.text(),
                                                     .credential = {},
                                                     .scopes = grantable_scopes()});
    if (!actor) return false;
    const Resource tenant{.tenant = client.app.tenant, .device = {}};
    return authorize(*actor, Scope::kAccessManage, tenant, {.door = Door::kRest}).has_value();
}

// As its client knows it: the operator's tenant is not said.
std::string shown_client(const World& world, const std::string& client) {
    const std::string home = world.hub().home.text() + "/";
    return client.starts_with(home) ? client.substr(home.size()) : client;
}

std::int64_t seconds_of(Instant time) {
    return time.time_since_epoch() / 1s;
}

Value described(const World& world, const Known& token, const std::string& issuer) {
    const Delegation& of = token.delegation;
    Value body = Value::Object{{"active", true},
                               {"scope", of.scopes.text()},
                               {"client_id", shown_client(world, of.client)},
                               {"sub", text_of(of.kind, of.principal)},
                               {"iss", issuer},
                               {"iat", seconds_of(token.created)},
                               {"exp", seconds_of(token.expires)}};
    if (of.kind == PrincipalKind::kUser) body.set("username", of.principal);
    if (!token.refreshes) body.set("token_type", "Bearer");
    if (!token.certificate.empty()) {
        // RFC 8705 section 3.2.
        body.set("cnf", Value::Object{{"x5t#S256", codec::base64url_encode(token.certificate)}});
    }
    return body;
}

Task<OAuthReply> introspect(World world, OAuthCall call) {
    if (auto room = world.hub().load.admit(contract::Urgency::kUsual); !room) {
        co_return reply_of(fault_of(room.error()));
    }
    auto asking = read(world, call, "oauth.introspect");
    if (!asking) co_return asking.error();
    if (auto kept = co_await keep_assertion(world, asking->client); !kept) {
        co_return reply_of(fault_of(kept.error()));
    }
    if (!asking->client.proven) {
        const auth::OAuthFault unproven{.error = OAuthError::kInvalidClient,
                                        .why = "the client has to prove itself for this"};
        co_return refuse(world, call, "oauth.introspect", unproven);
    }
    auto known = co_await look_up(world, asking->token);
    if (!known) co_return reply_of(fault_of(known.error()));
    OAuthReply reply{.body = Value::Object{{"active", false}}};
    if (*known && checked(*known).live && may_see(world, asking->client, checked(*known)) &&
        world.hub().policies.resolve(actor_of(checked(*known).delegation))) {
        reply.body = described(world, checked(*known), call.base);
    }
    co_return reply;
}

}  // namespace

Task<OAuthReply> oauth_revoke(World world, OAuthCall call) {
    co_return co_await OnFirstLoop<&revoke>::run(world, std::move(call));
}

Task<OAuthReply> oauth_introspect(World world, OAuthCall call) {
    co_return co_await OnFirstLoop<&introspect>::run(world, std::move(call));
}

}  // namespace tandem::api
