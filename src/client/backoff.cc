#include "client/backoff.h"

#include <algorithm>

namespace tandem::client {

Duration Backoff::next(Random& random) {
    // 2^20 times any first wait is above any sensible longest one.
    constexpr int kDoublings = 20;
    const Duration whole = std::min(most_, first_ * (std::int64_t{1} << tries_));
    tries_ = std::min(tries_ + 1, kDoublings);
    const auto half = static_cast<std::uint64_t>(std::max<std::int64_t>(whole.count() / 2, 1));
    return whole / 2 + Duration{static_cast<std::int64_t>(random.next() % half)};
}

Task<void> Pause::wait(Duration longest) {
    over_ = Completion<bool>{};
    auto over = over_;
    Executor& executor = executor_;
    const TimerId timer = executor.call_after(longest, [over]() mutable { over.complete(true); });
    co_await over;
    executor.cancel(timer);
}

void Pause::wake() {
    executor_.post([over = over_]() mutable { over.complete(true); });
}

}  // namespace tandem::client
