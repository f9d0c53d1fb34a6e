#pragma once

#include "base/clock.h"
#include "net/http.h"
#include "net/transport.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::net {

/// `Sun, 06 Nov 1994 08:49:37 GMT`. RFC 9110 section 5.6.7.
[[nodiscard]] std::string http_date(Instant at);

/// Gives http_date(), made anew once a second.
class DateKeeper {
public:
    /// Good until the next call.
    [[nodiscard]] std::string_view at(Instant now);

private:
    std::chrono::sys_seconds second_{};
    std::string text_;
};

/// What a connection adds to an answer's own fields.
struct AnswerHead {
    int status = 200;
    std::string_view date;
    std::optional<std::size_t> content_length;
    bool chunked = false;
    bool close = false;
    std::string_view accept = {};  ///< Sec-WebSocket-Accept of a 101
};

/// The head of an answer, with the empty line at its end. Of `headers` those are left out that are
/// the connection's to say, and those that are no field and could end the head early.
[[nodiscard]] std::string write_head(const AnswerHead& head, const Headers& headers);

/// Whether an answer of this status has no body and no length. RFC 9110 section 8.6, RFC 9112
/// section 6.3.
[[nodiscard]] constexpr bool is_bodiless(int status) {
    return status < 200 || status == 204 || status == 304;
}

/// Writes a body behind its head: a small one is copied, a longer one goes out by reference.
void write_body(Transport& transport, std::string body);

}  // namespace tandem::net
