#include "api/device_state.h"

#include "base/checked.h"
#include "base/fault.h"
#include "base/log.h"

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

void watch_rest(World world, const DeviceStatePtr& state, Duration after) {
    if (state->rest_watch != 0) return;
    state->rest_watch = world.executor().call_after(after, [world, state] {
        state->rest_watch = 0;
        if (state->deleted || state->link != nullptr || !state->presence.online) return;
        if (has_fault(Fault::kRestGoneForgotten)) return;
        const Instant gone = *state->presence.last_seen + world.rules().rest_presence;
        if (world.now() >= gone) {
            set_presence(world, state, false, state->presence.door);
        } else {
            watch_rest(world, state, gone - world.now());
        }
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
    state->no_open_commands = !facts.open_commands;
    // A hub that starts again has no sockets: whoever was online has to show it anew.
    state->presence.online = false;
    by_ref_[ref] = state;
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
    for (const auto& [ref, state] : by_ref_) {
        for (const auto& taker : std::exchange(state->takers, {}))
            waiting.push_back(taker);
        for (const auto& [id, watchers] : std::exchange(state->watchers, {})) {
            for (const auto& each : watchers)
                waiting.push_back(each);
        }
    }
    for (Completion<bool>& each : waiting)
        each.complete(false);
}

void touch(World world, const DeviceStatePtr& state, Door door) {
    state->presence.last_seen = world.now();
    if (state->link != nullptr || door == Door::kWs) return;  // The socket tells for itself.
    if (!state->presence.online || state->presence.door != door) {
        set_presence(world, state, true, door);
    }
    watch_rest(world, state, world.rules().rest_presence);
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
