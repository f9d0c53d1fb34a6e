// The engine with nothing behind it: for measuring, and for judges that bring their own clients.
//
//   WebSocket, any path     every message comes back
//   WebSocket /fanout       gets what is sent on /fanout?publish; ?gather_ms=N gathers
//   GET /                   200
//   any other method, path  the request's body comes back
//   /empty                  204
//   /echo                   the request's header lines
//   /cookie                 the cookies, a line each
#include "base/ascii.h"
#include "net/http_connection.h"
#include "net/listener.h"
#include "net/websocket_handshake.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

namespace tandem {
namespace {

struct Options {
    std::string listen = "127.0.0.1:0";
    std::string certificate;
    std::string key;
    bool deflate = false;
    std::string backend = "epoll";
    std::vector<std::string> limits;
};

/// The sockets that hear what is published.
class Audience {
public:
    struct Member {
        net::WebSocketStream* stream;
        Duration gather;
    };
    explicit Audience(Executor& executor) : executor_{executor} {}

    void add(net::WebSocketStream* stream, Duration gather) {
        members_.push_back({stream, gather});
    }
    void remove(const net::WebSocketStream* stream) {
        std::erase_if(members_, [&](const Member& each) { return each.stream == stream; });
    }
    void publish(net::MessageKind kind, std::string_view message) {
        said_.push_back(net::make_frame(kind, message));
        if (said_.size() == 1) executor_.post([this] { tell(); });
    }

private:
    // What came in one turn: each member is looked up once.
    void tell() {
        for (const Member& each : members_)
            each.stream->send_within(each.gather, said_);
        said_.clear();
    }

    Executor& executor_;
    std::vector<Member> members_;
    std::vector<net::SharedFrame> said_;
};

/// One socket: an echo, or one that publishes or listens.
class EchoSocket final : public net::WebSocketHandler {
public:
    explicit EchoSocket(Audience& audience) : audience_{audience} {}
    void open(net::WebSocketStream& stream) { stream_ = &stream; }
    void publish_only() { publishes_ = true; }

    void on_message(net::MessageKind kind, std::string_view payload) override {
        if (publishes_) return audience_.publish(kind, payload);
        stream_->send(kind, payload);
        if (stream_->queued_bytes() > kQueueBytes) stream_->pause_reading(true);
    }
    void on_drained() override { stream_->pause_reading(false); }
    void on_closed(std::uint16_t /*code*/, std::string_view /*reason*/) override {
        audience_.remove(stream_);
    }

private:
    // Above half of what may wait the stream tells when it has left.
    static constexpr std::size_t kQueueBytes = std::size_t{128} * 1'024;

    Audience& audience_;
    net::WebSocketStream* stream_ = nullptr;
    bool publishes_ = false;
};

std::string header_lines(const net::Headers& headers) {
    std::string lines;
    for (const auto& [name, value] : headers)
        lines += fmt::format("{}: {}\n", name, value);
    return lines;
}

// RFC 6265 section 4.2.1.
std::string cookie_lines(const net::Headers& headers) {
    std::string lines;
    for (const auto& [name, value] : headers) {
        if (name != "cookie") continue;
        for (std::string_view left = value; !left.empty();) {
            const auto end = std::min(left.find(';'), left.size());
            lines += fmt::format("{}\n", trimmed(left.substr(0, end)));
            left.remove_prefix(std::min(end + 1, left.size()));
        }
    }
    return lines;
}

class EchoHandler final : public net::HttpHandler {
public:
    EchoHandler(const net::Limits& limits, bool deflate, Executor& executor)
        : limits_{limits}, deflate_{deflate}, audience_{executor} {}

    void on_request(std::shared_ptr<net::Exchange> exchange) override {
        const net::HttpRequest& request = exchange->request();
        if (net::wants_websocket(request)) return open(*exchange);
        exchange->respond(answer(request));
    }
    net::HttpResponse refusal(const Error& error) override {
        net::HttpResponse response{.status = row(error.code).status, .body = error.detail + "\n"};
        if (error.code == ErrorCode::kUpgradeRequired) {
            response.headers.emplace_back("sec-websocket-version", "13");
        }
        return response;
    }
    [[nodiscard]] std::size_t body_bytes_max(const net::HttpRequest& /*head*/,
                                             const net::Peer& /*peer*/) const override {
        return limits_.body_bytes;
    }

private:
    static net::HttpResponse answer(const net::HttpRequest& request) {
        const std::string_view path = request.path();
        if (path == "/empty") return {.status = 204};
        if (path == "/echo") return text(header_lines(request.headers));
        if (path == "/cookie") return text(cookie_lines(request.headers));
        if (request.body.empty() && (request.method == "GET" || request.method == "HEAD")) {
            return text("Tandem's engine echoes here.\n");
        }
        net::HttpResponse response{.body = request.body};
        if (const std::string* type = net::find_header(request.headers, "content-type")) {
            response.headers.emplace_back("content-type", *type);
        }
        return response;
    }
    static net::HttpResponse text(std::string body) {
        return {.headers = {{"content-type", "text/plain; charset=utf-8"}},
                .body = std::move(body)};
    }

