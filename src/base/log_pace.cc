#include "base/log_pace.h"

#include <utility>

namespace tandem {

std::optional<std::uint64_t> LogPace::take(std::string_view event, Monotonic now) {
    auto found = events_.find(event);
    if (found == events_.end()) found = events_.emplace(event, Second{.began = now}).first;
    Second& second = found->second;
    if (now - second.began >= std::chrono::seconds{1}) {
        second.began = now;
        second.lines = 0;
    }
    if (second.lines == kLinesPerSecond) {
        ++second.left_out;
        return std::nullopt;
    }
    ++second.lines;
    return std::exchange(second.left_out, 0);
}

}  // namespace tandem
