#pragma once

#include "base/error.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::codec {

/// Undoes percent-encoding, RFC 3986 section 2.1. "+" stays a plus sign: only HTML forms mean a
/// space by it, and a time such as `2026-01-01T00:00:00+01:00` would be torn apart.
///
/// Fails with `kBadRequest` on a "%" without two hexadecimal digits, and when the outcome is not
/// UTF-8 or holds a NUL, which no name here does.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);

/// Escapes every byte but RFC 3986's unreserved ones (letters, digits, `-._~`).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The `name=value` pairs of a query (what follows the "?"), decoded, in their order, repeated
/// names included. A name without "=" has the empty value; empty pieces (`a=1&&b=2`) are skipped.
/// "+" is a plus sign, as in percent_decode, whose failures are passed on.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> parse_query(
    std::string_view query);

}  // namespace tandem::codec
