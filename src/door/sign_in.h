#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// Answers what is about browser sessions (contract/session.h); false when the path is another.
/// Host and Origin have been checked. One loop.
[[nodiscard]] bool serve_sign_in(const Doorway& doorway,
                                 const std::shared_ptr<net::Exchange>& exchange);

}  // namespace tandem::door
