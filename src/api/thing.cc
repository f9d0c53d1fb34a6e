// td.get: a device as the Web of Things describes it.
#include "contract/thing.h"

#include "api/bind.h"
#include "api/device_state.h"

#include <algorithm>
#include <array>

namespace tandem::api {
namespace {

using contract::ThingView;

Task<Result<Answer<ThingView>>> get(World world, Caller caller, contract::DeviceGet request) {
    const DeviceRef ref{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    auto state = co_await world.devices().load(world, ref);
    if (!state) co_return pass(state);
    // A series may be there without anybody having declared it.
    auto latest = co_await world.telemetry().latest(ref);
    if (!latest) co_return pass(latest);
    if ((*state)->deleted) co_return fail(ErrorCode::kNotFound, "there is no such device");
    std::vector<Series> series;
    for (const auto& [name, declared] : (*state)->series)
        series.push_back(declared);
    for (const Reading& reading : *latest) {
        if (!(*state)->series.contains(reading.series)) series.push_back({.name = reading.series});
    }
    const SeriesChoice known = series_for(caller, contract::kTdGet.scope, (*state)->device);
    std::erase_if(series, [&](const Series& each) { return !known.has(each.name); });
    co_return ThingView{{contract::thing_description((*state)->device, series, caller.base)}};
}

constexpr std::array kHandlers{bind<contract::kTdGet, get>()};

}  // namespace

std::span<const Bound> thing_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
