#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "net/http.h"
#include "net/limits.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/websocket_stream.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tandem::net {

/// Opens a TCP (or, with `tls`, TLS) connection and drives `protocol` on it. `host` is resolved
/// with getaddrinfo: meant for numeric addresses and localhost. Failure arrives as
/// Protocol::on_closed() before on_open(). Returns what keeps the connection alive: destroying it
/// aborts.
[[nodiscard]] std::unique_ptr<Transport> connect_tcp(Loop& loop,
                                                     const std::string& host,
                                                     std::uint16_t port,
                                                     std::shared_ptr<TlsContext> tls,
                                                     std::unique_ptr<Protocol> protocol);

/// The same over the Unix socket at `path` (Listener::open_local()).
[[nodiscard]] std::unique_ptr<Transport> connect_local(Loop& loop,
                                                       const std::filesystem::path& path,
                                                       std::unique_ptr<Protocol> protocol);

/// The client's end of HTTP/1.1: one connection, requests one after the other or pipelined,
/// answers in order. Sans-I/O.
class HttpClientConnection final : public Protocol {
public:
    using Answered = std::move_only_function<void(Result<HttpResponse>)>;
    using Piece = std::move_only_function<void(std::string_view bytes)>;

    /// With the default limits, and the machine's clock for the silence of a WebSocket.
    HttpClientConnection();
    /// Both outlive the connection.
    HttpClientConnection(const Limits& limits, const Clock& clock);
    ~HttpClientConnection() override;

    /// Queues a request; `host` becomes the Host header; Content-Length is added. Before on_open()
    /// it waits for it. `answered` is called once: with the answer, or with kUnavailable when the
    /// connection ended first (at once, when it has ended already), or as HttpResponseParser fails
    /// when the answer is none. Not after upgrade().
    void request(const HttpRequest& request, Answered answered);
    /// The same for an answer that may be longer than memory should be: the body of a 2xx is given
    /// to `piece` as it comes, however long it is, and is not in the answer.
    void request(const HttpRequest& request, Piece piece, Answered answered);
    /// As request(), with an upgrade to WebSocket (RFC 6455 section 4.1): after 101 the connection
    /// belongs to `handler`; `opened` gets the stream, or the answer that was not 101 as an error
    /// whose code has that status and whose detail holds the status and body, or kBadRequest for a
    /// 101 that does not fit. `random` outlives the connection: it makes the key and the masks.
    /// With kDeflateOffer as the request's Sec-WebSocket-Extensions, messages are compressed where
    /// the server agrees (websocket_extension.h).
    void upgrade(const HttpRequest& request,
                 Random& random,
                 std::unique_ptr<WebSocketHandler> handler,
                 std::move_only_function<void(Result<WebSocketStream*>)> opened);
    /// Whether the upgrade was answered with permessage-deflate.
    [[nodiscard]] bool compresses() const;

    void on_open(Transport& transport) override;
    void on_bytes(std::span<const std::uint8_t> bytes) override;
    void on_end() override;
    void on_drained() override;
    void on_closed() override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tandem::net
