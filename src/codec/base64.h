#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace tandem::codec {

/// Base 64 with padding, RFC 4648 section 4.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// The bytes that `text` stands for. Strict, so that every value has one text: fails with
/// `kBadRequest` on a character outside the alphabet (white space and line ends too), on padding
/// that is missing or too much, and on bits of the last character that belong to no byte.
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);

/// Base 64 for URLs and file names, without padding. RFC 4648 section 5.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// As base64_decode, for the other alphabet; padding is refused.
[[nodiscard]] Result<std::string> base64url_decode(std::string_view text);

}  // namespace tandem::codec
