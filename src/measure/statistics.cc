#include "measure/statistics.h"

#include <algorithm>
#include <cmath>

namespace tandem::measure {
namespace {

constexpr std::size_t kResamples = 2'000;
constexpr double kOutside = 0.025;  // On each side of a 95 % interval.
constexpr double kChance = 0.05;    // That what is called real was noise.

}  // namespace

double percentile(std::span<const double> sorted, double share) {
    if (sorted.empty()) return 0;
    const double rank = std::ceil(share * static_cast<double>(sorted.size()));
    const auto at = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return sorted[std::min(at, sorted.size() - 1)];
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    if (values.size() % 2 == 1) return values[middle];
    return (values[middle - 1] + values[middle]) / 2;
}

Interval bootstrap(std::span<const double> values, Random& random) {
    Interval made{.value = median({values.begin(), values.end()})};
    made.low = made.high = made.value;
    if (values.size() < 2) return made;
    std::vector<double> medians;
    medians.reserve(kResamples);
    std::vector<double> drawn(values.size());
    for (std::size_t at = 0; at < kResamples; ++at) {
        for (double& each : drawn)
            each = values[random.next() % values.size()];
        medians.push_back(median(drawn));
    }
    std::ranges::sort(medians);
    made.low = percentile(medians, kOutside);
    made.high = percentile(medians, 1 - kOutside);
    return made;
}

bool Comparison::real() const {
    const std::size_t rounds = more + less;
    if (rounds == 0) return false;
    // Of a fair coin thrown so often: no more than the rarer side has, on either side.
    double chance = std::pow(0.5, static_cast<double>(rounds));
    double at_most = chance;
    for (std::size_t at = 1; at <= std::min(more, less); ++at) {
        chance *= static_cast<double>(rounds - at + 1) / static_cast<double>(at);
        at_most += chance;
    }
    return 2 * at_most <= kChance;
}

Comparison compare(std::span<const double> values,
                   std::span<const double> reference,
                   Random& random) {
    Comparison made;
    std::vector<double> ratios;
    for (std::size_t at = 0; at < std::min(values.size(), reference.size()); ++at) {
        if (reference[at] <= 0 || values[at] <= 0) continue;
        ratios.push_back(values[at] / reference[at]);
        if (values[at] > reference[at]) ++made.more;
        if (values[at] < reference[at]) ++made.less;
    }
    made.ratio = bootstrap(ratios, random);
    return made;
}

Latency latency_of(std::vector<double> microseconds) {
    std::ranges::sort(microseconds);
    return {.p50 = percentile(microseconds, 0.5),
            .p90 = percentile(microseconds, 0.9),
            .p99 = percentile(microseconds, 0.99),
            .p999 = percentile(microseconds, 0.999),
            .most = microseconds.empty() ? 0 : microseconds.back(),
            .count = microseconds.size()};
}

}  // namespace tandem::measure
