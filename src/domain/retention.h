#pragma once

#include "base/error.h"
#include "domain/device.h"
#include "domain/telemetry.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// How long readings are kept where their series does not say.
struct RetentionRules {
    struct OfLabel {
        std::string name;
        std::string value;
        Duration span{0};
        bool operator==(const OfLabel&) const = default;
    };
    std::optional<Duration> all;  ///< none: for ever
    std::vector<OfLabel> labels;  ///< of devices with the label
    bool operator==(const RetentionRules&) const = default;
};

/// How long readings are kept: what is declared for the series, else the shortest span of the
/// device's labels, else that of all; none: for ever. `series` may be null: not declared.
[[nodiscard]] std::optional<Duration> retention_of(const RetentionRules& rules,
                                                   const Labels& labels,
                                                   const Series* series);

/// The oldest time that is kept `now`.
[[nodiscard]] Instant kept_from(std::optional<Duration> retention, Instant now);

/// What is to be erased `now`: all before. Not each reading on its own as it grows too old, so that
/// not much is written again for little: the time stands still for a sixteenth of the span, an hour
/// at least and a day at most.
[[nodiscard]] Instant erased_before(Duration retention, Instant now);

/// Why a reading is too old to be taken, or nothing.
[[nodiscard]] std::optional<Error> refuse_old(const Reading& reading,
                                              std::optional<Duration> retention,
                                              Instant now);

}  // namespace tandem
