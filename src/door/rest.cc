#include "door/rest.h"

#include "api/dispatch.h"
#include "codec/percent.h"
#include "contract/precondition.h"
#include "door/answer.h"
#include "door/router.h"

#include <algorithm>
#include <atomic>

namespace tandem::door {
namespace {

using contract::Encoding;

constexpr std::size_t kBodyBytes = 1'024 * 1'024;
constexpr std::size_t kBulkBytes = 16 * 1'024 * 1'024;

bool prefers_to_wait(const net::HttpRequest& request) {
    contract::Preferences preferences;
    const auto good = contract::Codec<contract::Preferences>::read_text(
        joined_header(request, "prefer"), preferences, {});
    return good && preferences.wait.has_value();
}

std::string accepted_types() {
    std::string out;
    for (const contract::EncodingRow& row : contract::encodings()) {
        if (!out.empty()) out += ", ";
        out += row.media_type;
    }
    return out;
}

// What the body is written in. RFC 7396 documents are JSON under a name of their own.
Result<Encoding> body_encoding(const net::HttpRequest& request, contract::Method method) {
    const std::string coding = joined_header(request, "content-encoding");
    if (!coding.empty() && coding != "identity") {
        return fail(ErrorCode::kUnsupportedEncoding, "bodies are accepted without content coding");
    }
    const std::string type = joined_header(request, "content-type");
    if (type.empty()) return Encoding::kJson;
    if (const auto found = contract::encoding_of(type)) return *found;
    const bool patch = method == contract::Method::kPatch;
    const std::string_view bare = std::string_view{type}.substr(0, type.find(';'));
    if (patch && bare == "application/merge-patch+json") return Encoding::kJson;
    return fail(
        ErrorCode::kUnsupportedMediaType,
        "accepted are: " + accepted_types() + (patch ? ", application/merge-patch+json" : ""));
}

Result<api::Call> make_call(const Doorway& doorway, net::Exchange& exchange, Route route) {
    net::HttpRequest& request = exchange.request();
    api::Call call{.operation = route.operation, .input = {.path = std::move(route.path)}};
    auto proof = read_proof(request, exchange.peer(), doorway.settings);
    if (!proof) return pass(proof);
    call.proof = std::move(*proof);
    const auto accept = contract::choose_encoding(joined_header(request, "accept"));
    if (!accept) return fail(ErrorCode::kNotAcceptable, "there are: " + accepted_types());
    call.accept = *accept;
    auto query = codec::parse_query(request.query());
    if (!query) return fail(ErrorCode::kBadRequest, "the query cannot be decoded");
    call.input.query = std::move(*query);
    for (const std::string_view name : {"if-match", "if-none-match", "prefer"}) {
        std::string value = joined_header(request, name);
        if (!value.empty()) call.input.headers.emplace_back(name, std::move(value));
    }
    if (!request.body.empty()) {
        auto encoding = body_encoding(request, route.operation->method);
        if (!encoding) return pass(encoding);
        call.input.body = {.encoding = *encoding, .bytes = std::move(request.body)};
    }
    call.door = Door::kRest;
    call.address = exchange.peer().address;
    call.origin = joined_header(request, "origin");
    call.base = base_of(request.host, exchange.peer().tls);
    call.idempotency_key = joined_header(request, "idempotency-key");
    call.gone = std::make_shared<std::atomic<bool>>(false);
    return call;
}

Task<void> answer(api::World world, std::shared_ptr<net::Exchange> exchange, api::Call call) {
    exchange->on_gone([gone = call.gone] { gone->store(true); });
    api::Reply reply = co_await api::dispatch(world, std::move(call));
    if (exchange->gone()) co_return;
    exchange->respond(reply_answer(std::move(reply), exchange->request().target));
}

}  // namespace

void serve_rest(const Doorway& doorway, std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    const Encoding told_in = problem_encoding(request);
    // HEAD looks and changes nothing: it never takes commands.
    const bool waiting = request.method != "HEAD" && prefers_to_wait(request);
    auto route = find_route(request.method, request.path(), waiting);
    if (!route) return exchange->respond(problem_answer(route.error(), told_in));
    if (request.method == "OPTIONS") {
        return exchange->respond({.status = 204, .headers = {{"allow", route->allow}}});
    }
    if (route->operation == nullptr) {
        return exchange->respond(method_refused(request.method, route->allow, told_in));
    }
    auto call = make_call(doorway, *exchange, std::move(*route));
    if (!call) return exchange->respond(problem_answer(call.error(), told_in));
    spawn(answer(doorway.world, std::move(exchange), std::move(*call)));
}

std::size_t rest_body_bytes_max(const net::HttpRequest& head) {
    const auto route = find_route(head.method, head.path(), false);
    const bool bulk = route && route->operation != nullptr && route->operation->bulk;
    return bulk ? kBulkBytes : kBodyBytes;
}

}  // namespace tandem::door
