#pragma once

#include "base/task.h"
#include "client/call.h"
#include "contract/encoding.h"

#include <map>

namespace tandem::client {

/// The messages of one socket without the socket: numbers requests, finds the request that a reply
/// belongs to, keeps the rest apart.
class Conversation {
public:
    using Answer = Result<Reply>;

    explicit Conversation(contract::Encoding encoding) : encoding_{encoding} {}

    struct Asked {
        std::int64_t id = 0;
        std::string message;
        Completion<Answer> answer;
    };
    /// A request with the next id.
    [[nodiscard]] Asked ask(const Call& call);
    /// A request without an id: nobody answers it.
    [[nodiscard]] std::string tell(const Call& call) const;

    /// Reads a message, or an array of them: completes the requests that are answered and gives
    /// the rest (`hello`, `ev`, `gap`, `cmd`, `goaway`). Fails with kMalformedBody.
    [[nodiscard]] Result<Value::Array> hear(std::string_view message);

    /// Gives up on one request.
    void give_up(std::int64_t id, const Error& error);
    /// Gives up on all of them: the socket has closed.
    void give_up_all(const Error& error);

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    void settle(const Value& message, Value::Array& rest);

    contract::Encoding encoding_;
    std::int64_t last_id_ = 0;
    // One per call that waits; each ends by a reply, its patience or the socket.
    std::map<std::int64_t, Completion<Answer>> waiting_;
};

}  // namespace tandem::client
