#include "net/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem::net {
namespace {

constexpr std::array kRows{
    LimitRow{"http.head_bytes", &Limits::head_bytes, "431, closed"},
    LimitRow{"http.target_bytes", &Limits::target_bytes, "414, closed"},
    LimitRow{"http.header_fields", &Limits::header_fields, "431, closed"},
    LimitRow{"http.body_bytes", &Limits::body_bytes, "413, closed"},
    LimitRow{"http.chunk_extension_bytes", &Limits::chunk_extension_bytes, "400, closed"},
    LimitRow{"http.trailer_bytes", &Limits::trailer_bytes, "400, closed"},
    LimitRow{"http.pipelined_requests", &Limits::pipelined_requests, "reading stops"},
    LimitRow{"http.requests_per_connection", &Limits::requests_per_connection,
             "the last answer says Connection: close"},
    LimitRow{"http.head_time", &Limits::head_time, "408, closed"},
    LimitRow{"http.body_time", &Limits::body_time, "408, closed"},
    LimitRow{"http.body_grace", &Limits::body_grace, "then http.body_rate holds"},
    LimitRow{"http.body_rate", &Limits::body_rate, "408, closed"},
    LimitRow{"http.idle_time", &Limits::idle_time, "closed"},
    LimitRow{"write_stall", &Limits::write_stall, "reset"},
    LimitRow{"ws.message_bytes", &Limits::message_bytes, "close 1009"},
    LimitRow{"ws.message_fragments", &Limits::message_fragments, "close 1008"},
    LimitRow{"ws.message_time", &Limits::message_time, "close 1008"},
    LimitRow{"ws.control_burst", &Limits::control_burst, "close 1008"},
    LimitRow{"ws.control_per_second", &Limits::control_per_second, "fills ws.control_burst again"},
    LimitRow{"ws.ping_interval", &Limits::ping_interval, "the hub pings"},
    LimitRow{"ws.dead_after", &Limits::dead_after, "close 1001"},
    LimitRow{"ws.close_time", &Limits::close_time, "reset"},
    LimitRow{"ws.queue_bytes", &Limits::queue_bytes, "events become a gap receipt"},
    LimitRow{"ws.control_reserve_bytes", &Limits::control_reserve_bytes, "close 1013"},
    LimitRow{"ws.deflate_bytes", &Limits::deflate_bytes, "shorter messages are sent as they are"},
    LimitRow{"connections", &Limits::connections, "503, closed; over TLS closed"},
    LimitRow{"address.connections", &Limits::address_connections, "429, closed; over TLS closed"},
    LimitRow{"address.per_second", &Limits::address_rate, "429, closed; over TLS closed"},
    LimitRow{"address.burst", &Limits::address_burst, "address.per_second holds"},
    LimitRow{"tls.handshakes", &Limits::handshakes, "closed"},
    LimitRow{"tls.handshake_time", &Limits::handshake_time, "closed"},
};

}  // namespace

std::span<const LimitRow> limit_rows() {
    return kRows;
}

double value_of(const Limits& limits, const LimitRow& row) {
    if (const auto* count = std::get_if<std::size_t Limits::*>(&row.field)) {
        return static_cast<double>(limits.**count);
    }
    return std::chrono::duration<double>{limits.*std::get<Duration Limits::*>(row.field)}.count();
}

Result<void> set_limit(Limits& limits, std::string_view name, double value) {
    const auto* row = std::ranges::find(kRows, name, &LimitRow::name);
    if (row == kRows.end()) {
        return fail(ErrorCode::kInvalidField, fmt::format("{}: no such limit", name));
    }
    if (const auto* count = std::get_if<std::size_t Limits::*>(&row->field)) {
        limits.** count = static_cast<std::size_t>(value);
    } else {
        limits.*std::get<Duration Limits::*>(row->field) =
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
    }
    return {};
}

}  // namespace tandem::net
