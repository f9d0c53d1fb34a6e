#pragma once

#include "base/random.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem::measure {

/// The value that `share` (0 to 1) of `sorted` do not exceed, nearest rank; 0 when there are none.
[[nodiscard]] double percentile(std::span<const double> sorted, double share);
[[nodiscard]] double median(std::vector<double> values);

/// A figure of several rounds: its median, and where the median lies with 95 % confidence.
struct Interval {
    double value = 0;
    double low = 0;
    double high = 0;
};

/// By the percentile bootstrap (B. Efron, 1979): `values` are drawn with replacement 2,000 times.
/// The same random numbers give the same interval.
[[nodiscard]] Interval bootstrap(std::span<const double> values, Random& random);

/// One way divided by another, round by round: neighbours in time.
struct Comparison {
    Interval ratio;
    std::size_t more = 0;  ///< rounds in which it was more than the other
    std::size_t less = 0;
    /// Whether the difference is more than noise: by the sign test, two-sided, at 5 %. It supposes
    /// nothing of how rounds scatter, which a bootstrap over so few does, and needs six of them.
    [[nodiscard]] bool real() const;
};
/// Rounds that one of the two does not have are left out.
[[nodiscard]] Comparison compare(std::span<const double> values,
                                 std::span<const double> reference,
                                 Random& random);

/// Of latencies in microseconds.
struct Latency {
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double p999 = 0;
    double most = 0;
    std::uint64_t count = 0;
};
[[nodiscard]] Latency latency_of(std::vector<double> microseconds);

}  // namespace tandem::measure
