#pragma once

#include "advise/cost.h"

#include <vector>

namespace tandem::advise {

/// How a device can be reached between its own messages.
enum class Reach : std::uint8_t {
    kAsleep,     ///< not at all: the radio is off
    kPaged,      ///< after the radio's next look: a beacon of Wi-Fi, paging of a cell
    kConnected,  ///< at once: the radio never lets go
};
[[nodiscard]] std::string_view name_of(Reach reach);

/// Moments of a day at which the device's radio is busy.
struct Burst {
    double times = 0;
    double seconds = 0;   ///< waiting for the other end included
    double bytes_up = 0;  ///< of one
};

/// What the radio does of itself, from docs/advise.md, "Radio and energy".
class Radio {
public:
    Radio(const Constants& constants, const Workload& workload)
        : constants_{constants}, workload_{workload} {}

    /// Seconds that `bytes` take to leave.
    [[nodiscard]] double seconds_to_send(double bytes) const;
    /// Until the first packet may leave.
    [[nodiscard]] double seconds_to_wake(Reach reach) const;
    /// Until something from the hub is heard, at worst, once it is there; none while asleep.
    [[nodiscard]] double seconds_to_hear(Reach reach, bool soon) const;
    /// Adds energy and time. `soon`: what it hears must not wait for three beacons. The bursts of a
    /// day are taken to be spread evenly.
    void spend(Cost& cost, Reach reach, bool soon, const std::vector<Burst>& bursts) const;

private:
    [[nodiscard]] bool cellular() const;
    void spend_wifi(Cost& cost, Reach reach, bool soon, const std::vector<Burst>& bursts) const;
    void spend_cellular(Cost& cost, Reach reach, const std::vector<Burst>& bursts) const;
    [[nodiscard]] double at(Constant id) const { return constants_[id]; }

    const Constants& constants_;
    const Workload& workload_;
};

}  // namespace tandem::advise
