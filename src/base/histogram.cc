#include "base/histogram.h"

#include <algorithm>
#include <numeric>

namespace tandem {

Histogram::Histogram(std::span<const double> bounds)
    : bounds_{bounds}, counts_{std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)} {}

void Histogram::add(double figure) {
    const auto at = std::ranges::lower_bound(bounds_, figure) - bounds_.begin();
    counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(figure, std::memory_order_relaxed);
}

Histogram::Counts Histogram::counts() const {
    Counts out{.bounds = {bounds_.begin(), bounds_.end()},
               .counts = {},
               .sum = sum_.load(std::memory_order_relaxed)};
    for (std::size_t at = 0; at <= bounds_.size(); ++at)
        out.counts.push_back(counts_[at].load(std::memory_order_relaxed));
    return out;
}

std::uint64_t Histogram::Counts::total() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double Histogram::Counts::below(double share) const {
    const double wanted = share * static_cast<double>(total());
    std::uint64_t seen = 0;
    for (std::size_t at = 0; at < bounds.size(); ++at) {
        seen += counts[at];
        if (seen > 0 && static_cast<double>(seen) >= wanted) return bounds[at];
    }
    return bounds.empty() || seen == total() ? 0 : bounds.back();
}

}  // namespace tandem
