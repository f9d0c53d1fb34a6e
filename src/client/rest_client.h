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
    /// The same for an answer that may be longer than memory should be: what comes of it is given
    /// to `piece`, and is not in the reply. Not repeated unasked when it breaks off;
    /// `Call::patience` is for each silence. `piece` may not destroy or close the client.
    using Piece = std::function<void(std::string_view bytes)>;
    Task<Result<Reply>> call(Call call, Piece piece);
    void close() override { connection_.reset(); }

private:
    using Answer = Result<net::HttpResponse>;
    class Pending;

    [[nodiscard]] Result<net::HttpRequest> request_of(const Call& call) const;
    Completion<Answer> send(const net::HttpRequest& request, Duration patience, const Piece& piece);
    Task<Answer> exchange(net::HttpRequest request, Duration patience, Piece piece);

    Executor& executor_;
    Access access_;
    Connect connect_;
    std::shared_ptr<Connection> connection_;
};

}  // namespace tandem::client
