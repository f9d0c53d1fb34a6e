#include "door/rest.h"

#include "api/dispatch.h"
#include "base/ascii.h"
#include "base/checked.h"
#include "base/log.h"
#include "codec/field_list.h"
#include "codec/percent.h"
#include "contract/precondition.h"
#include "contract/telemetry.h"
#include "door/account.h"
#include "door/answer.h"
#include "door/coding.h"
#include "door/router.h"

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

// RFC 7396 documents are JSON under a name of their own. XML of SenML may come under its general
// name: the body tells, once it is there.
Result<Encoding> body_encoding(const net::HttpRequest& request,
                               const contract::Operation& operation) {
    const std::string type = joined_header(request, "content-type");
    if (type.empty()) return Encoding::kJson;
    const auto found = contract::encoding_of(type, {.bodies = operation.takes});
    if (found) return contract::looked_into(*found, operation.takes, request.body);
    const bool patch = operation.method == contract::Method::kPatch;
    const std::string_view bare = std::string_view{type}.substr(0, type.find(';'));
    if (patch && bare == "application/merge-patch+json") return Encoding::kJson;
    return fail(ErrorCode::kUnsupportedMediaType,
                "accepted are: " + contract::media_types({.bodies = operation.takes}) +
                    (patch ? ", application/merge-patch+json" : ""));
}

// The JSON type of its own that the operation has, where the request names it.
std::string_view own_json_type(const net::HttpRequest& request,
                               const contract::Operation& operation) {
    if (operation.json_type.empty()) return {};
    const std::string accept = joined_header(request, "accept");
    codec::FieldList ranges{accept};
    while (const auto range = ranges.next()) {
        if (range->weight > 0 && equal_ignoring_case(range->name, operation.json_type)) {
            return operation.json_type;
        }
    }
    return {};
}

Result<Encoding> answer_encoding(const net::HttpRequest& request,
                                 const contract::Operation& operation) {
    if (!own_json_type(request, operation).empty()) return Encoding::kJson;
    const std::string accept = joined_header(request, "accept");
    const auto chosen = contract::choose_encoding(accept, {.bodies = operation.gives});
    if (chosen) return *chosen;
    // Who sends a pack may name its type for both directions: what is said of it has the pack's
    // syntax.
    const auto sent = contract::choose_encoding(accept, {.bodies = operation.takes});
    if (sent) return contract::row(*sent).syntax;
    return fail(ErrorCode::kNotAcceptable,
                "there are: " + contract::media_types({.bodies = operation.gives}));
}

// Everything but the body.
Result<api::Call> make_call(const Doorway& doorway,
                            const net::HttpRequest& request,
                            const net::Peer& peer,
                            Route route) {
    api::Call call{.operation = route.operation, .input = {.path = std::move(route.path)}};
    auto proof = read_proof(request, peer, doorway.settings);
    if (!proof) return pass(proof);
    call.proof = std::move(*proof);
    auto accept = answer_encoding(request, *route.operation);
    if (!accept) return pass(accept);
    call.accept = *accept;
    auto query = codec::parse_query(request.query());
    if (!query) return fail(ErrorCode::kBadRequest, "the query cannot be decoded");
    call.input.query = std::move(*query);
    for (const std::string_view name : {"if-match", "if-none-match", "prefer", "last-event-id"}) {
        std::string value = joined_header(request, name);
        if (!value.empty()) call.input.headers.emplace_back(name, std::move(value));
    }
    call.door = Door::kRest;
    call.address = peer.address;
    call.origin = joined_header(request, "origin");
    call.base = base_of(request.host, peer.tls);
    call.idempotency_key = joined_header(request, "idempotency-key");
    call.gone = std::make_shared<std::atomic<bool>>(false);
    return call;
}

// Gives `call` the body of `request`, which has no content coding any more.
Result<void> take_body(api::Call& call, net::HttpRequest& request) {
    if (request.body.empty()) return {};
    auto encoding = body_encoding(request, *call.operation);
    if (!encoding) return pass(encoding);
    call.input.body = {.encoding = *encoding, .bytes = std::move(request.body)};
    return {};
}

// Under pressure what comes next is let in anew, or elsewhere.
bool ends_connections(const api::World& world) {
    return world.hub().load.pressure() >= api::Pressure::kHigher;
}

