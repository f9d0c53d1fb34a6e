#include "api/staleness.h"

#include "base/log.h"

#include <algorithm>

namespace tandem::api {
namespace {

// So often at most, however short the spans are that a device's series declare.
constexpr Duration kLookEvery = 100ms;
constexpr Duration kLookAgain = 5s;  // After a failure of the store.

void failed(World world, const DeviceStatePtr& state, const Error& error) {
    log(LogLevel::kWarning, "series_not_looked_at",
        {{"device", state->device.ref.id.text()}, {"why", error.detail}});
    look_at_series_by(world, state, world.now() + kLookAgain);
}

std::optional<Instant> time_of(const std::vector<Reading>& latest, const std::string& series) {
    const auto found = std::ranges::find(latest, series, &Reading::series);
    if (found == latest.end()) return {};
    return found->time;
}

/// What a look has found.
struct Seen {
    std::vector<Series> changed;
    std::optional<Instant> next;  ///< when the next one may go stale
};

Seen seen_of(const DeviceState& state, const std::vector<Reading>& latest, Instant now) {
    Seen seen;
    for (const auto& [name, series] : state.series) {
        const auto from = stale_from(series, time_of(latest, name));
        const bool stale = from && now > *from;
        if (from && !stale) seen.next = std::min(seen.next.value_or(*from), *from);
        if (stale == series.stale) continue;
        Series& changed = seen.changed.emplace_back(series);
        changed.stale = stale;
        changed.since = stale ? from : std::optional{now};
    }
    return seen;
}

Transaction storing(const DeviceRef& device, const std::vector<Series>& changed, Instant now) {
    Transaction transaction;
    for (const Series& series : changed) {
        transaction.changes.emplace_back(PutSeries{.device = device, .series = series});
        Value told = Value::Object{{"stale", series.stale}};
        if (series.since) told.set("since", series.since->time_since_epoch() / 1ms);
        transaction.events.push_back(Event{.kind = Event::Kind::kSeries,
                                           .device = device,
                                           .series = series.name,
                                           .time = now,
                                           .value = std::move(told)});
    }
    return transaction;
}

// Under the turnstile, as whoever declares a series: neither overwrites the other.
Task<void> look(World world, DeviceStatePtr state) {
    const auto turn = co_await state->turn.enter();
    if (state->deleted) co_return;
    auto latest = co_await world.telemetry().latest(state->device.ref);
    if (!latest) co_return failed(world, state, latest.error());
    const Instant now = world.now();
    const Seen seen = seen_of(*state, *latest, now);
    if (!seen.changed.empty()) {
        auto stored =
            co_await world.registry().commit(storing(state->device.ref, seen.changed, now));
        if (!stored) {
            if (!state->deleted) failed(world, state, stored.error());
            co_return;
        }
        for (const Series& series : seen.changed)
            state->series.insert_or_assign(series.name, series);
    }
    // A moment later: up to the very instant the reading is believed.
    if (seen.next) look_at_series_by(world, state, std::max(*seen.next + 1ms, now + kLookEvery));
}

}  // namespace

void look_at_series_by(World world, const DeviceStatePtr& state, Instant at) {
    if (state->look != 0 && state->look_at <= at) return;
    if (state->look != 0) world.executor().cancel(state->look);
    state->look_at = at;
    const Duration after = std::max(Duration{0}, at - world.now());
    state->look = world.executor().call_after(after, [world, state] {
        state->look = 0;
        spawn(look(world, state));
    });
}

}  // namespace tandem::api
