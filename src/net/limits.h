#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <variant>

namespace tandem::net {

/// What a connection may cost before its owner has proved anything, and after:
/// docs/reference/limits.md. Each field has a row in limit_rows(), a test, and counts in
/// `tandem_limit_hits_total` under the name of its row; of two that make one limit, as a rate and
/// its burst do, under the one that the document names.
struct Limits {
    std::size_t head_bytes = 16 * 1'024;
    std::size_t target_bytes = 4 * 1'024;
    std::size_t header_fields = 100;
    std::size_t body_bytes = 16 * 1'024 * 1'024;  ///< the most that any operation takes
    std::size_t chunk_extension_bytes = 256;
    std::size_t trailer_bytes = 4 * 1'024;
    std::size_t pipelined_requests = 16;
    std::size_t requests_per_connection = 10'000;
    Duration head_time = 10s;  ///< absolute, from its first byte
    Duration body_time = 60s;  ///< absolute
    Duration body_grace = 5s;  ///< then the body has to come at `body_rate` on the average
    std::size_t body_rate = 500;
    Duration idle_time = 75s;    ///< between requests
    Duration write_stall = 10s;  ///< no progress of the output

    std::size_t message_bytes = 128 * 1'024;  ///< of a WebSocket message, inflated
    std::size_t message_fragments = 64;
    Duration message_time = 10s;  ///< from its first byte to its last
    std::size_t control_burst = 20;
    std::size_t control_per_second = 10;
    Duration ping_interval = 20s;  ///< of silence, then the hub pings
    Duration dead_after = 45s;     ///< of silence
    Duration close_time = 5s;      ///< for the peer's close frame
    std::size_t queue_bytes = 256 * 1'024;
    /// Above queue_bytes, for what is never dropped.
    std::size_t control_reserve_bytes = 32 * 1'024;
    std::size_t deflate_bytes = 512;  ///< shorter messages are not compressed

    std::size_t connections = 100'000;  ///< of one listener; the open-file limit less 512 too
    /// Of one address, on one loop, before they have proved who they are; not on loopback.
    std::size_t address_connections = 256;
    std::size_t address_rate = 20;  ///< new ones a second
    std::size_t address_burst = 100;
    std::size_t handshakes = 256;  ///< TLS handshakes under way, of one listener
    Duration handshake_time = 5s;
};

/// One field of Limits as an administrator sees it.
struct LimitRow {
    std::string_view name;  ///< `http.head_bytes`: the setting's and the metric's
    /// Durations are set in seconds.
    std::variant<std::size_t Limits::*, Duration Limits::*> field;
    std::string_view at_limit;  ///< What happens: `431, closed`.
};
[[nodiscard]] std::span<const LimitRow> limit_rows();

/// Bytes, a number, or seconds.
[[nodiscard]] double value_of(const Limits& limits, const LimitRow& row);
/// Fails with kInvalidField when there is no such limit.
[[nodiscard]] Result<void> set_limit(Limits& limits, std::string_view name, double value);

}  // namespace tandem::net
