#include "store/embedded/writer.h"

#include "base/log.h"
#include "store/embedded/migration.h"
#include "store/embedded/registry_writer.h"
#include "store/embedded/thread.h"

#include <algorithm>
#include <iterator>

namespace tandem::store {
namespace {

// Trimming looks at as many rows as are kept, so it is not done for every event.
constexpr std::int64_t kOutboxTrimEvery = 1'000;
// About as long as a full queue takes to be written.
constexpr Duration kRetryAfter = 1s;

std::unexpected<Error> busy() {
    auto failed = fail(ErrorCode::kUnavailable, "as many writes as may wait for the disk do");
    failed.error().limit = "store.write_queue";
    failed.error().retry_after = kRetryAfter;
    return failed;
}

std::unexpected<Error> read_only() {
    return fail(ErrorCode::kStorageFailed,
                "a write to the disk has failed: the hub is read-only until it is restarted");
}

// Whether it says something of the file rather than of the job alone.
bool is_of_file(const Error& error) {
    return error.code == ErrorCode::kStorageFull || error.code == ErrorCode::kStorageFailed;
}

}  // namespace

Writer::Writer(Files files,
               const EmbeddedSettings& settings,
               const Clock& clock,
               Publisher& publisher)
    : settings_{settings},
      clock_{clock},
      publisher_{publisher},
      sequence_{publisher.head().sequence} {
    file(File::kRegistry).connection = std::move(files.registry);
    file(File::kTelemetry).connection = std::move(files.telemetry);
    thread_ = start_thread([this] { run(); });
}

Writer::~Writer() {
    {
        const Lock lock{mutex_};
        closing_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

bool Writer::is_full(const WriteJob& job) const {
    return queue_.size() >= settings_.write_queue ||
           queue_bytes_ + job.weight > settings_.write_queue_bytes;
}

void Writer::submit(std::unique_ptr<WriteJob> job) {
    {
        const Lock lock{mutex_};
        if (!is_full(*job)) {
            queue_bytes_ += job->weight;
            queue_.push_back(std::move(job));
        }
    }
    if (job != nullptr) return job->answer(busy());
    wake_.notify_one();
}

void Writer::run() {
    for (Jobs jobs = next_group(); !jobs.empty(); jobs = next_group()) {
        last_group_ = jobs.size();
        commit_group(std::move(jobs));
        last_commit_ = clock_.monotonic();
    }
}

// Nothing when the store closes and everything is written.
Writer::Jobs Writer::next_group() {
    const Lock lock{mutex_};
    while (queue_.empty() && !closing_)
        wake_.wait(mutex_);
    wait_for_gap();
    queue_bytes_ = 0;
    return std::exchange(queue_, {});
}

// More than one write in the last group: others are likely to follow, and may as well share the
// next sync. A lone writer that waits for each answer always finds groups of one.
void Writer::wait_for_gap() {
    if (last_group_ < 2) return;
    const Monotonic due = last_commit_ + settings_.group_min_gap;
    for (Monotonic now = clock_.monotonic(); now < due && !closing_; now = clock_.monotonic()) {
        wake_.wait_for(mutex_, due - now);
    }
}

void Writer::commit_group(Jobs jobs) {
    std::vector<Ran> group;
    group.reserve(jobs.size());
    for (auto& job : jobs)
        group.push_back(run_job(std::move(job)));
    for (const File which : {File::kRegistry, File::kTelemetry}) {
        commit(which);
        const auto failed = std::exchange(file(which).error, {});
        for (Ran& ran : group) {
            if (failed && ran.job->file == which && !ran.error) ran.error = failed;
        }
    }
    settle(std::move(group));
}

Writer::Ran Writer::run_job(std::unique_ptr<WriteJob> job) {
    Ran ran{.job = std::move(job), .error = {}, .events = {}, .at = {}};
    Transacted& of = file(ran.job->file);
    if (failed_) {
        ran.error = read_only().error();
    } else if (of.error) {
        ran.error = of.error;
    } else if (auto done = run_in_savepoint(of, ran); !done) {
        ran.error = std::move(done).error();
    }
    return ran;
}

Result<void> Writer::run_in_savepoint(Transacted& of, Ran& ran) {
    if (auto begun = begin(of); !begun) return begun;
    const Sequence before = sequence_;
    auto done = apply_job(*of.connection, ran);
    if (done) return done;
    sequence_ = before;
    ran.events.clear();
    // Some failures end the whole transaction by themselves.
    if (is_of_file(done.error()) || !of.connection->in_transaction()) {
        of.error = done.error();
        return done;
    }
    auto undone = of.connection->prepare("ROLLBACK TO job").run();
    if (undone) undone = of.connection->prepare("RELEASE job").run();
    if (!undone) of.error = undone.error();
    return done;
}

Result<void> Writer::apply_job(Connection& connection, Ran& ran) {
    if (auto marked = connection.prepare("SAVEPOINT job").run(); !marked) return marked;
    if (auto done = ran.job->apply(connection, ran.events); !done) return done;
    const bool in_registry = ran.job->file == File::kRegistry;
    ran.at = {.first = sequence_ + (ran.events.empty() ? 0 : 1), .last = sequence_};
    for (Event& event : ran.events) {
        event.sequence = ran.at.last = ++sequence_;
        if (!in_registry) continue;
        if (auto kept = put_in_outbox(connection, event); !kept) return kept;
        ++outbox_added_;
    }
    return connection.prepare("RELEASE job").run();
}

Result<void> Writer::begin(Transacted& of) {
    if (of.open) return {};
    auto begun = of.connection->prepare("BEGIN IMMEDIATE").run();
    if (!begun) {
        of.error = begun.error();
        return begun;
    }
    of.open = true;
    return {};
}

// What a commit carries beside its jobs. Both files know the last sequence, so that none is used
// again whichever of them was written last.
Result<void> Writer::write_tail(Connection& connection, File which) {
    auto done = set_meta(connection, "sequence", static_cast<std::int64_t>(sequence_));
    if (!done || which != File::kRegistry || outbox_added_ < kOutboxTrimEvery) return done;
    outbox_added_ = 0;
    return trim_outbox(connection, settings_.outbox_rows);
}

void Writer::commit(File which) {
    Transacted& of = file(which);
    if (!std::exchange(of.open, false) && !of.error) return;
    Connection& connection = *of.connection;
    if (!of.error) {
        auto done = write_tail(connection, which);
        if (done) done = connection.prepare("COMMIT").run();
        if (done) return;
        of.error = std::move(done).error();
    }
    if (connection.in_transaction()) {
        // The first failure is the one to tell; the file is as it was in either case.
        static_cast<void>(connection.prepare("ROLLBACK").run());
    }
    if (of.error->code == ErrorCode::kStorageFull) return;
    // Another program's lock kept the transaction from beginning: nothing has happened.
    if (of.error->code == ErrorCode::kUnavailable) return;
    failed_ = true;
    of.error = read_only().error();
    log(LogLevel::kError, "store-read-only");
}

// In this order: what is announced has been committed, and whoever is told of an event finds it.
void Writer::settle(std::vector<Ran> group) {
    std::vector<Event> events;
    for (Ran& ran : group) {
        if (ran.error) continue;
        std::ranges::move(ran.events, std::back_inserter(events));
    }
    if (!events.empty()) publisher_.advance(events.back().sequence);
    for (Ran& ran : group) {
        if (ran.error) {
            ran.job->answer(std::unexpected(std::move(*ran.error)));
        } else {
            ran.job->answer(ran.at);
        }
    }
    publisher_.publish(std::move(events));
}

}  // namespace tandem::store