// The connection's account, where a device has asked.
std::shared_ptr<Account> account_of(const api::World& world,
                                    const net::Exchange& exchange,
                                    const std::optional<DeviceRef>& device) {
    net::Transport* transport = exchange.transport();
    if (!device || transport == nullptr) return nullptr;
    return Account::of(*transport, world);
}

// Counts what a device has asked and gets. One that would do better on a socket is told so where
// it writes readings.
void note(const api::World& world,
          net::Exchange& exchange,
          const contract::Operation& operation,
          std::size_t asked,
          const api::Reply& reply) {
    const auto account = account_of(world, exchange, reply.caller);
    if (account == nullptr) return;
    const bool waits = prefers_to_wait(exchange.request());
    const Noted noted = noted_request(operation, waits, asked, reply);
    account->belong(checked(reply.caller), noted.door);
    account->note(noted.flow);
    const api::Hint* hint = account->hint();
    const bool elsewhere = hint != nullptr && hint->door == advise::Door::kSocket;
    if (!elsewhere || operation.name != contract::kTelemetryWrite.name) return;
    exchange.add_header("link", R"(</v1/stream>; rel="alternate"; title="ws")");
}

// Made while it is sent: there is never more of it in memory than a piece and what the connection
// takes. Half an answer must not look whole: an exchange that is let go before its end resets the
// connection.
Task<void> send_pieces(api::World world,
                       std::shared_ptr<net::Exchange> exchange,
                       api::Reply reply) {
    const std::shared_ptr<api::BodySource> source = reply.source;
    const net::HttpRequest& request = exchange->request();
    const bool events = reply.encoding == Encoding::kEventStream;
    const auto account = account_of(world, *exchange, reply.caller);
    auto head = reply_answer(std::move(reply), request.target);
    head.close = ends_connections(world);
    std::optional<codec::Deflater> deflater;
    // An event must not wait for those that fill a block.
    if (const auto coding = events ? std::nullopt : coding_for(request, head)) {
        deflater.emplace(*coding);
        head.headers.emplace_back("content-encoding", std::string{codec::name_of(*coding)});
    }
    exchange->begin(std::move(head));
    // One that waits for its next piece is told that nobody takes it.
    exchange->on_gone([source] { source->stop(); });
    std::string coded;
    while (request.method != "HEAD" && !exchange->gone()) {
        auto piece = co_await source->next(world);
        if (!piece) {
            log(LogLevel::kWarning, "answer_cut", {{"why", piece.error().detail}});
            source->stop();
            co_return;
        }
        if (piece->empty()) break;
        if (deflater) deflater->append(*piece, coded);
        exchange->write(deflater ? coded : *piece);
        if (account != nullptr) account->note_event(piece->size());
        coded.clear();
        if (!exchange->has_room()) co_await room(exchange);
    }
    source->stop();
    if (deflater) {
        deflater->finish(coded);
        exchange->write(coded);
    }
    exchange->end();
}

/// Counts an answer while it is being sent: a hub that stops waits for it.
class Sending {
public:
    explicit Sending(std::atomic<std::size_t>& count) : count_{count} { ++count_; }
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;
    ~Sending() { --count_; }

private:
    std::atomic<std::size_t>& count_;
};

Task<void> answer(api::World world,
                  std::shared_ptr<net::Exchange> exchange,
                  api::Call call,
                  std::size_t asked) {
    const contract::Operation* operation = call.operation;
    const std::string_view own_type = own_json_type(exchange->request(), *operation);
    exchange->on_gone([gone = call.gone] { gone->store(true); });
    api::Reply reply = co_await api::dispatch(world, std::move(call));
    if (exchange->gone()) co_return;
    if (reply.status != row(ErrorCode::kUnauthenticated).status) exchange->trust();
    note(world, *exchange, *operation, asked, reply);
    if (reply.source != nullptr) {
        const Sending sending{world.hub().sending};
        co_return co_await send_pieces(world, std::move(exchange), std::move(reply));
    }
    const net::HttpRequest& request = exchange->request();
    const bool secret = operation->secret;
    auto made = reply_answer(std::move(reply), request.target);
    if (!own_type.empty() && made.status == 200) {
        std::erase_if(made.headers, [](const auto& each) { return each.first == "content-type"; });
        made.headers.emplace_back("content-type", std::string{own_type});
    }
    made.close = ends_connections(world);
    exchange->respond(secret ? std::move(made) : coded(request, std::move(made)));
}

