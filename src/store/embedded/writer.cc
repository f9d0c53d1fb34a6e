#include "store/embedded/writer.h"

#include "base/fault.h"
#include "base/log.h"
#include "store/embedded/migration.h"
#include "store/embedded/registry_writer.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

namespace tandem::store {
namespace {

using Durable = TelemetryEngine::Durable;

// Trimming looks at as many rows as are kept, so it is not done for every event.
constexpr std::int64_t kOutboxTrimEvery = 1'000;
// About as long as a full queue takes to be written.
constexpr Duration kRetryAfter = 1s;
// What grows old is looked at so often.
constexpr Duration kLookEvery = 10s;

std::unexpected<Error> busy() {
    auto failed = fail(ErrorCode::kUnavailable, "as many writes as may wait for the disk do");
    failed.error().limit = "store.write_queue";
    failed.error().retry_after = kRetryAfter;
    return failed;
}

Error read_only() {
    return fail(ErrorCode::kStorageFailed,
                "a write to the disk has failed: the hub is read-only until it is restarted")
        .error();
}

Error disk_full() {
    return fail(ErrorCode::kStorageFull, "the disk is full").error();
}

// How many writes share a commit.
constexpr std::array kGroupSizes{1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1'000.0};

StoreState state_after(const std::optional<Error>& failure) {
    // Another program's lock keeps nothing from being tried again.
    if (!failure || failure->code == ErrorCode::kUnavailable) return StoreState::kWriting;
    return failure->code == ErrorCode::kStorageFull ? StoreState::kFull : StoreState::kFailed;
}

// Whether it says something of the file rather than of the job alone.
bool is_of_file(const Error& error) {
    return error.code == ErrorCode::kStorageFull || error.code == ErrorCode::kStorageFailed;
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> registry, const Parts& parts)
    : settings_{parts.settings},
      clock_{parts.clock},
      publisher_{parts.publisher},
      registry_{std::move(registry)},
      telemetry_{parts.telemetry},
      log_{parts.log},
      reserve_{parts.reserve},
      lean_{parts.lean},
      in_log_{parts.log_full ? StoreState::kFull : StoreState::kWriting},
      group_{kGroupSizes},
      registry_sync_{kSyncSeconds},
      wake_{parts.settings.turns},
      flusher_{parts.telemetry, parts.settings.turns, [this] { wake_.notify_all(); }} {
    flusher_.hold(lean_);
    note_state();
    thread_ = Thread{parts.settings.turns, [this] { run(); }};
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
    if (job != nullptr) {
        refused_queue_.add();
        // NOLINTNEXTLINE(bugprone-use-after-move): what has found room is null now
        return job->answer(busy());
    }
    wake_.notify_one();
}

Writer::Figures Writer::figures() const {
    Figures out{.group = group_.counts(),
                .registry_sync = registry_sync_.counts(),
                .changes = static_cast<std::uint64_t>(changes_.value()),
                .refused_full = static_cast<std::uint64_t>(refused_full_.value()),
                .refused_queue = static_cast<std::uint64_t>(refused_queue_.value()),
                .for_flush = for_flush_,
                .flush_failure = flusher_.failure()};
    const Lock lock{mutex_};
    out.waiting = queue_.size();
    out.waiting_bytes = queue_bytes_;
    return out;
}

void Writer::run() {
    while (true) {
        Jobs jobs = next_group();
        if (jobs.empty()) {
            if (is_over()) break;
            look_for_room();
        } else {
            last_group_ = jobs.size();
            group_.add(static_cast<double>(last_group_));
            commit_group(std::move(jobs));
        }
        last_commit_ = clock_.monotonic();
        sync_if_due(last_commit_);
        look_after_log(last_commit_);
    }
    flush_all();
}

bool Writer::is_over() const {
    const Lock lock{mutex_};
    return closing_ && queue_.empty();
}

// Nothing when there is only time to look after the log, or the store closes.
Writer::Jobs Writer::next_group() {
    const Lock lock{mutex_};
    wait_for_work();
    wait_for_gap();
    queue_bytes_ = 0;
    return std::exchange(queue_, {});
}

void Writer::wait_for_work() {
    if (!queue_.empty() || closing_) return;
    if (sync_due_) return wake_.wait_for(mutex_, *sync_due_ - clock_.monotonic());
    if (state_ != StoreState::kWriting && !failed_)
        return wake_.wait_for(mutex_, settings_.room_look_every);
    if (telemetry_.holds_rows()) return wake_.wait_for(mutex_, kLookEvery);
    while (queue_.empty() && !closing_)
        wake_.wait(mutex_);
}

// More than one write in the last group: others are likely to follow, and may as well share the
// next sync. A lone writer that waits for each answer always finds groups of one.
void Writer::wait_for_gap() {
    const bool interval = settings_.durability == Durability::kInterval;
    if (last_group_ < 2 && !interval) return;
    const Monotonic due =
        last_commit_ + (interval ? settings_.sync_interval : settings_.group_min_gap);
    for (Monotonic now = clock_.monotonic(); now < due && !closing_; now = clock_.monotonic()) {
        wake_.wait_for(mutex_, due - now);
    }
}

// The registry first: its events are told to the log only once they have happened.
void Writer::commit_group(Jobs jobs) {
    Group group;
    group.reserve(jobs.size());
    for (auto& job : jobs)
        group.push_back({.job = std::move(job), .error = {}, .events = {}, .at = {}});
    if (failed_) {
        for (Ran& ran : group)
            ran.error = read_only();
    } else {
        keep_reserve();
        commit_registry(group);
        commit_telemetry(group);
        erase(group);
    }
    note_state();
    look(group);
    settle(std::move(group));
    if (has_fault(Fault::kAckBeforeSync)) {
        static_cast<void>(telemetry_.commit(Durable::kNow));
    }
}

// ---------------------------------------------------------------- the registry

void Writer::commit_registry(Group& group) {
    sequence_ = telemetry_.next() - 1;
    for (Ran& ran : group) {
        if (ran.job->kind != WriteJob::Kind::kRegistry) continue;
        if (lean_ && !ran.job->vital) {
            ran.error = disk_full();
        } else {
            run_in_registry(ran);
        }
    }
    auto failed = end_registry();
    const auto is_vital = [](const Ran& ran) { return ran.job->vital; };
    if (failed && failed->code == ErrorCode::kStorageFull && std::ranges::any_of(group, is_vital) &&
        reserve_.give_up()) {
        log(LogLevel::kError, "store_reserve_given_up");
        lean_ = true;
        flusher_.hold(true);
        failed = run_again(group, *failed);
    }
    tell_log(group, failed);
    note_registry(group);
}

// Events of what is committed come into the log.
void Writer::tell_log(Group& group, const std::optional<Error>& failed) {
    for (Ran& ran : group) {
        if (ran.job->kind != WriteJob::Kind::kRegistry) continue;
        if (failed && !ran.error) ran.error = failed;
        if (ran.error) continue;
        changes_.add();
        for (const Event& event : ran.events)
            telemetry_.add(event);
    }
}

// What one job alone has failed with says nothing of the disk.
void Writer::note_registry(const Group& group) {
    for (const Ran& ran : group) {
        if (ran.job->kind != WriteJob::Kind::kRegistry) continue;
        if (!ran.error) {
            in_registry_ = StoreState::kWriting;
        } else if (ran.error->code == ErrorCode::kStorageFull) {
            in_registry_ = StoreState::kFull;
            return;
        }
    }
}

void Writer::note_state() {
    StoreState now = failed_ ? StoreState::kFailed : std::max(in_registry_, in_log_);
    if (lean_) now = std::max(now, StoreState::kFull);
    const StoreState before = state_.exchange(now);
    if (now == before) return;
    log(now > before ? LogLevel::kError : LogLevel::kInfo, "store_state",
        {{"now", std::string{name_of(now)}}, {"before", std::string{name_of(before)}}});
}

// Who stays away from a hub that says it has no room would never make it find out otherwise.
void Writer::look_for_room() {
    if (failed_ || state_ == StoreState::kWriting) return;
    keep_reserve();
    if (lean_) return;
    if (in_registry_ == StoreState::kFull) {
        // A commit of nothing but the last sequence, which every commit writes.
        sequence_ = telemetry_.next() - 1;
        static_cast<void>(begin_registry());
        if (!end_registry()) in_registry_ = StoreState::kWriting;
    }
    if (in_log_ != StoreState::kWriting && !failed_) {
        const bool in_memory = !telemetry_.is_full() || !flusher_.failure();
        auto done = log_.make_room();
        if (!done && done.error().code != ErrorCode::kStorageFull) {
            static_cast<void>(verdict_on(done.error()));
        }
        if (done && in_memory) in_log_ = StoreState::kWriting;
    }
    note_state();
}

// What is vital of a group that the disk had no room for.
std::optional<Error> Writer::run_again(Group& group, const Error& why) {
    sequence_ = telemetry_.next() - 1;
    for (Ran& ran : group) {
        if (ran.job->kind != WriteJob::Kind::kRegistry) continue;
        ran.events.clear();
        if (ran.job->vital) {
            ran.error.reset();
            run_in_registry(ran);
        } else if (!ran.error) {
            ran.error = why;
        }
    }
    return end_registry();
}

// Once there is room for it again, everything is written again.
void Writer::keep_reserve() {
    if (!reserve_.keep() || !std::exchange(lean_, false)) return;
    log(LogLevel::kInfo, "store_reserve_kept");
    flusher_.hold(false);
}

void Writer::run_in_registry(Ran& ran) {
    if (registry_error_) {
        ran.error = registry_error_;
    } else if (auto done = run_in_savepoint(ran); !done) {
        ran.error = std::move(done).error();
    }
}

Result<void> Writer::run_in_savepoint(Ran& ran) {
    if (auto begun = begin_registry(); !begun) return begun;
    const Sequence before = sequence_;
    auto done = apply_in_registry(ran);
    if (done) return done;
    sequence_ = before;
    ran.events.clear();
    // Some failures end the whole transaction by themselves.
    if (is_of_file(done.error()) || !registry_->in_transaction()) {
        registry_error_ = done.error();
        return done;
    }
    auto undone = registry_->prepare("ROLLBACK TO job").run();
    if (undone) undone = registry_->prepare("RELEASE job").run();
    if (!undone) registry_error_ = undone.error();
    return done;
}

Result<void> Writer::apply_in_registry(Ran& ran) {
    if (auto marked = registry_->prepare("SAVEPOINT job").run(); !marked) return marked;
    const Places places{.registry = *registry_, .telemetry = telemetry_};
    if (auto done = ran.job->apply(places, ran.events); !done) return done;
    ran.at = {.first = sequence_ + (ran.events.empty() ? 0 : 1), .last = sequence_};
    for (Event& event : ran.events) {
        event.sequence = ran.at.last = ++sequence_;
        if (auto kept = put_in_outbox(*registry_, event); !kept) return kept;
        ++outbox_added_;
    }
    return registry_->prepare("RELEASE job").run();
}

Result<void> Writer::begin_registry() {
    if (registry_open_) return {};
    auto begun = registry_->prepare("BEGIN IMMEDIATE").run();
    if (!begun) {
        registry_error_ = begun.error();
        return begun;
    }
    registry_open_ = true;
    return {};
}

// What a commit carries beside its jobs: the last sequence, so that none is used again.
Result<void> Writer::write_tail() {
    auto done = set_meta(*registry_, "sequence", static_cast<std::int64_t>(sequence_));
    if (!done || outbox_added_ < kOutboxTrimEvery) return done;
    outbox_added_ = 0;
    // What is trimmed must be in the log for good.
    sync_log_ = true;
    return trim_outbox(*registry_, settings_.outbox_rows);
}

// Why the registry's part of the group has failed, if it has.
std::optional<Error> Writer::end_registry() {
    auto failed = std::exchange(registry_error_, {});
    if (!std::exchange(registry_open_, false) && !failed) return {};
    if (!failed) {
        auto done = write_tail();
        if (done) {
            const Monotonic began = clock_.monotonic();
            done = registry_->prepare("COMMIT").run();
            registry_sync_.add(std::chrono::duration<double>{clock_.monotonic() - began}.count());
        }
        if (done) return {};
        failed = std::move(done).error();
    }
    if (registry_->in_transaction()) {
        // The first failure is the one to tell; the file is as it was in either case.
        static_cast<void>(registry_->prepare("ROLLBACK").run());
    }
    return verdict_on(*failed);
}

// After most failures to write nobody knows what the disk holds.
std::optional<Error> Writer::verdict_on(const Error& error) {
    if (error.code == ErrorCode::kStorageFull && !has_fault(Fault::kFullDiskIsFinal)) return error;
    // Another program's lock kept the transaction from beginning: nothing has happened.
    if (error.code == ErrorCode::kUnavailable) return error;
    log(LogLevel::kError, "store-read-only", {{"why", error.detail}});
    failed_ = !has_fault(Fault::kReadOnlyForgotten);
    return read_only();
}

// ---------------------------------------------------------------- telemetry

// Nothing, or why there will be no room: what is to be put into chunks cannot be.
std::optional<Error> Writer::wait_for_room() {
    const Lock lock{mutex_};
    std::optional<Error> failure;
    while (telemetry_.is_full() && !failure) {
        for_flush_ = true;
        failure = flusher_.failure();
        if (!failure) wake_.wait_for(mutex_, kLookEvery);
    }
    for_flush_ = false;
    return failure;
}

void Writer::commit_telemetry(Group& group) {
    const bool any = std::ranges::any_of(group, is_of_readings);
    auto failed = refusal_of_readings(any);
    for (Ran& ran : group) {
        if (is_of_readings(ran) && !failed) add_readings(ran);
    }
    const bool relaxed = settings_.durability == Durability::kRelaxed;
    const bool now = (any && !failed && !relaxed) || std::exchange(sync_log_, false);
    const bool late = has_fault(Fault::kAckBeforeSync);
    auto done = telemetry_.commit(now && !late ? Durable::kNow : Durable::kLater);
    if (!done) failed = verdict_on(done.error());
    if (now) {
        sync_due_.reset();
    } else {
        plan_sync(any && !failed);
    }
    if (!lean_ && (any || !done)) in_log_ = state_after(failed);
    if (failed) refuse_readings(group, *failed);
}

bool Writer::is_of_readings(const Ran& ran) {
    return ran.job->kind == WriteJob::Kind::kReadings;
}

void Writer::refuse_readings(Group& group, const Error& why) {
    for (Ran& ran : group) {
        if (is_of_readings(ran) && !ran.error) ran.error = why;
    }
}

std::optional<Error> Writer::refusal_of_readings(bool any) {
    if (lean_) return disk_full();
    return any ? wait_for_room() : std::nullopt;
}

void Writer::plan_sync(bool written) {
    if (written && !sync_due_) sync_due_ = clock_.monotonic() + settings_.sync_interval;
}

void Writer::sync_if_due(Monotonic now) {
    if (!sync_due_ || now < *sync_due_) return;
    // Also of a store that has failed: nobody waits for it then.
    sync_due_.reset();
    if (failed_) return;
    // What was acknowledged may be lost; nothing more is acknowledged then.
    if (auto done = telemetry_.commit(Durable::kNow); !done) {
        static_cast<void>(verdict_on(done.error()));
        note_state();
    }
}

// Before chunks note a sequence: a start believes them, and does not look into the outbox for what
// is older. Events of the registry wait in the log for somebody else's sync otherwise.
bool Writer::make_log_durable() {
    auto done = telemetry_.commit(Durable::kNow);
    if (done) return true;
    static_cast<void>(verdict_on(done.error()));
    note_state();
    return false;
}

void Writer::add_readings(Ran& ran) {
    const Sequence before = telemetry_.next();
    const Places places{.registry = *registry_, .telemetry = telemetry_};
    if (auto done = ran.job->apply(places, ran.events); !done) ran.error = std::move(done).error();
    const Sequence after = telemetry_.next();
    ran.at = {.first = after > before ? before : after - 1, .last = after - 1};
}

void Writer::erase(Group& group) {
    for (Ran& ran : group) {
        if (ran.job->kind != WriteJob::Kind::kErasure) continue;
        if (failed_ || lean_) {
            ran.error = failed_ ? read_only() : disk_full();
            continue;
        }
        if (!make_log_durable()) {
            ran.error = read_only();
            continue;
        }
        const Places places{.registry = *registry_, .telemetry = telemetry_};
        auto done = ran.job->apply(places, ran.events);
        if (!done) {
            ran.error = verdict_on(done.error());
        } else {
            flusher_.tidy();
        }
    }
}

// What has failed for good can still be looked at.
void Writer::look(Group& group) {
    for (Ran& ran : group) {
        if (ran.job->kind != WriteJob::Kind::kLook) continue;
        ran.error.reset();
        const Places places{.registry = *registry_, .telemetry = telemetry_};
        if (auto done = ran.job->apply(places, ran.events); !done) ran.error = done.error();
    }
}

// In this order: what is announced has been committed, and whoever is told of an event finds it.
void Writer::settle(Group group) {
    const auto newest = [](Sequence last, const Ran& ran) {
        return ran.error ? last : std::max(last, ran.at.last);
    };
    const Sequence last = std::accumulate(group.begin(), group.end(), Sequence{0}, newest);
    const bool heard = last > publisher_.head().sequence && publisher_.advance(last);
    for (Ran& ran : group) {
        if (ran.error) {
            if (ran.error->code == ErrorCode::kStorageFull) refused_full_.add();
            ran.job->answer(std::unexpected(std::move(*ran.error)));
        } else {
            ran.job->answer(ran.at);
        }
    }
    if (heard) tell(group);
}

void Writer::tell(Group& group) {
    std::vector<Event> events;
    for (Ran& ran : group) {
        if (!ran.error) std::ranges::move(ran.events, std::back_inserter(events));
    }
    for (Ran& ran : group) {
        if (!ran.error) ran.job->tell(ran.at.first, events);
    }
    publisher_.publish(std::move(events));
}

// Begins to flush what has become too much or too old, and gives up segments of the log that
// nobody needs.
void Writer::look_after_log(Monotonic now) {
    if (failed_) return;
    if (telemetry_.wants_flush(now)) {
        if (!make_log_durable()) return;
        telemetry_.freeze();
        flusher_.wake();
    }
    const std::uint64_t flushed = telemetry_.flushed();
    if (flushed == looked_after_ && now < look_again_) return;
    looked_after_ = flushed;
    look_again_ = now + settings_.log_look_every;
    const std::uint64_t retired = retired_segment(log_.segments(), flushed);
    if (retired == 0) return;
    if (auto done = log_.recycle(retired); !done) {
        log(LogLevel::kWarning, "log_not_recycled", {{"why", done.error().detail}});
    }
}

// The last one that is neither needed for recovery nor kept as history; 0 when there is none.
std::uint64_t Writer::retired_segment(const std::vector<SegmentInfo>& segments,
                                      std::uint64_t flushed) const {
    std::uint64_t bytes = 0;
    const Instant oldest = clock_.now() - settings_.log_age;
    for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
        bytes += segment->end;
        const bool kept = segment->newest >= oldest && bytes <= settings_.log_bytes;
        if (!kept && segment->number <= flushed) return segment->number;
    }
    return 0;
}

// So that the next start has nothing to replay.
void Writer::flush_all() {
    // Without room the log keeps it.
    if (failed_ || lean_) return;
    while (telemetry_.flushing()) {
        if (flusher_.failure()) return;
        const Lock lock{mutex_};
        if (telemetry_.flushing()) wake_.wait_for(mutex_, 10ms);
    }
    if (!telemetry_.holds_rows() || !make_log_durable()) return;
    telemetry_.freeze();
    if (auto done = telemetry_.flush(); !done) {
        log(LogLevel::kWarning, "store_flush_failed", {{"why", done.error().detail}});
    }
}

}  // namespace tandem::store
