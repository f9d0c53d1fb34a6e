// stream.* and auth on a socket: one handler per operation.
#include "contract/stream.h"

#include "api/bind.h"
#include "api/device_state.h"
#include "api/dispatch.h"
#include "api/history.h"
#include "api/streams.h"
#include "base/checked.h"

#include <array>

namespace tandem::api {
namespace {

using contract::Nothing;

// What one must be allowed to read in order to get events of a kind.
Scope scope_of(Event::Kind kind) {
    switch (kind) {
        case Event::Kind::kReading:
        case Event::Kind::kSeries:
            return Scope::kTelemetryRead;
        case Event::Kind::kConfig:
            return Scope::kConfigRead;
        case Event::Kind::kState:
            return Scope::kStateRead;
        case Event::Kind::kCommand:
            return Scope::kCommandsRead;
        case Event::Kind::kEvent:
            return Scope::kEventsRead;
        case Event::Kind::kPresence:
        case Event::Kind::kDevice:
            break;
    }
    return Scope::kDevicesRead;
}

Result<void> may_follow(const Caller& caller, const Filter& filter) {
    for (const Event::Kind kind : filter.kinds) {
        if (filter.any_device) {
            auto may = authorize(caller.actor, scope_of(kind),
                                 {.tenant = filter.tenant, .device = {}}, {.door = caller.door});
            if (!may) return may;
        }
        for (const std::string& device : filter.devices) {
            auto may = authorize(caller.actor, scope_of(kind),
                                 {.tenant = filter.tenant, .device = DeviceId{device}},
                                 {.door = caller.door});
            if (!may) return may;
        }
    }
    return {};
}

Result<void> check_series(const std::vector<std::string>& series) {
    for (std::size_t at = 0; at < series.size(); ++at) {
        std::string_view name = series[at];
        if (name.ends_with('*')) name.remove_suffix(1);
        if (name.empty() || is_name(name)) continue;
        return fail_field("/series/" + std::to_string(at),
                          "a name, or its beginning and a `*`, is expected");
    }
    return {};
}

Filter filter_of(const Caller& caller, const contract::StreamSubscribe& request) {
    Filter filter{.tenant = caller.actor.tenant,
                  .devices = {request.devices.begin(), request.devices.end()},
                  .any_device = request.devices.empty(),
                  .labels = request.labels,
                  .labelled = {},
                  .series = request.series,
                  .kinds = {}};
    for (const std::string& kind : request.kinds)
        filter.kinds.insert(checked(event_kind(kind)));
    if (filter.kinds.empty()) filter.kinds.insert(Event::Kind::kReading);
    // A device follows itself.
    if (caller.actor.kind == PrincipalKind::kDevice) {
        if (filter.devices.erase("me") > 0 || filter.any_device) {
            filter.devices.insert(caller.actor.id);
        }
        filter.any_device = false;
    }
    return filter;
}

Task<Result<std::vector<Device>>> devices_matching(World world, Filter filter, std::size_t limit) {
    const DeviceQuery query{.tenant = filter.tenant,
                            .after = {},
                            .limit = limit,
                            .type = {},
                            .labels = filter.labels,
                            .search = {}};
    if (filter.any_device) co_return co_await world.registry().devices(query);
    std::vector<Device> out;
    for (const std::string& id : filter.devices) {
        auto device =
            co_await world.registry().device({.tenant = filter.tenant, .id = DeviceId{id}});
        if (!device) co_return pass(device);
        std::optional<Device> found = std::move(*device);
        if (found && matches(query, *found)) out.push_back(std::move(*found));
    }
    co_return out;
}

// The newest reading of each wanted series, for `"start":"latest"`.
Task<Result<std::vector<Event>>> snapshot(World world, Filter filter) {
    std::vector<Event> out;
    auto devices = co_await devices_matching(world, filter, 10'000);
    if (!devices) co_return pass(devices);
    for (const Device& device : *devices) {
        auto declared = co_await world.registry().series(device.ref);
        if (!declared) co_return pass(declared);
        const SeriesFacts facts{world, device.labels, *declared};
        auto latest = co_await world.telemetry().latest(device.ref);
        if (!latest) co_return pass(latest);
        for (Reading& reading : *latest) {
            if (reading.time < facts.of(reading.series).kept_from) continue;
            Event event{.kind = Event::Kind::kReading,
                        .device = device.ref,
                        .series = std::move(reading.series),
                        .time = reading.time,
                        .value = std::move(reading.value)};
            if (filter.matches(event)) out.push_back(std::move(event));
        }
    }
    co_return out;
}

Task<void> fill(World world,
                std::shared_ptr<Subscriber> subscriber,
                std::int64_t id,
                std::optional<Filter> wanted) {
    std::vector<Event> events;
    if (wanted) {
        auto read = co_await snapshot(world, *wanted);
        if (read) events = std::move(*read);
    }
    // In a turn of its own, or the first events would overtake the reply that numbers them.
    co_await hop(world.executor());
    Streams& streams = world.streams();
    streams.show(*subscriber, id, events);
    while (streams.missing(*subscriber, id)) {
        co_await streams.room(subscriber, id);
        const auto missing = streams.missing(*subscriber, id);
        if (!missing) break;
        auto past = co_await world.log().read(*missing);
        if (past && past->through > missing->after) {
            streams.replay(*subscriber, id, *past);
        } else {
            streams.give_up(*subscriber, id);
        }
    }
    streams.release(*subscriber, id);
}

Result<std::optional<Cursor>> start_of(const std::string& start) {
    if (start == "now" || start == "latest") return std::optional<Cursor>{};
    auto cursor = read_cursor(start);
    if (!cursor) return fail_field("/start", "`now`, `latest` or a cursor is expected");
    return cursor;
}

Task<Result<Answer<contract::StreamSubscribed>>> subscribe(World world,
                                                           Caller caller,
                                                           contract::StreamSubscribe request) {
    if (caller.subscriber == nullptr)
        co_return fail(ErrorCode::kUnavailable, "the socket has gone");
    Filter filter = filter_of(caller, request);
    if (auto good = check_series(request.series); !good) co_return pass(good);
    if (auto may = may_follow(caller, filter); !may) co_return pass(may);
    const auto from = start_of(request.start);
    if (!from) co_return std::unexpected(from.error());
    if (!filter.labels.empty()) {
        auto devices = co_await devices_matching(world, filter, 100'000);
        if (!devices) co_return pass(devices);
        for (const Device& device : *devices)
            filter.labelled.insert(device.ref.id.text());
    }
    if (world.streams().count(*caller.subscriber) >= world.rules().subscriptions) {
        auto refused = fail(ErrorCode::kTooManySubscriptions,
                            "a socket may have " + std::to_string(world.rules().subscriptions));
        refused.error().limit = "ws.subscriptions";
        co_return refused;
    }
    const bool latest = request.start == "latest";
    const Duration gather =
        request.gather_ms ? *request.gather_ms * Duration{1ms} : world.rules().gather;
    const auto added = world.streams().add(caller.subscriber, filter, *from, gather);
    spawn(fill(world, caller.subscriber, added.id,
               latest ? std::optional{std::move(filter)} : std::nullopt));
    co_return contract::StreamSubscribed{.sub = added.id, .cursor = cursor_text(added.start)};
}

Task<Result<Answer<Nothing>>> unsubscribe(World world,
                                          Caller caller,
                                          contract::StreamUnsubscribe request) {
    const bool known =
        caller.subscriber != nullptr && world.streams().remove(*caller.subscriber, request.sub);
    if (!known) co_return fail(ErrorCode::kNotFound, "this socket has no such subscription");
    co_return Nothing{};
}

// On a socket that has said who it is, `auth` renews: the same principal with another credential.
// The door exchanges the credential when this has succeeded (websocket_session.h).
Task<Result<Answer<contract::MeView>>> renew(World world,
                                             Caller caller,
                                             contract::AuthRequest request) {
    auto actor = identify(world, Proof{.bearer = request.token, .cookie = {}, .actor = {}});
    if (!actor) co_return pass(actor);
    const bool same = actor->kind == caller.actor.kind && actor->tenant == caller.actor.tenant &&
                      actor->id == caller.actor.id;
    if (!same) co_return fail(ErrorCode::kForbidden, "a socket keeps its principal: open another");
    co_return contract::view_of(*actor);
}

constexpr std::array kHandlers{
    bind<contract::kStreamSubscribe, subscribe>(),
    bind<contract::kStreamUnsubscribe, unsubscribe>(),
    bind<contract::kAuth, renew>(),
};

}  // namespace

std::span<const Bound> stream_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
