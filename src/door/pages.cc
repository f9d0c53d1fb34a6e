#include "door/pages.h"

#include "api/dispatch.h"
#include "api/store_metrics.h"
#include "api/stream_lag.h"
#include "base/process_metrics.h"
#include "codec/json.h"
#include "contract/catalogue.h"
#include "door/answer.h"
#include "door/coding.h"
#include "door/file_answer.h"

#include <algorithm>
#include <array>

namespace tandem::door {
namespace {

net::HttpResponse text_answer(int status, std::string_view type, std::string body) {
    return {.status = status,
            .headers = {{"content-type", std::string{type}},
                        {"cache-control", "no-store"},
                        {"x-content-type-options", "nosniff"}},
            .body = std::move(body)};
}

net::HttpResponse health(const Doorway& /*doorway*/, const net::Exchange& /*exchange*/) {
    return text_answer(200, "application/json", R"({"status":"ok"})");
}

net::HttpResponse readiness(const Doorway& doorway, const net::Exchange& /*exchange*/) {
    const std::string why =
        doorway.settings.draining.load() ? "the hub stops" : doorway.settings.unready();
    if (why.empty()) return text_answer(200, "application/json", R"({"status":"ready"})");
    const Value::Object says{{"status", "not ready"}, {"why", why}};
    auto answer = text_answer(503, "application/json", codec::to_json(Value{says}));
    answer.headers.emplace_back("retry-after", "1");
    return answer;
}

net::HttpResponse metrics(const Doorway& doorway, const net::Exchange& exchange) {
    const contract::Encoding told_in = problem_encoding(exchange.request());
    auto proof = read_proof(exchange.request(), exchange.peer(), doorway.settings);
    if (!proof) return problem_answer(proof.error(), told_in);
    auto actor = api::identify(doorway.world, *proof);
    if (!actor) return problem_answer(actor.error(), told_in);
    const Resource resource{.tenant = actor->tenant, .device = {}};
    if (auto may = authorize(*actor, Scope::kMetricsRead, resource, {.door = Door::kRest}); !may) {
        return problem_answer(may.error(), told_in);
    }
    const api::Hub& hub = doorway.world.hub();
    return text_answer(200, "text/plain; version=0.0.4; charset=utf-8",
                       hub.metrics.text() + api::stream_metrics(hub) +
                           api::store_metrics(hub.store->figures()) + process_metrics());
}

net::HttpResponse openapi(const Doorway& /*doorway*/, const net::Exchange& /*exchange*/) {
    static const std::string document = codec::to_json(contract::openapi());
    return text_answer(200, "application/json", document);
}

net::HttpResponse asyncapi(const Doorway& /*doorway*/, const net::Exchange& /*exchange*/) {
    static const std::string document = codec::to_json(contract::asyncapi());
    return text_answer(200, "application/json", document);
}

// Where a problem's `type` leads: a sentence for people who follow it.
net::HttpResponse problem_page(std::string_view name, contract::Encoding told_in) {
    const auto rows = errors();
    const auto found = std::ranges::find(rows, name, &ErrorRow::name);
    if (found == rows.end()) {
        return problem_answer(fail(ErrorCode::kNotFound, "there is no such problem").error(),
                              told_in);
    }
    return text_answer(200, "text/plain; charset=utf-8",
                       std::string{found->name} + " (" + std::to_string(found->status) + ")\n" +
                           std::string{found->title} + "\n" +
                           (found->retryable ? "The same request can succeed later.\n"
                                             : "The same request will fail again.\n"));
}

struct Page {
    std::string_view path;
    net::HttpResponse (*make)(const Doorway& doorway, const net::Exchange& exchange);
};
constexpr std::array kPages{
    Page{"/healthz", health},       Page{"/readyz", readiness},       Page{"/metrics", metrics},
    Page{"/openapi.json", openapi}, Page{"/asyncapi.json", asyncapi},
};

const ConsoleFile* find_file(const Doorway& doorway, std::string_view path) {
    if (path == "/") path = "/index.html";
    if (path == "/docs") path = "/docs.html";
    const auto found = std::ranges::find(doorway.settings.console, path, &ConsoleFile::path);
    return found == doorway.settings.console.end() ? nullptr : &*found;
}

}  // namespace

bool serve_page(const Doorway& doorway, const std::shared_ptr<net::Exchange>& exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string_view path = request.path();
    const contract::Encoding told_in = problem_encoding(request);
    const auto page = std::ranges::find(kPages, path, &Page::path);
    const ConsoleFile* file = page == kPages.end() ? find_file(doorway, path) : nullptr;
    constexpr std::string_view problems = "/problems/";
    const bool problem = path.starts_with(problems);
    if (page == kPages.end() && file == nullptr && !problem) return false;
    if (request.method == "OPTIONS") {
        exchange->respond({.status = 204, .headers = {{"allow", "GET, HEAD, OPTIONS"}}});
    } else if (request.method != "GET" && request.method != "HEAD") {
        exchange->respond(method_refused(request.method, "GET, HEAD, OPTIONS", told_in));
    } else if (problem) {
        exchange->respond(problem_page(path.substr(problems.size()), told_in));
    } else if (file != nullptr) {
        exchange->respond(file_answer(*file, request));
    } else {
        exchange->respond(coded(request, page->make(doorway, *exchange)));
    }
    return true;
}

}  // namespace tandem::door
