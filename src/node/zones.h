#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "codec/time_zone.h"

#include <filesystem>
#include <map>
#include <string>

namespace tandem::node {

/// The machine's copy of the IANA time zone database: a compiled file a zone (RFC 9636). Any
/// thread.
class Zones {
public:
    explicit Zones(std::filesystem::path folder = "/usr/share/zoneinfo")
        : folder_{std::move(folder)} {}

    /// The zone called `name`, `Europe/Berlin`; read once and kept, as many as the database has.
    /// Fails with kNotFound for a name that is none of it, kMalformedBody for a damaged file.
    [[nodiscard]] Result<codec::TimeZone> named(const std::string& name);

private:
    std::filesystem::path folder_;
    Mutex mutex_;
    std::map<std::string, codec::TimeZone> known_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::node
