#pragma once

#include "api/world.h"
#include "base/error.h"
#include "door/door.h"
#include "node/settings.h"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::node {

/// Everything that limits clients and that an operator may set.
struct Tuning {
    /// As it is without settings, on this machine.
    Tuning();

    api::Rules rules;
    door::DoorLimits door;

    /// What the embedded store has in memory, and keeps of its log: store::EmbeddedSettings.
    struct Kept {
        std::size_t head_bytes = std::size_t{64} << 20U;
        Duration head_age = 10min;
        std::size_t log_bytes = std::size_t{4} << 30U;
        Duration log_age = 24h;
    };
    Kept kept;
};

/// One limit by its name: the setting's, and the metric's label.
struct LimitRow {
    std::string_view name;
    std::string_view at_limit;  ///< what happens: `429 with Retry-After`
    bool seconds = false;       ///< a span of time; else bytes or a number
    std::function<double(const Tuning&)> get;
    std::function<void(Tuning&, double)> set;
};

/// All of them, in the order of docs/reference/limits.md.
[[nodiscard]] std::span<const LimitRow> limit_rows();

/// Null when there is no such limit.
[[nodiscard]] const LimitRow* find_limit(std::string_view name);

/// The limits in force with `settings`.
[[nodiscard]] Tuning tuning_of(const Settings& settings);

}  // namespace tandem::node
