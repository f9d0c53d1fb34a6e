#pragma once

#include "contract/operation.h"

#include <span>
#include <vector>

namespace tandem::contract {

/// Every operation, in the order of the reference.
[[nodiscard]] std::span<const Operation* const> catalogue();
/// The operation `name`, or nullptr.
[[nodiscard]] const Operation* find_operation(std::string_view name);

/// The catalogue and what is documented beside it: how sessions begin and end (session.h).
[[nodiscard]] const std::vector<const Operation*>& documented();

/// OpenAPI 3.1 and AsyncAPI 3.0 of the catalogue.
[[nodiscard]] Value openapi();
[[nodiscard]] Value asyncapi();
/// The error table: name, status, whether a retry can help, title.
[[nodiscard]] Value error_reference();

}  // namespace tandem::contract
