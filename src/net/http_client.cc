#include "base/ascii.h"
#include "base/check.h"
#include "base/checked.h"
#include "net/client.h"
#include "net/http_grammar.h"
#include "net/http_parser.h"
#include "net/websocket_connection.h"
#include "net/websocket_extension.h"
#include "net/websocket_handshake.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace tandem::net {
namespace {

constexpr std::size_t kKeyBytes = 16;  // RFC 6455 section 4.1.
constexpr int kWindowBits = 15;        // RFC 7692 section 7.1.2.2: what no parameter makes smaller.

std::string write_request(const HttpRequest& request) {
    check(is_token(request.method));
    check(is_field_value(request.target));
    std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host;
    for (const auto& [name, value] : request.headers) {
        check(is_token(name));
        check(is_field_value(value));
        out += "\r\n" + name + ": " + value;
    }
    // RFC 9110 section 8.6: methods that usually have a body say so when they have none.
    const bool usual =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (usual || !request.body.empty()) {
        out += "\r\nContent-Length: " + std::to_string(request.body.size());
    }
    if (!request.keep_alive) out += "\r\nConnection: close";
    out += "\r\n\r\n";
    return out + request.body;
}

Error ended_first() {
    return fail(ErrorCode::kUnavailable, "The connection ended before the answer.").error();
}

// The row of the error table with the answer's status says best what to do about it.
Error error_of(const HttpResponse& answer) {
    const auto rows = errors();
    const auto found = std::ranges::find(rows, answer.status, &ErrorRow::status);
    const ErrorCode code = found == rows.end() ? ErrorCode::kUnavailable : found->code;
    return fail(code, std::to_string(answer.status) + " " + answer.body).error();
}

// RFC 6455 section 4.1, what the client checks.
bool is_accepted(const HttpResponse& answer,
                 const std::string& key,
                 const std::vector<std::string>& offered) {
    const std::string* accept = find_header(answer.headers, "sec-websocket-accept");
    if (accept == nullptr || *accept != accept_key(key)) return false;
    if (!lists(answer.headers, "upgrade", "websocket")) return false;
    if (!lists(answer.headers, "connection", "upgrade")) return false;
    const std::string* protocol = find_header(answer.headers, "sec-websocket-protocol");
    return protocol == nullptr || std::ranges::find(offered, *protocol) != offered.end();
}

bool offers_deflate(const Headers& headers) {
    return std::ranges::any_of(headers, [](const auto& header) {
        return equal_ignoring_case(header.first, "sec-websocket-extensions") &&
               header.second == kDeflateOffer;
    });
}

std::vector<std::string> offered_protocols(const Headers& headers) {
    std::vector<std::string> offered;
    for (const auto& [name, value] : headers) {
        if (!equal_ignoring_case(name, "sec-websocket-protocol")) continue;
        for (const std::string_view one : list_elements(value))
            offered.emplace_back(one);
    }
    return offered;
}

}  // namespace

struct HttpClientConnection::State {
    /// The upgrade that a connection asks for at its end.
    struct Upgrade {
        Random& random;
        std::unique_ptr<WebSocketHandler> handler;
        std::move_only_function<void(Result<WebSocketStream*>)> opened;
        std::string key;
        std::vector<std::string> offered;
        bool deflate = false;
    };
    /// A request whose answer has not come.
    struct Waiting {
        Answered answered;  // Empty for the upgrade.
        Piece piece;        // Empty where the answer is wanted whole.
        bool to_head = false;
    };

    State(const Limits& with, const Clock& of) : limits{with}, clock{of}, parser{with} {}

    void send(std::string_view text);
    void read(std::span<const std::uint8_t> bytes);
    void take(HttpResponse answer);
    void open(const HttpResponse& answer);
    void end(const Error& error);

    const Limits& limits;
    const Clock& clock;
    Transport* transport = nullptr;
    HttpResponseParser parser;
    std::string unsent;           // Before on_open(): as much as the owner asks for.
    std::deque<Waiting> waiting;  // In the order of the requests.
    std::optional<Upgrade> upgrade;
    std::unique_ptr<WebSocketConnection> websocket;
    bool deflate = false;  // Agreed on.
    bool over = false;     // Nothing more is sent or read.
};

void HttpClientConnection::State::send(std::string_view text) {
    if (transport == nullptr) {
        unsent += text;
    } else {
        transport->write(text);
    }
}

void HttpClientConnection::State::read(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty() && !over && websocket == nullptr) {
        if (waiting.empty()) {
            over = true;
            return transport->abort();
        }
        Waiting& first = waiting.front();
        auto whole = parser.read(
            bytes, {.to_head = first.to_head, .in_pieces = static_cast<bool>(first.piece)});
        if (!whole) {
            transport->abort();
            return end(whole.error());
        }
        if (const std::string piece = parser.take_piece(); !piece.empty()) first.piece(piece);
        if (*whole) take(parser.take());
    }
    if (websocket != nullptr && !bytes.empty()) websocket->on_bytes(bytes);
}

