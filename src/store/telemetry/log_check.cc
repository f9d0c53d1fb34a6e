#include "store/telemetry/log_check.h"

#include "base/checked.h"
#include "store/telemetry/log_opening.h"
#include "store/telemetry/log_reader.h"
#include "store/telemetry/log_record.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tandem::store {
namespace {

using Kind = LogFinding::Kind;

/// Which devices and slots a log may speak of at a place: those that telemetry.db has, and those
/// that the log itself has named before. As TelemetryEngine::replay() sees it.
class KnownNames {
public:
    explicit KnownNames(ChunkReader* stored) : stored_{stored} {}

    void add(const DeviceRecord& record) {
        if (find(record.number) != nullptr) return;
        devices_[record.number].ref = {.tenant = TenantId{std::string{record.tenant}},
                                       .id = DeviceId{std::string{record.device}}};
    }
    void add(const SlotRecord& record) {
        Names* names = find(record.device);
        if (names != nullptr && names->slots() == record.slot)
            names->series.emplace_back(record.series);
    }
    /// How many slots of a device have names; none when it has none itself.
    std::optional<Slot> slots_of(std::uint64_t device) {
        const Names* names = find(device);
        if (names == nullptr) return {};
        return names->slots();
    }
    /// Notes what only the log names.
    void put_into(Nameless& lost) {
        const Names* names = find(lost.device);
        if (names == nullptr) return;
        lost.ref = names->ref;
        lost.series = names->series;
    }

private:
    struct Names {
        Slot stored = 0;                  // So many slots have names in telemetry.db,
        std::vector<std::string> series;  // those behind them in the log,
        std::optional<DeviceRef> ref;     // as the device itself, then.

        [[nodiscard]] Slot slots() const { return stored + static_cast<Slot>(series.size()); }
    };
    // Null when the device has no name.
    Names* find(std::uint64_t device) {
        const auto found = devices_.find(device);
        if (found != devices_.end()) return &found->second;
        auto stored = stored_->device(device);
        // What is wrong with its names is said where they are.
        if (!stored || !*stored) return nullptr;
        Names& names = devices_[device];
        names.stored = static_cast<Slot>(checked(*stored).series.size());
        return &names;
    }

    ChunkReader* stored_;
    std::unordered_map<std::uint64_t, Names> devices_;  // Those that the log speaks of.
};

class LogWalk {
public:
    LogWalk(const LogBeside& beside, const std::function<void(const LogFinding&)>& found)
        : names_{beside.names},
          looks_at_names_{beside.names != nullptr},
          flushed_{beside.flushed},
          found_{found} {}

    Result<LogLook> run(std::span<const SegmentFile> files) {
        auto complete = count_complete(files);
        if (!complete) return pass(complete);
        auto newest = newest_of(files, *complete);
        if (!newest) return pass(newest);
        const auto begun = files.first(*complete + (*newest ? 1 : 0));
        look_for_missing(begun);
        for (std::size_t at = 0; at < begun.size(); ++at) {
            auto done = look_at(begun[at], at < *complete);
            if (!done) return pass(done);
        }
        list_nameless();
        return look_;
    }

private:
    // Whether the file behind the complete ones has frames.
    static Result<bool> newest_of(std::span<const SegmentFile> files, std::size_t complete) {
        if (complete == files.size()) return false;
        const SegmentFile& file = files[complete];
        auto opening = read_opening(*file.file, file.number);
        if (!opening) return pass(opening);
        auto size = file.file->size();
        if (!size) return pass(size);
        SegmentOnDisk bytes{*file.file};
        FrameScanner scanner{bytes, opening->key, {.end = *size, .synced = false}};
        auto first = scanner.next();
        if (!first) return pass(first);
        return !std::holds_alternative<ScanEnd>(*first);
    }

