#pragma once

#include "base/check.h"

#include <source_location>
#include <utility>

namespace tandem {

/// What `maybe` (a std::optional, a Result) holds. Only a programming mistake could have left it
/// empty: that stops the process, in release builds too. As good for as long as `maybe` is.
template <typename Maybe>
[[nodiscard]] decltype(auto) checked(
    Maybe&& maybe,
    const std::source_location& where = std::source_location::current()) noexcept {
    check(maybe.has_value(), where);
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the line above
    return *std::forward<Maybe>(maybe);
}

}  // namespace tandem
