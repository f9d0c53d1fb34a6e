// limits.*: one handler per operation.
#include "api/limits.h"

#include "api/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem::api {
namespace {

using contract::LimitFit;
using contract::LimitsCheck;
using contract::LimitView;

struct Advice {
    std::string_view limit;  ///< a name, or its beginning and a `*`
    std::string_view says;
};
// The first that fits.
constexpr std::array kAdvice{
    Advice{"requests_*",
           "ask less often: follow a stream instead of polling, or send many in one "
           "request; Retry-After says when the next one passes"},
    Advice{"requests.in_flight*", "wait for answers before the next requests"},
    Advice{"readings_per_second",
           "send fewer readings: longer intervals, or several devices "
           "instead of one gateway; what is refused is to be sent again "
           "after Retry-After"},
    Advice{"readings_burst", "split the body: no more readings in one than this"},
    Advice{"telemetry.readings", "split the body: no more readings in one than this"},
    Advice{"telemetry.reads*", "read one history after the other"},
    Advice{"ws.messages_per_second",
           "put several readings into one message, and several "
           "messages into one frame"},
    Advice{"ws.subscriptions", "one subscription can follow many devices: widen its filter"},
    Advice{"commands.queue",
           "the device takes its commands too slowly: send fewer, or let them "
           "expire earlier"},
    Advice{"commands.group", "send to fewer devices in one request"},
    Advice{"commands.*", "make it shorter"},
    Advice{"dashboards.owned", "delete those that nobody looks at any more"},
    Advice{"dashboards.bytes", "make it of fewer tiles, or of shorter texts"},
    Advice{"tenant.*", "delete what is no longer needed, or ask the hub's operator for more"},
    Advice{"hub.tenants", "the hub's operator can raise it"},
    Advice{"auth.password_queue", "try again in a moment"},
    Advice{"memory.bytes", "the hub is short of memory: its operator should know"},
    Advice{"loop.lag", "the hub has more to do than it can: its operator should know"},
};

LimitView view_of(const auth::BudgetLeft& left, std::string_view says) {
    return {.name = std::string{name_of(left.budget)} + "_per_second",
            .max = static_cast<std::int64_t>(left.rate.burst),
            .per_second = left.rate.per_second,
            .used = {},
            .remaining = left.remaining,
            .reset = left.reset_seconds * Duration{1s},
            .says = std::string{says}};
}

LimitView most(std::string_view name, std::size_t max, std::string_view says) {
    return {.name = std::string{name},
            .max = static_cast<std::int64_t>(max),
            .per_second = {},
            .used = {},
            .remaining = {},
            .reset = {},
            .says = std::string{says}};
}

LimitView rate(std::string_view name, const auth::Rate& allowed, std::string_view says) {
    LimitView view = most(name, static_cast<std::size_t>(allowed.burst), says);
    view.per_second = allowed.per_second;
    return view;
}

LimitView quota(std::string_view name, std::size_t max, std::size_t used, std::string_view says) {
    LimitView view = most(name, max, says);
    view.used = static_cast<std::int64_t>(used);
    return view;
}

LimitView quota(const Quota& of, const TenantId& tenant, std::string_view says) {
    return quota(of.limit(), of.most(), of.count(tenant), says);
}

contract::LimitHitView view_of(const auth::LimitHit& hit) {
    return {.time = hit.time,
            .limit = hit.limit,
            .operation = hit.operation,
            .door = std::string{name_of(hit.door)},
            .count = hit.count,
            .detail = hit.detail,
            .retry_after = hit.retry_after,
            .advice = std::string{advice_on(hit.limit)}};
}

// Who manages people or programs is to know how many more there may be.
bool manages(const Actor& actor) {
    const Resource tenant{.tenant = actor.tenant, .device = {}};
    return authorize(actor, Scope::kUsersManage, tenant, {}) ||
           authorize(actor, Scope::kAccessManage, tenant, {});
}

Task<Result<Answer<contract::LimitsView>>> get(World world,
                                               Caller caller,
                                               contract::Empty /*request*/) {
    const Rules& rules = world.rules();
    auth::Budgets& budgets = world.hub().budgets;
    const Monotonic now = world.monotonic();
    contract::LimitsView view;
    view.limits = {
        view_of(budgets.left(caller.actor, auth::Budget::kRequests, now),
                "requests, at all doors together"),
        view_of(budgets.left(caller.actor, auth::Budget::kReadings, now),
                "readings written, at all doors together"),
        most("requests.in_flight", rules.in_flight.of_one, "requests over REST without an answer"),
        rate("ws.messages_per_second",
             {.per_second = rules.ws_messages_per_second, .burst = rules.ws_messages_burst},
             "messages on a socket"),
        most("ws.message_bytes", rules.doors.message_bytes, "bytes of a message on a socket"),
        most("ws.subscriptions", rules.subscriptions, "subscriptions of a socket"),
        most("http.body_bytes", rules.doors.body_bytes, "bytes of a body over REST"),
        most("commands.queue", rules.commands.queue, "commands of a device that have not ended")};
    if (manages(caller.actor)) {
        auto quotas = co_await quotas_of(world, caller.actor.tenant);
        if (!quotas) co_return pass(quotas);
        std::ranges::move(*quotas, std::back_inserter(view.limits));
    }
    for (const auth::LimitHit& hit : world.hub().limit_log.of(auth::principal_key(caller.actor)))
        view.hits.push_back(view_of(hit));
    co_return view;
}

Task<Result<Answer<contract::LimitsFit>>> check(World world,
                                                Caller /*caller*/,
                                                LimitsCheck request) {
    co_return fit(world.rules(), request);
}

// ---------------------------------------------------------------- would it fit?

double in_seconds(Duration span) {
    return std::chrono::duration<double>{span}.count();
}

// The shortest interval in which so many of something fit, in whole milliseconds.
std::string interval_for(double count, double per_second) {
    return fmt::format("{} ms", static_cast<std::int64_t>(std::ceil(count / per_second * 1e3)));
}

/// Compares a workload with one limit after the other.
class Comparison {
public:
    Comparison(const Rules& rules, const LimitsCheck& workload)
        : rules_{rules},
          work_{workload},
          devices_{static_cast<double>(workload.devices)},
          each_{workload.sender == "device"},
          senders_{each_ ? 1 : devices_} {}

