#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

/// Header fields in their order. Names of a parsed message are in lower case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the first field `name` (given in lower case; compared without case), or nullptr.
[[nodiscard]] const std::string* find_header(const Headers& headers, std::string_view name);

/// A whole request. RFC 9112.
struct HttpRequest {
    std::string method;  ///< as sent: methods are case-sensitive
    /// Origin form; of an absolute-form target path and query, its authority in `host`.
    std::string target;
    std::string host;
    Headers headers;
    std::string body;
    bool keep_alive = true;  ///< what the version and Connection ask for
    bool chunks = true;      ///< whether it understands a chunked answer: not HTTP/1.0

    [[nodiscard]] std::string_view path() const;   ///< still percent-encoded
    [[nodiscard]] std::string_view query() const;  ///< without "?", still percent-encoded
};

/// An answer. Content-Length, Date, Server and Connection are the connection's to add.
struct HttpResponse {
    int status = 200;
    Headers headers;
    std::string body;
    bool close = false;                ///< end the connection after it
    std::shared_ptr<void> holds = {};  ///< let go when most of it has left
};

/// The reason phrase of RFC 9110 section 15, or "" for a status without one.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace tandem::net
