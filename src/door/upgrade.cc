#include "door/upgrade.h"

#include "api/audit.h"
#include "api/dispatch.h"
#include "api/outside.h"
#include "auth/outside.h"
#include "base/checked.h"
#include "codec/percent.h"
#include "door/account.h"
#include "door/answer.h"
#include "door/websocket_session.h"
#include "net/address_limits.h"
#include "net/websocket_handshake.h"

#include <charconv>

namespace tandem::door {
namespace {

constexpr std::string_view kProtocol = "tandem.v1.";
constexpr std::string_view kTicket = "tandem.ticket.";
// Between them a client may choose the silence after which it is pinged.
constexpr Duration kPingLeast = 10s;
constexpr Duration kPingMost = 240s;

// What the client's list of subprotocols says: an encoding, and how the page proves who it is.
struct Offer {
    contract::Encoding encoding = contract::Encoding::kJson;
    std::string chosen;  // Empty: none was offered, so none is named.
    std::string ticket;
};

std::optional<contract::Encoding> encoding_named(std::string_view name) {
    for (const auto encoding : {contract::Encoding::kJson, contract::Encoding::kCbor}) {
        if (contract::row(encoding).name == name) return encoding;
    }
    return std::nullopt;
}

Result<Offer> read_offer(const std::vector<std::string>& protocols) {
    Offer offer;
    for (const std::string& each : protocols) {
        if (each.starts_with(kTicket)) offer.ticket = each.substr(kTicket.size());
        if (!offer.chosen.empty() || !each.starts_with(kProtocol)) continue;
        if (const auto encoding = encoding_named(each.substr(kProtocol.size()))) {
            offer.encoding = *encoding;
            offer.chosen = each;
        }
    }
    if (offer.chosen.empty() && !protocols.empty()) {
        return fail(ErrorCode::kBadRequest,
                    "offer tandem.v1.json or tandem.v1.cbor in Sec-WebSocket-Protocol");
    }
    return offer;
}

// The client's wish, `?ping_ms=60000`. A handshake of a browser has no room for it but the query.
Result<std::optional<Duration>> read_ping(std::string_view query) {
    auto parameters = codec::parse_query(query);
    if (!parameters) return fail(ErrorCode::kBadRequest, "the query cannot be decoded");
    std::optional<Duration> ping;
    for (const auto& [name, value] : *parameters) {
        if (name != "ping_ms") continue;
        std::int64_t asked = 0;
        const char* const end = value.data() + value.size();
        const auto [rest, error] = std::from_chars(value.data(), end, asked);
        const bool number = error == std::errc{} && rest == end;
        if (ping || !number || asked < kPingLeast / 1ms || asked > kPingMost / 1ms) {
            return fail_field("/query/ping_ms", "one number from 10000 to 240000 is expected");
        }
        ping = std::chrono::milliseconds{asked};
    }
    return ping;
}

// A session's cookie is no proof here: any page's socket would carry it.
Result<std::optional<Actor>> find_caller(const Doorway& doorway,
                                         const net::Exchange& exchange,
                                         const Offer& offer,
                                         const std::string& origin) {
    auto proof = read_proof(exchange.request(), exchange.peer(), doorway.settings);
    if (!proof) return pass(proof);
    proof->cookie.clear();
    if (!proof->bearer.empty()) {
        auto actor = api::identify(doorway.world, *proof);
        if (!actor) return pass(actor);
        return std::optional{std::move(*actor)};
    }
    if (offer.ticket.empty()) {
        // A certificate that is no device's lets nobody in; whoever has it may have a key, too.
        auto actor = api::identify(doorway.world, *proof);
        return actor ? std::optional{std::move(*actor)} : std::nullopt;
    }
    auto actor =
        doorway.world.hub().sessions.redeem_ticket(offer.ticket, origin, doorway.world.monotonic());
    if (!actor) return pass(actor);
    // Its maker's credential may have ended since.
    auto alive = api::identify(doorway.world, {.bearer = {}, .cookie = {}, .actor = *actor});
    if (!alive) return pass(alive);
    // What is for the holder of a certificate alone is so here as well.
    if (!doorway.world.hub().credentials.fits(alive->credential, exchange.peer().certificate)) {
        return fail(ErrorCode::kUnauthenticated, "the token is for another certificate");
    }
    return std::optional{std::move(*alive)};
}

std::unexpected<Error> too_many_strangers(ErrorCode code, std::string_view limit, Duration wait) {
    auto refused = fail(code, "too many sockets have not said who they are");
    refused.error().retry_after = wait;
    refused.error().limit = limit;
    return refused;
}

Result<void> admit_pending(const Doorway& doorway,
                           const net::Exchange& exchange,
                           const std::optional<Actor>& actor) {
    if (actor) return {};
    const DoorLimits& limits = doorway.settings.limits;
    if (doorway.settings.pending.load() >= limits.pending) {
        return too_many_strangers(ErrorCode::kUnavailable, "ws.pending", 1s);
    }
    // So that one address does not take the places of all.
    const std::string address = net::address_group(exchange.peer());
    if (!doorway.sockets.admits_stranger(address, limits.pending_address)) {
        return too_many_strangers(ErrorCode::kRateLimited, "ws.pending_address", limits.auth_time);
    }
    return {};
}

void refuse(const Doorway& doorway, const net::Exchange& exchange, const Error& error) {
    if (!error.limit.empty()) doorway.world.hub().count_limit(error.limit);
    if (error.code != ErrorCode::kUnauthenticated) return;
    api::audit(doorway.world, {.time = doorway.world.now(),
                               .tenant = doorway.settings.owner.tenant,
                               .actor = "anonymous",
                               .credential = {},
                               .address = exchange.peer().address,
                               .door = Door::kWs,
                               .action = "stream.open",
                               .resource = {},
                               .result = std::string{row(error.code).name}});
}

// Whether sockets are opened just now.
Result<void> admit(const Doorway& doorway) {
    if (doorway.settings.local) return fail(ErrorCode::kNotFound, "there are no streams here");
    if (doorway.settings.draining.load()) {
        auto refused = fail(ErrorCode::kUnavailable, "the hub stops");
        refused.error().retry_after = 1s;
        return refused;
    }
    return doorway.world.hub().load.admit_below(api::Pressure::kHighest);
}

// None for who has not said who it is.
Result<api::Quota::Place> take_place(const Doorway& doorway,
                                     net::Exchange& exchange,
                                     const std::optional<Actor>& actor) {
    if (auto room = admit_pending(doorway, exchange, actor); !room) return pass(room);
    if (!actor) return api::Quota::Place{};
    auto taken = take_socket(doorway, *actor);
    if (taken) exchange.trust();
    return taken;
}

// What it carries goes into its device's ledger; who has not said who it is may be one.
void count(const Doorway& doorway, const net::Exchange& exchange, WebSocketSession& session) {
    net::Transport* transport = exchange.transport();
    const bool may_be = !session.authenticated() || session.actor().device().has_value();
    if (may_be && transport != nullptr) session.count_in(Account::of(*transport, doorway.world));
}

Result<void> open(const Doorway& doorway, net::Exchange& exchange) {
    if (auto now = admit(doorway); !now) return now;
    auto handshake = net::read_handshake(exchange.request());
    if (!handshake) return pass(handshake);
    auto offer = read_offer(handshake->protocols);
    if (!offer) return pass(offer);
    auto ping = read_ping(exchange.request().query());
    if (!ping) return pass(ping);
    const std::string origin = joined_header(exchange.request(), "origin");
    auto actor = find_caller(doorway, exchange, *offer, origin);
    if (!actor) return pass(actor);
    auto place = take_place(doorway, exchange, *actor);
    if (!place) return pass(place);
    net::Headers headers;
    if (!offer->chosen.empty()) headers.emplace_back("sec-websocket-protocol", offer->chosen);
    auto session =
        std::make_shared<WebSocketSession>(doorway, offer->encoding, std::move(*actor), origin);
    session->set_base(base_of(exchange.request().host, exchange.peer().tls));
    session->keep(std::move(*place));
    if (*ping) session->set_ping(checked(*ping));
    count(doorway, exchange, *session);
    // Whoever has not said who it is gets nothing to inflate.
    const bool calm = doorway.world.hub().load.pressure() < api::Pressure::kHigh;
    const auto deflate = doorway.settings.deflate && session->authenticated() && calm
                             ? net::accept_deflate(handshake->extensions)
                             : std::nullopt;
    net::WebSocketStream* stream =
        exchange.accept_websocket(std::move(headers), WebSocketSession::handler(session), deflate);
    if (stream != nullptr) session->open(*stream);
    return {};
}

void tell(const Doorway& doorway, net::Exchange& exchange, const Error& error) {
    refuse(doorway, exchange, error);
    auto answer = problem_answer(error, problem_encoding(exchange.request()));
    // Who has to wait does not wait on a connection that others need.
    answer.close = error.code == ErrorCode::kUnavailable;
    exchange.respond(std::move(answer));
}

// The bearer is an outside token, which has to be verified first.
Task<void> open_verified(Doorway doorway,
                         std::shared_ptr<net::Exchange> exchange,
                         std::string token) {
    auto good =
        co_await api::admit_outside(doorway.world, std::move(token), exchange->peer().certificate);
    if (exchange->gone()) co_return;
    if (good) good = open(doorway, *exchange);
    if (!good) tell(doorway, *exchange, good.error());
}

}  // namespace

void serve_upgrade(const Doorway& doorway, const std::shared_ptr<net::Exchange>& exchange) {
    const net::HttpRequest& request = exchange->request();
    if (request.method != "GET") {
        return exchange->respond(method_refused(request.method, "GET", problem_encoding(request)));
    }
    const auto proof = read_proof(request, exchange->peer(), doorway.settings);
    if (proof && auth::looks_outside(proof->bearer)) {
        spawn(open_verified(doorway, exchange, proof->bearer));
        return;
    }
    if (auto opened = open(doorway, *exchange); !opened) tell(doorway, *exchange, opened.error());
}

}  // namespace tandem::door
