#pragma once

#include "base/error.h"
#include "net/http.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

/// The words of RFC 9110 section 5.6 and the lines of RFC 9112, shared by the readers of requests,
/// answers and bodies.

/// 1*tchar. RFC 9110 section 5.6.2.
[[nodiscard]] bool is_token(std::string_view text);
/// Visible characters, spaces, tabs and bytes from 0x80: no CR, LF, NUL or other control.
[[nodiscard]] bool is_field_value(std::string_view text);
/// A non-empty authority without user information. RFC 3986 section 3.2.2.
[[nodiscard]] bool is_authority(std::string_view text);

/// The elements of a comma-separated list, trimmed, without empty ones.
[[nodiscard]] std::vector<std::string_view> list_elements(std::string_view value);
/// Whether any field `name` lists `element`, compared without case.
[[nodiscard]] bool lists(const Headers& headers, std::string_view name, std::string_view element);
[[nodiscard]] std::size_t count_fields(const Headers& headers, std::string_view name);

/// 1*DIGIT below 2^63 with at most 19 digits, or 1*HEXDIG with at most 16 digits.
[[nodiscard]] std::optional<std::uint64_t> read_decimal(std::string_view digits);
[[nodiscard]] std::optional<std::uint64_t> read_hexadecimal(std::string_view digits);

/// Appends the field of one line, its name in lower case. RFC 9112 section 5: no space before the
/// colon, no folded line. Fails with kBadRequest.
[[nodiscard]] Result<void> read_field(std::string_view line, Headers& headers);

/// A failure that names the limit that was hit.
[[nodiscard]] std::unexpected<Error> fail_limit(ErrorCode code, std::string_view limit);

/// Cuts lines that end in CRLF out of bytes that arrive in pieces. A line that has come in one
/// piece is not copied.
class LineReader {
public:
    enum class Found : std::uint8_t {
        kWhole,    ///< `line()` is a line, without its CRLF.
        kPartial,  ///< The bytes end inside a line; `line()` is its beginning.
        kBroken,   ///< A line ends in LF alone.
        kTooLong,  ///< The line has more than `max` bytes; `line()` is the first of them.
    };
    /// Takes what it has read from the front of `bytes`. `max` includes the CRLF.
    Found next(std::span<const std::uint8_t>& bytes, std::size_t max);
    /// Good until the next call and as long as the bytes it was read from.
    [[nodiscard]] std::string_view line() const { return line_; }
    /// Bytes of the line that `line()` has not shown yet as a whole.
    [[nodiscard]] std::size_t partial_bytes() const { return whole_ ? 0 : partial_.size(); }

private:
    void append(std::string_view text, std::size_t max);

    std::string partial_;  // Never longer than `max`.
    std::string_view line_;
    bool whole_ = true;
};

}  // namespace tandem::net