    contract::LimitsFit run() {
        compare_readings();
        compare_requests();
        compare_messages();
        compare_sizes();
        compare_sockets();
        add("tenant.devices", devices_, rules_.devices, "devices of the tenant",
            "another tenant for some of the devices");
        out_.fits = std::ranges::all_of(out_.limits, &LimitFit::fits);
        return std::move(out_);
    }

private:
    void add(std::string_view limit,
             double wanted,
             double allowed,
             std::string_view says,
             std::string change) {
        LimitFit fit{.limit = std::string{limit},
                     .fits = wanted <= allowed,
                     .wanted = wanted,
                     .allowed = allowed,
                     .says = std::string{says},
                     .change = {}};
        if (!fit.fits) fit.change = std::move(change);
        out_.limits.push_back(std::move(fit));
    }
    void add(std::string_view limit,
             double wanted,
             std::size_t allowed,
             std::string_view says,
             std::string change) {
        add(limit, wanted, static_cast<double>(allowed), says, std::move(change));
    }

    // Of one sender, `of_device` of each device in an interval.
    void add_rate(std::string_view limit,
                  double of_device,
                  double allowed,
                  std::string_view what,
                  std::string_view instead) {
        const double count = of_device * senders_;
        add(limit, count / in_seconds(work_.interval), allowed,
            fmt::format("{} a second of {}", what, each_ ? "each device" : "the one that sends"),
            fmt::format("an interval of {}{}{}", interval_for(count, allowed),
                        each_ ? "" : ", or several senders", instead));
    }

