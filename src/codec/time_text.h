#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "codec/time_zone.h"

#include <string>
#include <string_view>

namespace tandem::codec {

/// Reads a date and time as RFC 3339 section 5.6 has it, `2026-03-01T12:00:00.25+01:00`. "T" and
/// "Z" may be small letters; a space for the "T" and a time without an offset are refused.
///
/// Fractions are cut to microseconds. A leap second, `23:59:60` UTC on the last day of a month, is
/// read as the second after it, as POSIX time does; anywhere else 60 seconds are refused.
/// Fails with `kBadRequest` where the text is not a time, or in UTC not of the years 1 to 9999.
[[nodiscard]] Result<Instant> parse_rfc3339(std::string_view text);

/// RFC 3339 in UTC, with "Z" and as few digits of a fraction as say it exactly, or none. `instant`
/// is of the years 1 to 9999, as everything is that the two readers here let in.
[[nodiscard]] std::string rfc3339(Instant instant);

/// Milliseconds since 1970 UTC, rounded to the nearest microsecond. Fails with `kBadRequest`
/// outside of the years 1 to 9999 and for what is not finite.
[[nodiscard]] Result<Instant> instant_from_ms(double ms);

/// Reads a time as spreadsheets and data loggers write it, without an offset: `2026-03-01 12:00`,
/// `2026-03-01T12:00:00.25`. The "T" may be small; seconds may be missing; fractions are cut to
/// microseconds. Fails with `kBadRequest` on everything else, a second 60 too.
[[nodiscard]] Result<LocalTime> parse_local_time(std::string_view text);

/// Reads `Z`, `+02:00` or `-0330`, local time minus UTC. Fails with `kBadRequest` on all else.
[[nodiscard]] Result<Duration> parse_offset(std::string_view text);

/// The time in a cell of a table, blanks around it aside: RFC 3339, with a space for the "T" if it
/// likes; milliseconds since 1970 UTC as a number; or a time without an offset, which is one of
/// `zone` then, see TimeZone::from_local. Fails with `kBadRequest` as the functions above.
[[nodiscard]] Result<Instant> read_time_cell(std::string_view cell, const TimeZone& zone);

}  // namespace tandem::codec
