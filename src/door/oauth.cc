#include "door/oauth.h"

#include "api/dispatch.h"
#include "api/oauth.h"
#include "api/oauth_page.h"
#include "auth/oauth_request.h"
#include "codec/json.h"
#include "door/answer.h"
#include "door/oauth_page.h"
#include "door/origin.h"
#include "net/address_limits.h"

#include <algorithm>
#include <array>

namespace tandem::door {
namespace {

using ExchangePtr = std::shared_ptr<net::Exchange>;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

struct Endpoint {
    std::string_view path;
    Task<api::OAuthReply> (*ask)(api::World world, api::OAuthCall call);
};
constexpr std::array kEndpoints{
    Endpoint{"/oauth/token", api::oauth_token},
    Endpoint{"/oauth/revoke", api::oauth_revoke},
    Endpoint{"/oauth/introspect", api::oauth_introspect},
    Endpoint{"/oauth/device_authorization", api::oauth_device_authorization},
};

struct Desk {
    std::string_view path;
    Task<api::Page> (*ask)(api::World world, api::PageCall call);
};
constexpr std::array kDesks{
    Desk{"/oauth/authorize", api::oauth_authorize},
    Desk{"/oauth/device", api::oauth_device},
};

constexpr std::string_view kMetadataPath = "/.well-known/oauth-authorization-server";

bool is_form(const net::HttpRequest& request) {
    const std::string type = joined_header(request, "content-type");
    const std::string_view bare = std::string_view{type}.substr(0, type.find_first_of("; "));
    const bool plain = net::find_header(request.headers, "content-encoding") == nullptr;
    return plain && std::ranges::equal(bare, kFormType, [](char left, char right) {
               return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) ==
                      right;
           });
}

// RFC 6749 section 5.1.
net::HttpResponse json_answer(api::OAuthReply reply) {
    net::HttpResponse answer{.status = reply.status, .headers = std::move(reply.headers)};
    if (reply.body != Value{}) {
        answer.headers.emplace_back("content-type", "application/json");
        answer.body = codec::to_json(reply.body);
    }
    answer.headers.emplace_back("cache-control", "no-store");
    answer.headers.emplace_back("pragma", "no-cache");
    answer.headers.emplace_back("x-content-type-options", "nosniff");
    return answer;
}

std::string_view error_in(const api::OAuthReply& reply) {
    const Value* error = reply.body.find("error");
    const auto* name = error == nullptr ? nullptr : error->get<std::string>();
    return name == nullptr ? std::string_view{"ok"} : std::string_view{*name};
}

void count(const Doorway& doorway, std::string_view path, std::string_view result) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    doorway.world.hub()
        .metrics
        .counter("tandem_oauth_requests_total",
                 "endpoint=\"" + std::string{name} + "\",result=\"" + std::string{result} + "\"")
        .add();
}

Task<void> ask(Doorway doorway, ExchangePtr exchange, Endpoint endpoint) {
    const net::HttpRequest& request = exchange->request();
    api::OAuthReply reply;
    if (is_form(request)) {
        api::OAuthCall call{.authorization = joined_header(request, "authorization"),
                            .form = request.body,
                            .address = exchange->peer().address,
                            .brake = net::address_group(exchange->peer()),
                            .base = base_of(request.host, exchange->peer().tls),
                            .certificate = exchange->peer().certificate,
                            .certificate_subject = exchange->peer().certificate_subject};
        reply = co_await endpoint.ask(doorway.world, std::move(call));
    } else {
        reply = api::oauth_refusal("a form is expected: " + std::string{kFormType});
    }
    count(doorway, endpoint.path, error_in(reply));
    if (exchange->gone()) co_return;
    if (reply.status == 200) exchange->trust();
    exchange->respond(json_answer(std::move(reply)));
}

