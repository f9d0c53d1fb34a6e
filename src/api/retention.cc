#include "api/retention.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace tandem::api {
namespace {

constexpr std::size_t kDevicesAtOnce = 100;

/// What a device may lose: all series up to one time, or each up to its own.
struct Due {
    std::string series;  ///< empty: all
    Instant before;
};

// Series that say themselves how long they are kept have a time of their own, and so has each of
// the others then.
Task<Result<std::vector<Due>>> due_of(World world, Device device) {
    const auto& rules = world.rules().retention;
    auto series = co_await world.registry().series(device.ref);
    if (!series) co_return pass(series);
    const auto says = [](const Series& each) { return each.retention.has_value(); };
    const auto otherwise = retention_of(rules, device.labels, nullptr);
    std::vector<Due> due;
    if (std::ranges::none_of(*series, says)) {
        if (otherwise) due.push_back({{}, erased_before(*otherwise, world.now())});
        co_return due;
    }
    auto latest = co_await world.telemetry().latest(device.ref);
    if (!latest) co_return pass(latest);
    for (Reading& reading : *latest) {
        const auto declared = std::ranges::find(*series, reading.series, &Series::name);
        const auto span =
            retention_of(rules, device.labels, declared == series->end() ? nullptr : &*declared);
        if (span) due.push_back({std::move(reading.series), erased_before(*span, world.now())});
    }
    co_return due;
}

Task<Result<std::uint64_t>> erase_old_of(World world, Device device) {
    const DeviceRef ref = device.ref;
    auto due = co_await due_of(world, std::move(device));
    if (!due) co_return pass(due);
    std::uint64_t count = 0;
    for (Due& each : *due) {
        if (each.before == Instant::min()) continue;
        auto erased = co_await world.telemetry().erase(ref, std::move(each.series),
                                                       {.from = Instant::min(), .to = each.before});
        if (!erased) co_return erased;
        count += *erased;
    }
    co_return count;
}

Task<std::uint64_t> erase_old_of_all(World world, std::vector<Device> devices) {
    std::uint64_t count = 0;
    for (const Device& device : devices) {
        if (world.hub().draining) break;
        auto erased = co_await erase_old_of(world, device);
        if (erased) {
            count += *erased;
            continue;
        }
        log(LogLevel::kWarning, "old_readings_not_erased",
            {{"device", device.ref.id.text()}, {"why", erased.error().detail}});
    }
    co_return count;
}

Task<std::uint64_t> erase_old_of_tenant(World world, TenantId tenant) {
    std::uint64_t count = 0;
    DeviceQuery query{.tenant = std::move(tenant), .after = {}, .limit = kDevicesAtOnce};
    while (!world.hub().draining) {
        auto devices = co_await world.registry().devices(query);
        if (!devices || devices->empty()) break;
        query.after = devices->back().ref.id.text();
        count += co_await erase_old_of_all(world, std::move(*devices));
    }
    co_return count;
}

}  // namespace

Task<void> erase_old(World world) {
    std::uint64_t count = 0;
    for (const Tenant& tenant : world.hub().policies.tenants())
        count += co_await erase_old_of_tenant(world, tenant.id);
    if (count > 0) {
        log(LogLevel::kInfo, "old_readings_erased", {{"readings", std::to_string(count)}});
    }
    auto& metrics = world.hub().metrics;
    metrics.describe("tandem_readings_expired_total",
                     "Readings that were erased because they were kept long enough.");
    metrics.counter("tandem_readings_expired_total").add(static_cast<std::int64_t>(count));
}

}  // namespace tandem::api
