#include "door/outside_login.h"

#include "api/oauth_page.h"
#include "api/outside_login.h"
#include "auth/form.h"
#include "base/checked.h"
#include "codec/json.h"
#include "door/answer.h"
#include "door/oauth_page.h"
#include "door/sign_in.h"
#include "net/address_limits.h"

#include <utility>

namespace tandem::door {
namespace {

using ExchangePtr = std::shared_ptr<net::Exchange>;

constexpr std::string_view kProviders = "/oauth/providers";
constexpr std::string_view kLogin = "/oauth/login";
constexpr std::string_view kCallback = "/oauth/callback";

// What a browser keeps while it is at the issuer, so that nobody else's login ends in it. Lax: it
// comes back from another site.
std::string_view waiting_cookie(bool tls) {
    return tls ? "__Host-tandem-login" : "tandem-login";
}

void count(const Doorway& doorway, std::string_view result) {
    doorway.world.hub()
        .metrics.counter("tandem_outside_logins_total", "result=\"" + std::string{result} + "\"")
        .add();
}

net::HttpResponse redirect(std::string to) {
    return {.status = 303,
            .headers = {{"location", std::move(to)},
                        {"cache-control", "no-store"},
                        {"referrer-policy", "no-referrer"}}};
}

void refuse(const Doorway& doorway, const ExchangePtr& exchange, const Error& error) {
    note_refused_login(doorway, *exchange, error, {});
    count(doorway, row(error.code).name);
    if (exchange->gone()) return;
    auto answer = page_answer(api::PageTold{.status = row(error.code).status,
                                            .title = "Not logged in",
                                            .text = error.detail,
                                            .home = true},
                              kCallback, exchange->request());
    if (error.retry_after) {
        answer.headers.emplace_back("retry-after", std::to_string(std::max<std::int64_t>(
                                                       1, (*error.retry_after + 1s - 1us) / 1s)));
    }
    exchange->respond(std::move(answer));
}

Task<void> begin(Doorway doorway, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    const bool tls = exchange->peer().tls;
    const auto form = auth::Form::parse(request.query());
    api::LoginBeginning login{.name = form ? form->get("provider") : std::string{},
                              .redirect_uri = base_of(request.host, tls) + std::string{kCallback},
                              .brake = net::address_group(exchange->peer())};
    auto begun = co_await api::begin_outside_login(doorway.world, std::move(login));
    if (!begun) co_return refuse(doorway, exchange, begun.error());
    count(doorway, "begun");
    if (exchange->gone()) co_return;
    auto answer = redirect(std::move(begun->to));
    answer.headers.emplace_back("set-cookie", hub_cookie(waiting_cookie(tls), begun->browser,
                                                         "; SameSite=Lax; Max-Age=600", tls));
    exchange->respond(std::move(answer));
}

Task<void> finish(Doorway doorway, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    const bool tls = exchange->peer().tls;
    api::LoginReturn login{.query = std::string{request.query()},
                           .browser = cookie_of(request, waiting_cookie(tls)),
                           .brake = net::address_group(exchange->peer())};
    auto actor = co_await api::finish_outside_login(doorway.world, std::move(login));
    if (!actor) co_return refuse(doorway, exchange, actor.error());
    count(doorway, "ok");
    if (exchange->gone()) co_return;
    exchange->trust();
    auto answer = redirect("/");
    answer.headers.emplace_back("set-cookie",
                                begin_session_of(doorway, *exchange, *actor, "outside"));
    answer.headers.emplace_back(
        "set-cookie", hub_cookie(waiting_cookie(tls), {}, "; SameSite=Lax; Max-Age=0", tls));
    exchange->respond(std::move(answer));
}

net::HttpResponse providers(const Doorway& doorway) {
    Value::Array names;
    for (const std::string& each : doorway.settings.providers)
        names.emplace_back(each);
    return {.status = 200,
            .headers = {{"content-type", "application/json"},
                        {"cache-control", "no-store"},
                        {"x-content-type-options", "nosniff"}},
            .body = codec::to_json(Value::Object{{"providers", std::move(names)}})};
}

}  // namespace

bool serve_outside_login(const Doorway& doorway, const ExchangePtr& exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string_view path = request.path();
    if (path != kProviders && path != kLogin && path != kCallback) return false;
    if (doorway.settings.local) return false;
    constexpr std::string_view allow = "GET, OPTIONS";
    if (request.method == "OPTIONS") {
        exchange->respond({.status = 204, .headers = {{"allow", std::string{allow}}}});
    } else if (request.method != "GET") {
        exchange->respond(method_refused(request.method, allow, problem_encoding(request)));
    } else if (path == kProviders) {
        exchange->respond(providers(doorway));
    } else {
        spawn(path == kLogin ? begin(doorway, exchange) : finish(doorway, exchange));
    }
    return true;
}

}  // namespace tandem::door
