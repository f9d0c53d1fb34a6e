#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// The REST door: an HTTP request becomes a call of the catalogue's operation, the reply becomes an
/// HTTP answer. Host and Origin have been checked. One loop.
void serve_rest(const Doorway& doorway, std::shared_ptr<net::Exchange> exchange);

/// The most bytes that the body of a request may have: what its operation takes.
[[nodiscard]] std::size_t rest_body_bytes_max(const net::HttpRequest& head);

}  // namespace tandem::door
