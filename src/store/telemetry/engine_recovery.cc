#include "base/checked.h"
#include "base/fault.h"
#include "base/log.h"
#include "store/telemetry/engine.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tandem::store {
namespace {

// The commit group that had the name is damaged; what follows cannot be told from anybody's.
void leave_out(std::uint64_t device, Sequence sequence) {
    log(LogLevel::kError, "log_readings_without_name",
        {{"device", std::to_string(device)}, {"sequence", std::to_string(sequence)}});
}

// Whether the value was erased after it was written.
bool erases(const Erasure& erasure, const RowRecord& row, Slot slot, Sequence sequence) {
    return erasure.device == row.device && sequence <= erasure.until &&
           (!erasure.slot || *erasure.slot == slot) && row.time >= erasure.from &&
           row.time < erasure.to;
}

// What became of looking for a line, where there is nothing more to do.
Result<void> passed(Result<DeviceLine*>& line) {
    if (!line) return pass(line);
    return {};
}

}  // namespace

Result<void> TelemetryEngine::recover() {
    auto marks = chunks_.marks();
    if (!marks) return pass(marks);
    recovered_ = std::move(*marks);
    devices_count_ = recovered_.devices;
    const auto segments = log_.segments();
    // A log that begins anew, beside chunks that are older: none of it is in them.
    const bool same = !segments.empty() && segments.back().number > recovered_.flushed.segment;
    flushed_ = same ? recovered_.flushed.segment : 0;
    for (const SegmentInfo& segment : segments) {
        if (segment.number <= flushed_) continue;
        if (auto done = replay_segment(segment.number); !done) return done;
    }
    // No sequence that the chunks know of is given out again: what has it would count as told.
    next_ = std::max(log_.next(), recovered_.flushed.sequence + 1);
    for (const Erasure& erasure : recovered_.erasures)
        next_ = std::max(next_, erasure.until + 1);
    visible_ = next_ - 1;
    uncommitted_bytes_ = 0;
    figures_.rows.set(std::exchange(uncommitted_rows_, 0));
    figures_.head_bytes.set(static_cast<std::int64_t>(head_bytes_));
    records_.clear(next_, clock_.now());
    recovered_ = {};
    return {};
}

Result<void> TelemetryEngine::replay_segment(std::uint64_t number) {
    auto reader = log_.read(number);
    if (!reader) return pass(reader);
    while (true) {
        auto scanned = (*reader)->next();
        if (!scanned) return pass(scanned);
        if (std::holds_alternative<ScanEnd>(*scanned)) return {};
        if (const auto* damage = std::get_if<Damage>(&*scanned)) {
            figures_.frames_damaged.add();
            log(LogLevel::kError, "log_damaged",
                {{"segment", std::to_string(number)},
                 {"offset", std::to_string(damage->offset)},
                 {"bytes", std::to_string(damage->length)}});
            continue;
        }
        if (auto done = replay_frame(std::get<ScannedFrame>(*scanned).frame); !done) return done;
    }
}

Result<void> TelemetryEngine::replay_frame(const Frame& frame) {
    RecordReader records{frame.payload, frame.first, frame.time};
    while (true) {
        auto record = records.next();
        if (!record) return pass(record);
        if (!*record || has_fault(Fault::kRecoveryLeavesOut)) return {};
        if (auto done = replay(checked(*record)); !done) return done;
    }
}

Result<void> TelemetryEngine::replay(const LogRecord& record) {
    return std::visit([this](const auto& each) { return replay(each); }, record);
}

Result<void> TelemetryEngine::replay(const DeviceRecord& record) {
    const DeviceRef ref{.tenant = TenantId{std::string{record.tenant}},
                        .id = DeviceId{std::string{record.device}}};
    auto line = find_line(ref);
    if (!line) return pass(line);
    devices_count_ = std::max(devices_count_, record.number);
    if (*line == nullptr) *line = add_line({.number = record.number, .ref = ref, .series = {}});
    (*line)->added.device = (*line)->committed.device = true;
    return {};
}

Result<void> TelemetryEngine::replay(const SlotRecord& record) {
    auto line = line_numbered(record.device);
    if (!line || *line == nullptr) return passed(line);
    const Lock held{mutex_};
    if (record.slot == (*line)->series.size()) (*line)->add_series(std::string{record.series});
    (*line)->added.slots = (*line)->committed.slots = static_cast<Slot>((*line)->series.size());
    return {};
}

Result<void> TelemetryEngine::replay(const RowRecord& record) {
    if (record.first <= recovered_.flushed.sequence) return {};
    auto line = line_numbered(record.device);
    if (!line) return pass(line);
    const std::size_t known = *line == nullptr ? 0 : (*line)->series.size();
    if (std::ranges::any_of(record.values, [&](const Cell& each) { return each.slot >= known; })) {
        leave_out(record.device, record.first);
        return {};
    }
    cells_.clear();
    for (std::size_t at = 0; at < record.values.size(); ++at) {
        const auto is_it = [&](const Erasure& erasure) {
            return erases(erasure, record, record.values[at].slot, record.first + at);
        };
        if (std::ranges::none_of(recovered_.erasures, is_it)) cells_.push_back(record.values[at]);
    }
    if (!cells_.empty()) {
        const Lock held{mutex_};
        put_in_head(**line, record.time, cells_, record.first);
    }
    cells_.clear();
    return {};
}

// Events are read from the log itself.
Result<void> TelemetryEngine::replay(const EventRecord& /*record*/) {
    return {};
}

// Null when the number has no name.
Result<DeviceLine*> TelemetryEngine::line_numbered(std::uint64_t number) {
    devices_count_ = std::max(devices_count_, number);
    {
        const Lock held{mutex_};
        const auto found = numbered_.find(number);
        if (found != numbered_.end()) return found->second;
    }
    auto stored = reader_.device(number);
    if (!stored) return pass(stored);
    if (!*stored) return nullptr;
    return find_line(checked(*stored).ref);
}

}  // namespace tandem::store
