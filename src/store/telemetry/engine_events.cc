#include "base/checked.h"
#include "store/telemetry/engine.h"
#include "store/telemetry/log_event.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tandem::store {

/// Puts together what the log has of a stretch of events. What is missing can only be told before
/// the first event: where more is missing later the stretch ends.
class TelemetryEngine::PastReader {
public:
    PastReader(const TelemetryEngine& engine, ChunkReader& chunks, const Stretch& wanted)
        : engine_{engine},
          chunks_{chunks},
          until_{std::min<Sequence>(wanted.until, engine.visible_)},
          limit_{wanted.limit},
          hint_{wanted.hint} {
        past_.through = wanted.after;
    }

    Result<Past> run() && {
        // All that is visible has been appended to one of these, and those behind are newer.
        const auto segments = engine_.log_.segments();
        for (const SegmentInfo& segment : segments) {
            const bool is_before = segment.sealed && segment.next <= past_.through + 1;
            if (is_before || past_.through >= until_) continue;
            auto more = read(segment);
            if (!more) return pass(more);
            if (!*more) return std::move(past_);
        }
        if (past_.through < until_) miss(until_);
        return std::move(past_);
    }

private:
    // False when the stretch ends here.
    using More = Result<bool>;

    More read(const SegmentInfo& segment) {
        if (!passes_hole(segment.first)) return false;
        SegmentPlace from;
        if (segment.number == hint_.segment) {
            from = {.offset = hint_.offset, .sequence = hint_.sequence};
        }
        auto reader = engine_.log_.read(segment.number, from);
        // Recycled meanwhile: the next segment tells what is missing then.
        if (!reader && reader.error().code == ErrorCode::kNotFound) return true;
        if (!reader) return pass(reader);
        (*reader)->skip_to(past_.through + 1);
        while (true) {
            auto scanned = (*reader)->next();
            if (!scanned) return pass(scanned);
            if (std::holds_alternative<ScanEnd>(*scanned)) break;
            if (const auto* frame = std::get_if<ScannedFrame>(&*scanned)) {
                past_.hint = {.segment = segment.number,
                              .offset = frame->offset,
                              .sequence = frame->frame.first};
            }
            auto more = std::visit([this](const auto& each) { return take(each); }, *scanned);
            if (!more || !*more) return more;
        }
        return true;
    }

    More take(const ScanEnd& /*end*/) { return true; }

    More take(const Damage& damage) {
        return damage.next <= past_.through + 1 || damage.first == damage.next ||
               miss(damage.next - 1);
    }

    More take(const ScannedFrame& scanned) {
        const Frame& frame = scanned.frame;
        if (!passes_hole(frame.first) || frame.first > until_) return false;
        RecordReader records{frame.payload, frame.first, frame.time};
        while (true) {
            auto record = records.next();
            if (!record) return pass(record);
            if (!*record) break;
            auto more =
                std::visit([this](const auto& each) { return take(each); }, checked(*record));
            if (!more || !*more) return more;
        }
        return passes_hole(frame.first + frame.count);
    }

    // Names are looked up: what defined them may be in a segment that is gone.
    More take(const DeviceRecord& /*record*/) { return true; }
    More take(const SlotRecord& /*record*/) { return true; }

    More take(const RowRecord& record) {
        for (std::size_t at = 0; at < record.values.size(); ++at) {
            const Sequence sequence = record.first + at;
            if (sequence <= past_.through) continue;
            if (!passes_hole(sequence) || is_full(sequence)) return false;
            const Cell& cell = record.values[at];
            auto device = named(record.device, cell.slot);
            if (!device) return pass(device);
            if (*device == nullptr) {
                if (!miss(sequence)) return false;
                continue;
            }
            auto value = value_of(cell);
            if (!value) return pass(value);
            add(Event{.sequence = sequence,
                      .kind = Event::Kind::kReading,
                      .device = (*device)->ref,
                      .series = (*device)->series[cell.slot],
                      .time = Instant{Duration{record.time}},
                      .value = std::move(*value),
                      .late = cell.late});
        }
        return true;
    }

    More take(const EventRecord& record) {
        if (record.sequence <= past_.through) return true;
        if (!passes_hole(record.sequence) || is_full(record.sequence)) return false;
        auto event = event_of(record);
        if (!event) return pass(event);
        add(std::move(*event));
        return true;
    }

    // What has the sequences before `next` is not here: the log had no room for it, or has lost it.
    bool passes_hole(Sequence next) { return next <= past_.through + 1 || miss(next - 1); }
    [[nodiscard]] bool is_full(Sequence sequence) const {
        return sequence > until_ || past_.events.size() >= limit_ || weight_ >= kWeightMax;
    }

    void add(Event event) {
        weight_ += sizeof(Event) + weight_of(event.value);
        past_.through = event.sequence;
        past_.events.push_back(std::move(event));
    }

    // What is not there up to `last`. False when it has to wait for the next stretch.
    bool miss(Sequence last) {
        if (!past_.events.empty()) return false;
        past_.gone = past_.through = std::min(last, until_);
        return true;
    }

    // Null when what gave the name is damaged.
    Result<const StoredDevice*> named(std::uint64_t number, Slot slot) {
        StoredDevice& device = devices_[number];
        if (slot < device.series.size()) return &device;
        if (!engine_.find_in_memory(number, device)) {
            auto stored = chunks_.device(number);
            if (!stored) return pass(stored);
            if (*stored) device = checked(std::move(*stored));
        }
        return slot < device.series.size() ? &device : nullptr;
    }

    static constexpr std::size_t kWeightMax = std::size_t{1} << 20U;

    const TelemetryEngine& engine_;
    ChunkReader& chunks_;
    const Sequence until_;
    const std::size_t limit_;
    const LogHint hint_;
    Past past_;
    std::size_t weight_ = 0;
    std::unordered_map<std::uint64_t, StoredDevice> devices_;
};

Result<Past> TelemetryEngine::past(ChunkReader& chunks, const Stretch& wanted) const {
    return PastReader{*this, chunks, wanted}.run();
}

bool TelemetryEngine::find_in_memory(std::uint64_t number, StoredDevice& device) const {
    const Lock held{mutex_};
    const auto found = numbered_.find(number);
    if (found == numbered_.end()) return false;
    device.ref = found->second->ref;
    device.series = found->second->series;
    return true;
}

}  // namespace tandem::store
