#include "measure/delay_line.h"

#include <algorithm>
#include <cmath>

namespace tandem::measure {

// A packet may be lost more than once, and each time is waited for.
bool DelayLine::lost() {
    constexpr double kAll = 18'446'744'073'709'551'616.0;  // 2^64
    return static_cast<double>(random_->next()) < link_.loss * kAll;
}

void DelayLine::push(std::string_view bytes, Monotonic now) {
    free_ = std::max(free_, now);
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kPacketBytes);
        bytes.remove_prefix(piece.size());
        if (link_.bytes_per_second > 0) {
            const double seconds = static_cast<double>(piece.size()) / link_.bytes_per_second;
            free_ += Duration{std::llround(seconds * 1e6)};
        }
        Monotonic arrives = free_ + link_.delay;
        while (lost())
            arrives += link_.again;
        if (!packets_.empty()) arrives = std::max(arrives, packets_.back().arrives);
        packets_.push_back({.arrives = arrives, .bytes = std::string{piece}});
    }
}

std::string DelayLine::take(Monotonic now) {
    std::string arrived;
    for (; !packets_.empty() && packets_.front().arrives <= now; packets_.pop_front())
        arrived += packets_.front().bytes;
    return arrived;
}

std::optional<Monotonic> DelayLine::next() const {
    if (packets_.empty()) return std::nullopt;
    return packets_.front().arrives;
}

}  // namespace tandem::measure
