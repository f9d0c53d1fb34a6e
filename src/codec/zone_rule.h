#pragma once

#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::codec {

/// A stretch of time during which a zone has one offset.
struct ZoneSpan {
    std::chrono::seconds offset{};                                   ///< local time minus UTC
    std::chrono::sys_seconds end = std::chrono::sys_seconds::max();  ///< the first second after it
};

/// When a zone changes between standard and daylight time, the same every year: a POSIX TZ string
/// such as `CET-1CEST,M3.5.0,M10.5.0/3`. The Open Group Base Specifications, section 8.3, with the
/// hours from −167 to 167 of RFC 9636 section 3.3.1.
class ZoneRule {
public:
    /// A day of any year.
    struct Day {
        enum class Kind : std::uint8_t {
            kNoLeapDay,  ///< `J60`: `day` 1 to 365, 29 February not counted
            kOfYear,     ///< `59`: `day` 0 to 365, 29 February counted
            kOfMonth,    ///< `M3.5.0`: `day` of the week, 0 is Sunday; `week` 5 is the last
        };
        Kind kind = Kind::kOfYear;
        int day = 0;
        int month = 0;
        int week = 0;
    };
    struct Change {
        Day day;
        std::chrono::seconds time{};  ///< after midnight, in the local time before the change
    };
    struct Daylight {
        std::chrono::seconds offset{};
        Change begin;
        Change end;
    };

    ZoneRule(std::chrono::seconds standard, std::optional<Daylight> summer)
        : standard_{standard}, daylight_{summer} {}

    /// The span that `time` is in. `time` is no further from 1970 than an Instant can be.
    [[nodiscard]] ZoneSpan at(std::chrono::sys_seconds time) const;

private:
    std::chrono::seconds standard_;
    std::optional<Daylight> daylight_;
};

/// Fails with `kMalformedBody` and the offset of the byte where the text is not such a rule. A zone
/// with daylight time has to say when that is.
[[nodiscard]] Result<ZoneRule> parse_zone_rule(std::string_view text);

}  // namespace tandem::codec
