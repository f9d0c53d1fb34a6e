#include "store/embedded/backup.h"

#include "base/checked.h"
#include "store/embedded/archive.h"
#include "store/embedded/database_copy.h"
#include "store/embedded/migration.h"
#include "store/telemetry/log.h"

#include <algorithm>
#include <array>
#include <deque>
#include <fstream>
#include <future>
#include <system_error>

namespace tandem::store {
namespace {

constexpr std::uint64_t kPiece = 256 * 1'024;
// About a megabyte: a piece is asked for by a thread that others wait for too.
constexpr int kPagesAtOnce = 256;

// A file of the archive.
class Content {
public:
    explicit Content(std::string name) : name_{std::move(name)} {}
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    virtual ~Content() = default;

    [[nodiscard]] const std::string& name() const { return name_; }
    // Goes on to get ready; true once it is: then there is a size, and bytes.
    virtual Result<bool> prepare() { return true; }
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    virtual Result<std::string> read(std::uint64_t offset, std::uint64_t length) = 0;

private:
    std::string name_;
};

class TextContent final : public Content {
public:
    explicit TextContent(BackupFile file)
        : Content{std::move(file.name)}, bytes_{std::move(file.bytes)} {}

    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    Result<std::string> read(std::uint64_t offset, std::uint64_t length) override {
        return bytes_.substr(offset, length);
    }

private:
    std::string bytes_;
};

// What was durable in a segment of the log.
class SegmentContent final : public Content {
public:
    explicit SegmentContent(Log::Held held)
        : Content{"log/" + segment_name(held.info.number)}, held_{std::move(held)} {}

    [[nodiscard]] std::uint64_t size() const override { return held_.info.end; }
    Result<std::string> read(std::uint64_t offset, std::uint64_t length) override {
        std::string bytes(length, '\0');
        auto got = held_.segment->file->read(offset, bytes);
        if (!got) return pass(got);
        if (*got != length) return fail(ErrorCode::kStorageFailed, name() + " is too short");
        // A seal that has come since would speak of frames that are not in the copy.
        for (std::uint64_t at = kSealAt; at < kFramesAt && !held_.info.sealed; ++at) {
            if (at >= offset && at < offset + length) bytes[at - offset] = '\0';
        }
        return bytes;
    }

private:
    Log::Held held_;
};

// What a transaction sees of a database. Its pages are first copied to a file in the data
// directory: SQLite gives them in no other way. The file has no name any more when it is read.
class DatabaseContent final : public Content {
public:
    DatabaseContent(const std::filesystem::path& file, std::unique_ptr<Connection> seen)
        : Content{file.filename().string()}, copy_{copy_of(file)}, seen_{std::move(seen)} {}
    ~DatabaseContent() override { remove(); }

    Result<bool> prepare() override {
        if (!copying_) {
            auto begun = DatabaseCopy::begin(*seen_, copy_);
            if (!begun) return pass(begun);
            copying_ = std::move(*begun);
        }
        auto done = copying_->step(kPagesAtOnce);
        if (!done || !*done) return done;
        copying_.reset();
        seen_.reset();  // The transaction ends: checkpoints may begin the WAL anew.
        in_.open(copy_, std::ios::binary | std::ios::ate);
        if (!in_) return fail(ErrorCode::kStorageFailed, "cannot open " + copy_.string());
        size_ = static_cast<std::uint64_t>(in_.tellg());
        remove();
        return true;
    }
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::string> read(std::uint64_t offset, std::uint64_t length) override {
        std::string bytes(length, '\0');
        in_.seekg(static_cast<std::streamoff>(offset));
        in_.read(bytes.data(), static_cast<std::streamsize>(length));
        if (!in_) return fail(ErrorCode::kStorageFailed, "cannot read a copy of " + name());
        return bytes;
    }

private:
    void remove() const {
        std::error_code ignored;
        std::filesystem::remove(copy_, ignored);
    }

