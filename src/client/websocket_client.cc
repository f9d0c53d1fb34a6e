#include "client/websocket_client.h"

#include "client/problem.h"
#include "client/wire.h"
#include "net/websocket_extension.h"

#include <utility>

namespace tandem::client {
namespace {

// A hub that is there says hello at once.
constexpr Duration kHelloTime = 10s;
// How long a closed socket stays for its close frame to leave and the hub's to arrive.
constexpr Duration kFarewellTime = 1s;

net::HttpRequest handshake(const Access& access) {
    const std::string name{contract::row(access.encoding).name};
    net::HttpRequest request{.method = "GET",
                             .target = "/v1/stream",
                             .host = access.url.authority(),
                             .headers = {{"Sec-WebSocket-Protocol", "tandem.v1." + name}},
                             .body = {}};
    if (!access.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + access.key);
    if (access.deflate) {
        request.headers.emplace_back("Sec-WebSocket-Extensions", std::string{net::kDeflateOffer});
    }
    return request;
}

// What the hub refused the handshake with. The connection tells `401 {problem}` (net/client.h).
Error refusal_of(Error error) {
    const std::size_t space = error.detail.find(' ');
    if (space == std::string::npos) return error;
    auto problem = decode(contract::Encoding::kJson, error.detail.substr(space + 1));
    if (!problem || problem->find("type") == nullptr) return error;
    return read_problem(*problem, row(error.code).status);
}

}  // namespace

/// One socket from its opening to its end. Outlives the client while work for it is posted.
struct WebSocketClient::Session {
    explicit Session(contract::Encoding encoding) : conversation{encoding} {}

    Conversation conversation;
    Completion<Result<Value>> hello;
    net::WebSocketStream* stream = nullptr;
    std::unique_ptr<Connection> connection;
    net::MessageKind kind = net::MessageKind::kText;
    OnMessage on_message;
    OnClosed on_closed;
    bool greeted = false;
    bool over = false;

    void hear(std::string_view message);
    void take(const Value& message);
    void end(const Closing& closing);
};

void WebSocketClient::Session::hear(std::string_view message) {
    if (over) return;
    auto rest = conversation.hear(message);
    if (!rest) {
        if (stream != nullptr) stream->close(1007, "unreadable");
        return;
    }
    for (const Value& each : *rest) {
        if (!over) take(each);
    }
}

void WebSocketClient::Session::take(const Value& message) {
    if (const Value* greeting = message.find("hello"); greeting != nullptr && !greeted) {
        greeted = true;
        hello.complete(*greeting);
        return;
    }
    if (on_message) on_message(message);
}

void WebSocketClient::Session::end(const Closing& closing) {
    if (std::exchange(over, true)) return;
    stream = nullptr;
    Error error = fail(ErrorCode::kUnavailable, "the socket is closed").error();
    if (closing.code != 1006) {
        error.detail += " (" + std::to_string(closing.code) +
                        (closing.reason.empty() ? "" : " " + closing.reason) + ")";
    }
    if (closing.code == 4401) error.code = ErrorCode::kUnauthenticated;
    if (closing.code == 4403) error.code = ErrorCode::kForbidden;
    const OnClosed tell_end = std::exchange(on_closed, {});
    hello.complete(std::unexpected(error));
    conversation.give_up_all(error);
    if (greeted && tell_end) tell_end(closing);
}

/// What the socket hands over, in a turn of its own: whoever is told may destroy the client. The
/// session owns the connection and with it this handler, hence the weak way back.
class WebSocketClient::Handler final : public net::WebSocketHandler {
public:
    Handler(Executor& executor, std::weak_ptr<Session> session)
        : executor_{executor}, session_{std::move(session)} {}

