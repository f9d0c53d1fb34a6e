#pragma once

#include "store/telemetry/disk.h"
#include "store/telemetry/log_frame.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::store {

// What the files of a log are before anybody has read their frames.

/// What the file of the segment `number` is called: `0000000000000001.log`.
[[nodiscard]] std::string segment_name(std::uint64_t number);
/// Nothing when `name` is none that segment_name() gives.
[[nodiscard]] std::optional<std::uint64_t> segment_number(std::string_view name);

struct SegmentFile {
    std::uint64_t number = 0;
    std::unique_ptr<DiskFile> file;
};

/// What the first two sectors of a segment say.
struct Opening {
    std::optional<SegmentHead> head;  ///< none: damaged, or never written
    std::optional<Seal> seal;         ///< likewise
    SegmentKey key;                   ///< the mark is 0 when there is no head
};
[[nodiscard]] Result<Opening> read_opening(const DiskFile& file, std::uint64_t number);

/// All files of a directory that are called like segments, in ascending order.
[[nodiscard]] Result<std::vector<SegmentFile>> open_segments(Disk& disk, Disk::Open how);

/// How many of `files`, which ascend, will not be written to any more: all up to the last with a
/// seal. Should a seal have been damaged, frames in a later file say as much. The one behind them,
/// if it has frames, is the newest segment.
[[nodiscard]] Result<std::size_t> count_complete(std::span<const SegmentFile> files);

}  // namespace tandem::store
