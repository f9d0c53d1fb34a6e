#include "simulate/signal.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace tandem::simulate {

double Noise::uniform() {
    // 53 bits are what a double holds exactly.
    return static_cast<double>(random_.next() >> 11U) * 0x1.0p-53;
}

double Noise::gauss() {
    // Box and Muller. 1 − u is never 0.
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Wander::step(Duration passed, Noise& noise) {
    const double kept =
        std::exp(-static_cast<double>(passed.count()) / static_cast<double>(memory_.count()));
    value_ = value_ * kept + spread_ * std::sqrt(1 - kept * kept) * noise.gauss();
    return value_;
}

Duration Stopwatch::lap(Instant now) {
    const Instant before = std::exchange(last_, now);
    if (before == Instant{} || now < before) return 0us;
    return now - before;
}

double day_curve(Instant now, double peak_hour) {
    const auto of_day = now - std::chrono::floor<std::chrono::days>(now);
    const double hour = static_cast<double>(of_day.count()) / 3.6e9;
    return std::cos((hour - peak_hour) / 24 * 2 * std::numbers::pi);
}

double rounded(double value, int decimals) {
    const double scale = std::pow(10.0, decimals);
    return std::round(value * scale) / scale;
}

}  // namespace tandem::simulate
