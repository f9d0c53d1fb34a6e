#pragma once

#include <chrono>

namespace tandem {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): 5s, 20ms

/// Every span of time inside the hub, in microseconds.
using Duration = std::chrono::microseconds;
/// A point on the world's clock: microseconds since 1970 UTC. What readings and records carry.
using Instant = std::chrono::sys_time<Duration>;
/// A point on a clock that never jumps: timers, timeouts and budgets.
using Monotonic = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Where time comes from. Any thread.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual Monotonic monotonic() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] Monotonic monotonic() const override;
};

}  // namespace tandem
