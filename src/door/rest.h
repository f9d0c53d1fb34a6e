#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>
#include <optional>

namespace tandem::door {

/// The REST door: an HTTP request becomes a call of the catalogue's operation, the reply becomes an
/// HTTP answer. Host and Origin have been checked. One loop.
void serve_rest(const Doorway& doorway, std::shared_ptr<net::Exchange> exchange);

/// What a request of a catalogue's path is refused with whatever its body says; nothing where the
/// body is wanted. Host and Origin have been checked. One loop.
[[nodiscard]] std::optional<net::HttpResponse> refuse_rest_early(const Doorway& doorway,
                                                                 const net::HttpRequest& head,
                                                                 const net::Peer& peer);

/// The most bytes that the body of a request may have: what its operation takes.
[[nodiscard]] std::size_t rest_body_bytes_max(const net::HttpRequest& head);

}  // namespace tandem::door
