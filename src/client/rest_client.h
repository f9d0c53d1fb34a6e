#pragma once

#include "base/executor.h"
#include "client/connection.h"

namespace tandem::client {

/// The hub over REST: one connection that is kept, requests pipelined on it, opened anew when the
/// hub has closed it. A call that waits at the hub (`Prefer: wait`) holds back the ones after it:
/// use a client of its own for long poll.
class RestClient final : public HubClient {
public:
    RestClient(net::Loop& loop, Access access);
    /// For tests: connections come from `connect`, answers are handed over by `executor`.
    RestClient(Executor& executor, Access access, Connect connect);

    Task<Result<Reply>> call(Call call) override;
    void close() override { connection_.reset(); }

private:
    using Answer = Result<net::HttpResponse>;
    class Pending;

    Completion<Answer> send(const net::HttpRequest& request, Duration patience);
    Task<Answer> exchange(net::HttpRequest request, Duration patience);

    Executor& executor_;
    Access access_;
    Connect connect_;
    std::shared_ptr<Connection> connection_;
};

}  // namespace tandem::client
