#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/metric.h"
#include "net/http.h"
#include "net/limits.h"
#include "net/transport.h"
#include "net/websocket_extension.h"
#include "net/websocket_stream.h"

#include <functional>
#include <memory>
#include <optional>

namespace tandem::net {

class HttpConnection;

/// One request and its one answer. It may be kept and answered later; answers leave in the order
/// of the requests whatever the order of their making. The connection's loop only. Once the
/// connection has gone, answering does nothing.
class Exchange {
public:
    Exchange(HttpRequest request, std::weak_ptr<HttpConnection*> connection, std::uint64_t number);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();  ///< An exchange that was never answered is answered 500.

    [[nodiscard]] const HttpRequest& request() const { return request_; }
    [[nodiscard]] HttpRequest& request() { return request_; }
    [[nodiscard]] const Peer& peer() const { return peer_; }
    [[nodiscard]] bool gone() const;
    /// The peer has proved who it is: Transport::trust().
    void trust();
    /// What the connection runs on; null once it has gone.
    [[nodiscard]] Transport* transport() const;

    /// A field that the answer gets beside its own, whatever it will be.
    void add_header(std::string name, std::string value) {
        also_.emplace_back(std::move(name), std::move(value));
    }
    /// Answers; the second time is a programming mistake.
    void respond(HttpResponse response);

    /// Answers with a body whose length is not known yet: `response` without its body, then write()
    /// any number of times, then end(). Chunked, RFC 9112 section 7.1; for HTTP/1.0 until the end
    /// of the connection. An exchange that is destroyed before end() resets the connection, so that
    /// nobody takes a part for the whole.
    void begin(HttpResponse response);
    /// The next piece. Kept until the answers before this one have left; see has_room().
    void write(std::string_view piece);
    void end();
    /// Whether the connection takes more now: no more than Limits::queue_bytes waits to leave and
    /// this answer is the next. Whoever writes all the same is not refused.
    [[nodiscard]] bool has_room() const;
    /// Calls once, later, when there is room again or the connection has gone.
    void on_room(std::move_only_function<void()> called);

    /// Answers 101 with `headers` beside the handshake's own and gives the connection to
    /// `handler`. Only for a request that websocket_handshake.h found good, and only while it is
    /// the newest of its connection. With `deflate` the messages are compressed on those terms:
    /// accept_deflate(). Returns the stream, owned by the connection; valid until
    /// WebSocketHandler::on_closed(). Returns null, and drops `handler` untold, when the connection
    /// has gone or is ending.
    WebSocketStream* accept_websocket(Headers headers,
                                      std::unique_ptr<WebSocketHandler> handler,
                                      const std::optional<DeflateTerms>& deflate = std::nullopt);

    /// Called once if the connection goes away before the answer, or after begin() before end():
    /// a waiting handler may give up. begin() forgets what was to be called.
    void on_gone(std::move_only_function<void()> called) { on_gone_ = std::move(called); }

private:
    friend class HttpConnection;
    HttpRequest request_;
    Peer peer_;
    std::weak_ptr<HttpConnection*> connection_;
    std::uint64_t number_;
    bool answered_ = false;
    bool streaming_ = false;  // Between begin() and end().
    Headers also_;
    std::move_only_function<void()> on_gone_;
    std::move_only_function<void()> on_room_;
};

/// Whoever answers requests. One loop.
class HttpHandler {
public:
    HttpHandler() = default;
    HttpHandler(const HttpHandler&) = delete;
    HttpHandler& operator=(const HttpHandler&) = delete;
    virtual ~HttpHandler() = default;

    /// A whole request has arrived. RFC 9112 framing has been checked, nothing else.
    virtual void on_request(std::shared_ptr<Exchange> exchange) = 0;
    /// A request that cannot be framed: what to answer before the connection is closed.
    virtual HttpResponse refusal(const Error& error) = 0;
    /// The most bytes that the body of this request may have, asked when its head has arrived.
    /// Never above Limits::body_bytes.
    [[nodiscard]] virtual std::size_t body_bytes_max(const HttpRequest& head,
                                                     const Peer& peer) const = 0;
    /// The final answer to a request whose peer waits for 100 before it sends the body, where the
    /// head alone decides it (RFC 9110 section 10.1.1); the connection ends with it. Nothing: the
    /// peer is told to go on.
    [[nodiscard]] virtual std::optional<HttpResponse> answer_early(const HttpRequest& /*head*/,
                                                                   const Peer& /*peer*/) {
        return std::nullopt;
    }
    /// Whether answers shall end their connections: the server stops.
    [[nodiscard]] virtual bool draining() const { return false; }
};

/// The server's end of HTTP/1.1 on one connection, and of WebSocket once an exchange has accepted
/// it: what a listener makes for each connection. Sans-I/O; everything outlives it.
[[nodiscard]] std::unique_ptr<Protocol> serve_http(HttpHandler& handler,
                                                   const Limits& limits,
                                                   Metrics& metrics,
                                                   const Clock& clock);

}  // namespace tandem::net
