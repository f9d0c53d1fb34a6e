#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace tandem::api {

/// The cursor of a list: opaque text that holds where its next page begins. `kind` is one letter
/// per list, so that a cursor of another list is refused. Not the cursors of the stream (event.h).
[[nodiscard]] std::string page_cursor(char kind, std::string_view position);

/// What page_cursor() was given. Fails with kInvalidField for `#query/cursor`.
[[nodiscard]] Result<std::string> read_page_cursor(char kind, std::string_view text);

}  // namespace tandem::api
