#include "store/embedded/check_parts.h"
#include "store/embedded/migration.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/telemetry/log_check.h"
#include "store/telemetry/log_opening.h"
#include "store/telemetry/system_disk.h"

#include <system_error>

namespace tandem::store {
namespace {

using Kind = LogFinding::Kind;

FindingKind kind_of(const LogFinding& finding) {
    switch (finding.kind) {
        case Kind::kLost:
            return FindingKind::kLogLost;
        case Kind::kMissing:
            return FindingKind::kSegmentMissing;
        case Kind::kOpening:
            return FindingKind::kSegmentOpening;
        case Kind::kFrames:
            return finding.in_chunks ? FindingKind::kFramesDamagedInChunks
                                     : FindingKind::kFramesDamaged;
        case Kind::kRecords:
            return finding.in_chunks ? FindingKind::kFramesDamagedInChunks
                                     : FindingKind::kRecordsUnreadable;
        case Kind::kNames:
            return FindingKind::kRowsNameless;
        case Kind::kTail:
            return FindingKind::kTailTorn;
        case Kind::kGap:
            break;
    }
    return FindingKind::kSequencesLeftOut;
}

std::string sequences(const LogFinding& finding) {
    if (finding.next <= finding.first) return {};
    if (finding.next == finding.first + 1) return ", sequence " + std::to_string(finding.first);
    return ", sequences " + std::to_string(finding.first) + " to " +
           std::to_string(finding.next - 1);
}

std::string words_of(const LogFinding& finding) {
    const std::string at = "byte " + std::to_string(finding.offset);
    switch (finding.kind) {
        case Kind::kLost:
            return "telemetry.db tells of segments up to " + std::to_string(finding.segment) +
                   ", the log has none of them";
        case Kind::kMissing:
            return finding.bytes == 1 ? "the file is missing"
                                      : "this file and the " + std::to_string(finding.bytes - 1) +
                                            " that follow are missing";
        case Kind::kOpening:
            return "its " + finding.why + " is damaged";
        case Kind::kFrames:
            return at + ": " + std::to_string(finding.bytes) + " bytes are damaged" +
                   sequences(finding);
        case Kind::kRecords:
            return at + ": a group of writes cannot be read, " + finding.why + sequences(finding);
        case Kind::kNames:
            return "rows of a " + finding.why + " without a name (device number " +
                   std::to_string(finding.device) + ")" + sequences(finding);
        case Kind::kTail:
            return at + ": " + std::to_string(finding.bytes) +
                   " bytes of writes that were never finished";
        case Kind::kGap:
            break;
    }
    return at + ": nothing is here of" + sequences(finding).substr(1);
}

Finding finding_of(const LogFinding& from) {
    Finding out{.kind = kind_of(from), .file = "log", .what = words_of(from)};
    if (from.kind != Kind::kLost) out.file += "/" + segment_name(from.segment);
    if (from.after && from.before) out.span = std::pair{*from.after, *from.before};
    if (from.readings > 0) {
        out.readings = from.readings;
    } else if (!from.in_chunks && (from.kind == Kind::kFrames || from.kind == Kind::kRecords)) {
        out.readings = from.next - from.first;
    }
    return out;
}

}  // namespace

Result<void> check_log(const std::filesystem::path& log,
                       Connection* telemetry,
                       CheckedFile& counts,
                       const Findings& found) {
    std::error_code ignored;
    if (!std::filesystem::exists(log, ignored)) {
        found({.kind = FindingKind::kLogLost, .file = "log", .what = "the folder is missing"});
        return {};
    }
    auto disk = SystemDisk::open_existing(log);
    if (!disk) return pass(disk);
    Flushed flushed;
    std::optional<SqliteChunkReader> names;
    if (telemetry != nullptr) {
        auto told = flushed_in(*telemetry);
        if (!told) return pass(told);
        flushed = *told;
        names.emplace(*telemetry);
    }
    auto look = look_at_log(**disk, {.names = names ? &*names : nullptr, .flushed = flushed},
                            [&](const LogFinding& each) { found(finding_of(each)); });
    if (!look) return pass(look);
    counts.bytes = look->bytes;
    counts.counts = {{"segments", look->segments},
                     {"groups", look->groups},
                     {"events", look->events},
                     {"readings", look->readings},
                     {"readings_in_no_chunk", look->unsealed}};
    return {};
}

}  // namespace tandem::store
