#pragma once

#include "client/hub_client.h"
#include "net/client.h"

#include <memory>

namespace tandem::client {

/// One HTTP connection to the hub that knows when it is over: the protocol belongs to the
/// transport, which may end it at any time.
class Connection {
public:
    explicit Connection(const Connect& connect);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Null once the connection has ended, or the hub has said that it will.
    [[nodiscard]] net::HttpClientConnection* http() const { return shared_->http; }
    /// Answers that came over it.
    [[nodiscard]] std::size_t answers() const { return answers_; }
    void count_answer() { ++answers_; }

private:
    struct Shared {
        net::HttpClientConnection* http = nullptr;
    };
    class Watched;

    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    std::unique_ptr<net::Transport> transport_;
    std::size_t answers_ = 0;
};

}  // namespace tandem::client
