#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "codec/zone_rule.h"

#include <optional>
#include <string_view>
#include <vector>

namespace tandem::codec {

/// What a clock on a wall shows, to the microsecond: a time that does not say its offset.
using LocalTime = std::chrono::local_time<Duration>;

/// The offsets from UTC of a place, past and to come. Values: copied as they are needed. Any
/// thread.
class TimeZone {
public:
    /// One offset for ever; whole seconds, less than 26 hours either way.
    [[nodiscard]] static TimeZone fixed(Duration offset);

    /// Local time minus UTC at a moment. Before the first change that is known the offset is that
    /// of the zone's first type; after the last it follows the zone's rule, or stays where it is
    /// when there is none (RFC 9636 sections 3.2 and 3.3).
    [[nodiscard]] Duration offset_at(Instant utc) const;

    /// The moment of a local time. One that is there twice, because clocks went back, is the
    /// earlier of the two; one that is not there, because clocks went forward, is moved forward by
    /// as much as they were. `local` is a day or more within what an Instant can be.
    [[nodiscard]] Instant from_local(LocalTime local) const;

private:
    friend class TzifReader;

    struct Change {
        std::chrono::sys_seconds at;
        std::chrono::seconds offset{};
    };

    [[nodiscard]] ZoneSpan span_at(std::chrono::sys_seconds time) const;

    std::chrono::seconds first_{};  // Before the first change.
    std::vector<Change> changes_;   // Sorted; as many as the file has.
    std::optional<ZoneRule> rule_;  // From the last change on.
};

/// A zone of the IANA database, compiled: TZif of the versions 1 to 4, RFC 9636. The bytes need not
/// be trusted; what is allocated follows their number.
///
/// Fails with `kMalformedBody` and the byte offset in the detail on what is no such file, on an
/// offset of 25 hours or more west or 26 or more east, and on a file whose times count leap seconds
/// (`right/…`), which no time here does.
[[nodiscard]] Result<TimeZone> parse_tzif(std::string_view bytes);

}  // namespace tandem::codec
