#pragma once

#include "base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// Lets through so many lines of an event in a second, and counts the others: what anybody can
/// cause by asking must not fill the disk that the log is on. Not synchronised.
class LogPace {
public:
    static constexpr std::uint64_t kLinesPerSecond = 50;

    /// Whether a line of `event` goes out now; then it tells how many of it were left out since the
    /// last one. `event` is one of the program's own names: they are kept.
    [[nodiscard]] std::optional<std::uint64_t> take(std::string_view event, Monotonic now);

private:
    struct Second {
        Monotonic began;
        std::uint64_t lines = 0;
        std::uint64_t left_out = 0;
    };
    std::map<std::string, Second, std::less<>> events_;
};

}  // namespace tandem
