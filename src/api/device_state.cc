#include "api/device_state.h"

#include "api/staleness.h"
#include "base/checked.h"
#include "base/fault.h"
#include "base/log.h"

#include <algorithm>

namespace tandem::api {
namespace {

Task<void> store_presence(World world, DeviceStatePtr state) {
    const Presence presence = state->presence;
    Value told = Value::Object{{"online", presence.online}, {"door", name_of(presence.door)}};
    if (presence.since) told.set("since", presence.since->time_since_epoch() / 1ms);
    Transaction transaction{
        .changes = {PutPresence{.device = state->device.ref, .presence = presence}},
        .events = {Event{.kind = Event::Kind::kPresence,
                         .device = state->device.ref,
                         .series = {},
                         .time = presence.since.value_or(world.now()),
                         .value = std::move(told)}}};
    auto committed = co_await world.registry().commit(std::move(transaction));
    if (!committed && !state->deleted) {
        log(LogLevel::kWarning, "presence_not_stored",
            {{"device", state->device.ref.id.text()}, {"why", committed.error().detail}});
    }
}

// For how long a device that asks now and then may be silent: two of the shortest interval at which
// its series expect readings, and some time for the network; without one what the rules say.
Duration silence_of(const DeviceState& state, const Rules& rules) {
    std::optional<Duration> shortest;
    for (const auto& [name, series] : state.series) {
        if (series.interval)
            shortest = std::min(shortest.value_or(*series.interval), *series.interval);
    }
    return shortest ? 2 * *shortest + rules.rest_grace : rules.rest_presence;
}

void watch_rest(World world, const DeviceStatePtr& state) {
    if (state->rest_watch != 0) return;
    const Duration silence = silence_of(*state, world.rules());
    const Duration left = state->heard + silence - world.monotonic();
    const Duration after = state->asking > 0 ? silence : std::max(Duration{0}, left);
    state->rest_watch = world.executor().call_after(after, [world, state, silence] {
        state->rest_watch = 0;
        if (state->deleted || state->link != nullptr || !state->presence.online) return;
        if (has_fault(Fault::kRestGoneForgotten)) return;
        if (state->asking == 0 && world.monotonic() >= state->heard + silence) {
            set_presence(world, state, false, state->presence.door);
        } else {
            watch_rest(world, state);
        }
    });
}

bool can_go_stale(const DeviceState& state) {
    return std::ranges::any_of(state.series, [](const auto& each) {
        return each.second.stale_after || each.second.stale;
    });
}

}  // namespace

Task<Result<DeviceStatePtr>> DeviceStates::read(World world, DeviceRef ref) {
    auto found = co_await world.registry().device_facts(ref);
    if (!found) co_return pass(found);
    if (!*found) co_return fail(ErrorCode::kNotFound, "there is no such device");
    DeviceFacts& facts = checked(*found);
    auto state = std::make_shared<DeviceState>(world.executor());
    state->device = std::move(facts.device);
    for (Series& each : facts.series) {
        std::string name = each.name;
        state->series.emplace(std::move(name), std::move(each));
    }
    if (facts.presence) state->presence = *facts.presence;
    if (!facts.open_commands) state->open_commands = 0;
    state->config_pending = facts.has_config;
    // A hub that starts again has no sockets: whoever was online has to show it anew.
    state->presence.online = false;
    by_ref_[ref] = state;
    if (can_go_stale(*state)) look_at_series_by(world, state, world.now());
    co_return state;
}

Task<Result<DeviceStatePtr>> DeviceStates::load(World world, DeviceRef ref) {
    if (const auto others = loading_.find(ref); others != loading_.end()) {
        const Completion<bool> loaded;
        others->second.push_back(loaded);
        co_await loaded;
        if (auto known = find(ref)) co_return known;
        co_return fail(ErrorCode::kNotFound, "there is no such device");
    }
    if (auto known = find(ref)) co_return known;
    loading_.try_emplace(ref);
    auto state = co_await read(world, ref);
    // Posted, and the entry stays until then: whoever asks meanwhile queues behind the others.
    world.executor().post([this, ref] {
        auto waiting = std::move(loading_.at(ref));
        loading_.erase(ref);
        for (auto& each : waiting)
            each.complete(true);
    });
    co_return state;
}

DeviceStatePtr DeviceStates::find(const DeviceRef& ref) const {
    const auto found = by_ref_.find(ref);
    return found == by_ref_.end() ? nullptr : found->second;
}

void DeviceStates::forget(const DeviceRef& ref) {
    by_ref_.erase(ref);
}

void DeviceStates::wake_all() {
    std::vector<Completion<bool>> waiting;
    std::vector<Completion<std::optional<Command>>> watching;
    for (const auto& [ref, state] : by_ref_) {
        for (const auto& taker : std::exchange(state->takers, {}))
            waiting.push_back(taker);
        for (const auto& each : std::exchange(state->config_watchers, {}))
            waiting.push_back(each);
        for (const auto& [id, watchers] : std::exchange(state->watchers, {})) {
            for (const auto& each : watchers)
                watching.push_back(each);
        }
    }
    for (auto& each : waiting)
        each.complete(false);
    for (auto& each : watching)
        each.complete(std::nullopt);
}

SeriesChoice series_for(const Caller& caller, Scope action, const Device& device) {
    return tandem::series_for(caller.actor, action, resource_of(device));
}

void touch(World world, const DeviceStatePtr& state, Door door) {
    state->presence.last_seen = world.now();
    state->heard = world.monotonic();
    if (state->link != nullptr || door == Door::kWs) return;  // The socket tells for itself.
    if (!state->presence.online || state->presence.door != door) {
        set_presence(world, state, true, door);
    }
    watch_rest(world, state);
}

void expect(World world, const DeviceStatePtr& state) {
    if (state->rest_watch == 0) return;
    world.executor().cancel(std::exchange(state->rest_watch, 0));
    watch_rest(world, state);
}

Asking::Asking(World world, DeviceStatePtr state) : world_{world}, state_{std::move(state)} {
    ++state_->asking;
}

Asking::~Asking() {
    --state_->asking;
    state_->heard = world_.monotonic();
}

void set_presence(World world, const DeviceStatePtr& state, bool online, Door door) {
    Presence& presence = state->presence;
    if (presence.online != online || !presence.since) presence.since = world.now();
    presence.online = online;
    presence.door = door;
    if (online) presence.last_seen = world.now();
    spawn(store_presence(world, state));
}

}  // namespace tandem::api
