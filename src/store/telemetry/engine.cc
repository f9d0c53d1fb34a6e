#include "store/telemetry/engine.h"

#include "base/check.h"
#include "base/checked.h"
#include "store/telemetry/log_event.h"

#include <limits>
#include <utility>

namespace tandem::store {
namespace {

constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

std::int64_t micros(Instant time) {
    return time.time_since_epoch().count();
}

// What a row weighs in a head, about.
std::size_t weight_of_row(std::span<const Cell> cells) {
    std::size_t weight = 24;
    for (const Cell& cell : cells)
        weight += 16 + cell.text.size();
    return weight;
}

}  // namespace

TelemetryEngine::TelemetryEngine(const Parts& parts, const TelemetrySettings& settings)
    : log_{parts.log},
      chunks_{parts.chunks},
      reader_{parts.reader},
      clock_{parts.clock},
      settings_{settings},
      records_{1, parts.clock.now()} {}

Result<std::unique_ptr<TelemetryEngine>> TelemetryEngine::open(const Parts& parts,
                                                               const TelemetrySettings& settings) {
    std::unique_ptr<TelemetryEngine> engine{new TelemetryEngine{parts, settings}};
    if (auto done = engine->recover(); !done) return pass(done);
    return engine;
}

// ---------------------------------------------------------------- devices and series

// Null when the device has never written.
Result<DeviceLine*> TelemetryEngine::find_line(const DeviceRef& ref) {
    {
        const Lock held{mutex_};
        const auto found = lines_.find(ref);
        if (found != lines_.end()) return found->second.get();
    }
    auto stored = reader_.device(ref);
    if (!stored) return pass(stored);
    if (!*stored) return nullptr;
    DeviceLine* line = add_line(std::move(checked(*stored)));
    line->stored = {.device = true, .slots = static_cast<Slot>(line->series.size())};
    line->added = line->committed = line->stored;
    return line;
}

Result<DeviceLine*> TelemetryEngine::made_line(const DeviceRef& ref) {
    auto line = find_line(ref);
    if (!line || *line != nullptr) return line;
    return add_line({.number = ++devices_count_, .ref = ref, .series = {}});
}

DeviceLine* TelemetryEngine::add_line(StoredDevice device) {
    auto made = std::make_unique<DeviceLine>();
    made->number = device.number;
    made->ref = std::move(device.ref);
    for (std::string& name : device.series)
        made->add_series(std::move(name));
    DeviceLine* line = made.get();
    const Lock held{mutex_};
    numbered_[line->number] = line;
    lines_[line->ref] = std::move(made);
    return line;
}

// Series come in the same order, mostly: `guess` is right then.
Slot TelemetryEngine::slot_of(DeviceLine& line, const std::string& series, Slot guess) {
    if (guess < line.series.size() && line.series[guess] == series) return guess;
    if (const auto slot = line.slot(series)) return *slot;
    const Lock held{mutex_};
    return line.add_series(series);
}

void TelemetryEngine::take_newest(DeviceLine& line, const Head& head) {
    const auto newest = head.newest();
    for (Slot slot = 0; slot < newest.size(); ++slot) {
        const auto& found = newest[slot];
        auto& known = line.newest[slot];
        if (!found || (known && known->time > found->time)) continue;
        auto value = value_of(found->cell);
        if (value) {
            known = {.time = found->time, .sequence = found->sequence, .value = std::move(*value)};
        }
    }
}

Result<void> TelemetryEngine::load_newest(DeviceLine& line) {
    if (line.newest_known) return {};
    Slot stored = 0;
    std::shared_ptr<const Head> frozen;
    {
        // Memory first: what leaves it meanwhile is in the chunks already.
        const Lock held{mutex_};
        stored = line.stored.slots;
        frozen = line.frozen;
    }
    for (Slot first = 0; first < stored; first += kGroupSlots) {
        auto done = load_newest_of_group(line, first, std::min(first + kGroupSlots, stored));
        if (!done) return done;
    }
    const Lock held{mutex_};
    if (frozen) take_newest(line, *frozen);
    take_newest(line, line.head);
    line.newest_known = true;
    return {};
}

// NOLINTBEGIN(misc-const-correctness): clang-tidy 19 does not see what is changed here

// From the newest chunk back to one that has the series that are still missing.
Result<void> TelemetryEngine::load_newest_of_group(DeviceLine& line, Slot first, Slot last) {
    for (Slot slot = first; slot < last; ++slot) {
        SeriesScan scan{reader_,
                        {.line = {.device = line.number, .group = group_of(slot)},
                         .slot = slot,
                         .span = {.from = std::numeric_limits<std::int64_t>::min(), .to = kLatest}},
                        {}};
        std::optional<Newest> found;
        auto done = scan.run(true, [&](std::int64_t time, Value&& value) {
            found = Newest{.time = time, .sequence = 0, .value = std::move(value)};
            return false;
        });
        if (!done) return done;
        const Lock held{mutex_};
        line.newest[slot] = std::move(found);
    }
    return {};
}

// NOLINTEND(misc-const-correctness)

// ---------------------------------------------------------------- writing

Result<Written> TelemetryEngine::write(const std::vector<DeviceReadings>& batch,
                                       std::vector<News>& news) {
    // All that can fail comes before the first reading is added.
    batch_.clear();
    std::size_t count = 0;
    for (const DeviceReadings& of_device : batch) {
        auto line = made_line(of_device.device);
        if (!line) return pass(line);
        if (auto known = load_newest(**line); !known) return pass(known);
        batch_.push_back(*line);
        count += of_device.readings.size();
    }
    news.clear();
    news.reserve(count);
    Written written;
    for (std::size_t at = 0; at < batch.size(); ++at)
        write_readings(*batch_[at], batch[at].readings, written, news);
    ++uncommitted_batches_;
    uncommitted_written_.stored += written.stored;
    uncommitted_written_.replaced += written.replaced;
    uncommitted_written_.repeated += written.repeated;
    return written;
}

void TelemetryEngine::write_readings(DeviceLine& line,
                                     const std::vector<Reading>& readings,
                                     Written& written,
                                     std::vector<News>& news) {
    for (const Reading& reading : readings) {
        if (!cells_.empty() && micros(reading.time) != row_time_) end_row(line);
        row_time_ = micros(reading.time);
        if (!add_cell(line, reading, written)) {
            news.push_back(News::kNone);
            continue;
        }
        ++next_;
        news.push_back(cells_.back().late ? News::kLate : News::kReading);
    }
    end_row(line);
}

// Adds a cell to the row, unless the reading is there already.
bool TelemetryEngine::add_cell(DeviceLine& line, const Reading& reading, Written& written) {
    const Slot guess = cells_.empty() ? 0 : cells_.back().slot + 1;
    const Slot slot = slot_of(line, reading.series, guess);
    // A row has a series once.
    if (row_has(slot)) end_row(line);
    const std::int64_t time = row_time_;
    const auto& newest = line.newest[slot];
    const bool is_later = !newest || newest->time < time;
    const bool is_late = newest && newest->time > time;
    std::optional<Value> before;
    if (is_late) {
        // Where a chunk cannot be read the reading counts as new: a damaged one keeps nobody from
        // writing.
        if (auto stored = stored_at(line, slot, time)) before = std::move(*stored);
    } else if (!is_later) {
        before = newest->value;
    }
    if (before && *before == reading.value) {
        ++written.repeated;
        return false;
    }
    ++(before ? written.replaced : written.stored);
    if (documents_.size() <= cells_.size()) documents_.resize(cells_.size() + 1);
    Cell cell = cell_of(reading.value, documents_[cells_.size()]);
    cell.slot = slot;
    cell.late = is_late;
    cells_.push_back(cell);
    values_.push_back(&reading.value);
    row_slots_ = std::max(row_slots_, slot + 1);
    return true;
}

// Series come in the same order, mostly: what is higher than all before needs no search.
bool TelemetryEngine::row_has(Slot slot) const {
    return slot < row_slots_ && std::ranges::find(cells_, slot, &Cell::slot) != cells_.end();
}

// NOLINTBEGIN(misc-const-correctness): as above

// What is stored of a time that is older than the newest.
Result<std::optional<Value>> TelemetryEngine::stored_at(const DeviceLine& line,
                                                        Slot slot,
                                                        std::int64_t time) {
    std::shared_ptr<const Head> frozen;
    {
        const Lock held{mutex_};
        frozen = line.frozen;
    }
    // The head changes on this thread alone.
    auto cell = line.head.find(slot, time);
    if (!cell && frozen) cell = frozen->find(slot, time);
    if (cell) {
        auto value = value_of(*cell);
        if (!value) return pass(value);
        return std::optional{std::move(*value)};
    }
    SeriesScan scan{reader_,
                    {.line = {.device = line.number, .group = group_of(slot)},
                     .slot = slot,
                     .span = {.from = time, .to = time + 1}},
                    {}};
    std::optional<Value> found;
    auto done = scan.run(false, [&](std::int64_t /*time*/, Value&& value) {
        found = std::move(value);
        return false;
    });
    if (!done) return pass(done);
    return found;
}

// NOLINTEND(misc-const-correctness)

// The row is complete: into the records of the log and into the head.
void TelemetryEngine::end_row(DeviceLine& line) {
    if (cells_.empty()) return;
    const Sequence first = next_ - cells_.size();
    begin_frame(first);
    log_names(line);
    records_.add(
        RowRecord{.device = line.number, .time = row_time_, .first = first, .values = cells_});
    {
        const Lock held{mutex_};
        put_in_head(line, row_time_, cells_, first);
        note_newest(line, first);
    }
    if (!std::exchange(line.uncommitted, true)) uncommitted_.push_back(&line);
    cells_.clear();
    values_.clear();
    row_slots_ = 0;
}

// The row as what is newest of its series.
void TelemetryEngine::note_newest(DeviceLine& line, Sequence first) {
    for (std::size_t at = 0; at < cells_.size(); ++at) {
        if (cells_[at].late) continue;
        auto& known = line.newest[cells_[at].slot];
        if (!known) known.emplace();
        known->time = row_time_;
        known->sequence = first + at;
        known->value = *values_[at];
    }
}

// The times in a frame are relative to when it was begun.
void TelemetryEngine::begin_frame(Sequence first) {
    if (records_.payload().empty()) records_.clear(first, clock_.now());
}

// The log has a name before it is used.
void TelemetryEngine::log_names(DeviceLine& line) {
    if (!std::exchange(line.added.device, true)) {
        records_.add(DeviceRecord{
            .number = line.number, .tenant = line.ref.tenant.text(), .device = line.ref.id.text()});
    }
    for (; line.added.slots < line.series.size(); ++line.added.slots) {
        records_.add(SlotRecord{.device = line.number,
                                .slot = line.added.slots,
                                .series = line.series[line.added.slots]});
    }
}

void TelemetryEngine::put_in_head(DeviceLine& line,
                                  std::int64_t time,
                                  std::span<const Cell> cells,
                                  Sequence first) {
    if (!std::exchange(line.dirty, true)) dirty_.push_back(&line);
    const std::size_t weight = weight_of_row(cells);
    head_bytes_ += weight;
    uncommitted_bytes_ += weight;
    ++uncommitted_rows_;
    line.head.append(time, cells, first);
}

void TelemetryEngine::add(const Event& event) {
    check(event.sequence >= next_);
    next_ = given_ = event.sequence + 1;
    begin_frame(event.sequence);
    add_event(records_, event);
}

Result<void> TelemetryEngine::commit(Durable durable) {
    Result<void> done;
    if (!records_.payload().empty()) {
        done = log_.append({.first = records_.first(),
                            .count = records_.next() - records_.first(),
                            .time = records_.time(),
                            .payload = records_.payload()});
    }
    if (done && durable == Durable::kNow) done = sync_log();
    if (done) {
        settle();
    } else {
        forget();
    }
    records_.clear(next_, records_.time());
    return done;
}

Result<void> TelemetryEngine::sync_log() {
    if (!log_.has_unsynced()) return log_.sync();
    const Monotonic began = clock_.monotonic();
    auto done = log_.sync();
    figures_.log_sync.add(std::chrono::duration<double>{clock_.monotonic() - began}.count());
    return done;
}

void TelemetryEngine::settle() {
    visible_ = next_ - 1;
    uncommitted_bytes_ = 0;
    const Written written = std::exchange(uncommitted_written_, {});
    figures_.messages.add(std::exchange(uncommitted_batches_, 0));
    figures_.stored.add(static_cast<std::int64_t>(written.stored));
    figures_.replaced.add(static_cast<std::int64_t>(written.replaced));
    figures_.repeated.add(static_cast<std::int64_t>(written.repeated));
    figures_.rows.add(std::exchange(uncommitted_rows_, 0));
    figures_.head_bytes.set(static_cast<std::int64_t>(head_bytes_));
    for (DeviceLine* line : std::exchange(uncommitted_, {})) {
        line->uncommitted = false;
        line->committed = line->added;
    }
}

// What was forgotten has been told to nobody: its sequences are used again.
void TelemetryEngine::forget() {
    next_ = std::max({visible_ + 1, given_, log_.next()});
    head_bytes_ -= std::exchange(uncommitted_bytes_, 0);
    uncommitted_rows_ = uncommitted_batches_ = 0;
    uncommitted_written_ = {};
    const Lock held{mutex_};
    for (DeviceLine* line : std::exchange(uncommitted_, {})) {
        line->uncommitted = false;
        line->added = line->committed;
        line->head.forget_after(visible_);
        line->newest.assign(line->series.size(), std::nullopt);
        line->newest_known = false;
    }
}

Result<std::uint64_t> TelemetryEngine::erase(const DeviceRef& device,
                                             const std::string& series,
                                             const TimeRange& range) {
    auto line = find_line(device);
    if (!line) return pass(line);
    if (*line == nullptr) return 0;
    Erasure what{.device = (*line)->number,
                 .slot = {},
                 .from = micros(range.from),
                 .to = micros(range.to),
                 .until = next_ - 1};
    if (!series.empty()) {
        what.slot = (*line)->slot(series);
        if (!what.slot) return 0;
    }
    // Mostly there is nothing: whoever erases what is old looks often.
    auto any = holds_any(**line, what);
    if (!any || !*any) return any ? Result<std::uint64_t>{0} : pass(any);
    return erase(**line, what);
}

}  // namespace tandem::store
