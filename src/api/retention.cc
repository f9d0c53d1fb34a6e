#include "api/retention.h"

#include "base/checked.h"
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
Task<Result<std::vector<Due>>> due_of(World world, DeviceFacts facts) {
    const auto& rules = world.rules().retention;
    const Labels& labels = facts.device.labels;
    const auto says = [](const Series& each) { return each.retention.has_value(); };
    const auto otherwise = retention_of(rules, labels, nullptr);
    std::vector<Due> due;
    if (std::ranges::none_of(facts.series, says)) {
        if (otherwise) due.push_back({{}, erased_before(*otherwise, world.now())});
        co_return due;
    }
    auto latest = co_await world.telemetry().latest(facts.device.ref);
    if (!latest) co_return pass(latest);
    for (Reading& reading : *latest) {
        const auto declared = std::ranges::find(facts.series, reading.series, &Series::name);
        const auto span =
            retention_of(rules, labels, declared == facts.series.end() ? nullptr : &*declared);
        if (span) due.push_back({std::move(reading.series), erased_before(*span, world.now())});
    }
    co_return due;
}

Task<Result<std::uint64_t>> erase_old_of(World world, DeviceRef ref) {
    auto facts = co_await world.registry().device_facts(ref);
    if (!facts) co_return pass(facts);
    if (!*facts) co_return 0;  // Deleted meanwhile.
    auto due = co_await due_of(world, checked(std::move(*facts)));
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

}  // namespace

Task<void> erase_old(World world) {
    std::uint64_t count = 0;
    DeviceQuery query{.tenant = world.hub().home, .after = {}, .limit = kDevicesAtOnce};
    while (!world.hub().draining) {
        auto devices = co_await world.registry().devices(query);
        if (!devices || devices->empty()) break;
        query.after = devices->back().ref.id.text();
        for (Device& device : *devices) {
            if (world.hub().draining) break;
            auto erased = co_await erase_old_of(world, device.ref);
            if (erased) {
                count += *erased;
            } else {
                log(LogLevel::kWarning, "old_readings_not_erased",
                    {{"device", device.ref.id.text()}, {"why", erased.error().detail}});
            }
        }
    }
    if (count > 0) {
        log(LogLevel::kInfo, "old_readings_erased", {{"readings", std::to_string(count)}});
    }
    world.hub()
        .metrics.counter("tandem_readings_expired_total")
        .add(static_cast<std::int64_t>(count));
}

}  // namespace tandem::api
