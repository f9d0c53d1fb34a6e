#include "advise/workload.h"

#include <algorithm>
#include <array>

namespace tandem::advise {
namespace {

Workload home() {
    Workload made{.name = "home", .devices = 40};
    made.readings = {.every = 30s, .jitter = 0.2, .series = 2, .payload = 60};
    made.commands = {.per_day = 40, .latency = 300ms, .payload = 30};
    made.configuration = {.reads_per_day = 2, .changes_per_day = 0.2, .payload = 300};
    made.dashboards = {.watching = 2, .hours_per_day = 3, .latency = 500ms, .clicks_per_hour = 12};
    made.network = {.kind = NetworkKind::kWifi, .rtt = 8ms, .loss = 0.001};
    return made;
}

Workload factory() {
    Workload made{.name = "factory", .devices = 200};
    made.readings = {.every = 50ms, .jitter = 0.05, .series = 4, .payload = 90, .latency = 250ms};
    made.commands = {.per_day = 500, .latency = 100ms, .payload = 60};
    made.configuration = {.reads_per_day = 24, .changes_per_day = 1, .payload = 2'000};
    made.dashboards = {.watching = 10,
                       .hours_per_day = 16,
                       .latency = 250ms,
                       .devices = 20,
                       .clicks_per_hour = 30};
    made.network = {.kind = NetworkKind::kEthernet, .rtt = 1ms, .connection_life = 7 * 24h};
    return made;
}

Workload environment() {
    Workload made{.name = "environment", .devices = 500, .power = Power::kBattery};
    made.readings = {.every = 15min, .jitter = 0.1, .series = 5, .payload = 110};
    made.commands = {.per_day = 0.2, .latency = 1h, .payload = 40};
    made.configuration = {.reads_per_day = 1, .changes_per_day = 0.05, .payload = 400};
    made.dashboards = {.watching = 3, .hours_per_day = 4, .latency = 60s};
    made.network = {.kind = NetworkKind::kLteM, .rtt = 150ms, .loss = 0.01, .idle_cut = 4min};
    return made;
}

Workload vehicle() {
    Workload made{.name = "vehicle", .devices = 1'000};
    made.readings = {.every = 1s, .jitter = 0.1, .series = 8, .payload = 180};
    made.commands = {.per_day = 5, .latency = 2s, .payload = 80};
    made.configuration = {.reads_per_day = 2, .changes_per_day = 0.1, .payload = 1'500};
    made.dashboards = {.watching = 5, .hours_per_day = 8, .latency = 2s, .devices = 50};
    made.network = {.kind = NetworkKind::kLteM,
                    .rtt = 90ms,
                    .kbit_per_second = 5'000,
                    .loss = 0.01,
                    .idle_cut = 4min,
                    .connection_life = 10min};
    return made;
}

Workload metering() {
    Workload made{.name = "metering", .devices = 50'000, .power = Power::kBattery};
    made.battery_wh = 30;
    made.readings = {.every = 1h, .jitter = 0.2, .series = 2, .payload = 50, .may_wait = 24h};
    made.commands = {.per_day = 0.05, .latency = 24h, .payload = 60};
    made.configuration = {.reads_per_day = 0.1, .changes_per_day = 0.01, .payload = 300};
    made.dashboards = {.watching = 2, .hours_per_day = 8, .latency = 1h};
    made.network = {.kind = NetworkKind::kNbIot, .rtt = 1'500ms, .loss = 0.02, .idle_cut = 4min};
    return made;
}

struct Preset {
    std::string_view name;
    std::string_view says;
    Workload (*make)();
};
constexpr std::array kPresets{
    Preset{"home", "lamps, thermostats, door sensors: few messages, instant commands", home},
    Preset{"factory", "vibration and temperature at 20 Hz, interactive control", factory},
    Preset{"environment", "battery stations that report every quarter of an hour", environment},
    Preset{"vehicle", "position and state once a second, in and out of coverage", vehicle},
    Preset{"metering", "meters on batteries, in cellars, once an hour", metering},
};

}  // namespace

Result<Workload> preset(std::string_view name) {
    const std::string_view wanted = name == "weather" ? "environment" : name;
    const auto* found = std::ranges::find(kPresets, wanted, &Preset::name);
    if (found == kPresets.end()) {
        std::string known;
        for (const Preset& each : kPresets)
            known += (known.empty() ? "" : ", ") + std::string{each.name};
        auto failure = fail_field("preset", "there are " + known);
        failure.error().detail =
            "preset: \"" + std::string{name} + "\" is none; there are " + known;
        return failure;
    }
    return found->make();
}

std::vector<std::pair<std::string_view, std::string_view>> presets() {
    std::vector<std::pair<std::string_view, std::string_view>> out;
    for (const Preset& each : kPresets)
        out.emplace_back(each.name, each.says);
    return out;
}

}  // namespace tandem::advise