    void compare_readings() {
        const auth::Rate& rate = rules_.rates.readings;
        const auto readings = static_cast<double>(work_.readings);
        add_rate("readings_per_second", readings, rate.per_second, "readings", "");
        add("readings_burst", readings, rate.burst, "readings of a message",
            fmt::format("messages of {} readings", static_cast<std::int64_t>(rate.burst)));
    }

    void compare_requests() {
        if (work_.requests == 0) return;
        const auth::Rate& rate =
            work_.sender == "app" ? rules_.rates.requests : rules_.rates.device_requests;
        add_rate("requests_per_second", static_cast<double>(work_.requests), rate.per_second,
                 "requests", ", or a socket that is told instead of polls");
    }

    void compare_messages() {
        if (work_.door != "ws") return;
        add_rate("ws.messages_per_second", static_cast<double>(1 + work_.requests),
                 rules_.ws_messages_per_second, "messages", ", or more readings in a message");
    }

    void compare_sizes() {
        if (!work_.message_bytes) return;
        const auto bytes = static_cast<double>(*work_.message_bytes);
        const bool socket = work_.door == "ws";
        const std::size_t most = socket ? rules_.doors.message_bytes : rules_.doors.body_bytes;
        add(socket ? "ws.message_bytes" : "http.body_bytes", bytes, most, "bytes of a message",
            fmt::format("messages of {} bytes{}", most, socket ? ", or REST" : ""));
    }

    void compare_sockets() {
        const double of_senders = work_.door == "ws" ? (each_ ? devices_ : 1) : 0;
        const double sockets = of_senders + static_cast<double>(work_.sockets);
        if (sockets > 0) {
            add("tenant.sockets", sockets, rules_.sockets, "sockets of the tenant",
                "REST for some of the devices, or gateways");
            add("connections", sockets, rules_.doors.connections, "connections of the hub",
                "REST for some of the devices, or gateways");
        }
        if (work_.subscriptions > 0) {
            add("ws.subscriptions", static_cast<double>(work_.subscriptions), rules_.subscriptions,
                "subscriptions of a socket", "fewer subscriptions with wider filters");
        }
    }

    const Rules& rules_;
    const LimitsCheck& work_;
    double devices_;
    bool each_;       // Each device sends for itself,
    double senders_;  // else one for so many.
    contract::LimitsFit out_;
};

constexpr std::array kHandlers{
    bind<contract::kLimitsGet, get>(),
    bind<contract::kLimitsCheck, check>(),
};

}  // namespace

Task<Result<std::vector<LimitView>>> quotas_of(World world, TenantId tenant) {
    Principal anybody{.kind = PrincipalKind::kUser, .tenant = tenant, .id = {}};
    auto dashboards = co_await world.registry().dashboard_counts(std::move(anybody));
    if (!dashboards) co_return pass(dashboards);
    const Hub& hub = world.hub();
    const Rules& rules = world.rules();
    std::vector<LimitView> out{
        quota(hub.device_quota, tenant, "devices"),
        quota(hub.socket_quota, tenant, "sockets"),
        quota("tenant.users", rules.users, hub.policies.user_count(tenant), "users"),
        quota("tenant.apps", rules.apps, hub.policies.app_count(tenant), "apps"),
        quota("tenant.grants", rules.grants, hub.policies.grant_count(tenant), "grants"),
        quota("tenant.dashboards", rules.dashboards, dashboards->of_tenant, "dashboards")};
    co_return out;
}

std::string_view advice_on(std::string_view limit) {
    const auto found = std::ranges::find_if(
        kAdvice, [&](const Advice& each) { return matches_pattern(each.limit, limit); });
    return found == kAdvice.end() ? "docs/reference/limits.md says what it is of" : found->says;
}

contract::LimitsFit fit(const Rules& rules, const LimitsCheck& workload) {
    return Comparison{rules, workload}.run();
}

std::span<const Bound> limit_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
