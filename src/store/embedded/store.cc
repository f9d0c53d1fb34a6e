#include "store/embedded/store.h"

#include "base/fault.h"
#include "base/log.h"
#include "store/embedded/attached.h"
#include "store/embedded/backup.h"
#include "store/embedded/directory.h"
#include "store/embedded/migration.h"
#include "store/embedded/reader_pool.h"
#include "store/embedded/registry_schema.h"
#include "store/embedded/registry_writer.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/telemetry_rows.h"
#include "store/embedded/telemetry_schema.h"
#include "store/embedded/writer.h"
#include "store/telemetry/system_disk.h"

namespace tandem::store {
namespace {

constexpr std::size_t kLogBytes = 8;

Result<std::unique_ptr<Connection>> open_for_writing(const std::filesystem::path& file,
                                                     std::span<const std::string_view> steps,
                                                     int page_bytes,
                                                     const EmbeddedSettings& settings) {
    auto opened = Connection::open(file, Connection::Role::kWriter, page_bytes);
    if (!opened) return opened;
    auto ready = migrate(**opened, steps, file.filename().string());
    if (ready && settings.pages > 0) {
        ready = (*opened)->execute("PRAGMA max_page_count=" + std::to_string(settings.pages));
    }
    if (!ready) return pass(ready);
    (*opened)->wait_for_locks(settings.lock_wait);
    return opened;
}

// The identity of the log, made at the first opening.
Result<std::string> log_of(Connection& registry, Random& random) {
    auto stored = meta_bytes(registry, "log");
    if (!stored) return pass(stored);
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the check sees no optional in a Result
    if (*stored) return std::move(**stored);
    std::string fresh = random.bytes(kLogBytes);
    if (auto kept = set_meta(registry, "log", Blob{fresh}); !kept) return pass(kept);
    return fresh;
}

Result<Sequence> last_sequence(Connection& file) {
    auto stored = meta_number(file, "sequence");
    if (!stored) return pass(stored);
    return static_cast<Sequence>(stored->value_or(0));
}

// What the registry has committed and the log has not heard of: the hub died in between.
Result<void> tell_log(Connection& registry, TelemetryEngine& telemetry) {
    auto events = outbox_from(registry, telemetry.next());
    if (!events) return pass(events);
    for (const Event& event : *events) {
        if (!has_fault(Fault::kOutboxNotTold)) telemetry.add(event);
    }
    auto last = last_sequence(registry);
    if (!last) return pass(last);
    telemetry.skip_to(*last + 1);
    return telemetry.commit(TelemetryEngine::Durable::kNow);
}

}  // namespace

EmbeddedStore::EmbeddedStore() = default;
EmbeddedStore::~EmbeddedStore() = default;

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(const std::filesystem::path& directory,
                                                           const EmbeddedSettings& settings,
                                                           const Clock& clock,
                                                           Random& random) {
    std::unique_ptr<EmbeddedStore> store{new EmbeddedStore};
    auto held = DataDirectory::open(directory);
    if (!held) return pass(held);
    store->directory_ = std::move(*held);
    store->clock_ = &clock;
    store->settings_ = settings;
    remove_copies(*store->directory_);
    Reserve reserve{store->directory_->reserve(), settings.reserve_bytes};
    auto opened = store->open_files(settings, clock, random);
    if (!opened && opened.error().code == ErrorCode::kStorageFull && reserve.give_up()) {
        log(LogLevel::kError, "store_reserve_given_up", {{"for", "the start"}});
        store->close_files();
        opened = store->open_files(settings, clock, random);
    }
    if (!opened) return pass(opened);
    const bool lean = reserve.is_given_up() && !reserve.keep();
    const Writer::Parts parts{.telemetry = *store->telemetry_,
                              .log = *store->log_,
                              .settings = settings,
                              .clock = clock,
                              .publisher = *store->publisher_,
                              .reserve = std::move(reserve),
                              .lean = lean,
                              .log_full = store->log_full_};
    store->writer_ = std::make_unique<Writer>(std::move(store->registry_file_), parts);
    return store;
}

Result<void> EmbeddedStore::open_files(const EmbeddedSettings& settings,
                                       const Clock& clock,
                                       Random& random) {
    auto registry =
        open_for_writing(directory_->registry(), kRegistrySteps, Connection::kPageBytes, settings);
    if (!registry) return pass(registry);
    registry_file_ = std::move(*registry);
    if (auto done = open_telemetry(settings, clock, random); !done) return done;
    auto log = log_of(*registry_file_, random);
    if (!log) return pass(log);
    auto told = tell_log(*registry_file_, *telemetry_);
    log_full_ = !told && told.error().code == ErrorCode::kStorageFull;
    // They stay in the outbox.
    if (log_full_) tandem::log(LogLevel::kError, "log_not_told", {{"why", told.error().detail}});
    if (!told && !log_full_) return told;
    if (auto synced = directory_->sync(); !synced) return synced;
    auto readers = ReaderPool::open(*directory_, settings);
    if (!readers) return pass(readers);
    readers_ = std::move(*readers);
    publisher_ = std::make_unique<Publisher>(
        Cursor{.log = std::move(*log), .sequence = telemetry_->next() - 1});
    return {};
}

void EmbeddedStore::close_files() {
    readers_.reset();
    publisher_.reset();
    telemetry_.reset();
    log_.reset();
    disk_.reset();
    lookup_.reset();
    chunks_.reset();
    lookup_file_.reset();
    chunk_file_.reset();
    registry_file_.reset();
}

Result<void> EmbeddedStore::open_telemetry(const EmbeddedSettings& settings,
                                           const Clock& clock,
                                           Random& random) {
    const auto file = directory_->telemetry();
    auto telemetry = open_for_writing(file, kTelemetrySteps, kTelemetryPageBytes, settings);
    if (!telemetry) return pass(telemetry);
    chunk_file_ = std::move(*telemetry);
    chunks_ = std::make_unique<SqliteChunkStore>(*chunk_file_);
    if (auto done = convert_rows(*chunk_file_, *chunks_); !done) return done;
    if (auto done = chunks_->count(); !done) return done;
    auto last = last_sequence(*chunk_file_);
    if (!last) return pass(last);
    auto reader = Connection::open(file, Connection::Role::kReader);
    if (!reader) return pass(reader);
    lookup_file_ = std::move(*reader);
    lookup_ = std::make_unique<SqliteChunkReader>(*lookup_file_);
    Disk* disk = settings.disk;
    if (disk == nullptr) {
        auto opened = SystemDisk::open(directory_->log());
        if (!opened) return pass(opened);
        disk_ = std::move(*opened);
        disk = disk_.get();
    }
    auto log = Log::open(*disk, random, settings.log);
    if (!log) return pass(log);
    log_ = std::move(*log);
    auto engine = TelemetryEngine::open(
        {.log = *log_, .chunks = *chunks_, .reader = *lookup_, .clock = clock}, settings.telemetry);
    if (!engine) return pass(engine);
    telemetry_ = std::move(*engine);
    // Version 1 kept the last sequence in both files.
    telemetry_->skip_to(*last + 1);
    return {};
}

Result<std::unique_ptr<BackupSource>> EmbeddedStore::begin_backup(std::vector<BackupFile> also) {
    return store::begin_backup({.directory = *directory_,
                                .writer = *writer_,
                                .log = *log_,
                                .now = clock_->now(),
                                .archiving = archiving_},
                               std::move(also));
}

StoreState EmbeddedStore::state() const {
    return writer_->state();
}

std::unique_ptr<AttachedStores> EmbeddedStore::attach(Executor& loop) {
    return attach_ports({.loop = loop,
                         .writer = *writer_,
                         .readers = *readers_,
                         .telemetry = *telemetry_,
                         .publisher = *publisher_});
}

}  // namespace tandem::store