    void look_for_missing(std::span<const SegmentFile> begun) {
        const std::uint64_t last = begun.empty() ? 0 : begun.back().number;
        const bool knows_of_log = flushed_.sequence > 0 || flushed_.segment > 0;
        if (last <= flushed_.segment && knows_of_log) {
            tell({.kind = Kind::kLost, .segment = flushed_.segment, .next = flushed_.sequence + 1});
            flushed_.segment = 0;
            return;
        }
        std::uint64_t expected = flushed_.segment + 1;
        for (const SegmentFile& each : begun) {
            if (each.number > expected) {
                tell(
                    {.kind = Kind::kMissing, .segment = expected, .bytes = each.number - expected});
            }
            expected = std::max(expected, each.number + 1);
        }
    }

    Result<void> look_at(const SegmentFile& segment, bool complete) {
        auto opening = read_opening(*segment.file, segment.number);
        if (!opening) return pass(opening);
        auto size = segment.file->size();
        if (!size) return pass(size);
        in_chunks_ = segment.number <= flushed_.segment;
        segment_ = segment.number;
        look_.newest = segment.number;
        ++look_.segments;
        if (!opening->head) tell({.kind = Kind::kOpening, .why = "head"});
        if (!opening->seal && complete) tell({.kind = Kind::kOpening, .why = "seal"});
        ScanRange range{.end = *size, .first = look_.next, .complete = {}, .synced = complete};
        if (opening->head) range.first = std::max(range.first, checked(opening->head).first);
        if (opening->seal) {
            range.end = checked(opening->seal).end;
            range.complete = checked(opening->seal).next;
        }
        // What was before the oldest segment, or in one that is missing, has been told of.
        if (std::exchange(last_segment_, segment.number) + 1 == segment.number) {
            note_gap(range.first, kFramesAt);
        }
        look_.next = range.first;
        if (auto done = scan(segment, opening->key, range); !done) return done;
        tell_nameless();
        if (range.complete) {
            note_gap(*range.complete, range.end);
            look_.next = std::max(look_.next, *range.complete);
        }
        return {};
    }

    Result<void> scan(const SegmentFile& segment, SegmentKey key, const ScanRange& range) {
        SegmentOnDisk bytes{*segment.file};
        FrameScanner scanner{bytes, key, range};
        while (true) {
            auto scanned = scanner.next();
            if (!scanned) return pass(scanned);
            if (const auto* end = std::get_if<ScanEnd>(&*scanned)) {
                tell_pending({});
                end_at(*end);
                return {};
            }
            if (const auto* damage = std::get_if<Damage>(&*scanned)) {
                tell_pending({});
                pending_ = finding(*damage);
                look_.next = std::max(look_.next, damage->next);
                continue;
            }
            look_at(std::get<ScannedFrame>(*scanned));
        }
    }

    // What would be replayed of it is in chunks, whichever segment that is.
    [[nodiscard]] bool all_in_chunks(const Damage& damage) const {
        return damage.next <= flushed_.sequence + 1;
    }

    LogFinding finding(const Damage& damage) const {
        return {.kind = Kind::kFrames,
                .offset = damage.offset,
                .bytes = damage.length,
                .first = damage.first,
                .next = damage.next,
                .after = last_time_,
                .before = {},
                .in_chunks = all_in_chunks(damage)};
    }

    void end_at(const ScanEnd& end) {
        look_.bytes += end.offset - kFramesAt;
        if (end.remains <= end.offset) return;
        tell({.kind = Kind::kTail,
              .offset = end.offset,
              .bytes = end.remains - end.offset,
              .first = look_.next,
              .next = look_.next,
              .after = last_time_});
    }

    void look_at(const ScannedFrame& scanned) {
        const Frame& frame = scanned.frame;
        tell_pending(frame.time);
        note_gap(frame.first, scanned.offset);
        last_time_ = frame.time;
        look_.next = frame.first + frame.count;
        ++look_.groups;
        RecordReader records{frame.payload, frame.first, frame.time};
        std::string why;
        while (true) {
            auto record = records.next();
            if (!record) {
                why = record.error().detail;
                break;
            }
            if (!*record) break;
            take(checked(*record));
        }
        if (why.empty() && records.sequence() != look_.next) {
            why = "it has other sequences than its head says";
        }
        if (why.empty()) return;
        tell({.kind = Kind::kRecords,
              .offset = scanned.offset,
              .bytes = kFrameHeadBytes + frame.payload.size(),
              .first = records.sequence(),
              .next = look_.next,
              .after = frame.time,
              .before = frame.time,
              .why = std::move(why)});
    }