// What the dispatcher does not see.
void count_limit(const Doorway& doorway, const Error& error) {
    if (!error.limit.empty()) doorway.world.hub().count_limit(error.limit);
}

void refuse(const Doorway& doorway,
            const std::shared_ptr<net::Exchange>& exchange,
            const Error& why) {
    count_limit(doorway, why);
    exchange->respond(problem_answer(why, problem_encoding(exchange->request())));
}

void serve_call(const Doorway& doorway, std::shared_ptr<net::Exchange> exchange, Route route) {
    auto call = make_call(doorway, exchange->request(), exchange->peer(), std::move(route));
    if (!call) return refuse(doorway, exchange, call.error());
    const std::size_t asked = exchange->request().body.size();
    if (auto good = take_body(*call, exchange->request()); !good) {
        return refuse(doorway, exchange, good.error());
    }
    spawn(answer(doorway.world, std::move(exchange), std::move(*call), asked));
}

// A body without its content coding. Only for callers who are known: it makes much of little. A
// megabyte can say sixteen, which takes tens of milliseconds.
Task<Result<std::string>> inflated(api::World world,
                                   api::Proof proof,
                                   std::string body,
                                   codec::Coding coding,
                                   std::size_t bytes_max) {
    if (auto known = api::identify(world, proof); !known) co_return pass(known);
    auto inflate = [body = std::move(body), coding, bytes_max] {
        return codec::inflate(coding, body, bytes_max);
    };
    co_return co_await api::aside(world, std::move(inflate));
}

Task<void> serve_coded(Doorway doorway, std::shared_ptr<net::Exchange> exchange, Route route) {
    net::HttpRequest& request = exchange->request();
    auto call = make_call(doorway, request, exchange->peer(), std::move(route));
    if (!call) co_return refuse(doorway, exchange, call.error());
    const std::size_t asked = request.body.size();
    const auto coding = coding_of_body(request);
    if (!coding) co_return refuse(doorway, exchange, coding.error());
    if (*coding) {
        auto body = co_await inflated(doorway.world, call->proof, std::move(request.body),
                                      checked(*coding), rest_body_bytes_max(request));
        if (exchange->gone()) co_return;
        if (!body) co_return refuse(doorway, exchange, body.error());
        request.body = std::move(*body);
    }
    if (auto good = take_body(*call, request); !good) {
        co_return refuse(doorway, exchange, good.error());
    }
    co_await answer(doorway.world, std::move(exchange), std::move(*call), asked);
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
    if (net::find_header(request.headers, "content-encoding") != nullptr) {
        spawn(serve_coded(doorway, std::move(exchange), std::move(*route)));
        return;
    }
    serve_call(doorway, std::move(exchange), std::move(*route));
}

std::optional<net::HttpResponse> refuse_rest_early(const Doorway& doorway,
                                                   const net::HttpRequest& head,
                                                   const net::Peer& peer) {
    const Encoding told_in = problem_encoding(head);
    const auto told = [&](const Error& why) {
        count_limit(doorway, why);
        return problem_answer(why, told_in);
    };
    auto route = find_route(head.method, head.path(), false);
    // Sessions and pages are no operations: whoever serves them reads the body.
    if (!route || head.method == "OPTIONS") return std::nullopt;
    if (route->operation == nullptr) return method_refused(head.method, route->allow, told_in);
    auto call = make_call(doorway, head, peer, std::move(*route));
    if (!call) return told(call.error());
    if (const auto coding = coding_of_body(head); !coding) return told(coding.error());
    if (const auto type = body_encoding(head, *call->operation); !type) return told(type.error());
    auto reply = api::refuse_early(doorway.world, std::move(*call));
    if (!reply) return std::nullopt;
    return reply_answer(std::move(*reply), head.target);
}

std::size_t rest_body_bytes_max(const net::HttpRequest& head) {
    const auto route = find_route(head.method, head.path(), false);
    const bool bulk = route && route->operation != nullptr && route->operation->bulk;
    return bulk ? kBulkBytes : kBodyBytes;
}

}  // namespace tandem::door
