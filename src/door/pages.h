#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// Answers what is no operation: health, metrics, the documents and the console's files; false when
/// the path is none of them. Host and Origin have been checked. One loop.
[[nodiscard]] bool serve_page(const Doorway& doorway,
                              const std::shared_ptr<net::Exchange>& exchange);

}  // namespace tandem::door
