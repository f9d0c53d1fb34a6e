// apps.*: one handler per operation.
#include "contract/app.h"

#include "api/administration.h"
#include "api/bind.h"
#include "api/secrets.h"
#include "auth/jwk.h"
#include "auth/key.h"
#include "auth/redirect_uri.h"
#include "base/checked.h"
#include "codec/json.h"
#include "contract/patched.h"
#include "contract/precondition.h"

#include <array>

namespace tandem::api {
namespace {

using contract::AppView;
using contract::Nothing;
using contract::Page;

AppView view_of(const World& world, const App& app) {
    AppView view{.id = app.id.text(),
                 .name = app.name,
                 .is_public = app.is_public ? std::optional{true} : std::nullopt,
                 .redirect_uris = {},
                 .jwks = app.jwks == Value{} ? std::nullopt : std::optional{app.jwks},
                 .certificate_subject = app.certificate_subject.empty()
                                            ? std::nullopt
                                            : std::optional{app.certificate_subject},
                 .secret = {},
                 .secrets = {},
                 .created = app.created,
                 .version = app.version};
    if (!app.redirect_uris.empty()) view.redirect_uris = app.redirect_uris;
    for (const Credential& each : live_secrets(world, principal_of(app))) {
        view.secrets.push_back(
            {.id = each.id.text(), .created = each.created, .expires = each.expires});
    }
    return view;
}

Answer<AppView> answer(const World& world, const App& app) {
    Answer<AppView> out = view_of(world, app);
    out.version = app.version;
    return out;
}

constexpr std::size_t kKeysMax = 10;

Result<void> check_fields(const contract::AppFields& fields) {
    for (const std::string& each : fields.redirect_uris.value_or(std::vector<std::string>{})) {
        if (auth::is_redirect_uri(each)) continue;
        return fail_field("/redirect_uris",
                          "accepted are https, http on this machine, and schemes that are a domain "
                          "turned round, without user and fragment: " +
                              each.substr(0, 100));
    }
    if (fields.is_public.value_or(false) && !fields.certificate_subject.value_or("").empty()) {
        return fail_field("/public", "an app that proves itself with a certificate is not public");
    }
    if (!fields.jwks || *fields.jwks == Value{}) return {};
    const auto keys = auth::parse_jwks(codec::to_json(*fields.jwks));
    if (!keys) return fail_field("/jwks", "a JWK set is expected, RFC 7517 section 5");
    if (!keys->skipped.empty()) return fail_field("/jwks", keys->skipped.front());
    if (keys->keys.empty() || keys->keys.size() > kKeysMax) {
        return fail_field("/jwks", "1 to 10 public keys are expected");
    }
    return {};
}

void apply(App& app, const contract::AppFields& fields) {
    app.name = fields.name;
    app.is_public = fields.is_public.value_or(false);
    app.redirect_uris = fields.redirect_uris.value_or(std::vector<std::string>{});
    app.jwks = fields.jwks.value_or(Value{});
    app.certificate_subject = fields.certificate_subject.value_or("");
}

Result<App> find(const World& world, const Caller& caller, const std::string& id) {
    auto app = world.hub().policies.app(caller.actor.tenant, AppId{id});
    if (!app) return fail(ErrorCode::kNotFound, "there is no such app");
    return checked(std::move(app));
}

// What it is good for the app's grants say.
FreshSecret fresh_secret(const World& world, const App& app) {
    return make_secret(world, principal_of(app), grantable_scopes(), {});
}

Task<Result<Answer<AppView>>> create(World world, Caller caller, contract::AppCreate request) {
    if (auto good = check_fields(request); !good) co_return pass(good);
    App app{.tenant = caller.actor.tenant,
            .id = AppId{request.id},
            .name = {},
            .created = world.now(),
            .version = 1};
    apply(app, request);
    if (world.hub().policies.app_count(app.tenant) >= world.rules().apps) {
        co_return too_many(world.rules().apps, "apps", "tenant.apps");
    }
    const FreshSecret secret = fresh_secret(world, app);
    Transaction transaction;
    transaction.changes.emplace_back(PutApp{.app = app, .expected = 0});
    transaction.changes.emplace_back(PutCredential{.credential = secret.stored});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(app);
    world.hub().credentials.put(secret.stored);
    Answer<AppView> out = answer(world, app);
    out.body.secret = secret.text;
    out.location = "/v1/apps/" + request.id;
    co_return out;
}

Task<Result<Answer<AppView>>> get(World world, Caller caller, contract::AppGet request) {
    const auto app = find(world, caller, request.app);
    if (!app) co_return std::unexpected(app.error());
    co_return answer(world, *app);
}

Task<Result<Answer<Page<AppView>>>> list(World world, Caller caller, contract::PageQuery request) {
    Page<AppView> page;
    auto apps = page_of(
        [&](const auth::Rows& rows) {
            return world.hub().policies.apps(caller.actor.tenant, rows);
        },
        'a', request, [](const App& app) { return app.id.text(); }, page.next);
    if (!apps) co_return pass(apps);
    for (const App& app : *apps)
        page.items.push_back(view_of(world, app));
    co_return page;
}

Task<Result<Answer<AppView>>> patch(World world, Caller caller, contract::AppPatch request) {
    const auto app = find(world, caller, request.app);
    if (!app) co_return std::unexpected(app.error());
    auto may = contract::check_preconditions(request.if_match, request.if_none_match, app->version);
    if (!may) co_return pass(may);
    contract::AppFields before{.name = app->name,
                               .is_public = {},
                               .redirect_uris = {},
                               .jwks = {},
                               .certificate_subject = {}};
    if (app->is_public) before.is_public = true;
    if (!app->redirect_uris.empty()) before.redirect_uris = app->redirect_uris;
    if (app->jwks != Value{}) before.jwks = app->jwks;
    if (!app->certificate_subject.empty()) before.certificate_subject = app->certificate_subject;
    auto fields = contract::patched(before, request.change);
    if (!fields) co_return pass(fields);
    if (auto good = check_fields(*fields); !good) co_return pass(good);
    App changed = *app;
    apply(changed, *fields);
    if (changed == *app) co_return answer(world, *app);
    ++changed.version;
    Transaction transaction;
    transaction.changes.emplace_back(PutApp{.app = changed, .expected = app->version});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(changed);
    co_return answer(world, changed);
}

Task<Result<Answer<AppView>>> rotate(World world, Caller caller, contract::AppGet request) {
    const auto app = find(world, caller, request.app);
    if (!app) co_return std::unexpected(app.error());
    auto live = live_secrets(world, principal_of(*app));
    if (live.size() > 1) {
        co_return fail(ErrorCode::kConflict,
                       "a rotation is under way: revoke one of the two secrets first");
    }
    const FreshSecret secret = fresh_secret(world, *app);
    auto stored = co_await store_secret(world, secret.stored, std::move(live));
    if (!stored) co_return pass(stored);
    Answer<AppView> out = answer(world, *app);
    out.body.secret = secret.text;
    co_return out;
}

Task<Result<Answer<Nothing>>> revoke(World world, Caller caller, contract::SecretRef request) {
    const auto app = find(world, caller, request.app);
    if (!app) co_return std::unexpected(app.error());
    auto revoked = co_await revoke_secret(world, principal_of(*app), std::move(request.secret),
                                          "the app has no such secret");
    if (!revoked) co_return pass(revoked);
    co_return Nothing{};
}

Task<Result<Answer<Nothing>>> remove(World world, Caller caller, contract::AppDelete request) {
    const auto app = find(world, caller, request.app);
    if (!app) co_return std::unexpected(app.error());
    auto may = contract::check_preconditions(request.if_match, request.if_none_match, app->version);
    if (!may) co_return pass(may);
    Transaction transaction;
    transaction.changes.emplace_back(DeleteApp{.tenant = app->tenant, .id = app->id});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    end_credentials(world, principal_of(*app));
    world.hub().policies.erase(app->tenant, app->id);
    co_return Nothing{};
}

constexpr std::array kHandlers{
    bind<contract::kAppsCreate, &InTurn<&create>::run>(),
    bind<contract::kAppsList, list>(),
    bind<contract::kAppsGet, get>(),
    bind<contract::kAppsPatch, &InTurn<&patch>::run>(),
    bind<contract::kAppsRotate, &InTurn<&rotate>::run>(),
    bind<contract::kAppsRevoke, &InTurn<&revoke>::run>(),
    bind<contract::kAppsDelete, &InTurn<&remove>::run>(),
};

}  // namespace

std::span<const Bound> app_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
