#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tandem {

/// How often a figure was how large: counts below fixed bounds, and a sum. Any thread.
class Histogram {
public:
    /// As it was at one moment, about: whoever adds meanwhile is in some of the counts.
    struct Counts {
        std::vector<double> bounds;         ///< ascending
        std::vector<std::uint64_t> counts;  ///< of each bound, at most that; the last: above all
        double sum = 0;

        [[nodiscard]] std::uint64_t total() const;
        /// The bound that `share` (0 to 1) of the figures do not exceed, or the greatest; 0 when
        /// there are none.
        [[nodiscard]] double below(double share) const;
    };

    /// `bounds` ascend, and outlive this.
    explicit Histogram(std::span<const double> bounds);

    void add(double figure);
    [[nodiscard]] Counts counts() const;

private:
    std::span<const double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;  // One more than bounds.
    std::atomic<double> sum_ = 0;
};

}  // namespace tandem
