#include "client/rest_client.h"

#include "client/wire.h"

namespace tandem::client {

RestClient::RestClient(net::Loop& loop, Access access)
    : executor_{loop}, access_{std::move(access)}, connect_{connect_to(loop, access_)} {}

RestClient::RestClient(Executor& executor, Access access, Connect connect)
    : executor_{executor}, access_{std::move(access)}, connect_{std::move(connect)} {}

Task<Result<Reply>> RestClient::call(Call call) {
    auto request = http_request(call, access_.encoding);
    if (!request) co_return pass(request);
    request->host = access_.url.authority();
    if (!access_.key.empty()) request->headers.emplace_back("Authorization", "Bearer " + access_.key);

    const bool was_used = connection_ != nullptr && connection_->answers() > 0;
    auto response = co_await exchange(*request, call.patience);
    const bool broke = !response && response.error().code == ErrorCode::kUnavailable;
    // A hub closes connections that have been idle, and that can cross a request on its way.
    if (broke && was_used && repeatable(call)) {
        response = co_await exchange(*std::move(request), call.patience);
    }
    if (!response) co_return pass(response);
    co_return http_reply(*response);
}

Completion<RestClient::Answer> RestClient::send(const net::HttpRequest& request,
                                                Duration patience) {
    Completion<Answer> completion;
    // A turn of its own: whoever waits may destroy the connection that the answer came from.
    const auto hand_over = [&executor = executor_, completion](Answer answer) mutable {
        executor.post([completion, answer = std::move(answer)]() mutable {
            completion.complete(std::move(answer));
        });
    };
    if (connection_ == nullptr || connection_->http() == nullptr) {
        connection_ = std::make_shared<Connection>(connect_);
    }
    if (connection_->http() == nullptr) {
        hand_over(fail(ErrorCode::kUnavailable, "no connection to " + access_.url.text()));
        return completion;
    }
    const TimerId timer = executor_.call_after(patience, [hand_over]() mutable {
        hand_over(fail(ErrorCode::kRequestTimeout, "the hub did not answer in time"));
    });
    connection_->http()->request(
        request, [&executor = executor_, timer, hand_over](Answer answer) mutable {
            executor.cancel(timer);
            hand_over(std::move(answer));
        });
    return completion;
}

Task<RestClient::Answer> RestClient::exchange(net::HttpRequest request, Duration patience) {
    auto completion = send(request, patience);
    const std::weak_ptr<Connection> used = connection_;
    Answer answer = co_await completion;
    const auto connection = used.lock();
    if (connection == nullptr) co_return answer;  // Closed; this client may be gone.
    if (answer) connection->count_answer();
    const bool over = answer ? answer->close : true;
    if (over && connection_ == connection) connection_.reset();
    if (!answer && answer.error().code == ErrorCode::kUnavailable && answer.error().detail.empty()) {
        answer.error().detail = "no connection to " + access_.url.text();
    }
    co_return answer;
}

}  // namespace tandem::client
