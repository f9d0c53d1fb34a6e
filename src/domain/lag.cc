#include "domain/lag.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace tandem {
namespace {

// Two marks may be apart by so much of their age.
constexpr std::int64_t kExact = 8;

std::optional<Duration> longer(std::optional<Duration> one, std::optional<Duration> other) {
    if (!one || !other) return {};
    return std::max(*one, *other);
}

}  // namespace

Lag further(const Lag& one, const Lag& other) {
    return {.age = longer(one.age, other.age), .events = std::max(one.events, other.events)};
}

void Watermarks::mark(std::uint64_t position, Monotonic now) {
    if (!marks_.empty() && position <= marks_.back().position) return;
    marks_.push_back({.position = position, .time = now});
    thin(now);
}

// The first stays: it says from where on something is known. Of the others one goes when its
// neighbours are close enough to each other without it.
void Watermarks::thin(Monotonic now) {
    if (marks_.size() < 3) return;
    std::size_t kept = 1;
    for (std::size_t at = 1; at + 1 < marks_.size(); ++at) {
        const Duration apart = marks_[at + 1].time - marks_[kept - 1].time;
        const bool goes = apart * kExact <= now - marks_[at + 1].time;
        if (!goes) marks_[kept++] = marks_[at];
    }
    marks_[kept++] = marks_.back();
    marks_.resize(kept);
}

std::optional<Duration> Watermarks::age_after(std::uint64_t position, Monotonic now) const {
    if (marks_.empty()) return Duration{0};
    if (position < marks_.front().position) return {};
    const auto later = std::ranges::upper_bound(marks_, position, {}, &Mark::position);
    return later == marks_.end() ? Duration{0} : now - later->time;
}

std::uint64_t Watermarks::reached_before(Monotonic time) const {
    if (marks_.empty()) return 0;
    const auto later = std::ranges::lower_bound(marks_, time, {}, &Mark::time);
    return later == marks_.begin() ? later->position : std::prev(later)->position;
}

}  // namespace tandem
