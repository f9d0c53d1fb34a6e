#include "door/front.h"

#include "api/audit.h"
#include "api/dispatch.h"
#include "auth/outside.h"
#include "door/answer.h"
#include "door/backup.h"
#include "door/oauth.h"
#include "door/origin.h"
#include "door/outside_login.h"
#include "door/pages.h"
#include "door/rest.h"
#include "door/setup.h"
#include "door/sign_in.h"
#include "door/upgrade.h"
#include "net/http_grammar.h"

namespace tandem::door {
namespace {

// The Fetch standard's CORS protocol, for origins that the configuration names.
constexpr std::string_view kExposed =
    "ETag, Location, Link, Retry-After, RateLimit, RateLimit-Policy, Preference-Applied";

bool is_preflight(const net::HttpRequest& request) {
    return request.method == "OPTIONS" && net::find_header(request.headers, "origin") != nullptr &&
           net::find_header(request.headers, "access-control-request-method") != nullptr;
}

// A handshake, good or bad. Anything else on the stream's path asks for events over HTTP.
bool is_handshake(const net::HttpRequest& request) {
    return net::find_header(request.headers, "upgrade") != nullptr ||
           net::find_header(request.headers, "sec-websocket-key") != nullptr ||
           net::find_header(request.headers, "sec-websocket-version") != nullptr;
}

net::HttpResponse preflight_answer(const std::string& origin) {
    return {.status = 204,
            .headers = {{"access-control-allow-origin", origin},
                        {"access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"},
                        {"access-control-allow-headers",
                         "Authorization, Content-Type, Content-Encoding, Accept, If-Match, "
                         "If-None-Match, Prefer, "
                         "Idempotency-Key, Last-Event-ID"},
                        {"access-control-max-age", "600"},
                        {"vary", "Origin"}}};
}

}  // namespace

Result<void> Front::check(const net::HttpRequest& request, const net::Peer& peer) const {
    if (!doorway_.settings.local && !request.host.empty() &&
        !host_served(request.host, doorway_.settings.public_hosts)) {
        return fail(ErrorCode::kMisdirected,
                    "this hub does not serve that host; --public-host adds a name");
    }
    for (const std::string_view once : {"origin", "authorization"}) {
        if (net::count_fields(request.headers, once) <= 1) continue;
        return fail(ErrorCode::kBadRequest, std::string{once} + " is sent more than once");
    }
    const std::string origin = joined_header(request, "origin");
    if (net::find_header(request.headers, "origin") != nullptr &&
        !origin_allowed(origin, request.host, peer.tls, doorway_.settings.origins)) {
        return fail(ErrorCode::kOriginRefused, "pages of this origin may not call the hub");
    }
    return refuse_secrets(request);
}

// Whoever was led to such a page is one of ours.
Result<void> Front::admit(const net::HttpRequest& request, const net::Peer& peer) const {
    auto good = check(request, peer);
    if (good || good.error().code != ErrorCode::kOriginRefused) return good;
    const bool socket = request.path() == kStreamPath && is_handshake(request);
    api::audit(doorway_.world, {.time = doorway_.world.now(),
                                .tenant = doorway_.settings.owner.tenant,
                                .actor = "anonymous",
                                .credential = {},
                                .address = peer.address,
                                .door = socket ? Door::kWs : Door::kRest,
                                .action = socket ? "stream.open" : "page.call",
                                .resource = "origin:" + joined_header(request, "origin"),
                                .result = std::string{row(good.error().code).name}});
    return good;
}

void Front::on_request(std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    if (auto good = admit(request, exchange->peer()); !good) {
        return exchange->respond(problem_answer(good.error(), problem_encoding(request)));
    }
    // RFC 6797: a browser that has been here over TLS comes back over nothing else.
    if (exchange->peer().tls) {
        exchange->add_header("strict-transport-security", "max-age=63072000");
    }
    const std::string origin = joined_header(request, "origin");
    if (is_preflight(request)) return exchange->respond(preflight_answer(origin));
    if (!origin.empty()) {
        exchange->add_header("access-control-allow-origin", origin);
        exchange->add_header("access-control-expose-headers", std::string{kExposed});
    }
    serve(exchange);
}

void Front::serve(const std::shared_ptr<net::Exchange>& exchange) const {
    const net::HttpRequest& request = exchange->request();
    if (request.method == "OPTIONS" && request.target == "*") {
        return exchange->respond({.status = 204});
    }
    // Elsewhere an Upgrade is passed over, as RFC 9110 section 7.8 lets us: some proxies add one.
    if (request.path() == kStreamPath && is_handshake(request)) {
        return serve_upgrade(doorway_, exchange);
    }
    if (serve_page(doorway_, exchange) || serve_sign_in(doorway_, exchange)) return;
    if (serve_setup(doorway_, exchange)) return;
    if (serve_backup(doorway_, exchange) || serve_outside_login(doorway_, exchange)) return;
    if (serve_oauth(doorway_, exchange)) return;
    serve_rest(doorway_, exchange);
}

net::HttpResponse Front::refusal(const Error& error) {
    return problem_answer(error, contract::Encoding::kJson);
}

std::optional<net::HttpResponse> Front::answer_early(const net::HttpRequest& head,
                                                     const net::Peer& peer) {
    if (auto good = admit(head, peer); !good) {
        return problem_answer(good.error(), problem_encoding(head));
    }
    if (head.path() == kStreamPath && is_handshake(head)) return std::nullopt;
    return refuse_rest_early(doorway_, head, peer);
}

// A key is looked at before a large body is taken in; a session's cookie is looked at after.
std::size_t Front::body_bytes_max(const net::HttpRequest& head, const net::Peer& peer) const {
    constexpr std::size_t of_strangers = 64 * 1'024;
    constexpr std::size_t of_pages = 1'024 * 1'024;
    const std::size_t most = rest_body_bytes_max(head);
    const auto proof = read_proof(head, peer, doorway_.settings);
    if (!proof) return std::min(most, of_strangers);
    const bool known = !proof->bearer.empty() || !proof->certificate.empty();
    if (proof->local || (known && api::identify(doorway_.world, *proof))) return most;
    // So is an outside token.
    const bool later =
        net::find_header(head.headers, "cookie") != nullptr || auth::looks_outside(proof->bearer);
    return std::min(most, later ? of_pages : of_strangers);
}

}  // namespace tandem::door
