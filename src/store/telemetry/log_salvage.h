#pragma once

#include "store/telemetry/disk.h"
#include "store/telemetry/log_frame.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

/// A segment that was written anew.
struct SalvagedSegment {
    std::uint64_t number = 0;
    std::string aside;              ///< the name that its damaged file has now
    std::uint64_t groups = 0;       ///< that were kept
    std::uint64_t bytes_lost = 0;   ///< of groups that were not
    std::uint64_t events_lost = 0;  ///< their sequences, as many at most
};

/// Writes each segment anew that has damage in it, with all groups that are whole; of a group that
/// cannot be understood to its end, with what comes before that. What was damaged keeps its file
/// under another name, which ends in `ending`. A crash in between leaves each segment as it was or
/// as it is to be. Nobody has the log open. Fails when the disk does.
[[nodiscard]] Result<std::vector<SalvagedSegment>> salvage_log(Disk& disk, std::string_view ending);

}  // namespace tandem::store