void HttpClientConnection::State::take(HttpResponse answer) {
    Waiting first = std::move(waiting.front());
    waiting.pop_front();
    if (!first.answered) return open(answer);
    const bool close = answer.close || answer.status == 101;
    first.answered(std::move(answer));
    if (!close || over) return;
    transport->close();
    end(ended_first());
}

void HttpClientConnection::State::open(const HttpResponse& answer) {
    Upgrade asked = checked(std::move(upgrade));
    upgrade.reset();
    if (answer.status != 101) {
        over = true;
        transport->close();
        return asked.opened(std::unexpected(error_of(answer)));
    }
    const auto agreed = deflate_agreed(answer.headers, asked.deflate);
    if (!agreed || !is_accepted(answer, asked.key, asked.offered)) {
        over = true;
        transport->abort();
        return asked.opened(fail(ErrorCode::kBadRequest, "The handshake's answer does not fit."));
    }
    deflate = *agreed;
    WebSocketConnection::Setup setup{
        .transport = *transport, .limits = limits, .clock = clock, .masks = &asked.random};
    if (deflate) setup.deflate_bits = kWindowBits;
    websocket = std::make_unique<WebSocketConnection>(setup, std::move(asked.handler));
    asked.opened(websocket.get());
}

// Whoever is told may ask for more, which then fails at once: nothing waits here for ever.
void HttpClientConnection::State::end(const Error& error) {
    over = true;
    while (!waiting.empty()) {
        Waiting first = std::move(waiting.front());
        waiting.pop_front();
        if (first.answered) {
            first.answered(std::unexpected(error));
        } else {
            auto opened = std::move(checked(upgrade).opened);
            upgrade.reset();
            opened(std::unexpected(error));
        }
    }
}

HttpClientConnection::HttpClientConnection(const Limits& limits, const Clock& clock)
    : state_{std::make_unique<State>(limits, clock)} {}

HttpClientConnection::HttpClientConnection()
    : HttpClientConnection{[] -> const Limits& {
                               static const Limits limits;
                               return limits;
                           }(),
                           [] -> const Clock& {
                               static const SystemClock clock;
                               return clock;
                           }()} {}

HttpClientConnection::~HttpClientConnection() = default;

void HttpClientConnection::request(const HttpRequest& request, Answered answered) {
    this->request(request, {}, std::move(answered));
}

void HttpClientConnection::request(const HttpRequest& request, Piece piece, Answered answered) {
    check(!state_->upgrade);
    check(state_->websocket == nullptr);
    if (state_->over) return answered(std::unexpected(ended_first()));
    state_->waiting.push_back({.answered = std::move(answered),
                               .piece = std::move(piece),
                               .to_head = request.method == "HEAD"});
    state_->send(write_request(request));
}

void HttpClientConnection::upgrade(const HttpRequest& request,
                                   Random& random,
                                   std::unique_ptr<WebSocketHandler> handler,
                                   std::move_only_function<void(Result<WebSocketStream*>)> opened) {
    check(!state_->upgrade);
    check(state_->websocket == nullptr);
    if (state_->over) return opened(std::unexpected(ended_first()));
    std::string key = encode_key(random.bytes(kKeyBytes));
    HttpRequest asking = request;
    asking.headers.emplace_back("Upgrade", "websocket");
    asking.headers.emplace_back("Connection", "Upgrade");
    asking.headers.emplace_back("Sec-WebSocket-Version", "13");
    asking.headers.emplace_back("Sec-WebSocket-Key", key);
    state_->upgrade.emplace(State::Upgrade{.random = random,
                                           .handler = std::move(handler),
                                           .opened = std::move(opened),
                                           .key = std::move(key),
                                           .offered = offered_protocols(request.headers),
                                           .deflate = offers_deflate(request.headers)});
    state_->waiting.emplace_back();
    state_->send(write_request(asking));
}

bool HttpClientConnection::compresses() const {
    return state_->deflate;
}

void HttpClientConnection::on_open(Transport& transport) {
    state_->transport = &transport;
    if (!state_->unsent.empty()) transport.write(std::exchange(state_->unsent, {}));
}

void HttpClientConnection::on_bytes(std::span<const std::uint8_t> bytes) {
    if (state_->websocket != nullptr) return state_->websocket->on_bytes(bytes);
    state_->read(bytes);
}

void HttpClientConnection::on_end() {
    if (state_->websocket != nullptr) return state_->websocket->on_end();
    if (!state_->over && !state_->waiting.empty() && state_->parser.end()) {
        state_->take(state_->parser.take());
    }
    if (!state_->over) state_->transport->close();
    state_->end(ended_first());
}

void HttpClientConnection::on_drained() {
    if (state_->websocket != nullptr) state_->websocket->on_drained();
}

void HttpClientConnection::on_closed() {
    if (state_->websocket != nullptr) state_->websocket->on_closed();
    state_->end(ended_first());
}

}  // namespace tandem::net
