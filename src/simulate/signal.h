#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <cstdint>

namespace tandem::simulate {

/// Chance from a seed.
class Noise {
public:
    explicit Noise(std::uint64_t seed) : random_{seed} {}

    /// From 0 up to, not including, 1.
    [[nodiscard]] double uniform();
    /// Mean 0, standard deviation 1.
    [[nodiscard]] double gauss();
    /// True once in 1/`probability` times.
    [[nodiscard]] bool chance(double probability) { return uniform() < probability; }

private:
    SeededRandom random_;
};

/// A value that wanders and is drawn back to 0, as wind and load do: an Ornstein-Uhlenbeck
/// process, exact for steps of any length.
class Wander {
public:
    /// `spread`: its standard deviation; `memory`: how long it takes to forget most of where it
    /// was.
    Wander(double spread, Duration memory) : spread_{spread}, memory_{memory} {}

    double step(Duration passed, Noise& noise);

private:
    double spread_;
    Duration memory_;
    double value_ = 0;
};

/// The time since the call before; 0 at the first call and when time has gone back.
class Stopwatch {
public:
    Duration lap(Instant now);

private:
    Instant last_{};
};

/// 1 at `peak_hour` of each UTC day, −1 twelve hours later, a cosine between.
[[nodiscard]] double day_curve(Instant now, double peak_hour);

[[nodiscard]] inline double seconds(Duration span) {
    return static_cast<double>(span.count()) / 1e6;
}

/// `value` with so many decimals: what a sensor's resolution leaves of it.
[[nodiscard]] double rounded(double value, int decimals);

}  // namespace tandem::simulate
