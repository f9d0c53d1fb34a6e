// hub.status: how the hub is.
#include "contract/status.h"

#include "api/bind.h"
#include "api/warnings.h"
#include "contract/schemas.h"

#include <algorithm>
#include <array>

namespace tandem::api {
namespace {

using contract::StatusView;

std::uint64_t level(Hub& hub, std::string_view name, std::string_view labels) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, hub.metrics.gauge(name, labels).value()));
}

contract::ConnectionsView connections_of(Hub& hub) {
    const auto sockets = level(hub, "tandem_sockets", "at=\"doors\"");
    const auto upgraded = level(hub, "tandem_connections", "door=\"ws\"");
    return {.rest = sockets - std::min(sockets, upgraded), .ws = upgraded};
}

Task<Result<Answer<StatusView>>> status(World world, Caller caller, contract::Empty /*request*/) {
    auto devices = co_await world.registry().device_count(caller.actor.tenant);
    if (!devices) co_return pass(devices);
    Hub& hub = world.hub();
    const StoreFigures store = hub.store->figures();
    StatusView view{.version = std::string{contract::kVersion},
                    .started = hub.started,
                    .uptime = world.now() - hub.started,
                    .ready = !hub.draining && store.state == StoreState::kWriting,
                    .warnings = {},
                    .addresses = hub.addresses,
                    .connections = connections_of(hub),
                    .devices = *devices,
                    .messages_per_second = hub.messages.per_second(),
                    .store = contract::view_of(store)};
    for (Warning& each : warnings_of(store, hub.load.pressure()))
        view.warnings.push_back({.name = std::string{each.name}, .says = std::move(each.says)});
    co_return view;
}

constexpr std::array kHandlers{bind<contract::kHubStatus, status>()};

}  // namespace

std::span<const Bound> status_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
