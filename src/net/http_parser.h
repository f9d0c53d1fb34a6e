#pragma once

#include "base/error.h"
#include "net/http.h"
#include "net/http_body.h"
#include "net/http_grammar.h"
#include "net/limits.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::net {

/// Reads the start line and the header fields of either kind of message, line by line.
class HeadReader {
public:
    enum class Step : std::uint8_t { kMore, kStartLine, kEnd };

    explicit HeadReader(const Limits& limits) : limits_{&limits} {}

    /// Goes on to the start line or to the end of the head. Fails with kBadRequest or
    /// kHeadTooLarge.
    [[nodiscard]] Result<Step> read(std::span<const std::uint8_t>& bytes, Headers& headers);
    /// The line of the last step; of an unfinished start line what has come of it.
    [[nodiscard]] std::string_view line() const { return lines_.line(); }
    [[nodiscard]] bool started() const { return used_ + lines_.partial_bytes() > 0; }
    [[nodiscard]] bool in_start_line() const { return in_start_line_; }

private:
    [[nodiscard]] Result<Step> take_line(Headers& headers);

    const Limits* limits_;
    std::size_t used_ = 0;  // Bytes of the lines that are done.
    bool in_start_line_ = true;
    LineReader lines_;
};

/// Reads requests one after the other out of bytes that arrive in any pieces; the verdict does not
/// depend on the pieces. RFC 9112, strictly: what two servers could understand differently is
/// refused. After a failure the parser is done.
///
/// Fails with kBadRequest, kHeadTooLarge, kTargetTooLong, kBodyTooLarge, kVersionNotSupported,
/// kNotImplemented or kExpectationFailed; `Error::limit` names the limit that was hit.
class HttpRequestParser {
public:
    enum class Step : std::uint8_t {
        kMore,     ///< The bytes have been used up; more are needed.
        kHead,     ///< The head is whole and a body follows: ask accept_body() before going on.
        kRequest,  ///< A whole request can be taken.
    };

    explicit HttpRequestParser(const Limits& limits)
        : limits_{&limits}, head_{limits}, body_{limits} {}

    /// Reads from the front of `bytes`, which it shortens by what it has used.
    [[nodiscard]] Result<Step> read(std::span<const std::uint8_t>& bytes);
    /// After kHead: the body may have `max` bytes.
    [[nodiscard]] Result<void> accept_body(std::size_t max) { return body_.start(framing_, max); }
    /// Whether the sender waits for 100 before it sends the body. RFC 9110 section 10.1.1.
    [[nodiscard]] bool expects_continue() const { return expects_continue_; }
    /// The request so far: its head once that is whole.
    [[nodiscard]] const HttpRequest& request() const { return request_; }
    /// After kRequest: the request; the parser is then ready for the next one.
    [[nodiscard]] HttpRequest take();
    /// Whether bytes of a request have come that is not whole yet.
    [[nodiscard]] bool started() const { return in_body_ || head_.started(); }
    [[nodiscard]] bool in_body() const { return in_body_; }

private:
    [[nodiscard]] Result<Step> read_head(std::span<const std::uint8_t>& bytes);
    [[nodiscard]] Result<void> read_start_line(std::string_view line);
    [[nodiscard]] Result<void> read_version(std::string_view version);
    [[nodiscard]] Result<void> read_target(std::string_view target);
    [[nodiscard]] Result<void> finish_head();
    [[nodiscard]] Result<void> read_host();
    [[nodiscard]] Result<void> read_expectation();
    [[nodiscard]] bool target_too_long(std::string_view line) const;

    const Limits* limits_;
    HeadReader head_;
    BodyReader body_;
    Framing framing_;
    HttpRequest request_;
    HttpVersion version_ = HttpVersion::k11;
    bool expects_continue_ = false;
    bool in_body_ = false;
};

/// The client's side: reads answers. Interim answers (1xx but 101) are skipped.
/// Fails as HttpRequestParser does.
class HttpResponseParser {
public:
    explicit HttpResponseParser(const Limits& limits)
        : limits_{&limits}, head_{limits}, body_{limits} {}

    /// What the request was, as far as its answer is read differently.
    struct Asked {
        bool to_head = false;    ///< a HEAD: the answer has no body
        bool in_pieces = false;  ///< the body of a 2xx is of any length: take_piece()
    };
    /// True: a whole answer can be taken.
    [[nodiscard]] Result<bool> read(std::span<const std::uint8_t>& bytes, Asked asked);
    /// Of an answer in pieces, what of its body has come since the last piece; else nothing.
    [[nodiscard]] std::string take_piece();
    /// The peer has ended the connection. True: that made the answer whole.
    [[nodiscard]] bool end() const { return in_body_ && body_.until_close(); }
    [[nodiscard]] HttpResponse take();
    [[nodiscard]] bool started() const { return in_body_ || head_.started(); }

private:
    [[nodiscard]] Result<bool> read_head(std::span<const std::uint8_t>& bytes, Asked asked);
    [[nodiscard]] Result<void> read_status_line(std::string_view line);
    [[nodiscard]] Result<void> finish_head(Asked asked);

    const Limits* limits_;
    HeadReader head_;
    BodyReader body_;
    HttpResponse response_;
    HttpVersion version_ = HttpVersion::k11;
    bool in_body_ = false;
    bool in_pieces_ = false;  // The body that is being read.
};

}  // namespace tandem::net
