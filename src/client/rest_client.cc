#include "client/rest_client.h"

#include "client/wire.h"

#include <utility>

namespace tandem::client {

/// A request whose answer is awaited. Settled once: by the answer, by time, or by its own end.
class RestClient::Pending : public std::enable_shared_from_this<Pending> {
public:
    Pending(Executor& executor, Completion<Answer> completion)
        : executor_{executor}, completion_{std::move(completion)} {}
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() { settle(fail(ErrorCode::kUnavailable)); }

    void settle(Answer answer) {
        if (std::exchange(settled_, true)) return;
        executor_.cancel(timer_);
        // A turn of its own: whoever waits may destroy the connection that the answer came from.
        executor_.post([completion = completion_, given = std::move(answer)]() mutable {
            completion.complete(std::move(given));
        });
    }

    [[nodiscard]] bool settled() const { return settled_; }
    /// From now on, `patience` of silence is too much.
    void wait(Duration patience) {
        executor_.cancel(timer_);
        timer_ = executor_.call_after(patience, [weak = weak_from_this()] {
            if (const auto waits = weak.lock()) {
                waits->settle(fail(ErrorCode::kRequestTimeout, "the hub did not answer in time"));
            }
        });
    }

private:
    Executor& executor_;
    Completion<Answer> completion_;
    TimerId timer_ = 0;
    bool settled_ = false;
};

RestClient::RestClient(net::Loop& loop, Access access)
    : executor_{loop}, access_{std::move(access)}, connect_{connect_to(loop, access_)} {}

RestClient::RestClient(Executor& executor, Access access, Connect connect)
    : executor_{executor}, access_{std::move(access)}, connect_{std::move(connect)} {}

Result<net::HttpRequest> RestClient::request_of(const Call& call) const {
    auto request = http_request(call, access_.encoding);
    if (!request) return request;
    request->host = access_.url.authority();
    if (!access_.key.empty())
        request->headers.emplace_back("Authorization", "Bearer " + access_.key);
    return request;
}

Task<Result<Reply>> RestClient::call(Call call, Piece piece) {
    auto request = request_of(call);
    if (!request) co_return pass(request);
    auto response = co_await exchange(*std::move(request), call.patience, std::move(piece));
    if (!response) co_return pass(response);
    co_return http_reply(*response);
}

Task<Result<Reply>> RestClient::call(Call call) {
    auto request = request_of(call);
    if (!request) co_return pass(request);
    const bool was_used = connection_ != nullptr && connection_->answers() > 0;
    auto response = co_await exchange(*request, call.patience, {});
    const bool broke = !response && response.error().code == ErrorCode::kUnavailable;
    // A hub closes connections that have been idle, and that can cross a request on its way.
    if (broke && was_used && repeatable(call)) {
        response = co_await exchange(*std::move(request), call.patience, {});
    }
    if (!response) co_return pass(response);
    co_return http_reply(*response);
}

Completion<RestClient::Answer> RestClient::send(const net::HttpRequest& request,
                                                Duration patience,
                                                const Piece& piece) {
    Completion<Answer> completion;
    auto pending = std::make_shared<Pending>(executor_, completion);
    if (connection_ == nullptr || connection_->http() == nullptr) {
        connection_ = std::make_shared<Connection>(connect_);
    }
    if (connection_->http() == nullptr) {
        pending->settle(fail(ErrorCode::kUnavailable));
        return completion;
    }
    pending->wait(patience);
    // The connection alone holds on to what is pending: when it goes, with or without a word, the
    // caller is told.
    auto settle = [pending](Answer answer) { pending->settle(std::move(answer)); };
    if (!piece) {
        connection_->http()->request(request, std::move(settle));
        return completion;
    }
    auto take = [weak = std::weak_ptr{pending}, patience, piece](std::string_view bytes) {
        const auto waits = weak.lock();
        if (waits == nullptr || waits->settled()) return;
        waits->wait(patience);
        piece(bytes);
    };
    connection_->http()->request(request, std::move(take), std::move(settle));
    return completion;
}

Task<RestClient::Answer> RestClient::exchange(net::HttpRequest request,
                                              Duration patience,
                                              Piece piece) {
    auto completion = send(request, patience, piece);
    const std::weak_ptr<Connection> used = connection_;
    Answer answer = co_await completion;
    const auto connection = used.lock();
    if (connection == nullptr) co_return answer;  // Closed; this client may be gone.
    if (!answer && answer.error().code == ErrorCode::kUnavailable && connection->answers() == 0) {
        answer.error().detail = "no connection to " + access_.url.text();
    }
    if (answer) connection->count_answer();
    const bool over = answer ? answer->close : true;
    if (over && connection_ == connection) connection_.reset();
    co_return answer;
}

}  // namespace tandem::client
