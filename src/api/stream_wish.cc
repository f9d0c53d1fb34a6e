#include "api/stream_wish.h"

#include "api/again.h"
#include "api/history.h"
#include "base/checked.h"

#include <algorithm>

namespace tandem::api {
namespace {

// Whether the caller may follow one device that it names, for all of the kinds.
Task<Result<void>> may_follow_device(World world,
                                     Actor actor,
                                     DeviceRef device,
                                     EventKinds kinds,
                                     AccessContext context) {
    Resource resource{.tenant = device.tenant, .device = device.id};
    std::optional<Device> known;
    if (depends_on_labels(actor)) {
        auto found = co_await world.registry().device(device);
        if (!found) co_return pass(found);
        known = std::move(*found);
    }
    if (known) resource = resource_of(checked(known));
    for (const Event::Kind kind : kinds.list()) {
        auto may = authorize(actor, scope_of(kind), resource, context);
        if (!may) co_return may;
    }
    co_return Result<void>{};
}

Task<Result<void>> may_follow(World world,
                              Actor actor,
                              std::shared_ptr<const Filter> filter,
                              AccessContext context) {
    if (filter->any_device) {
        for (const Event::Kind kind : filter->kinds.list()) {
            auto may =
                authorize(actor, scope_of(kind), {.tenant = filter->tenant, .device = {}}, context);
            if (!may) co_return may;
        }
    }
    for (const std::string& id : filter->devices) {
        const DeviceRef device{.tenant = filter->tenant, .id = DeviceId{id}};
        auto may = co_await may_follow_device(world, actor, device, filter->kinds, context);
        if (!may) co_return may;
    }
    co_return Result<void>{};
}

Result<void> check_series(const std::vector<std::string>& series, const std::string& place) {
    for (std::size_t at = 0; at < series.size(); ++at) {
        std::string_view name = series[at];
        if (name.ends_with('*')) name.remove_suffix(1);
        if (name.empty() || is_name(name)) continue;
        return fail_field(place + "/series/" + std::to_string(at),
                          "a name, or its beginning and a `*`, is expected");
    }
    return {};
}

Filter filter_of(const Caller& caller, const contract::StreamWish& asked) {
    Filter filter{.tenant = caller.actor.tenant,
                  .devices = {asked.devices.begin(), asked.devices.end()},
                  .any_device = asked.devices.empty(),
                  .labels = asked.labels,
                  .labelled = {},
                  .series = asked.series,
                  .kinds = {}};
    for (const std::string& kind : asked.kinds)
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

// What belongs to one policy says nothing with another: whoever sends it means something else.
Result<void> check_together(const contract::StreamWish& asked, const std::string& place) {
    if (asked.every_ms && asked.flow != "every") {
        return fail_field(place + "/every_ms", "it belongs to the flow `every`");
    }
    if (asked.delta && asked.flow != "change") {
        return fail_field(place + "/delta", "it belongs to the flow `change`");
    }
    if (asked.credit && asked.flow != "credit") {
        return fail_field(place + "/credit", "it belongs to the flow `credit`");
    }
    return {};
}

// Audit lines are the tenant's.
Result<void> check_kinds(const contract::StreamWish& asked, const std::string& place) {
    const bool audit =
        std::ranges::find(asked.kinds, name_of(Event::Kind::kAudit)) != asked.kinds.end();
    if (!audit || (asked.devices.empty() && asked.labels.empty())) return {};
    return fail_field(place + "/kinds",
                      "`audit` is of no device: follow it without `devices` and "
                      "`labels`");
}

Flow flow_of(const contract::StreamWish& asked) {
    using enum Flow::Policy;
    if (asked.flow == "latest") return {.policy = kLatest};
    if (asked.flow == "every") {
        return {.policy = kEvery, .every = asked.every_ms.value_or(1'000) * Duration{1ms}};
    }
    if (asked.flow == "change") return {.policy = kChange, .delta = asked.delta.value_or(0)};
    return {};
}

EventFields fields_of(const contract::StreamWish& asked) {
    EventFields fields;
    if (asked.fields.empty()) return fields;
    fields.clear();
    for (const std::string& name : asked.fields)
        fields.add(checked(event_field(name)));
    return fields;
}

Result<std::optional<Cursor>> start_of(const std::string& start, const std::string& place) {
    if (start == "now" || start == "latest") return std::optional<Cursor>{};
    auto cursor = read_cursor(start);
    if (!cursor) return fail_field(place + "/start", "`now`, `latest` or a cursor is expected");
    return cursor;
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

constexpr std::size_t kDevicesFollowed = 100'000;

// Which devices have the labels that the filter, or a grant, is for.
Task<Result<Filter>> with_labelled(World world, Actor actor, Filter filter) {
    const bool limited = !sees_all(actor, filter.kinds);
    if (limited) filter.sight.emplace(actor, filter.kinds);
    const bool by_labels = limited && depends_on_labels(actor);
    if (!by_labels && filter.labels.empty()) co_return filter;
    auto devices = co_await devices_matching(world, filter, kDevicesFollowed);
    if (!devices) co_return pass(devices);
    for (const Device& device : *devices) {
        if (by_labels) checked(filter.sight).begin_with(device);
        if (!filter.labels.empty()) filter.labelled.insert(device.ref.id.text());
    }
    co_return filter;
}

// The filter with what the caller may see, as that is when this comes to its end: whoever goes on
// without a wait gets neither more nor less.
Task<Result<Filter>> with_sight(World world, Caller caller, Filter filter) {
    const auto wanted = std::make_shared<const Filter>(std::move(filter));
    const AccessContext context{.door = caller.door};
    Actor actor = caller.actor;
    while (true) {
        auto may = co_await may_follow(world, actor, wanted, context);
        if (!may) co_return pass(may);
        auto complete = co_await with_labelled(world, actor, *wanted);
        if (!complete) co_return pass(complete);
        const Resource tenant{.tenant = wanted->tenant, .device = {}};
        auto still = ask_again(world, caller, tenant);
        if (!still) co_return pass(still);
        // The policies keep what has not changed.
        if (still->allowances == actor.allowances) co_return std::move(*complete);
        actor = std::move(*still);
    }
}

}  // namespace

Task<Result<Asked>> read_wish(World world,
                              Caller caller,
                              contract::StreamWish asked,
                              std::string place) {
    Filter filter = filter_of(caller, asked);
    if (auto good = check_series(asked.series, place); !good) co_return pass(good);
    if (auto good = check_together(asked, place); !good) co_return pass(good);
    if (auto good = check_kinds(asked, place); !good) co_return pass(good);
    const auto from = start_of(asked.start, place);
    if (!from) co_return std::unexpected(from.error());
    auto complete = co_await with_sight(world, std::move(caller), std::move(filter));
    if (!complete) co_return pass(complete);
    Asked out{.wish = {.filter = std::move(*complete),
                       .flow = flow_of(asked),
                       .credit = {},
                       .fields = fields_of(asked),
                       .from = *from},
              .latest = asked.start == "latest"};
    if (asked.flow == "credit") {
        out.wish.credit = static_cast<std::uint64_t>(asked.credit.value_or(0));
    }
    co_return out;
}

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

Task<Result<bool>> read_on(World world, std::shared_ptr<Subscriber> subscriber, std::int64_t id) {
    Streams& streams = world.streams();
    const auto missing = streams.missing(*subscriber, id);
    if (!missing) co_return false;
    auto past = co_await world.log().read(*missing);
    if (!past) co_return pass(past);
    if (past->through > missing->after) {
        streams.replay(*subscriber, id, *past);
    } else {
        streams.give_up(*subscriber, id);
    }
    co_return true;
}

Task<void> catch_up(World world, std::shared_ptr<Subscriber> subscriber, std::int64_t id) {
    bool behind = true;
    while (behind) {
        co_await world.streams().room(subscriber, id);
        const auto read = co_await read_on(world, subscriber, id);
        if (read) {
            behind = *read;
        } else {
            behind = co_await world.streams().rest(subscriber, id);
        }
    }
    world.streams().release(*subscriber, id);
}

}  // namespace tandem::api
