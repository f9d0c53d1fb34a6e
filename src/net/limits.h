#pragma once

#include "base/clock.h"

#include <cstddef>

namespace tandem::net {

/// What a connection may cost before its owner has proved anything, and after:
/// docs/reference/limits.md. Each field has a test and counts in `tandem_limit_hits_total`.
struct Limits {
    std::size_t head_bytes = 16 * 1'024;           ///< request line and header fields; 431
    std::size_t target_bytes = 4 * 1'024;          ///< 414
    std::size_t header_fields = 100;               ///< 431
    std::size_t body_bytes = 16 * 1'024 * 1'024;   ///< the most that any operation takes; 413
    std::size_t chunk_extension_bytes = 256;       ///< 400
    std::size_t trailer_bytes = 4 * 1'024;         ///< 400
    std::size_t pipelined_requests = 16;           ///< then reading stops
    std::size_t requests_per_connection = 10'000;  ///< then `Connection: close`
    Duration head_time = 10s;                      ///< absolute, from its first byte; 408
    Duration body_time = 60s;                      ///< absolute; 408
    Duration idle_time = 75s;                      ///< between requests; close
    Duration write_stall = 10s;                    ///< no progress; RST

    std::size_t message_bytes = 128 * 1'024;  ///< a WebSocket message; 1009
    std::size_t message_fragments = 64;       ///< 1008
    Duration message_time = 10s;              ///< from its first byte to its last; 1008
    std::size_t control_burst = 20;           ///< control frames at once; 1008
    std::size_t control_per_second = 10;      ///< control frames for long; 1008
    Duration ping_interval = 20s;             ///< of silence, then the hub pings
    Duration dead_after = 45s;                ///< of silence, then 1001 and gone
    Duration close_time = 5s;                 ///< for the peer's close frame; RST
    std::size_t queue_bytes = 256 * 1'024;    ///< outbound, a WebSocket connection
    std::size_t control_reserve_bytes =
        32 * 1'024;  ///< above queue_bytes, for what is never dropped

    std::size_t connections = 10'000;  ///< of one listener; then 503 and close
    Duration tls_handshake_time = 5s;
};

}  // namespace tandem::net
