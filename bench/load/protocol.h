#pragma once

#include "../wire.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::bench {

/// What is sent once to begin with, and a part of what has to come back for it.
struct Step {
    std::string send;
    std::string expect;
};

/// What is said on a connection. All messages are the same; so are all answers.
struct Protocol {
    enum class Answers {
        kHttp,    ///< Each is a response of status 2xx, with no body or with `answer`.
        kFrames,  ///< Each is `answer`: a whole WebSocket frame.
        kStream,  ///< Each is `answer`, in WebSocket frames that begin and end anywhere.
        kWithin,  ///< Each is one `answer` somewhere in a WebSocket frame, beside what else is.
    };

    Answers answers = Answers::kHttp;
    std::string answer;
    std::string ignored;                ///< What else may come between answers of a stream.
    std::vector<Step> open;             ///< By every connection, before anything else.
    std::vector<Step> subscribe;        ///< By those that are published to.
    std::vector<std::string> messages;  ///< The bytes of a message, masked in different ways.

    static Protocol http(std::string_view path, std::size_t bytes);
    static Protocol websocket(std::string_view path, std::size_t bytes);
    /// MQTT 3.1.1 with QoS 0 and the protocol of NATS, each in binary frames.
    static Protocol mqtt(std::string_view path, std::size_t bytes);
    static Protocol nats(std::string_view path, std::size_t bytes);
    /// A hub's: a device, whose key the publisher has, writes readings of the series `load`; all
    /// others follow it with another key, and each event of it is an answer.
    static Protocol tandem(std::string_view key, std::string_view device);
};

/// What has come on one connection, and how many answers it was.
class Inbox {
public:
    explicit Inbox(const Protocol& protocol) : protocol_{&protocol} {}

    /// How many answers `bytes` complete; nothing when they are not what the protocol expects.
    std::optional<std::size_t> take(std::string_view bytes);

private:
    struct Taken {
        std::size_t bytes = 0;  // None: more has to come.
        std::size_t answers = 0;
        bool wrong = false;
    };

    Taken take_one(std::string_view bytes);
    [[nodiscard]] Taken take_frame(std::string_view bytes) const;
    Taken take_part(std::string_view bytes);
    [[nodiscard]] Taken take_any(std::string_view bytes) const;
    Taken take_response(std::string_view bytes);
    bool learn_response(std::string_view head);
    std::size_t compare_stream(std::string_view payload, bool& wrong);

    const Protocol* protocol_;
    std::string rest_;  // Of an answer or frame that has not come whole.
    std::size_t stream_at_ = 0;
    std::size_t head_bytes_ = 0;  // Of a response; they are all as long as the first.
    std::size_t body_bytes_ = 0;
};

}  // namespace tandem::bench
