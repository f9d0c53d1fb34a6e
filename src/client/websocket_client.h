#pragma once

#include "base/executor.h"
#include "base/random.h"
#include "client/connection.h"
#include "client/conversation.h"

namespace tandem::client {

/// How a socket ended.
struct Closing {
    std::uint16_t code = 1006;
    std::string reason;

    /// Whether coming back with the same credentials can help: not after 4401, 4403 and 4409.
    [[nodiscard]] bool final() const { return code == 4401 || code == 4403 || code == 4409; }
};

/// The hub over one WebSocket: requests pipelined by their ids, and what the hub sends unasked.
/// After it has closed it may be opened again; when, is the caller's choice (backoff.h).
class WebSocketClient final : public HubClient {
public:
    /// Events, gaps, commands and control messages as they are: `{"sub","cur","ev"}`,
    /// `{"sub","gap"}`, `{"cmd"}`, `{"goaway"}`.
    using OnMessage = std::function<void(const Value& message)>;
    using OnClosed = std::function<void(const Closing& closing)>;

    WebSocketClient(net::Loop& loop, Random& random, Access access);
    /// For tests: connections come from `connect`, messages are handed over by `executor`.
    WebSocketClient(Executor& executor, Random& random, Access access, Connect connect);
    ~WebSocketClient() override;

    void on_message(OnMessage called);
    /// Called once for each successful open() that ends by the hub or the network, not by close().
    void on_closed(OnClosed called);

    /// Connects and waits for the hub's hello, which it gives. Fails with what the hub refused
    /// the handshake with, or with kUnavailable.
    Task<Result<Value>> open();
    [[nodiscard]] bool is_open() const;
    /// Whether the hub has agreed on permessage-deflate (Access::deflate).
    [[nodiscard]] bool compresses() const;

    Task<Result<Reply>> call(Call call) override;
    /// Sends without waiting for an answer; dropped when the socket is not open.
    void tell(const Call& call);
    /// Bytes that have not left yet.
    [[nodiscard]] std::size_t queued_bytes() const;

    void close() override;

private:
    struct Session;
    class Handler;

    void start(const std::shared_ptr<Session>& opening);

    Executor& executor_;
    Random& random_;
    Access access_;
    Connect connect_;
    OnMessage on_message_;
    OnClosed on_closed_;
    std::shared_ptr<Session> session_;
};

}  // namespace tandem::client