    void take(const LogRecord& record) {
        std::visit([this](const auto& each) { take(each); }, record);
    }
    void take(const DeviceRecord& record) {
        if (!in_chunks_ && looks_at_names_) names_.add(record);
    }
    void take(const SlotRecord& record) {
        if (!in_chunks_ && looks_at_names_) names_.add(record);
    }
    void take(const EventRecord& /*record*/) { ++look_.events; }
    void take(const RowRecord& record) {
        const std::uint64_t count = record.values.size();
        look_.events += count;
        look_.readings += count;
        if (in_chunks_ || record.first <= flushed_.sequence) return;
        look_.unsealed += count;
        if (!looks_at_names_) return;
        const auto known = names_.slots_of(record.device);
        const Slot slots = known.value_or(0);
        const auto is_known = [&](const Cell& each) { return each.slot < slots; };
        if (std::ranges::all_of(record.values, is_known)) return;
        note_nameless(record, known);
        auto [at, fresh] = nameless_.try_emplace(record.device);
        LogFinding& finding = at->second;
        if (fresh) {
            finding = {.kind = Kind::kNames, .first = record.first, .device = record.device};
            finding.after = finding.before = last_time_;
            finding.why = known.has_value() ? "series" : "device";
        }
        finding.next = record.first + count;
        finding.before = last_time_;
        finding.readings += count;
    }

    void note_nameless(const RowRecord& record, std::optional<Slot> known) {
        auto [at, fresh] = lost_.try_emplace(record.device);
        Nameless& lost = at->second;
        if (fresh) lost = {.device = record.device, .known = known};
        for (const Cell& each : record.values)
            lost.needed = std::max(lost.needed, each.slot + 1);
    }
    // What was named later means something else.
    void list_nameless() {
        for (auto& [device, lost] : lost_) {
            if (names_.slots_of(device) != lost.known) continue;
            names_.put_into(lost);
            look_.nameless.push_back(std::move(lost));
        }
    }

    void note_gap(Sequence first, std::uint64_t offset) {
        if (first <= look_.next) return;
        tell({.kind = Kind::kGap,
              .offset = offset,
              .first = look_.next,
              .next = first,
              .after = last_time_});
    }
    void tell_pending(std::optional<Instant> before) {
        if (!pending_) return;
        pending_->before = before;
        tell(checked(std::exchange(pending_, {})));
    }
    void tell_nameless() {
        for (const auto& [device, finding] : std::exchange(nameless_, {}))
            tell(finding);
    }
    void tell(LogFinding finding) const {
        if (finding.segment == 0) finding.segment = segment_;
        finding.in_chunks |= in_chunks_;
        found_(finding);
    }

    KnownNames names_;
    const bool looks_at_names_;
    Flushed flushed_;
    const std::function<void(const LogFinding&)>& found_;
    LogLook look_;
    std::uint64_t segment_ = 0;
    std::uint64_t last_segment_ = 0;
    bool in_chunks_ = false;
    std::optional<Instant> last_time_;
    std::optional<LogFinding> pending_;             // Damage, until what is behind it is known.
    std::map<std::uint64_t, LogFinding> nameless_;  // By device, of the segment that is read.
    std::map<std::uint64_t, Nameless> lost_;        // By device.
};

}  // namespace

Result<LogLook> look_at_log(Disk& disk,
                            const LogBeside& beside,
                            const std::function<void(const LogFinding&)>& found) {
    auto files = open_segments(disk, Disk::Open::kToRead);
    if (!files) return pass(files);
    LogWalk walk{beside, found};
    return walk.run(*files);
}

}  // namespace tandem::store
