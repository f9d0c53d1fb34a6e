#pragma once

#include "base/value.h"
#include "domain/store_figures.h"

#include <string>
#include <vector>

namespace tandem::cli {

/// What is wrong, a line each, from the body of an answer to hub.status.
[[nodiscard]] std::vector<std::string> warning_lines(const Value& status);

/// The rest of it as lines for people.
[[nodiscard]] std::vector<std::string> status_lines(const Value& status);

/// The sizes of a store's files, likewise.
[[nodiscard]] std::vector<std::string> file_lines(const StoreFiles& files);

}  // namespace tandem::cli
