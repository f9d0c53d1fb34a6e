#include "base/clock.h"

namespace tandem {

Instant SystemClock::now() const {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Monotonic SystemClock::monotonic() const {
    return std::chrono::floor<Duration>(std::chrono::steady_clock::now());
}

}  // namespace tandem
