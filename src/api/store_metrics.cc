#include "api/store_metrics.h"

#include "base/metric_text.h"

#include <fmt/format.h>

namespace tandem::api {
namespace {

using Type = MetricText::Type;

double seconds_of(Instant time) {
    return static_cast<double>(time.time_since_epoch() / 1ms) / 1'000;
}

std::uint64_t flag(bool set) {
    return set ? 1 : 0;
}

template <typename Value>
void gauge(MetricText& out, std::string_view name, std::string_view says, Value value) {
    out.family(Type::kGauge, name, says);
    out.sample(value);
}

template <typename Value>
void counter(MetricText& out, std::string_view name, std::string_view says, Value value) {
    out.family(Type::kCounter, name, says);
    out.sample(value);
}

void write_common(const StoreFigures& store, MetricText& out) {
    out.family(Type::kGauge, "tandem_store_info", "What the store is, as labels.");
    out.sample(std::uint64_t{1},
               fmt::format("engine=\"{}\",durability=\"{}\"", store.engine, store.durability));
    out.family(
        Type::kGauge, "tandem_store_state",
        "1 for the state that the store is in: it takes writes, has no room, or has failed.");
    for (const auto state : {StoreState::kWriting, StoreState::kFull, StoreState::kFailed})
        out.sample(flag(store.state == state), fmt::format("state=\"{}\"", name_of(state)));
    counter(out, "tandem_store_messages_total",
            "Writes of readings that were acknowledged, of one device or of many.", store.messages);
    out.family(Type::kCounter, "tandem_store_readings_total",
               "Readings that were acknowledged: new, with another value, or there already.");
    out.sample(store.stored, "outcome=\"stored\"");
    out.sample(store.replaced, "outcome=\"replaced\"");
    out.sample(store.repeated, "outcome=\"repeated\"");
    counter(out, "tandem_store_changes_total", "Transactions of the registry.", store.changes);
}

void write_files(const StoreFiles& files, MetricText& out) {
    out.family(Type::kGauge, "tandem_store_file_bytes", "The files in the data directory.");
    out.sample(files.registry, "file=\"registry.db\"");
    out.sample(files.registry_wal, "file=\"registry.db-wal\"");
    out.sample(files.telemetry, "file=\"telemetry.db\"");
    out.sample(files.telemetry_wal, "file=\"telemetry.db-wal\"");
    out.sample(files.log, "file=\"log\"");
    out.sample(files.reserve, "file=\"reserve\"");
    gauge(out, "tandem_store_disk_free_bytes",
          "What the hub may still take of the file system of the data directory.", files.disk_free);
}

void write_log(const DiskFigures::Log& log, MetricText& out) {
    gauge(out, "tandem_store_log_segments", "Segments of the log.", log.segments);
    gauge(out, "tandem_store_log_bytes", "Bytes that are written in them.", log.bytes);
    if (log.oldest) {
        gauge(out, "tandem_store_log_oldest_timestamp_seconds", "When the oldest was committed.",
              seconds_of(*log.oldest));
    }
    if (log.newest) {
        gauge(out, "tandem_store_log_newest_timestamp_seconds", "When the newest was committed.",
              seconds_of(*log.newest));
    }
    counter(out, "tandem_store_log_segments_recycled_total",
            "Segments that are written again under another number.", log.segments_recycled);
    counter(out, "tandem_store_log_frames_damaged_total",
            "Stretches of the log that could not be read when the hub started.",
            log.frames_damaged);
}

void write_commits(const DiskFigures::Commits& commits, MetricText& out) {
    out.family(Type::kHistogram, "tandem_store_commit_writes", "How many writes share a commit.");
    out.samples(commits.writes);
    out.family(Type::kHistogram, "tandem_store_sync_seconds",
               "How long a sync took: of the log, or a commit of the registry.");
    out.samples(commits.log_sync, "file=\"log\"");
    out.samples(commits.registry_sync, "file=\"registry.db\"");
}

void write_memory(const DiskFigures& disk, MetricText& out) {
    gauge(out, "tandem_store_memory_rows", "Rows of readings that are in no chunk yet.",
          disk.memory.rows);
    gauge(out, "tandem_store_memory_bytes", "What they take of memory, about.", disk.memory.bytes);
    gauge(out, "tandem_store_memory_max_bytes", "Then they are put into chunks.",
          disk.memory.bytes_limit);
    counter(out, "tandem_store_flushes_total", "Times that memory was put into chunks.",
            disk.flushes.done);
    counter(out, "tandem_store_flushes_failed_total", "Times that it could not be.",
            disk.flushes.failed);
    counter(out, "tandem_store_flush_seconds_total", "How long that took in all.",
            disk.flushes.seconds);
    gauge(out, "tandem_store_flush_running", "1 while memory is put into chunks.",
          flag(disk.flushes.running));
    gauge(out, "tandem_store_chunks",
          "Chunks, about: those that had been removed when the hub started are counted.",
          disk.chunks.about);
    gauge(out, "tandem_store_chunks_damaged", "Chunks that could not be read and were set aside.",
          disk.chunks.damaged);
}

void write_queues(const DiskFigures& disk, MetricText& out) {
    gauge(out, "tandem_store_writes_waiting", "Writes that wait for a commit.",
          disk.waiting.writes);
    gauge(out, "tandem_store_writes_waiting_bytes", "What they weigh, about.",
          disk.waiting.write_bytes);
    gauge(out, "tandem_store_writes_wait_for_flush",
          "1 while writes wait until memory is in chunks: back-pressure.",
          flag(disk.waiting.for_flush));
    gauge(out, "tandem_store_reads_waiting", "Questions that wait for a reader.",
          disk.waiting.reads);
    gauge(out, "tandem_store_readers_busy", "Readers that answer a question.",
          disk.waiting.readers_busy);
    out.family(Type::kCounter, "tandem_store_refused_total",
               "What was refused: the disk was full, or as many waited as may.");
    out.sample(disk.refused.full, "reason=\"disk_full\"");
    out.sample(disk.refused.write_queue, "reason=\"write_queue\"");
    out.sample(disk.refused.read_queue, "reason=\"read_queue\"");
    gauge(out, "tandem_store_backup_running", "1 while a backup is made.",
          flag(disk.backup_running));
}

}  // namespace

std::string store_metrics(const StoreFigures& figures) {
    MetricText out;
    write_common(figures, out);
    if (figures.disk) {
        write_files(figures.disk->files, out);
        write_log(figures.disk->log, out);
        write_commits(figures.disk->commits, out);
        write_memory(*figures.disk, out);
        write_queues(*figures.disk, out);
    }
    return std::move(out).take();
}

}  // namespace tandem::api
