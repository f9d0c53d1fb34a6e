#include "measure/peer.h"

#include "client/connection.h"
#include "client/wire.h"
#include "codec/json.h"
#include "measure/listeners.h"
#include "measure/waiting.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace tandem::measure {
namespace {

constexpr Duration kPatience = 5s;

Result<void> accepted(Result<net::HttpResponse> answer) {
    if (!answer) return pass(answer);
    if (answer->status >= 200 && answer->status <= 299) return {};
    return fail(ErrorCode::kUnavailable, "the peer answered " + std::to_string(answer->status));
}

class RestPeer final : public Uplink {
public:
    RestPeer(LinkSetting setting, std::string target, bool fresh)
        : setting_{std::move(setting)},
          target_{std::move(target)},
          fresh_{fresh},
          connect_{setting_.wires->connect(setting_.access,
                                           fresh ? Ending::kSaidAll : Ending::kAtOnce)} {}

    Task<Result<void>> open() override {
        // Any message opens the connection.
        if (fresh_) co_return Result<void>{};
        Value body = Value::Object{};
        co_return co_await send(std::move(body));
    }

    Task<Result<void>> send(Value body) override {
        client::Call call{.operation = "telemetry.write", .path = Value::Object{{"device", "me"}}};
        call.body = std::move(body);
        auto request = client::http_request(call, setting_.access.encoding);
        if (!request) co_return pass(request);
        request->target = target_;
        request->host = setting_.access.url.authority();
        // As long as a device's: it is the hub's request to the byte, but for the target.
        request->headers.emplace_back("Authorization", "Bearer " + setting_.access.key);
        const auto connection = connected();
        if (connection->http() == nullptr) {
            co_return fail(ErrorCode::kUnavailable, "no connection to the peer");
        }
        auto awaited = std::make_shared<Awaited<void>>(*setting_.loop);
        const auto completion = awaited->begin(kPatience);
        connection->http()->request(*request, [awaited](Result<net::HttpResponse> answer) {
            awaited->tell(accepted(std::move(answer)));
        });
        awaited.reset();  // The connection alone holds on to it.
        co_return co_await told(completion);
    }

private:
    // A connection of its own lives until its answer has come: the next message makes another.
    std::shared_ptr<client::Connection> connected() {
        if (fresh_ || connection_ == nullptr || connection_->http() == nullptr) {
            connection_ = std::make_shared<client::Connection>(connect_);
        }
        return connection_;
    }

    LinkSetting setting_;
    std::string target_;
    bool fresh_;
    client::Connect connect_;
    std::shared_ptr<client::Connection> connection_;
};

/// A WebSocket whose server sends back what it gets.
struct Echo {
    net::WebSocketStream* stream = nullptr;
    std::deque<std::shared_ptr<Awaited<void>>>
        waiting;  // As many as have been sent and not come back.
    bool over = false;

    void end() {
        over = true;
        stream = nullptr;
        const auto left = std::exchange(waiting, {});
        for (const auto& each : left)
            each->tell(fail(ErrorCode::kUnavailable, "the peer has closed the socket"));
    }
};

class EchoHandler final : public net::WebSocketHandler {
public:
    explicit EchoHandler(std::weak_ptr<Echo> echo) : echo_{std::move(echo)} {}

    void on_message(net::MessageKind /*kind*/, std::string_view /*payload*/) override {
        const auto echo = echo_.lock();
        if (echo == nullptr || echo->waiting.empty()) return;
        const auto first = std::move(echo->waiting.front());
        echo->waiting.pop_front();
        first->tell({});
    }
    void on_drained() override {}
    void on_closed(std::uint16_t /*code*/, std::string_view /*reason*/) override {
        if (const auto echo = echo_.lock()) echo->end();
    }

private:
    std::weak_ptr<Echo> echo_;
};

class SocketPeer final : public Uplink {
public:
    SocketPeer(LinkSetting setting, std::string target)
        : setting_{std::move(setting)}, target_{std::move(target)} {}
    SocketPeer(const SocketPeer&) = delete;
    SocketPeer& operator=(const SocketPeer&) = delete;
    ~SocketPeer() override {
        connection_.reset();
        echo_->end();
    }