    void open(net::Exchange& exchange) {
        const auto handshake = net::read_handshake(exchange.request());
        if (!handshake) return exchange.respond(refusal(handshake.error()));
        net::Headers headers;
        if (!handshake->protocols.empty()) {
            headers.emplace_back("sec-websocket-protocol", handshake->protocols.front());
        }
        const auto terms = deflate_ ? net::accept_deflate(handshake->extensions) : std::nullopt;
        const std::string target = exchange.request().target;
        auto socket = std::make_unique<EchoSocket>(audience_);
        EchoSocket& opened = *socket;
        auto* stream = exchange.accept_websocket(std::move(headers), std::move(socket), terms);
        if (stream == nullptr) return;
        opened.open(*stream);
        if (target == "/fanout?publish") opened.publish_only();
        if (target == "/fanout") audience_.add(stream, Duration{0});
        constexpr std::string_view gathered = "/fanout?gather_ms=";
        if (!target.starts_with(gathered)) return;
        int milliseconds = 0;
        const std::string_view digits = std::string_view{target}.substr(gathered.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
        audience_.add(stream, milliseconds * Duration{1ms});
    }

    const net::Limits& limits_;
    bool deflate_;
    Audience audience_;
};

Result<net::Limits> read_limits(const std::vector<std::string>& pairs) {
    net::Limits limits;
    for (const std::string_view pair : pairs) {
        const auto equals = std::min(pair.find('='), pair.size());
        const std::string_view digits = pair.substr(std::min(equals + 1, pair.size()));
        double value = 0;
        const char* end = digits.data() + digits.size();
        if (std::from_chars(digits.data(), end, value).ptr != end || digits.empty()) {
            return fail(ErrorCode::kInvalidField, fmt::format("{}: not NAME=NUMBER", pair));
        }
        if (auto set = net::set_limit(limits, pair.substr(0, equals), value); !set) {
            return pass(set);
        }
    }
    return limits;
}

net::Pem read_pem(const std::string& file) {
    std::ifstream in{file};
    return {.name = file, .text = {std::istreambuf_iterator<char>{in}, {}}};
}

Result<void> serve(const Options& options) {
    auto limits = read_limits(options.limits);
    if (!limits) return pass(limits);
    auto endpoint = net::parse_endpoint(options.listen);
    if (!endpoint) return pass(endpoint);
    std::shared_ptr<net::TlsContext> tls;
    if (!options.certificate.empty()) {
        auto loaded = net::TlsContext::server(read_pem(options.certificate), read_pem(options.key));
        if (!loaded) return pass(loaded);
        tls = *loaded;
    }
    const SystemClock clock;
    Metrics metrics;
    net::Loop loop{clock,
                   options.backend == "epoll" ? net::Sending::kEach : net::Sending::kTogether};
    loop.on_signals({SIGTERM, SIGINT}, [&loop](int /*signal*/) { loop.stop(); });
    EchoHandler handler{*limits, options.deflate, loop};
    auto listener = net::Listener::open(loop, *endpoint, tls, *limits, metrics, [&] {
        return net::serve_http(handler, *limits, metrics, clock);
    });
    if (!listener) return pass(listener);
    fmt::print("listening on {}://{}\n", tls ? "https" : "http", (*listener)->endpoint().text());
    std::fflush(stdout);
    loop.run();
    return {};
}

}  // namespace
}  // namespace tandem

int main(int count, char** words) {
    tandem::Options options;
    CLI::App app{"Echoes HTTP and WebSocket with the hub's engine."};
    app.add_option("--listen", options.listen, "HOST:PORT");
    app.add_option("--tls-cert", options.certificate, "A PEM file: the certificate and its chain");
    app.add_option("--tls-key", options.key, "A PEM file: its private key");
    app.add_flag("--deflate", options.deflate, "Agree on permessage-deflate");
    app.add_option("--backend", options.backend,
                   "io_uring: one system call sends for all of a turn")
        ->check(CLI::IsMember({"epoll", "io_uring"}));
    app.add_option("--limit", options.limits, "NAME=VALUE: another limit than the default");
    CLI11_PARSE(app, count, words);
    tandem::net::block_signals({SIGTERM, SIGINT});
    if (const auto served = tandem::serve(options); !served) {
        fmt::print(stderr, "echo_server: {}\n", served.error().detail);
        return 2;
    }
    return 0;
}