    std::filesystem::path copy_;
    std::unique_ptr<Connection> seen_;  // None once it is copied.
    std::unique_ptr<DatabaseCopy> copying_;
    std::ifstream in_;
    std::uint64_t size_ = 0;
};

// What was there at one moment between two commits.
struct Moment {
    std::unique_ptr<Connection> registry;
    std::unique_ptr<Connection> telemetry;
    std::vector<Log::Held> log;
};

// A connection that sees `file` as it is now, and gives a number of its table `meta`.
Result<std::unique_ptr<Connection>> see(const std::filesystem::path& file,
                                        std::string_view key,
                                        std::uint64_t& number) {
    auto opened = Connection::open(file, Connection::Role::kReader);
    if (!opened) return opened;
    auto begun = (*opened)->prepare("BEGIN").run();
    if (!begun) return pass(begun);
    // The transaction sees what is there when it first reads.
    auto stored = meta_number(**opened, key);
    if (!stored) return pass(stored);
    number = static_cast<std::uint64_t>(stored->value_or(0));
    return opened;
}

Result<Moment> look(const BackupOf& store) {
    Moment moment;
    std::uint64_t sequence = 0;
    auto registry = see(store.directory.registry(), "sequence", sequence);
    if (!registry) return pass(registry);
    moment.registry = std::move(*registry);
    std::uint64_t flushed = 0;
    auto telemetry = see(store.directory.telemetry(), "flushed_segment", flushed);
    if (!telemetry) return pass(telemetry);
    moment.telemetry = std::move(*telemetry);
    moment.log = store.log.hold_after(flushed);
    // One that has no frame yet may not even have a head.
    std::erase_if(moment.log, [](const Log::Held& each) { return each.info.end == kFramesAt; });
    return moment;
}

class LookJob final : public WriteJob {
public:
    explicit LookJob(const BackupOf& store) : WriteJob{Kind::kLook, 0, false}, store_{store} {}

    std::future<Result<Moment>> outcome() { return outcome_.get_future(); }
    Result<void> apply(Places /*places*/, std::vector<Event>& /*events*/) override {
        auto seen = look(store_);
        if (!seen) return pass(seen);
        moment_ = std::move(*seen);
        return {};
    }
    void answer(Result<Committed> outcome) override {
        if (!outcome) return outcome_.set_value(pass(outcome));
        outcome_.set_value(std::move(moment_));
    }

private:
    const BackupOf store_;
    Moment moment_;
    std::promise<Result<Moment>> outcome_;
};

// True for one at a time, as long as it lives.
class Turn {
public:
    explicit Turn(std::shared_ptr<std::atomic<bool>> taken)
        : taken_{std::move(taken)}, mine_{!taken_->exchange(true)} {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (mine_) taken_->store(false);
    }
    explicit operator bool() const { return mine_; }

private:
    std::shared_ptr<std::atomic<bool>> taken_;
    bool mine_;
};

class Backup final : public BackupSource {
public:
    Backup(std::unique_ptr<Turn> turn, Instant made) : turn_{std::move(turn)}, archive_{made} {}

    void add(std::unique_ptr<Content> content) { contents_.push_back(std::move(content)); }

    Result<std::optional<std::string>> next() override {
        if (contents_.empty()) {
            if (std::exchange(over_, true)) return std::optional<std::string>{};
            return archive_.finish();
        }
        Content& content = *contents_.front();
        if (!begun_) return begin(content);
        if (offset_ < content.size()) return go_on(content);
        contents_.pop_front();
        begun_ = false;
        return archive_.end();
    }

private:
    Result<std::optional<std::string>> begin(Content& content) {
        auto ready = content.prepare();
        if (!ready) return pass(ready);
        if (!*ready) return std::string{};
        begun_ = true;
        offset_ = 0;
        return archive_.begin(content.name(), content.size());
    }
    Result<std::optional<std::string>> go_on(Content& content) {
        auto bytes = content.read(offset_, std::min(kPiece, content.size() - offset_));
        if (!bytes) return pass(bytes);
        archive_.add(*bytes);
        offset_ += bytes->size();
        return std::move(*bytes);
    }

    std::unique_ptr<Turn> turn_;
    ArchiveWriter archive_;
    std::deque<std::unique_ptr<Content>> contents_;  // As many as the log has segments, and a few.
    bool begun_ = false;
    std::uint64_t offset_ = 0;
    bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<BackupSource>> begin_backup(const BackupOf& store,
                                                   std::vector<BackupFile> also) {
    auto turn = std::make_unique<Turn>(store.archiving);
    if (!*turn) {
        auto failed = fail(ErrorCode::kConflict, "another backup is being made: try again later");
        failed.error().retry_after = 10s;
        return failed;
    }
    auto job = std::make_unique<LookJob>(store);
    auto outcome = job->outcome();
    store.writer.submit(std::move(job));
    auto moment = outcome.get();
    if (!moment) return pass(moment);
    auto backup = std::make_unique<Backup>(std::move(turn), store.now);
    backup->add(
        std::make_unique<DatabaseContent>(store.directory.registry(), std::move(moment->registry)));
    backup->add(std::make_unique<DatabaseContent>(store.directory.telemetry(),
                                                  std::move(moment->telemetry)));
    for (Log::Held& held : moment->log)
        backup->add(std::make_unique<SegmentContent>(std::move(held)));
    for (BackupFile& file : also)
        backup->add(std::make_unique<TextContent>(std::move(file)));
    return backup;
}

void remove_copies(const DataDirectory& directory) {
    for (const auto& file : {directory.registry(), directory.telemetry()})
        remove_copy(file);
}

}  // namespace tandem::store
