#pragma once

#include "client/test_hub.h"
#include "simulate/link.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace tandem::simulate {

/// A hub that answers calls by a function, in a turn of its own, and remembers them.
class TestClient final : public client::HubClient {
public:
    using Answer = std::function<Result<client::Reply>(const client::Call& call)>;

    explicit TestClient(net::ManualLoop& loop) : loop_{loop} {}

    Task<Result<client::Reply>> call(client::Call call) override {
        calls.push_back(call);
        Completion<Result<client::Reply>> completion;
        if (held) {
            waiting_.push_back(completion);
        } else {
            loop_.post([completion, given = answer(call)]() mutable {
                completion.complete(std::move(given));
            });
        }
        co_return co_await completion;
    }
    void close() override {
        for (auto& each : std::exchange(waiting_, {})) {
            loop_.post([each]() mutable { each.complete(fail(ErrorCode::kUnavailable)); });
        }
    }
    /// Answers the oldest call that is held back.
    void release(Result<client::Reply> reply) {
        auto first = waiting_.front();
        waiting_.pop_front();
        first.complete(std::move(reply));
        loop_.run_posted();
    }

    /// The calls of an operation, in their order.
    [[nodiscard]] std::vector<client::Call> of(std::string_view operation) const {
        std::vector<client::Call> out;
        for (const client::Call& call : calls) {
            if (call.operation == operation) out.push_back(call);
        }
        return out;
    }

    std::vector<client::Call> calls;
    bool held = false;  ///< keep callers waiting until release() or close()
    Answer answer = [](const client::Call&) { return client::Reply{}; };

private:
    net::ManualLoop& loop_;
    std::deque<Completion<Result<client::Reply>>> waiting_;
};

/// A link whose other end is a test.
class TestLink final : public Link {
public:
    /// `polls`: commands are asked for, as over REST.
    TestLink(net::ManualLoop& loop, bool polls) : hub{loop}, poll{loop}, polls_{polls} {
        poll.held = true;
    }

    void listen(OnMessage on_message, OnLost on_lost) override {
        say = std::move(on_message);
        lose = std::move(on_lost);
    }
    Task<Result<void>> open() override {
        ++opens;
        if (!reachable) co_return fail(ErrorCode::kUnavailable, "no hub");
        co_return Result<void>{};
    }
    [[nodiscard]] client::HubClient& client() override { return hub; }
    [[nodiscard]] client::HubClient* poller() override { return polls_ ? &poll : nullptr; }
    [[nodiscard]] std::size_t writes_max() const override { return 2; }
    void close() override {
        hub.close();
        poll.close();
        closed = true;
    }

    TestClient hub;
    TestClient poll;
    OnMessage say;
    OnLost lose;
    int opens = 0;
    bool reachable = true;
    bool closed = false;

private:
    bool polls_;
};

}  // namespace tandem::simulate
