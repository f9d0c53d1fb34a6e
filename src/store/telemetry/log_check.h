#pragma once

#include "store/telemetry/chunk_store.h"
#include "store/telemetry/disk.h"
#include "store/telemetry/log_frame.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem::store {

/// Something that looking at a log has found.
struct LogFinding {
    enum class Kind : std::uint8_t {
        kLost,     ///< the log is not there, or another than the chunks tell of
        kMissing,  ///< a segment that recovery needs
        kOpening,  ///< head or seal of a segment; a hub that starts makes it anew
        kFrames,   ///< bytes that were groups of writes once
        kRecords,  ///< a group with the right CRC that says nothing that could be understood
        kNames,    ///< rows of a device or series whose name is not known
        kTail,     ///< a group that was torn when the hub ended; normal
        kGap,      ///< sequences that no group has, where no bytes are missing; normal
    };
    Kind kind = Kind::kFrames;
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    /// The sequences it is about: first ≤ s < next.
    Sequence first = 0;
    Sequence next = 0;
    /// The times of the groups before and behind, where there are any.
    std::optional<Instant> after;
    std::optional<Instant> before;
    std::uint64_t device = 0;    ///< of names
    std::uint64_t readings = 0;  ///< likewise: how many are left out
    bool in_chunks = false;      ///< recovery does not need it: no reading is lost
    std::string why;
};

/// A device that rows speak of beyond what has a name, and that no later record names.
struct Nameless {
    std::uint64_t device = 0;
    std::optional<Slot> known;        ///< so many slots have names; none: nor has the device itself
    Slot needed = 0;                  ///< of so many slots there are values
    std::optional<DeviceRef> ref;     ///< its name, where only the log has that
    std::vector<std::string> series;  ///< of the last slots before `known`: those only the log has
};

/// What there is in a log.
struct LogLook {
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  ///< of their frames
    std::uint64_t groups = 0;
    std::uint64_t events = 0;
    std::uint64_t readings = 0;  ///< of those events
    std::uint64_t unsealed = 0;  ///< readings that recovery needs
    std::uint64_t newest = 0;    ///< number of the newest segment
    Sequence next = 1;
    std::vector<Nameless> nameless;  ///< by device
};

/// What the log is held against.
struct LogBeside {
    ChunkReader* names = nullptr;  ///< none: whether rows have names is not looked at
    Flushed flushed;
};

/// Reads all of the log in `disk`, changes nothing, and tells `found` of what is not as it should
/// be, in order. Memory does not grow with the log but by the names in it. Fails when the disk
/// does.
[[nodiscard]] Result<LogLook> look_at_log(Disk& disk,
                                          const LogBeside& beside,
                                          const std::function<void(const LogFinding&)>& found);

}  // namespace tandem::store
