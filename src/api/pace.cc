#include "api/pace.h"

namespace tandem::api {
namespace {

constexpr Duration kSpan = 1min;
constexpr Duration kEvery = 1s;

}  // namespace

void Pace::look(std::uint64_t total, Monotonic now) {
    const Lock held{mutex_};
    if (!looks_.empty() && now - looks_.back().at < kEvery) return;
    looks_.push_back({.at = now, .total = total});
    while (now - looks_.front().at > kSpan)
        looks_.pop_front();
}

std::optional<double> Pace::per_second() const {
    const Lock held{mutex_};
    if (looks_.size() < 2) return {};
    const Look& first = looks_.front();
    const Look& last = looks_.back();
    const auto seconds = std::chrono::duration<double>{last.at - first.at}.count();
    return static_cast<double>(last.total - first.total) / seconds;
}

}  // namespace tandem::api
