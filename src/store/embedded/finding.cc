#include "store/embedded/finding.h"

#include "codec/time_text.h"

#include <array>

namespace tandem::store {
namespace {

using enum FindingKind;

constexpr std::string_view kRestore = "Restore a backup.";
constexpr std::string_view kSalvage =
    "Restore a backup that is younger than the damage, or keep what is whole: "
    "tandem check --salvage.";

constexpr std::array kRows{
    FindingRow{kFileMissing, "file-missing", true, "The hub would begin with nothing in its place.",
               kRestore},
    FindingRow{kFileUnreadable, "file-unreadable", true,
               "SQLite cannot read the file at all; the hub does not start with it.", kSalvage},
    FindingRow{kFileDamaged, "file-damaged", true,
               "SQLite finds its pages out of order. What it says of them may be wrong or missing, "
               "and writing to the file may make it worse.",
               kSalvage},
    FindingRow{kReferenceBroken, "reference-broken", true,
               "Rows belong to a row that is not there. Nobody can ask for them.", kSalvage},
    FindingRow{kVersionNewer, "version-newer", true,
               "A newer hub has written the file; this one does not start with it, and does not "
               "look into it.",
               "Use the newer hub, or restore a backup of before."},
    FindingRow{kVersionOlder, "version-older", false,
               "An older hub has written the file. The next start brings it up to date; until then "
               "what is in its tables is not looked at.",
               ""},
    FindingRow{kDocumentUnreadable, "document-unreadable", true,
               "Whoever asks for what it belongs to gets 503.", kRestore},
    FindingRow{kSecretsMissing, "secrets-missing", true,
               "No key and no password of this hub works without the file.", kRestore},
    FindingRow{kSequenceBehind, "sequence-behind", true,
               "Events would get sequences that others have had, so that cursors skip them.",
               kRestore},
    FindingRow{kNamesMissing, "names-missing", true,
               "Everything that the device writes or is asked for fails with 503.", kSalvage},
    FindingRow{kChunkUnreadable, "chunk-unreadable", true,
               "Queries of the device that need these readings get 503, as its first writes after "
               "a start do.",
               kSalvage},
    FindingRow{kChunkMisfiled, "chunk-misfiled", true,
               "The readings are whole, but queries look for them in the wrong place.", kSalvage},
    FindingRow{kChunkSummary, "chunk-summary", true,
               "The readings are whole; buckets that hold all of them show wrong numbers.",
               kSalvage},
    FindingRow{kChunkNameless, "chunk-nameless", true,
               "The readings are whole, but what they are called is lost: nobody can ask for them.",
               kSalvage},
    FindingRow{kChunksOverlap, "chunks-overlap", true,
               "The readings are whole, but queries may leave some out or give them out of order.",
               kSalvage},
    FindingRow{kChunksAside, "chunks-aside", false,
               "Damaged chunks that were put aside before, in the table damaged. Nothing reads "
               "them.",
               ""},
    FindingRow{
        kChunksOrphaned, "chunks-orphaned", false,
        "Readings of a device that registry.db does not know. Nobody can ask for them, unless "
        "a device of that name is made again.",
        ""},
    FindingRow{kLogLost, "log-lost", true,
               "Readings that were acknowledged and in no chunk yet are lost: those of about the "
               "last ten minutes before the log was.",
               "Bring back the log that belongs to this telemetry.db, or restore a backup; "
               "tandem check --salvage goes on without it."},
    FindingRow{kSegmentMissing, "segment-missing", true,
               "Readings that were acknowledged and in no chunk yet are lost with the file.",
               "Bring the file back, or restore a backup; tandem check --salvage goes on without "
               "it."},
    FindingRow{kSegmentOpening, "segment-opening", true,
               "No reading is lost: the next start makes it anew from what follows.",
               "Start the hub, or tandem check --salvage."},
    FindingRow{kSegmentUnreadable, "segment-unreadable", true,
               "The disk does not give the file's bytes.",
               "Look at the disk; restore a backup to another."},
    FindingRow{kFramesDamaged, "frames-damaged", true,
               "These groups of writes are lost; everything before and behind them counts. Changes "
               "of devices, keys and commands among them are in registry.db. Which devices the "
               "readings were of is not known.",
               kSalvage},
    FindingRow{kFramesDamagedInChunks, "frames-damaged-in-chunks", true,
               "The readings were put into chunks before, and are there. Only where a hub has "
               "started on this damage since, what was in no chunk at that time is lost. The "
               "history of events has a gap here.",
               "tandem check --salvage writes the segment anew without it; or wait until it is "
               "retired, after a day."},
    FindingRow{kRecordsUnreadable, "records-unreadable", true,
               "The hub does not start with it: it does not guess.", kSalvage},
    FindingRow{kRowsNameless, "rows-nameless", true,
               "These readings are left out: the group of writes that said what they are called is "
               "lost.",
               kSalvage},
    FindingRow{kTailTorn, "tail-torn", false,
               "The hub ended while it wrote, which is normal after a crash. Nothing of it was "
               "acknowledged; the next start cuts it off.",
               ""},
    FindingRow{kSequencesLeftOut, "sequences-left-out", false,
               "Writes that failed leave sequences without events, and salvaging does. No bytes "
               "are missing here.",
               ""},
};

constexpr bool in_order() {
    for (std::size_t at = 0; at < kRows.size(); ++at) {
        if (kRows[at].kind != static_cast<FindingKind>(at)) return false;
    }
    return true;
}
static_assert(in_order());
static_assert(kRows.back().kind == kSequencesLeftOut);

}  // namespace

std::span<const FindingRow> finding_rows() {
    return kRows;
}

const FindingRow& row(FindingKind kind) {
    return kRows.at(static_cast<std::size_t>(kind));
}

std::string time_words(Instant time) {
    // What rfc3339() has years for: 1 to 9999.
    constexpr Instant kFirst{Duration{-62'135'596'800'000'000}};
    constexpr Instant kEnd{Duration{253'402'300'800'000'000}};
    if (time >= kFirst && time < kEnd) return codec::rfc3339(time);
    return std::to_string(time.time_since_epoch().count()) + " µs since 1970";
}

}  // namespace tandem::store