    Task<Result<void>> open() override {
        connection_ =
            std::make_unique<client::Connection>(setting_.wires->connect(setting_.access));
        if (connection_->http() == nullptr) {
            co_return fail(ErrorCode::kUnavailable, "no connection to the peer");
        }
        net::HttpRequest request{.method = "GET",
                                 .target = target_,
                                 .host = setting_.access.url.authority(),
                                 .headers = {},
                                 .body = {}};
        auto awaited = std::make_shared<Awaited<void>>(*setting_.loop);
        const auto completion = awaited->begin(kPatience);
        connection_->http()->upgrade(
            request, *setting_.random, std::make_unique<EchoHandler>(echo_),
            [awaited, echo = echo_](Result<net::WebSocketStream*> opened) {
                if (opened) echo->stream = *opened;
                awaited->tell(opened ? Result<void>{} : Result<void>{pass(opened)});
            });
        awaited.reset();
        co_return co_await told(completion);
    }

    Task<Result<void>> send(Value body) override {
        if (echo_->stream == nullptr) {
            co_return fail(ErrorCode::kUnavailable, "the peer has closed the socket");
        }
        // The hub's message, as its client writes it.
        const Value message = Value::Object{{"op", "telemetry.write"},
                                            {"path", Value::Object{{"device", "me"}}},
                                            {"body", std::move(body)},
                                            {"id", ++last_id_}};
        auto awaited = std::make_shared<Awaited<void>>(*setting_.loop);
        const auto completion = awaited->begin(kPatience);
        echo_->waiting.push_back(std::move(awaited));
        echo_->stream->send(net::MessageKind::kText, codec::to_json(message));
        co_return co_await told(completion);
    }

private:
    LinkSetting setting_;
    std::string target_;
    std::shared_ptr<Echo> echo_ = std::make_shared<Echo>();
    std::unique_ptr<client::Connection> connection_;
    std::int64_t last_id_ = 0;
};

}  // namespace

Result<Peer> make_peer(std::string_view url, client::Door door, const std::string& ca_file) {
    const bool socket = door == client::Door::kWebSocket;
    const std::string_view wanted = socket ? "ws" : "http";
    const std::size_t colon = url.find("://");
    const std::string_view scheme = url.substr(0, colon == std::string_view::npos ? 0 : colon);
    if (scheme != wanted && scheme != std::string{wanted} + "s") {
        return fail(ErrorCode::kInvalidField, std::string{url} + ": not " + std::string{wanted} +
                                                  ":// or " + std::string{wanted} + "s://");
    }
    // What a request's target cannot hold, and a space would end it.
    if (std::ranges::any_of(url, [](char each) { return each <= ' ' || each > '~'; })) {
        return fail(ErrorCode::kInvalidField, std::string{url} + ": write it percent-encoded");
    }
    const std::string_view rest = url.substr(colon + 3);
    const std::size_t slash = rest.find('/');
    const std::string_view host = rest.substr(0, slash);
    const std::string base = (scheme != wanted ? "https://" : "http://") + std::string{host};
    auto access = client::make_access(base, {}, ca_file);
    if (!access) return pass(access);
    const std::uint16_t port = access->url.port;
    const std::string name = access->url.host;
    const bool here = name == "localhost" || name == "::1" || name.starts_with("127.");
    return Peer{.url = std::string{url},
                .access = *std::move(access),
                .target = slash == std::string_view::npos ? "/" : std::string{rest.substr(slash)},
                .pids = here ? processes_listening(port) : std::vector<int>{}};
}

std::unique_ptr<Uplink> make_peer_uplink(advise::Readings way,
                                         LinkSetting setting,
                                         std::string target) {
    if (way == advise::Readings::kSocket) {
        return std::make_unique<SocketPeer>(std::move(setting), std::move(target));
    }
    const bool fresh = way == advise::Readings::kRestFresh;
    return std::make_unique<RestPeer>(std::move(setting), std::move(target), fresh);
}

}  // namespace tandem::measure
