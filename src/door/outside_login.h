#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// Answers what is about logins with outside issuers: which there are, `/oauth/providers`; the way
/// to one, `/oauth/login`; and back, `/oauth/callback`. False when the path is another. Host and
/// Origin have been checked. One loop.
[[nodiscard]] bool serve_outside_login(const Doorway& doorway,
                                       const std::shared_ptr<net::Exchange>& exchange);

}  // namespace tandem::door
