#pragma once

#include "client/test_hub.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::client {

/// A request as a test's hub sees it.
struct TestRequest {
    std::string method;
    std::string target;
    std::string body;
};

[[nodiscard]] inline std::string test_answer(int status,
                                             const std::string& body,
                                             const std::string& headers = "") {
    const std::string type = status < 300 ? "application/json" : "application/problem+json";
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// At the end of an answer: then the hub hangs up, whether the answer was whole or not.
inline constexpr std::string_view kThenGone = "\x04";

/// Runs `task` with a hub that answers each request as `answer` says. Time passes where nothing
/// else happens.
template <typename T>
T run_with(net::ManualLoop& loop,
           TestHub& hub,
           Task<T> task,
           const std::function<std::string(const TestRequest& request)>& answer) {
    const auto result = begin(std::move(task));
    while (!result->has_value()) {
        const std::string sent = hub.connections() == 0 ? "" : hub.line().take();
        if (sent.empty()) {
            loop.advance(1s);
            continue;
        }
        const std::size_t first = sent.find(' ');
        const std::size_t second = sent.find(' ', first + 1);
        std::string answered = answer({.method = sent.substr(0, first),
                                       .target = sent.substr(first + 1, second - first - 1),
                                       .body = sent.substr(sent.find("\r\n\r\n") + 4)});
        const bool gone = answered.ends_with(kThenGone);
        if (gone) answered.resize(answered.size() - kThenGone.size());
        TestLine& line = hub.line();
        if (!answered.empty()) line.send(answered);
        if (gone) line.hang_up();
        loop.run_posted();
    }
    return std::move(**result);
}

}  // namespace tandem::client
