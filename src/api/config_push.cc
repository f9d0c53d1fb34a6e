#include "api/config_push.h"

#include "base/log.h"

namespace tandem::api {

void tell_config(const DeviceState& state, ConfigDelta change) {
    const auto link = state.link;
    if (link == nullptr) return;
    link->executor().post([link, change = std::move(change)] { link->configure(change); });
}

Task<void> tell_unacknowledged(World world, DeviceStatePtr state) {
    if (!state->config_pending) co_return;
    auto twin = co_await world.registry().twin(state->device.ref);
    if (!twin) {
        log(LogLevel::kWarning, "config_not_told",
            {{"device", state->device.ref.id.text()}, {"why", twin.error().detail}});
        co_return;
    }
    auto change = unacknowledged(*twin);
    if (change) {
        tell_config(*state, std::move(*change));
    } else {
        state->config_pending = false;
    }
}

}  // namespace tandem::api
