#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem::codec {

/// An escape, read or refused.
struct JsonEscape {
    std::size_t end = 0;            ///< where it ends, or is refused
    const char* refused = nullptr;  ///< why, or nullptr
};

/// Reads the escape that `text` begins with, its backslash first, RFC 8259 section 7. What it
/// stands for is added to `out` as UTF-8; two escapes of a surrogate pair are one.
[[nodiscard]] JsonEscape read_json_escape(std::string_view text, std::string& out);

}  // namespace tandem::codec
