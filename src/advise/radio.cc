#include "advise/radio.h"

#include <algorithm>
#include <array>

namespace tandem::advise {
namespace {

constexpr std::array<std::string_view, 3> kNames{"asleep", "paged", "connected"};
// Of a wired or Wi-Fi device that nothing else is said of.
constexpr double kUsualKbit = 20'000;
constexpr double kBits = 8;
constexpr double kMilli = 1e-3;

}  // namespace

std::string_view name_of(Reach reach) {
    return kNames.at(static_cast<std::size_t>(reach));
}

bool Radio::cellular() const {
    return workload_.network.kind == NetworkKind::kLteM ||
           workload_.network.kind == NetworkKind::kNbIot;
}

double Radio::seconds_to_send(double bytes) const {
    double kbit = workload_.network.kbit_per_second;
    if (kbit <= 0) {
        switch (workload_.network.kind) {
            case NetworkKind::kLteM:
                kbit = at(Constant::kLteUp);
                break;
            case NetworkKind::kNbIot:
                kbit = at(Constant::kNbUp);
                break;
            default:
                kbit = kUsualKbit;
        }
    }
    return bytes * kBits / (kbit * 1'000);
}

double Radio::seconds_to_wake(Reach reach) const {
    switch (workload_.network.kind) {
        case NetworkKind::kEthernet:
            return 0;
        case NetworkKind::kWifi:
            return reach == Reach::kAsleep ? at(Constant::kWifiJoinTime) : 0;
        case NetworkKind::kLteM:
            return reach == Reach::kConnected ? 0 : at(Constant::kLteWakeTime);
        case NetworkKind::kNbIot:
            return reach == Reach::kConnected ? 0 : at(Constant::kNbWakeTime);
    }
    return 0;
}

double Radio::seconds_to_hear(Reach reach, bool soon) const {
    if (reach == Reach::kConnected || workload_.network.kind == NetworkKind::kEthernet) return 0;
    if (cellular()) return at(Constant::kCellPaging) + seconds_to_wake(reach);
    return at(soon ? Constant::kWifiBeaconShort : Constant::kWifiBeacon);
}

void Radio::spend(Cost& cost, Reach reach, bool soon, const std::vector<Burst>& bursts) const {
    if (workload_.network.kind == NetworkKind::kEthernet) return;
    if (cellular()) {
        spend_cellular(cost, reach, bursts);
    } else {
        spend_wifi(cost, reach, soon, bursts);
    }
}

void Radio::spend_wifi(Cost& cost, Reach reach, bool soon, const std::vector<Burst>& bursts) const {
    using enum Constant;
    double on = 0;
    double joins = 0;
    for (const Burst& burst : bursts) {
        on += burst.times * (burst.seconds + at(kWifiStay));
        joins += burst.times;
    }
    on = std::min(on, kSecondsOfDay);
    const double active = on * at(kWifiActive) * kMilli;
    if (reach == Reach::kAsleep) {
        const double asleep =
            active + joins * at(kWifiJoin) * kMilli + kSecondsOfDay * at(kWifiSleep) * kMilli;
        const double joined = active + (kSecondsOfDay - on) * at(kWifiListen) * kMilli;
        // Whoever sends often does better to stay.
        cost.energy += std::min(asleep, joined);
        cost.radio_on += on + (asleep <= joined ? joins * at(kWifiJoinTime) : 0);
        return;
    }
    // Reached at once is a radio that never sleeps.
    const double listening = reach == Reach::kConnected ? at(kWifiActive)
                             : soon                     ? at(kWifiListenShort)
                                                        : at(kWifiListen);
    cost.energy += active + (kSecondsOfDay - on) * listening * kMilli;
    cost.radio_on += reach == Reach::kConnected ? kSecondsOfDay : on;
}

void Radio::spend_cellular(Cost& cost, Reach reach, const std::vector<Burst>& bursts) const {
    using enum Constant;
    const bool narrow = workload_.network.kind == NetworkKind::kNbIot;
    const double wake = at(narrow ? kNbWake : kLteWake) * kMilli;
    const double wake_time = at(narrow ? kNbWakeTime : kLteWakeTime);
    double times = 0;
    double busy = 0;
    double sending = 0;
    for (const Burst& burst : bursts) {
        times += burst.times;
        busy += burst.times * burst.seconds;
        sending += burst.times * seconds_to_send(burst.bytes_up);
    }
    const double active = busy * at(kCellReceive) * kMilli + sending * at(kCellSend) * kMilli;
    const double one = wake_time + at(kCellTailTime);
    // Bursts that come before the last one's tail has ended find the radio connected.
    const double connected = std::min(times * one + busy, kSecondsOfDay);
    if (reach == Reach::kConnected || connected >= kSecondsOfDay) {
        cost.energy += active + kSecondsOfDay * at(kCellTail) * kMilli;
        cost.radio_on += kSecondsOfDay;
        return;
    }
    const double idle = at(reach == Reach::kPaged ? kCellPaged : kCellSleep) * kMilli;
    cost.energy += active + times * (wake + at(kCellTailTime) * at(kCellTail) * kMilli) +
                   (kSecondsOfDay - connected) * idle;
    cost.radio_on += connected;
}

}  // namespace tandem::advise
