#pragma once

#include "client/rest_client.h"
#include "client/websocket_client.h"

#include <functional>
#include <memory>

namespace tandem::simulate {

/// How a device reaches its hub. One loop's thread; it outlives the calls over it.
class Link {
public:
    using OnMessage = std::function<void(const Value& message)>;
    using OnLost = std::function<void(const client::Closing& closing)>;

    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    virtual ~Link() = default;

    /// What the hub sends unasked, and the end of a connection that open() made.
    virtual void listen(OnMessage on_message, OnLost on_lost) = 0;
    /// Connects, where the door keeps connections.
    virtual Task<Result<void>> open() = 0;
    [[nodiscard]] virtual client::HubClient& client() = 0;
    /// For asking for commands, on a connection of its own; null where they come unasked.
    [[nodiscard]] virtual client::HubClient* poller() = 0;
    /// How many writes may be on their way at once.
    [[nodiscard]] virtual std::size_t writes_max() const = 0;
    virtual void close() = 0;
};

/// Requests on one kept connection, long poll on another.
class RestLink final : public Link {
public:
    RestLink(net::Loop& loop, const client::Access& access)
        : client_{loop, access}, poller_{loop, access} {}

    void listen(OnMessage /*on_message*/, OnLost /*on_lost*/) override {}
    Task<Result<void>> open() override { co_return Result<void>{}; }
    [[nodiscard]] client::HubClient& client() override { return client_; }
    [[nodiscard]] client::HubClient* poller() override { return &poller_; }
    [[nodiscard]] std::size_t writes_max() const override { return 1; }
    void close() override {
        client_.close();
        poller_.close();
    }

private:
    client::RestClient client_;
    client::RestClient poller_;
};

/// One socket for everything.
class SocketLink final : public Link {
public:
    SocketLink(net::Loop& loop, Random& random, const client::Access& access)
        : client_{loop, random, access} {}

    void listen(OnMessage on_message, OnLost on_lost) override {
        client_.on_message(std::move(on_message));
        client_.on_closed(std::move(on_lost));
    }
    Task<Result<void>> open() override {
        auto hello = co_await client_.open();
        if (!hello) co_return pass(hello);
        co_return Result<void>{};
    }
    [[nodiscard]] client::HubClient& client() override { return client_; }
    [[nodiscard]] client::HubClient* poller() override { return nullptr; }
    // A window large enough for 100 Hz over a round trip of 100 ms.
    [[nodiscard]] std::size_t writes_max() const override { return 16; }
    void close() override { client_.close(); }

private:
    client::WebSocketClient client_;
};

}  // namespace tandem::simulate