    void on_message(net::MessageKind /*kind*/, std::string_view payload) override {
        if (const auto session = session_.lock()) {
            executor_.post([session, bytes = std::string{payload}] { session->hear(bytes); });
        }
    }
    void on_drained() override {}
    void on_closed(std::uint16_t code, std::string_view reason) override {
        const auto session = session_.lock();
        if (session == nullptr) return;
        session->stream = nullptr;
        executor_.post([session, closing = Closing{.code = code, .reason = std::string{reason}}] {
            session->end(closing);
        });
    }

private:
    Executor& executor_;
    std::weak_ptr<Session> session_;
};

WebSocketClient::WebSocketClient(net::Loop& loop, Random& random, Access access)
    : executor_{loop},
      random_{random},
      access_{std::move(access)},
      connect_{connect_to(loop, access_)} {}

WebSocketClient::WebSocketClient(Executor& executor, Random& random, Access access, Connect connect)
    : executor_{executor},
      random_{random},
      access_{std::move(access)},
      connect_{std::move(connect)} {}

WebSocketClient::~WebSocketClient() {
    if (session_ == nullptr) return;
    session_->on_message = {};
    session_->on_closed = {};
    session_->stream = nullptr;
    session_->connection.reset();
}

void WebSocketClient::on_message(OnMessage called) {
    on_message_ = std::move(called);
    if (session_ != nullptr) session_->on_message = on_message_;
}

void WebSocketClient::on_closed(OnClosed called) {
    on_closed_ = std::move(called);
    if (session_ != nullptr) session_->on_closed = on_closed_;
}

void WebSocketClient::start(const std::shared_ptr<Session>& opening) {
    opening->connection = std::make_unique<Connection>(connect_);
    if (opening->connection->http() == nullptr) {
        opening->end({.code = 1006, .reason = {}});
        return;
    }
    opening->connection->http()->upgrade(
        handshake(access_), random_, std::make_unique<Handler>(executor_, opening),
        [&executor = executor_,
         weak = std::weak_ptr{opening}](Result<net::WebSocketStream*> opened) {
            const auto session = weak.lock();
            if (session == nullptr) return;
            if (opened) {
                session->stream = *opened;
                return;
            }
            executor.post([session, error = std::move(opened).error()]() mutable {
                session->hello.complete(std::unexpected(refusal_of(std::move(error))));
                session->over = true;
            });
        });
}

Task<Result<Value>> WebSocketClient::open() {
    close();
    auto session = std::make_shared<Session>(access_.encoding);
    session->kind = access_.encoding == contract::Encoding::kCbor ? net::MessageKind::kBinary
                                                                  : net::MessageKind::kText;
    session->on_message = on_message_;
    session->on_closed = on_closed_;
    session_ = session;
    start(session);
    Executor& executor = executor_;
    const std::string address = access_.url.text();  // This client may be gone when it is needed.
    const TimerId timer = executor.call_after(kHelloTime, [session] {
        session->hello.complete(fail(ErrorCode::kRequestTimeout, "the hub says no hello"));
    });
    auto greeting = co_await session->hello;
    executor.cancel(timer);
    if (!greeting) {
        if (greeting.error().code == ErrorCode::kUnavailable && session->stream == nullptr) {
            greeting.error().detail = "no connection to " + address;
        }
        session->over = true;
        session->connection.reset();
    }
    co_return greeting;
}

bool WebSocketClient::is_open() const {
    return session_ != nullptr && session_->greeted && !session_->over &&
           session_->stream != nullptr;
}

bool WebSocketClient::compresses() const {
    const net::HttpClientConnection* http = is_open() ? session_->connection->http() : nullptr;
    return http != nullptr && http->compresses();
}

Task<Result<Reply>> WebSocketClient::call(Call call) {
    if (!is_open()) co_return fail(ErrorCode::kUnavailable, "the socket is not open");
    const auto session = session_;
    Executor& executor = executor_;
    auto asked = session->conversation.ask(call);
    session->stream->send(session->kind, asked.message);
    const TimerId timer = executor.call_after(call.patience, [session, id = asked.id] {
        session->conversation.give_up(
            id, fail(ErrorCode::kRequestTimeout, "the hub did not answer in time").error());
    });
    auto answer = co_await asked.answer;
    executor.cancel(timer);
    co_return answer;
}

void WebSocketClient::tell(const Call& call) {
    if (is_open()) session_->stream->send(session_->kind, session_->conversation.tell(call));
}

std::size_t WebSocketClient::queued_bytes() const {
    return is_open() ? session_->stream->queued_bytes() : 0;
}

void WebSocketClient::close() {
    if (session_ == nullptr || session_->over) return;
    const auto session = std::exchange(session_, nullptr);
    // Whoever closes knows it, and may be gone when the last of it happens.
    session->on_message = {};
    session->on_closed = {};
    if (session->stream != nullptr) session->stream->close(1000, {});
    executor_.post([session] { session->end({.code = 1000, .reason = {}}); });
    executor_.call_after(kFarewellTime, [session] { session->connection.reset(); });
}

}  // namespace tandem::client
