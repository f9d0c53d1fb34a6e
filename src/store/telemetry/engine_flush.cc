#include "base/check.h"
#include "base/checked.h"
#include "base/fault.h"
#include "store/telemetry/engine.h"
#include "store/telemetry/sealing.h"

#include <utility>

namespace tandem::store {
namespace {

// Moving and syncing so much takes a disk a few milliseconds.
constexpr std::size_t kGivenBackAtOnce = 128 * 1'024;

}  // namespace

bool TelemetryEngine::wants_flush(Monotonic now) {
    if (flushing_ || dirty_.empty()) return false;
    if (!oldest_) oldest_ = now;
    return head_bytes_ >= settings_.head_bytes || now - *oldest_ >= settings_.head_age;
}

void TelemetryEngine::freeze() {
    check(!flushing_ && uncommitted_.empty());
    frozen_ = std::exchange(dirty_, {});
    // All of the segments before the newest is in memory now, or in chunks.
    const auto segments = log_.segments();
    const std::uint64_t open = has_fault(Fault::kFlushedTooMuch) ? 0 : 1;
    frozen_until_ = {.segment = segments.empty() ? 0 : segments.back().number - open,
                     .sequence = visible_};
    figures_.frozen_bytes.set(static_cast<std::int64_t>(std::exchange(head_bytes_, 0)));
    figures_.head_bytes.set(0);
    oldest_.reset();
    const Lock held{mutex_};
    for (DeviceLine* line : frozen_) {
        line->dirty = false;
        line->frozen = std::make_shared<const Head>(std::exchange(line->head, {}));
    }
    flushing_ = true;
}

Result<void> TelemetryEngine::flush() {
    check(flushing_);
    const Monotonic began = clock_.monotonic();
    auto done = flush_all();
    if (!done) {
        figures_.flushes_failed.add();
        return done;
    }
    figures_.flushes.add();
    figures_.flush_micros.add((clock_.monotonic() - began) / 1us);
    figures_.frozen_bytes.set(0);
    flushed_ = frozen_until_.segment;
    flushing_ = false;
    return {};
}

Result<void> TelemetryEngine::flush_all() {
    const std::span<DeviceLine* const> all{frozen_};
    for (std::size_t at = 0; at < all.size(); at += settings_.devices_at_once) {
        const auto some = all.subspan(at, std::min(settings_.devices_at_once, all.size() - at));
        if (auto done = flush_lines(some); !done) return done;
    }
    const Lock transaction{chunks_mutex_};
    auto done = chunks_.begin();
    if (done) done = chunks_.set_flushed(frozen_until_);
    if (done) done = chunks_.commit();
    if (!done) chunks_.rollback();
    return done;
}

Result<bool> TelemetryEngine::give_back() {
    const Lock transaction{chunks_mutex_};
    return chunks_.give_back(kGivenBackAtOnce);
}

Result<void> TelemetryEngine::flush_lines(std::span<DeviceLine* const> lines) {
    const Lock transaction{chunks_mutex_};
    std::vector<std::pair<DeviceLine*, std::shared_ptr<const Head>>> heads;
    {
        const Lock held{mutex_};
        for (DeviceLine* line : lines) {
            // An erasure may have been faster.
            if (line->frozen) heads.emplace_back(line, line->frozen);
        }
    }
    auto done = chunks_.begin();
    for (const auto& [line, head] : heads) {
        if (done) done = store_names(*line);
        if (done) done = store_head(*line, *head);
    }
    if (done) done = chunks_.commit();
    if (!done) {
        chunks_.rollback();
        return done;
    }
    const Lock held{mutex_};
    for (const auto& [line, head] : heads) {
        figures_.rows.add(-static_cast<std::int64_t>(head->rows()));
        line->frozen.reset();
        line->stored = {.device = true, .slots = std::max(line->stored.slots, head->slots())};
    }
    return {};
}

// A name is beside the chunks before it is used. Those that are there already are no error.
Result<void> TelemetryEngine::store_names(DeviceLine& line) {
    DeviceLine::Known stored;
    std::vector<std::string> fresh;
    {
        const Lock held{mutex_};
        stored = line.stored;
        fresh.assign(line.series.begin() + stored.slots, line.series.end());
    }
    if (!stored.device) {
        if (auto done = chunks_.define(line.number, line.ref); !done) return done;
    }
    for (const std::string& name : fresh) {
        if (auto done = chunks_.define(line.number, stored.slots++, name); !done) return done;
    }
    return {};
}

Result<void> TelemetryEngine::store_head(DeviceLine& line, const Head& head) {
    for (Slot first = 0; first < head.slots(); first += kGroupSlots) {
        Rows rows = head.sorted(first, first + kGroupSlots);
        const ChunkLine to{.device = line.number, .group = group_of(first)};
        if (auto done = seal(chunks_, to, std::move(rows)); !done) return done;
    }
    return {};
}

// Whether there are rows of the span, of any of the groups that may have the series.
Result<bool> TelemetryEngine::holds_any(const DeviceLine& line, const Erasure& what) {
    const Head::Span span{.from = what.from, .to = what.to};
    {
        const Lock held{mutex_};
        if (line.head.has_rows_in(span)) return true;
        if (line.frozen && line.frozen->has_rows_in(span)) return true;
    }
    const std::uint32_t first = what.slot ? group_of(*what.slot) : 0;
    const std::uint32_t last = what.slot ? first : group_of(static_cast<Slot>(line.series.size()));
    for (std::uint32_t group = first; group <= last; ++group) {
        auto chunk = reader_.at_or_before({.device = line.number, .group = group}, what.to - 1);
        if (!chunk) return pass(chunk);
        if (*chunk && checked(*chunk).to >= what.from) return true;
    }
    return false;
}

// What is in memory of the device goes into chunks first; the log tells of it all the same, so that
// it has to be remembered what not to believe. The writer's, so that nothing is added meanwhile.
Result<std::uint64_t> TelemetryEngine::erase(DeviceLine& line, const Erasure& what) {
    check(!line.uncommitted);
    const Lock transaction{chunks_mutex_};
    std::shared_ptr<const Head> frozen;
    {
        const Lock held{mutex_};
        frozen = line.frozen;
    }
    Result<std::uint64_t> count = 0;
    auto done = chunks_.begin();
    if (done) done = store_names(line);
    if (done && frozen) done = store_head(line, *frozen);
    if (done) done = store_head(line, line.head);
    if (done) count = erase_in_chunks(what, static_cast<Slot>(line.series.size()));
    if (done && !count) done = pass(count);
    if (done) done = chunks_.add(what);
    if (done) done = chunks_.commit();
    if (!done) {
        chunks_.rollback();
        return pass(done);
    }
    const Lock held{mutex_};
    const std::size_t rows = line.head.rows() + (frozen ? frozen->rows() : 0);
    figures_.rows.add(-static_cast<std::int64_t>(rows));
    line.frozen.reset();
    line.head = {};
    line.stored = {.device = true, .slots = static_cast<Slot>(line.series.size())};
    line.newest.assign(line.series.size(), std::nullopt);
    line.newest_known = false;
    return count;
}

Result<std::uint64_t> TelemetryEngine::erase_in_chunks(const Erasure& what, Slot slots) {
    std::uint64_t count = 0;
    const Slot begin = what.slot ? group_of(*what.slot) * kGroupSlots : 0;
    const Slot end = what.slot ? begin + 1 : slots;
    for (Slot first = begin; first < end; first += kGroupSlots) {
        auto erased =
            tandem::store::erase(chunks_, {.device = what.device, .group = group_of(first)},
                                 what.slot ? &*what.slot : nullptr, what.from, what.to);
        if (!erased) return erased;
        count += *erased;
    }
    return count;
}

}  // namespace tandem::store
