#pragma once

#include <string_view>

namespace tandem::codec {

/// Whether `text` is UTF-8 as RFC 3629 has it: shortest forms, no surrogates, up to U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace tandem::codec
