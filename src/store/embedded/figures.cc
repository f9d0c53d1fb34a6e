#include "store/embedded/reader_pool.h"
#include "store/embedded/sizes.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/store.h"
#include "store/embedded/writer.h"

namespace tandem::store {
namespace {

std::uint64_t count_of(const Metric& metric) {
    return static_cast<std::uint64_t>(metric.value());
}

std::string_view name_of(Durability durability) {
    switch (durability) {
        case Durability::kInterval:
            return "interval";
        case Durability::kRelaxed:
            return "relaxed";
        case Durability::kBatch:
            break;
    }
    return "batch";
}

void add_engine(const TelemetryEngine& engine, StoreFigures& out, DiskFigures& disk) {
    const EngineFigures& seen = engine.figures();
    out.messages = count_of(seen.messages);
    out.stored = count_of(seen.stored);
    out.replaced = count_of(seen.replaced);
    out.repeated = count_of(seen.repeated);
    disk.memory.rows = count_of(seen.rows);
    disk.memory.bytes = count_of(seen.head_bytes) + count_of(seen.frozen_bytes);
    disk.flushes.done = count_of(seen.flushes);
    disk.flushes.failed = count_of(seen.flushes_failed);
    disk.flushes.seconds = static_cast<double>(seen.flush_micros.value()) / 1e6;
    disk.flushes.running = engine.flushing();
    disk.log.frames_damaged = count_of(seen.frames_damaged);
    disk.commits.log_sync = seen.log_sync.counts();
}

void add_log(const Log& log, DiskFigures& disk) {
    const Log::Figures seen = log.figures();
    disk.log.segments = seen.segments;
    disk.log.bytes = seen.bytes;
    disk.log.oldest = seen.oldest;
    disk.log.newest = seen.newest;
    disk.log.segments_recycled = seen.recycled;
    disk.files.log = seen.file_bytes;
}

void add_writer(const Writer& writer, StoreFigures& out, DiskFigures& disk) {
    Writer::Figures seen = writer.figures();
    out.changes = seen.changes;
    disk.commits.writes = std::move(seen.group);
    disk.commits.registry_sync = std::move(seen.registry_sync);
    disk.waiting.writes = seen.waiting;
    disk.waiting.write_bytes = seen.waiting_bytes;
    disk.waiting.for_flush = seen.for_flush;
    disk.refused.full = seen.refused_full;
    disk.refused.write_queue = seen.refused_queue;
    if (seen.flush_failure) disk.flushes.failing = seen.flush_failure->detail;
}

void add_readers(const ReaderPool& readers, DiskFigures& disk) {
    const ReaderPool::Figures seen = readers.figures();
    disk.waiting.reads = seen.waiting;
    disk.waiting.readers_busy = seen.busy;
    disk.refused.read_queue = seen.refused;
}

}  // namespace

StoreFigures EmbeddedStore::figures() const {
    StoreFigures out{.engine = "embedded",
                     .durability = name_of(settings_.durability),
                     .state = writer_->state()};
    DiskFigures disk{.files = sizes_in(directory_->path()), .backup_running = archiving_->load()};
    add_engine(*telemetry_, out, disk);
    add_log(*log_, disk);
    add_writer(*writer_, out, disk);
    add_readers(*readers_, disk);
    disk.memory.bytes_limit = settings_.telemetry.head_bytes;
    disk.chunks = {
        .about = static_cast<std::uint64_t>(std::max<std::int64_t>(0, chunks_->chunks())),
        .damaged = static_cast<std::uint64_t>(chunks_->damaged())};
    out.disk = std::move(disk);
    return out;
}

std::uint64_t EmbeddedStore::messages() const {
    return count_of(telemetry_->figures().messages);
}

}  // namespace tandem::store
