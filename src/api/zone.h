#pragma once

#include "api/world.h"
#include "codec/time_zone.h"
#include "domain/buckets.h"

#include <string>

namespace tandem::api {

/// A zone by its name of the IANA database, or an offset, `+02:00`. Fails with kInvalidField for
/// `#query/tz`.
[[nodiscard]] Result<codec::TimeZone> zone_named(const World& world, const std::string& name);

/// Buckets as the clocks of a zone have it: those of whole days begin at midnight, those of whole
/// weeks on Mondays, and shorter ones are counted from midnight, so that the last of a day may be
/// cut. Fails with kInvalidField for `#query/step` on what is longer than a day and not days.
[[nodiscard]] Result<Buckets> buckets_in(codec::TimeZone zone, Duration step);

}  // namespace tandem::api
