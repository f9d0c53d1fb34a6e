#pragma once

#include "base/clock.h"
#include "domain/device.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::store {

/// What can be found in a data directory. One row of `finding_rows()` each.
enum class FindingKind : std::uint8_t {
    kFileMissing,
    kFileUnreadable,
    kFileDamaged,
    kReferenceBroken,
    kVersionNewer,
    kVersionOlder,
    kDocumentUnreadable,
    kSecretsMissing,
    kSequenceBehind,
    kNamesMissing,
    kChunkUnreadable,
    kChunkMisfiled,
    kChunkSummary,
    kChunkNameless,
    kChunksOverlap,
    kChunksAside,
    kChunksOrphaned,
    kLogLost,
    kSegmentMissing,
    kSegmentOpening,
    kSegmentUnreadable,
    kFramesDamaged,
    kFramesDamagedInChunks,
    kRecordsUnreadable,
    kRowsNameless,
    kTailTorn,
    kSequencesLeftOut,
};

struct FindingRow {
    FindingKind kind;
    std::string_view name;   ///< for programs; never changes its meaning
    bool is_damage;          ///< if not, it is as it may be, and told all the same
    std::string_view means;  ///< for whoever has the readings
    std::string_view next;   ///< what to do; empty: nothing
};
/// In the order of `FindingKind`.
[[nodiscard]] std::span<const FindingRow> finding_rows();
[[nodiscard]] const FindingRow& row(FindingKind kind);

/// Something that is not as it should be, or that its operator may want to know.
struct Finding {
    FindingKind kind = FindingKind::kFileDamaged;
    std::string file;  ///< below the data directory
    std::string what;  ///< where in it, and what is wrong
    std::optional<DeviceRef> device{};
    std::vector<std::string> series{};  ///< none: all, or not known
    /// The times of the readings it is about; of a log, when they were written.
    std::optional<std::pair<Instant, Instant>> span{};
    std::optional<std::uint64_t> readings{};  ///< as many at most
};

/// RFC 3339 where that has a year for `time`: a damaged file may hold any.
[[nodiscard]] std::string time_words(Instant time);

/// Takes findings as they are found.
using Findings = std::function<void(const Finding&)>;

}  // namespace tandem::store
