#include "node/limits.h"

#include "node/memory.h"

#include <algorithm>
#include <utility>

namespace tandem::node {
namespace {

/// A row for one field.
template <typename Field>
LimitRow row_of(std::string_view name, std::string_view at_limit, Field field) {
    using Value = std::remove_reference_t<decltype(field(std::declval<Tuning&>()))>;
    LimitRow row{.name = name,
                 .at_limit = at_limit,
                 .seconds = std::is_same_v<Value, Duration>,
                 .get = {},
                 .set = {}};
    row.get = [field](Tuning tuning) {
        const Value value = field(tuning);
        if constexpr (std::is_same_v<Value, Duration>) {
            return std::chrono::duration<double>{value}.count();
        } else {
            return static_cast<double>(value);
        }
    };
    row.set = [field](Tuning& tuning, double value) {
        if constexpr (std::is_same_v<Value, Duration>) {
            field(tuning) =
                std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
        } else {
            field(tuning) = static_cast<Value>(value);
        }
    };
    return row;
}

/// One name for devices, users and applications.
LimitRow requests_row(std::string_view name, double auth::Rate::* field) {
    return {.name = name,
            .at_limit = "429 with Retry-After",
            .get = [field](const Tuning& tuning) { return tuning.rules.rates.requests.*field; },
            .set =
                [field](Tuning& tuning, double value) {
                    tuning.rules.rates.requests.*field = value;
                    tuning.rules.rates.device_requests.*field = value;
                }};
}

std::vector<LimitRow> make_rows() {
    std::vector<LimitRow> rows{
        requests_row("requests_per_second", &auth::Rate::per_second),
        requests_row("requests_burst", &auth::Rate::burst),
        row_of("readings_per_second", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.rates.readings.per_second; }),
        row_of("readings_burst", "429 with Retry-After; 413 for a body that could never pass",
               [](Tuning& t) -> double& { return t.rules.rates.readings.burst; }),
        row_of("requests.in_flight", "429 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.rules.in_flight.of_one; }),
        row_of("requests.in_flight_all", "503 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.rules.in_flight.all; }),
        row_of("memory.bytes", "less is done in steps; above 95 % 503 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.rules.memory_bytes; }),
        row_of("login.account", "429 with Retry-After, longer each time",
               [](Tuning& t) -> double& { return t.rules.login_account.most; }),
        row_of("login.account_wait", "it gets no longer",
               [](Tuning& t) -> Duration& { return t.rules.login_account.longest; }),
        row_of("login.address", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.login_address.most; }),
        row_of("login.starts", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.login_starts.most; }),
        row_of("outside.tokens", "503 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.rules.outside_tokens; }),
        row_of("tenant.devices", "409", [](Tuning& t) -> std::size_t& { return t.rules.devices; }),
        row_of("tenant.sockets", "429; an open one closes with 4429",
               [](Tuning& t) -> std::size_t& { return t.rules.sockets; }),
        row_of("tenant.users", "409", [](Tuning& t) -> std::size_t& { return t.rules.users; }),
        row_of("tenant.apps", "409", [](Tuning& t) -> std::size_t& { return t.rules.apps; }),
        row_of("tenant.grants", "409", [](Tuning& t) -> std::size_t& { return t.rules.grants; }),
        row_of("tenant.dashboards", "409",
               [](Tuning& t) -> std::size_t& { return t.rules.dashboards; }),
        row_of("dashboards.owned", "409",
               [](Tuning& t) -> std::size_t& { return t.rules.dashboards_owned; }),
        row_of("dashboards.bytes", "413",
               [](Tuning& t) -> std::size_t& { return t.rules.dashboard_bytes; }),
        row_of("tenant.claim_codes", "409",
               [](Tuning& t) -> std::size_t& { return t.rules.oauth.claim_codes; }),
        row_of("oauth.client_per_minute", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.oauth.of_client; }),
        row_of("oauth.failures_per_minute", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.oauth.failures; }),
        row_of("oauth.askings_per_minute", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.oauth.askings; }),
        row_of("oauth.user_codes_per_minute", "429 with Retry-After",
               [](Tuning& t) -> double& { return t.rules.oauth.user_codes; }),
        row_of("oauth.families", "the oldest ends",
               [](Tuning& t) -> std::size_t& { return t.rules.oauth.families; }),
        row_of("oauth.pending", "503 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.rules.oauth.pending; }),
        row_of("hub.tenants", "409", [](Tuning& t) -> std::size_t& { return t.rules.tenants; }),
        row_of("commands.queue", "429 queue-full",
               [](Tuning& t) -> std::size_t& { return t.rules.commands.queue; }),
        row_of("commands.group", "400",
               [](Tuning& t) -> std::size_t& { return t.rules.commands.group; }),
        row_of("commands.params_bytes", "400",
               [](Tuning& t) -> std::size_t& { return t.rules.commands.params_bytes; }),
        row_of("commands.progress_bytes", "400",
               [](Tuning& t) -> std::size_t& { return t.rules.commands.progress_bytes; }),
        row_of("commands.result_bytes", "400",
               [](Tuning& t) -> std::size_t& { return t.rules.commands.result_bytes; }),
        row_of("telemetry.reads", "who finds no place waits",
               [](Tuning& t) -> std::size_t& { return t.rules.reads.of_one; }),
        row_of("telemetry.reads_at_once", "who finds no place waits",
               [](Tuning& t) -> std::size_t& { return t.rules.reads.places; }),
        row_of("telemetry.reads_waiting", "429 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.rules.reads.waiting; }),
        row_of("telemetry.query_time", "422; what comes in pieces has it for each of them",
               [](Tuning& t) -> Duration& { return t.rules.query_time; }),
        row_of("ws.device_connects", "429 with Retry-After, longer each time; close 4429",
               [](Tuning& t) -> double& { return t.rules.device_connects.most; }),
        row_of("ws.connects", "429 with Retry-After; close 4429",
               [](Tuning& t) -> double& { return t.rules.connects.most; }),
        row_of("ws.messages_per_second", "the socket is not read for a moment",
               [](Tuning& t) -> double& { return t.rules.ws_messages_per_second; }),
        row_of("ws.messages_burst", "the socket is not read for a moment",
               [](Tuning& t) -> double& { return t.rules.ws_messages_burst; }),
        row_of("ws.subscriptions", "429",
               [](Tuning& t) -> std::size_t& { return t.rules.subscriptions; }),
        row_of("stream.pending_bytes", "what does not fit is read from the log, or receipted",
               [](Tuning& t) -> std::size_t& { return t.rules.streams.pending_bytes; }),
        row_of("ws.in_flight", "the socket is not read until half are answered",
               [](Tuning& t) -> std::size_t& { return t.door.in_flight; }),
        row_of("ws.auth_time", "close 1008",
               [](Tuning& t) -> Duration& { return t.door.auth_time; }),
        row_of("ws.auth_bytes", "close 1009",
               [](Tuning& t) -> std::size_t& { return t.door.auth_bytes; }),
        row_of("ws.auth_grace", "close 4401",
               [](Tuning& t) -> Duration& { return t.door.auth_grace; }),
        row_of("ws.pending", "503 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.door.pending; }),
        row_of("ws.pending_address", "429 with Retry-After",
               [](Tuning& t) -> std::size_t& { return t.door.pending_address; }),
        row_of("store.head_bytes", "rows in memory go into chunks; at twice that writes wait",
               [](Tuning& t) -> std::size_t& { return t.kept.head_bytes; }),
        row_of("store.head_age", "rows in memory go into chunks",
               [](Tuning& t) -> Duration& { return t.kept.head_age; }),
        row_of("store.log_bytes", "the oldest events go; a cursor before them gets a gap receipt",
               [](Tuning& t) -> std::size_t& { return t.kept.log_bytes; }),
        row_of("store.log_age", "the oldest events go; a cursor before them gets a gap receipt",
               [](Tuning& t) -> Duration& { return t.kept.log_age; }),
    };
    for (const net::LimitRow& each : net::limit_rows()) {
        rows.push_back(
            {.name = each.name,
             .at_limit = each.at_limit,
             .seconds = std::holds_alternative<Duration net::Limits::*>(each.field),
             .get = [&each](const Tuning& t) { return value_of(t.door.connection, each); },
             .set =
                 [&each](Tuning& t, double value) {
                     static_cast<void>(net::set_limit(t.door.connection, each.name, value));
                 }});
    }
    return rows;
}

}  // namespace

Tuning::Tuning() {
    rules.memory_bytes = memory_there() / 4 * 3;
}

std::span<const LimitRow> limit_rows() {
    static const std::vector<LimitRow> rows = make_rows();
    return rows;
}

const LimitRow* find_limit(std::string_view name) {
    const auto rows = limit_rows();
    const auto found = std::ranges::find(rows, name, &LimitRow::name);
    return found == rows.end() ? nullptr : &*found;
}

Tuning tuning_of(const Settings& settings) {
    Tuning tuning;
    tuning.rules.telemetry.future_max = settings.max_future;
    tuning.rules.retention = settings.retention;
    tuning.rules.gather = settings.gather;
    for (const auto& [name, value] : settings.limits) {
        if (const LimitRow* row = find_limit(name)) row->set(tuning, value);
    }
    const net::Limits& connection = tuning.door.connection;
    tuning.rules.doors = {.message_bytes = connection.message_bytes,
                          .body_bytes = connection.body_bytes,
                          .connections = connection.connections,
                          .ping_interval = connection.ping_interval,
                          .idle_time = connection.idle_time};
    return tuning;
}

}  // namespace tandem::node