// Only a session speaks for a person here: no key and no token agrees to anything.
std::optional<Actor> user_of(const Doorway& doorway, const net::Exchange& exchange) {
    auto proof = read_proof(exchange.request(), exchange.peer(), doorway.settings);
    if (!proof || proof->cookie.empty()) return {};
    auto actor = api::identify(doorway.world, *proof);
    if (!actor || actor->kind != PrincipalKind::kUser) return {};
    return std::move(*actor);
}

Task<void> show(Doorway doorway, ExchangePtr exchange, Desk desk) {
    const net::HttpRequest& request = exchange->request();
    const bool decides = request.method == "POST";
    api::PageCall call{
        .decides = decides,
        .form = std::string{decides ? std::string_view{request.body} : request.query()},
        .user = user_of(doorway, *exchange),
        .address = exchange->peer().address,
        .brake = net::address_group(exchange->peer()),
        .base = base_of(request.host, exchange->peer().tls)};
    const api::Page page = co_await desk.ask(doorway.world, std::move(call));
    const net::HttpResponse answer = page_answer(page, desk.path, request);
    count(doorway, desk.path, std::to_string(answer.status));
    if (!exchange->gone()) exchange->respond(answer);
}

// What a page sends comes from that page: neither another site's, nor one that may call the API.
Result<void> check_sender(const net::Exchange& exchange) {
    const net::HttpRequest& request = exchange.request();
    if (!is_form(request)) {
        return fail(ErrorCode::kUnsupportedMediaType, std::string{kFormType} + " is accepted");
    }
    if (origin_allowed(joined_header(request, "origin"), request.host, exchange.peer().tls, {})) {
        return {};
    }
    return fail(ErrorCode::kOriginRefused, "a page of this hub's own is expected to send this");
}

void serve_desk(const Doorway& doorway, const ExchangePtr& exchange, const Desk& desk) {
    const net::HttpRequest& request = exchange->request();
    if (request.method == "POST") {
        if (auto good = check_sender(*exchange); !good) {
            return exchange->respond(problem_answer(good.error(), problem_encoding(request)));
        }
    }
    spawn(show(doorway, exchange, desk));
}

/// A path, the methods that it has, and what it does with them.
bool answered_by_method(const ExchangePtr& exchange,
                        std::initializer_list<std::string_view> methods) {
    const net::HttpRequest& request = exchange->request();
    if (std::ranges::find(methods, request.method) != methods.end()) return false;
    std::string allow;
    for (const std::string_view each : methods)
        allow += std::string{each} + ", ";
    allow += "OPTIONS";
    if (request.method == "OPTIONS") {
        exchange->respond({.status = 204, .headers = {{"allow", allow}}});
    } else {
        exchange->respond(method_refused(request.method, allow, problem_encoding(request)));
    }
    return true;
}

}  // namespace

bool serve_oauth(const Doorway& doorway, const ExchangePtr& exchange) {
    if (doorway.settings.local) return false;
    const net::HttpRequest& request = exchange->request();
    const std::string_view path = request.path();
    const auto endpoint = std::ranges::find(kEndpoints, path, &Endpoint::path);
    if (endpoint != kEndpoints.end()) {
        if (!answered_by_method(exchange, {"POST"})) spawn(ask(doorway, exchange, *endpoint));
        return true;
    }
    const auto desk = std::ranges::find(kDesks, path, &Desk::path);
    if (desk != kDesks.end()) {
        if (!answered_by_method(exchange, {"GET", "HEAD", "POST"})) {
            serve_desk(doorway, exchange, *desk);
        }
        return true;
    }
    if (path == kStylePath) {
        if (!answered_by_method(exchange, {"GET", "HEAD"})) exchange->respond(style_answer());
        return true;
    }
    if (path != kMetadataPath) return false;
    if (!answered_by_method(exchange, {"GET", "HEAD"})) {
        exchange->respond(
            json_answer({.body = auth::metadata_of(base_of(request.host, exchange->peer().tls))}));
    }
    return true;
}

}  // namespace tandem::door
