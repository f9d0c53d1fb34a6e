#include "store/embedded/store.h"

#include "store/embedded/attached.h"
#include "store/embedded/directory.h"
#include "store/embedded/migration.h"
#include "store/embedded/reader_pool.h"
#include "store/embedded/registry_schema.h"
#include "store/embedded/telemetry_schema.h"
#include "store/embedded/writer.h"

#include <algorithm>

namespace tandem::store {
namespace {

constexpr std::size_t kLogBytes = 8;

Result<std::unique_ptr<Connection>> open_for_writing(const std::filesystem::path& file,
                                                     std::span<const std::string_view> steps,
                                                     const EmbeddedSettings& settings) {
    auto opened = Connection::open(file, Connection::Role::kWriter);
    if (!opened) return opened;
    auto ready = migrate(**opened, steps, file.filename().string());
    if (ready && settings.pages > 0) {
        ready = (*opened)->execute("PRAGMA max_page_count=" + std::to_string(settings.pages));
    }
    if (!ready) return pass(ready);
    (*opened)->wait_for_locks(settings.lock_wait);
    return opened;
}

Result<Writer::Files> open_files(const DataDirectory& directory, const EmbeddedSettings& settings) {
    auto registry = open_for_writing(directory.registry(), kRegistrySteps, settings);
    if (!registry) return pass(registry);
    auto telemetry = open_for_writing(directory.telemetry(), kTelemetrySteps, settings);
    if (!telemetry) return pass(telemetry);
    return Writer::Files{.registry = std::move(*registry), .telemetry = std::move(*telemetry)};
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

Result<Sequence> last_sequence(Connection& connection) {
    auto stored = meta_number(connection, "sequence");
    if (!stored) return pass(stored);
    return static_cast<Sequence>(stored->value_or(0));
}

// Where the log ends. A commit group may have reached one file and not the other before a crash;
// what has been announced is in at least one of them.
Result<Cursor> head_of(const Writer::Files& files, Random& random) {
    auto log = log_of(*files.registry, random);
    if (!log) return pass(log);
    auto registry = last_sequence(*files.registry);
    if (!registry) return pass(registry);
    auto telemetry = last_sequence(*files.telemetry);
    if (!telemetry) return pass(telemetry);
    return Cursor{.log = std::move(*log), .sequence = std::max(*registry, *telemetry)};
}

}  // namespace

EmbeddedStore::EmbeddedStore() = default;
EmbeddedStore::~EmbeddedStore() = default;

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(const std::filesystem::path& directory,
                                                           const EmbeddedSettings& settings,
                                                           const Clock& clock,
                                                           Random& random) {
    auto held = DataDirectory::open(directory);
    if (!held) return pass(held);
    auto files = open_files(**held, settings);
    if (!files) return pass(files);
    auto head = head_of(*files, random);
    if (!head) return pass(head);
    if (auto synced = (*held)->sync(); !synced) return pass(synced);
    auto readers = ReaderPool::open(**held, settings);
    if (!readers) return pass(readers);

    std::unique_ptr<EmbeddedStore> store{new EmbeddedStore};
    store->directory_ = std::move(*held);
    store->publisher_ = std::make_unique<Publisher>(std::move(*head));
    store->writer_ =
        std::make_unique<Writer>(std::move(*files), settings, clock, *store->publisher_);
    store->readers_ = std::move(*readers);
    return store;
}

bool EmbeddedStore::healthy() const {
    return !writer_->failed();
}

std::unique_ptr<AttachedStores> EmbeddedStore::attach(Executor& loop) {
    return attach_ports(
        {.loop = loop, .writer = *writer_, .readers = *readers_, .publisher = *publisher_});
}

}  // namespace tandem::store
