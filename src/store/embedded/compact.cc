#include "store/embedded/compact.h"

#include "store/embedded/database_copy.h"
#include "store/embedded/directory.h"
#include "store/embedded/registry_schema.h"
#include "store/embedded/settled.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/telemetry_schema.h"
#include "store/telemetry/compaction.h"

#include <algorithm>
#include <system_error>

namespace tandem::store {
namespace {

// Chunks that are written in one transaction, about.
constexpr std::size_t kMergedAtOnce = 1'000;

std::uint64_t bytes_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file, missing);
    return missing ? 0 : bytes;
}

std::uint64_t bytes_with_wal(const std::filesystem::path& file) {
    return bytes_of(file) + bytes_of(file.string() + "-wal");
}

// The first line of chunks behind `line`, if any.
Result<std::optional<ChunkLine>> next_line(Connection& telemetry, ChunkLine line) {
    Statement find = telemetry.prepare(
        "SELECT device, grp FROM chunk WHERE (device, grp) > (?, ?) ORDER BY device, grp LIMIT 1");
    find.bind(static_cast<std::int64_t>(line.device)).bind(std::int64_t{line.group});
    auto row = find.next();
    if (!row) return pass(row);
    if (!*row) return std::optional<ChunkLine>{};
    return std::optional{ChunkLine{.device = static_cast<std::uint64_t>(find.integer(0)),
                                   .group = static_cast<std::uint32_t>(find.integer(1))}};
}

// Lines from `line` on, until enough has been written; where to go on, if there is more.
Result<std::optional<ChunkLine>> merge_some(Connection& telemetry,
                                            ChunkStore& chunks,
                                            std::optional<ChunkLine> line) {
    std::size_t gone = 0;
    while (line && gone < kMergedAtOnce) {
        auto fewer = merge_small(chunks, *line);
        if (!fewer) return pass(fewer);
        gone += *fewer;
        auto next = next_line(telemetry, *line);
        if (!next) return next;
        line = *next;
    }
    return line;
}

Result<void> merge_all(Connection& telemetry) {
    SqliteChunkStore chunks{telemetry};
    // No device has the number 0.
    auto line = next_line(telemetry, {.device = 0, .group = 0});
    while (line && *line) {
        auto done = chunks.begin();
        if (done) {
            line = merge_some(telemetry, chunks, *line);
            done = line ? chunks.commit() : Result<void>{pass(line)};
        }
        if (done) continue;
        chunks.rollback();
        return done;
    }
    if (!line) return pass(line);
    return {};
}

// VACUUM in its place could not change the size of pages of a file in WAL mode, and would leave a
// journal, when it is interrupted, that only a hub which starts rolls back.
Result<void> rewrite(const std::filesystem::path& file, int page_bytes) {
    if (auto done = write_compact_copy(file, page_bytes); !done) return done;
    return put_copy_in_place(file, "");
}

Result<void> compact_databases(const DataDirectory& held, Compacted& out) {
    {
        auto telemetry = Connection::open(held.telemetry(), Connection::Role::kWriter);
        if (!telemetry) return pass(telemetry);
        if (auto put = put_all_in_chunks(**telemetry, held.log()); !put) return pass(put);
        auto before = (*telemetry)->number("SELECT count(*) FROM chunk");
        if (!before) return pass(before);
        if (auto done = merge_all(**telemetry); !done) return done;
        auto after = (*telemetry)->number("SELECT count(*) FROM chunk");
        if (!after) return pass(after);
        out.chunks_before = static_cast<std::uint64_t>(*before);
        out.chunks_after = static_cast<std::uint64_t>(*after);
    }
    if (auto done = rewrite(held.registry(), Connection::kPageBytes); !done) return done;
    return rewrite(held.telemetry(), kTelemetryPageBytes);
}

}  // namespace

Result<Compacted> compact_directory(const std::filesystem::path& directory) {
    Compacted out;
    {
        auto held = DataDirectory::hold(directory);
        if (!held) return pass(held);
        for (const auto& file : {(*held)->registry(), (*held)->telemetry()})
            out.files.push_back(
                {.name = file.filename().string(), .before = bytes_with_wal(file), .after = 0});
    }
    if (auto done = open_and_close(directory); !done) return pass(done);
    auto held = DataDirectory::open(directory);
    if (!held) return pass(held);
    if (auto done = compact_databases(**held, out); !done) return pass(done);
    for (auto& file : out.files)
        file.after = bytes_of(directory / file.name);
    return out;
}

}  // namespace tandem::store
