#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// The WebSocket door's entrance, `GET /v1/stream`: who is it (a key, a ticket, or nobody yet),
/// which encoding, then 101 and a WebSocketSession. Host and Origin have been checked. One loop.
void serve_upgrade(const Doorway& doorway, const std::shared_ptr<net::Exchange>& exchange);

inline constexpr std::string_view kStreamPath = "/v1/stream";

}  // namespace tandem::door
