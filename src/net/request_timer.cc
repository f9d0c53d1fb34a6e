#include "net/request_timer.h"

#include <algorithm>
#include <utility>

namespace tandem::net {

RequestTimer::RequestTimer(Executor& executor,
                           const Clock& clock,
                           const Limits& limits,
                           Expired expired)
    : clock_{clock}, limits_{limits}, expired_{std::move(expired)}, timer_{executor} {}

void RequestTimer::wait_for(Wait wait, std::uint64_t request) {
    if (wait == wait_ && request == request_) return;
    wait_ = wait;
    request_ = request;
    if (wait == Wait::kNothing) return;
    began_ = clock_.monotonic();
    const Duration after = time();
    // What runs already ends in time, and then begins again for the rest.
    if (armed_until_ > began_ + after) arm(after);
}

void RequestTimer::stop() {
    wait_ = Wait::kNothing;
    armed_until_ = Monotonic::max();
    timer_.stop();
}

Duration RequestTimer::time() const {
    // Whoever comes has something to ask: a connection that has not begun is not idle, but late.
    const bool first = wait_ == Wait::kRequest && request_ == 0;
    if (first) return std::min(limits_.head_time, limits_.idle_time);
    if (wait_ == Wait::kHead) return limits_.head_time;
    return wait_ == Wait::kBody ? std::min(limits_.body_time, time_at_rate()) : limits_.idle_time;
}

// Until when the body that has come so far is fast enough: each byte buys some time.
Duration RequestTimer::time_at_rate() const {
    const auto bytes = static_cast<Duration::rep>(std::min(body_bytes_, limits_.body_bytes));
    const auto rate = static_cast<Duration::rep>(std::max<std::size_t>(limits_.body_rate, 1));
    return limits_.body_grace + Duration{1s} * bytes / rate;
}

std::string_view RequestTimer::limit_hit(Duration passed) const {
    if (wait_ == Wait::kRequest) return request_ == 0 ? "http.head_time" : "http.idle_time";
    if (wait_ == Wait::kHead) return "http.head_time";
    return passed < limits_.body_time ? "http.body_rate" : "http.body_time";
}

void RequestTimer::arm(Duration after) {
    armed_until_ = clock_.monotonic() + after;
    timer_.start(after, [this] { look(); });
}

void RequestTimer::look() {
    armed_until_ = Monotonic::max();
    if (wait_ == Wait::kNothing) return;
    const auto passed = std::chrono::duration_cast<Duration>(clock_.monotonic() - began_);
    if (const Duration left = time() - passed; left > 0us) return arm(left);
    const std::string_view limit = limit_hit(passed);
    expired_(std::exchange(wait_, Wait::kNothing), limit);
}

}  // namespace tandem::net
