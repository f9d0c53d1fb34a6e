// The authorization endpoint, with a user in front of it.
#include "api/oauth_page.h"
#include "api/oauth_parts.h"
#include "auth/authorization_code.h"
#include "base/checked.h"

#include <array>

namespace tandem::api {
namespace {

using auth::OAuthError;

PageTold not_good(std::string text) {
    return {.status = 400, .title = "This does not work", .text = std::move(text)};
}

std::optional<App> app_of(const World& world, const auth::Form& form) {
    const auto name = auth::read_client_name(form.get("client_id"), world.hub().home);
    if (!name) return {};
    return world.hub().policies.app(name->tenant, name->app);
}

std::vector<std::pair<std::string, std::string>> repeated(const auth::Form& form) {
    constexpr std::array kNames{
        "client_id", "redirect_uri", "response_type",  "scope",
        "state",     "nonce",        "code_challenge", "code_challenge_method"};
    std::vector<std::pair<std::string, std::string>> out;
    for (const char* name : kNames) {
        if (form.has(name)) out.emplace_back(name, form.get(name));
    }
    return out;
}

bool is_too_often(World world, const Actor& user) {
    const std::string who = "user " + user.tenant.text() + "/" + user.id;
    if (world.hub().oauth.clients.take(who, world.monotonic())) return false;
    world.hub().count_limit("oauth.client_per_minute");
    return true;
}

Task<Page> allow(World world, auth::Question question, Actor user, PageCall call) {
    const Delegation of{.kind = PrincipalKind::kUser,
                        .tenant = user.tenant,
                        .principal = user.id,
                        .client = question.app.tenant.text() + "/" + question.app.id.text(),
                        .scopes = question.scopes};
    auth::AuthorizationRequest request{.delegation = of,
                                       .redirect_uri = question.redirect_uri,
                                       .challenge = question.challenge,
                                       .nonce = question.nonce};
    auto issued = auth::issue_code(std::move(request), mint_of(world));
    Transaction transaction;
    transaction.changes.push_back(keeping(world, issued.record, {}));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) {
        co_return PageRedirect{.to =
                                   auth::redirect_with_error({.fault = fault_of(stored.error()),
                                                              .redirect_uri = question.redirect_uri,
                                                              .state = question.state},
                                                             call.base)};
    }
    audit_oauth(world, {.action = "oauth.authorize",
                        .who = Principal{user.kind, user.tenant, user.id},
                        .credential = user.credential,
                        .resource = resource_of(of.client),
                        .address = call.address});
    co_return PageRedirect{.to = auth::redirect_with_code(question, issued.text, call.base)};
}

Task<Page> authorize_page(World world, PageCall call) {
    const auto form = auth::Form::parse(call.form);
    if (!form) co_return not_good(form.error());
    const auto app = app_of(world, *form);
    auto question = auth::read_authorize(*form, app ? &*app : nullptr);
    if (!question) {
        const auth::AuthorizeFault& fault = question.error();
        if (fault.redirect_uri.empty()) co_return not_good(fault.fault.why);
        co_return PageRedirect{.to = auth::redirect_with_error(fault, call.base)};
    }
    if (!call.user) co_return PageSignIn{};
    const Actor user = checked(call.user);
    if (user.tenant != question->app.tenant) {
        co_return not_good("The app is another tenant's than you are.");
    }
    if (!call.decides) {
        co_return PageConsent{
            .question = std::move(*question), .user = user.id, .parameters = repeated(*form)};
    }
    if (form->get("decision") == "allow") {
        if (is_too_often(world, user)) {
            co_return PageTold{.status = 429,
                               .title = "Too often",
                               .text = "Wait a minute, then let the app ask again."};
        }
        co_return co_await allow(world, std::move(*question), user, std::move(call));
    }
    const auth::AuthorizeFault denied{.fault = {.error = OAuthError::kAccessDenied, .why = {}},
                                      .redirect_uri = question->redirect_uri,
                                      .state = question->state};
    co_return PageRedirect{.to = auth::redirect_with_error(denied, call.base)};
}

}  // namespace

Task<Page> oauth_authorize(World world, PageCall call) {
    co_return co_await OnFirstLoop<&authorize_page>::run(world, std::move(call));
}

}  // namespace tandem::api
