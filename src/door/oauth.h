#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// Serves the endpoints and pages of OAuth, docs/reference/oauth.md. False: it is none of them.
/// Host and Origin have been checked. One loop.
[[nodiscard]] bool serve_oauth(const Doorway& doorway,
                               const std::shared_ptr<net::Exchange>& exchange);

}  // namespace tandem::door
