#include "store/embedded/sqlite_chunks.h"

#include "store/embedded/migration.h"

#include <utility>

namespace tandem::store {
namespace {

// `PRAGMA auto_vacuum`.
constexpr std::int64_t kIncremental = 2;
// Chunks that grow would only have to ask for it again.
constexpr std::int64_t kFreeKept = std::int64_t{1} << 20U;

// SQLite's integers are signed; a number that we gave out fits.
std::int64_t as_stored(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

Result<std::optional<StoredDevice>> device_of(Connection& telemetry, Statement& find) {
    auto row = find.next();
    if (!row) return pass(row);
    if (!*row) return std::optional<StoredDevice>{};
    StoredDevice device{.number = static_cast<std::uint64_t>(find.integer(0)),
                        .ref = {.tenant = TenantId{find.text(1)}, .id = DeviceId{find.text(2)}},
                        .series = {}};
    Statement names =
        telemetry.prepare("SELECT slot, name FROM metric WHERE device = ? ORDER BY slot");
    names.bind(find.integer(0));
    while (true) {
        auto more = names.next();
        if (!more) return pass(more);
        if (!*more) return std::optional{std::move(device)};
        if (names.integer(0) != static_cast<std::int64_t>(device.series.size())) {
            return fail(ErrorCode::kStorageFailed, "telemetry.db lacks a series of the device " +
                                                       device.ref.id.text() + ": it is damaged");
        }
        device.series.push_back(names.text(1));
    }
}

Result<std::optional<StoredChunk>> chunk_of(Statement& find, ChunkLine line, std::int64_t time) {
    find.bind(as_stored(line.device)).bind(std::int64_t{line.group}).bind(time);
    auto row = find.next();
    if (!row) return pass(row);
    if (!*row) return std::optional<StoredChunk>{};
    return std::optional{StoredChunk{.id = find.integer(0),
                                     .from = find.integer(1),
                                     .to = find.integer(2),
                                     .bytes = find.blob(3)}};
}

Result<std::vector<Erasure>> erasures_in(Connection& telemetry) {
    Statement rows = telemetry.prepare("SELECT device, slot, t0, t1, sequence FROM erasure");
    std::vector<Erasure> out;
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return out;
        Erasure erasure{.device = static_cast<std::uint64_t>(rows.integer(0)),
                        .slot = {},
                        .from = rows.integer(2),
                        .to = rows.integer(3),
                        .until = static_cast<Sequence>(rows.integer(4))};
        if (!rows.is_null(1)) erasure.slot = static_cast<Slot>(rows.integer(1));
        out.push_back(erasure);
    }
}

}  // namespace

Result<Flushed> flushed_in(Connection& telemetry) {
    auto segment = meta_number(telemetry, "flushed_segment");
    if (!segment) return pass(segment);
    auto sequence = meta_number(telemetry, "flushed_sequence");
    if (!sequence) return pass(sequence);
    return Flushed{.segment = static_cast<std::uint64_t>(segment->value_or(0)),
                   .sequence = static_cast<Sequence>(sequence->value_or(0))};
}

Result<std::optional<StoredDevice>> SqliteChunkReader::device(const DeviceRef& ref) {
    Statement find =
        telemetry_.prepare("SELECT id, tenant, name FROM device WHERE tenant = ? AND name = ?");
    find.bind(ref.tenant.text()).bind(ref.id.text());
    return device_of(telemetry_, find);
}

Result<std::optional<StoredDevice>> SqliteChunkReader::device(std::uint64_t number) {
    Statement find = telemetry_.prepare("SELECT id, tenant, name FROM device WHERE id = ?");
    find.bind(as_stored(number));
    return device_of(telemetry_, find);
}

Result<std::optional<StoredChunk>> SqliteChunkReader::at_or_before(ChunkLine line,
                                                                   std::int64_t time) {
    Statement find = telemetry_.prepare(
        "SELECT id, t0, t1, data FROM chunk WHERE device = ? AND grp = ? AND t0 <= ? "
        "ORDER BY t0 DESC LIMIT 1");
    return chunk_of(find, line, time);
}

Result<std::optional<StoredChunk>> SqliteChunkReader::after(ChunkLine line, std::int64_t time) {
    Statement find = telemetry_.prepare(
        "SELECT id, t0, t1, data FROM chunk WHERE device = ? AND grp = ? AND t0 > ? "
        "ORDER BY t0 LIMIT 1");
    return chunk_of(find, line, time);
}

Result<void> SqliteChunkStore::count() {
    Statement row = telemetry_.prepare(
        "SELECT (SELECT ifnull(max(id), 0) FROM chunk), (SELECT count(*) FROM damaged)");
    if (auto found = row.next(); !found) return pass(found);
    chunks_.set(row.integer(0));
    damaged_.set(row.integer(1));
    return {};
}

Result<void> SqliteChunkStore::begin() {
    chunks_more_ = damaged_more_ = 0;
    return telemetry_.prepare("BEGIN IMMEDIATE").run();
}

Result<void> SqliteChunkStore::commit() {
    auto done = telemetry_.prepare("COMMIT").run();
    if (!done) return done;
    chunks_.add(chunks_more_);
    damaged_.add(damaged_more_);
    return done;
}

void SqliteChunkStore::rollback() {
    // Some failures have ended the transaction already.
    if (telemetry_.in_transaction()) static_cast<void>(telemetry_.prepare("ROLLBACK").run());
}

Result<ChunkMarks> SqliteChunkStore::marks() {
    auto highest = telemetry_.number("SELECT ifnull(max(id), 0) FROM device");
    if (!highest) return pass(highest);
    auto flushed = flushed_in(telemetry_);
    if (!flushed) return pass(flushed);
    ChunkMarks marks{.devices = static_cast<std::uint64_t>(*highest), .flushed = *flushed};
    auto erasures = erasures_in(telemetry_);
    if (!erasures) return pass(erasures);
    marks.erasures = std::move(*erasures);
    return marks;
}

Result<void> SqliteChunkStore::set_flushed(Flushed flushed) {
    auto done = set_meta(telemetry_, "flushed_segment", as_stored(flushed.segment));
    if (!done) return done;
    done = set_meta(telemetry_, "flushed_sequence", as_stored(flushed.sequence));
    if (!done) return done;
    return telemetry_.prepare("DELETE FROM erasure WHERE sequence <= ?")
        .bind(as_stored(flushed.sequence))
        .run();
}

Result<void> SqliteChunkStore::add(const Erasure& erasure) {
    Statement keep = telemetry_.prepare(
        "INSERT INTO erasure(device, slot, t0, t1, sequence) VALUES (?, ?, ?, ?, ?)");
    keep.bind(as_stored(erasure.device));
    keep.bind(erasure.slot ? std::optional<std::int64_t>{*erasure.slot} : std::nullopt);
    return keep.bind(erasure.from).bind(erasure.to).bind(as_stored(erasure.until)).run();
}

Result<void> SqliteChunkStore::define(std::uint64_t number, const DeviceRef& ref) {
    Statement make =
        telemetry_.prepare("INSERT OR IGNORE INTO device(id, tenant, name) VALUES (?, ?, ?)");
    return make.bind(as_stored(number)).bind(ref.tenant.text()).bind(ref.id.text()).run();
}

Result<void> SqliteChunkStore::define(std::uint64_t device, Slot slot, std::string_view series) {
    Statement make =
        telemetry_.prepare("INSERT OR IGNORE INTO metric(device, slot, name) VALUES (?, ?, ?)");
    return make.bind(as_stored(device)).bind(std::int64_t{slot}).bind(series).run();
}

Result<void> SqliteChunkStore::put(ChunkLine line, const StoredChunk& chunk) {
    if (chunk.id != 0) {
        Statement replace =
            telemetry_.prepare("UPDATE chunk SET t0 = ?, t1 = ?, data = ? WHERE id = ?");
        return replace.bind(chunk.from).bind(chunk.to).bind(Blob{chunk.bytes}).bind(chunk.id).run();
    }
    ++chunks_more_;
    Statement make =
        telemetry_.prepare("INSERT INTO chunk(device, grp, t0, t1, data) VALUES (?, ?, ?, ?, ?)");
    make.bind(as_stored(line.device)).bind(std::int64_t{line.group});
    return make.bind(chunk.from).bind(chunk.to).bind(Blob{chunk.bytes}).run();
}

Result<void> SqliteChunkStore::remove(std::int64_t id) {
    --chunks_more_;
    return telemetry_.prepare("DELETE FROM chunk WHERE id = ?").bind(id).run();
}

Result<void> SqliteChunkStore::set_aside(std::int64_t id) {
    Statement keep = telemetry_.prepare(
        "INSERT INTO damaged(device, grp, t0, t1, data) "
        "SELECT device, grp, t0, t1, data FROM chunk WHERE id = ?");
    if (auto kept = keep.bind(id).run(); !kept) return kept;
    ++damaged_more_;
    return remove(id);
}

// What is free at the end of the file is cut off; what is free elsewhere is filled from there.
Result<bool> SqliteChunkStore::give_back(std::size_t bytes) {
    auto mode = telemetry_.number("PRAGMA auto_vacuum");
    if (!mode) return pass(mode);
    auto free = telemetry_.number("PRAGMA freelist_count");
    if (!free) return pass(free);
    auto page_bytes = telemetry_.number("PRAGMA page_size");
    if (!page_bytes) return pass(page_bytes);
    if (*mode != kIncremental || *free * *page_bytes <= kFreeKept) {
        if (!std::exchange(gave_back_, false)) return false;
        // The file becomes shorter when its -wal goes back into it.
        auto done = telemetry_.execute("PRAGMA wal_checkpoint(PASSIVE)");
        if (!done) return pass(done);
        return false;
    }
    const std::int64_t pages = static_cast<std::int64_t>(bytes) / *page_bytes;
    auto done = telemetry_.execute("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")");
    if (!done) return pass(done);
    gave_back_ = true;
    return true;
}

}  // namespace tandem::store
