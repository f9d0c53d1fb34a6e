#include "store/embedded/settled.h"

#include "base/random.h"
#include "store/embedded/migration.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/store.h"
#include "store/telemetry/engine.h"
#include "store/telemetry/system_disk.h"

#include <utility>

namespace tandem::store {
namespace {

Result<std::uint64_t> count_nameless(Disk& disk, ChunkStore& chunks) {
    auto marks = chunks.marks();
    if (!marks) return pass(marks);
    std::uint64_t count = 0;
    auto look = look_at_log(disk, {.names = &chunks, .flushed = marks->flushed},
                            [&](const LogFinding& finding) { count += finding.readings; });
    if (!look) return pass(look);
    return count;
}

Result<Flushed> flush_all(Disk& disk, ChunkStore& chunks) {
    const SystemClock clock;
    SystemRandom random;
    auto log = Log::open(disk, random, {});
    if (!log) return pass(log);
    auto engine = TelemetryEngine::open(
        {.log = **log, .chunks = chunks, .reader = chunks, .clock = clock}, {});
    if (!engine) return pass(engine);
    if ((*engine)->holds_rows()) {
        (*engine)->freeze();
        if (auto done = (*engine)->flush(); !done) return pass(done);
    }
    if ((*log)->segments().empty() && (*engine)->next() > 1) {
        // A group of nothing: a log that is empty beside chunks would look as if it were lost.
        auto done = (*log)->append(
            {.first = (*engine)->next(), .count = 0, .time = clock.now(), .payload = {}});
        if (done) done = (*log)->sync();
        if (!done) return pass(done);
    }
    const auto segments = (*log)->segments();
    return Flushed{.segment = segments.empty() ? 0 : segments.back().number - 1,
                   .sequence = (*engine)->next() - 1};
}

}  // namespace

Result<void> open_and_close(const std::filesystem::path& directory) {
    const SystemClock clock;
    SystemRandom random;
    auto store = EmbeddedStore::open(directory, {}, clock, random);
    if (!store) return pass(store);
    return {};
}

Result<LogState> log_state(Connection& telemetry, const std::filesystem::path& log) {
    auto disk = SystemDisk::open_existing(log);
    if (!disk) return pass(disk);
    SqliteChunkStore chunks{telemetry};
    auto marks = chunks.marks();
    if (!marks) return pass(marks);
    auto look = look_at_log(**disk, {.names = &chunks, .flushed = marks->flushed},
                            [](const LogFinding& /*finding*/) {});
    if (!look) return pass(look);
    return LogState{.marks = std::move(*marks), .nameless = std::move(look->nameless)};
}

Result<void> replay_again(Connection& telemetry, const ChunkMarks& marks) {
    SqliteChunkStore chunks{telemetry};
    auto done = chunks.begin();
    const auto& [segment, sequence] = marks.flushed;
    if (done) done = set_meta(telemetry, "flushed_segment", static_cast<std::int64_t>(segment));
    if (done) done = set_meta(telemetry, "flushed_sequence", static_cast<std::int64_t>(sequence));
    // Those that were not needed any more are again.
    if (done) done = telemetry.execute("DELETE FROM erasure");
    for (const Erasure& each : marks.erasures) {
        if (done) done = chunks.add(each);
    }
    if (done) done = chunks.commit();
    if (!done) chunks.rollback();
    return done;
}

Result<std::uint64_t> put_all_in_chunks(Connection& telemetry, const std::filesystem::path& log) {
    auto disk = SystemDisk::open_existing(log);
    if (!disk) return pass(disk);
    SqliteChunkStore chunks{telemetry};
    auto nameless = count_nameless(**disk, chunks);
    if (!nameless) return nameless;
    auto flushed = flush_all(**disk, chunks);
    if (!flushed) return pass(flushed);
    auto done = chunks.begin();
    if (done) done = chunks.set_flushed(*flushed);
    if (done) done = chunks.commit();
    if (done) return nameless;
    chunks.rollback();
    return pass(done);
}

}  // namespace tandem::store
