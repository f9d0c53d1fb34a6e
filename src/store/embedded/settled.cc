#include "store/embedded/settled.h"

#include "base/random.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/store.h"
#include "store/telemetry/engine.h"
#include "store/telemetry/system_disk.h"

#include <utility>

namespace tandem::store {
namespace {

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

Result<LeftOut> left_out(Connection& telemetry, const std::filesystem::path& log) {
    auto disk = SystemDisk::open_existing(log);
    if (!disk) return pass(disk);
    SqliteChunkStore chunks{telemetry};
    auto marks = chunks.marks();
    if (!marks) return pass(marks);
    LeftOut out;
    auto look = look_at_log(**disk, {.names = &chunks, .flushed = marks->flushed},
                            [&](const LogFinding& finding) { out.readings += finding.readings; });
    if (!look) return pass(look);
    out.nameless = std::move(look->nameless);
    return out;
}

Result<void> put_all_in_chunks(Connection& telemetry, const std::filesystem::path& log) {
    auto disk = SystemDisk::open_existing(log);
    if (!disk) return pass(disk);
    SqliteChunkStore chunks{telemetry};
    auto flushed = flush_all(**disk, chunks);
    if (!flushed) return pass(flushed);
    auto done = chunks.begin();
    if (done) done = chunks.set_flushed(*flushed);
    if (done) done = chunks.commit();
    if (!done) chunks.rollback();
    return done;
}

}  // namespace tandem::store
