#pragma once

#include <source_location>

namespace tandem {

/// Prints where and stops the process. Never returns.
[[noreturn]] void check_failed(const std::source_location& where) noexcept;

/// States what only a programming mistake could make false; stops the process when it is, in
/// release builds too. One fact per call.
inline void check(bool holds,
                  const std::source_location& where = std::source_location::current()) noexcept {
    if (!holds) [[unlikely]]
        check_failed(where);
}

}  // namespace tandem
