#pragma once

#include "base/clock.h"
#include "base/metric.h"
#include "base/mutex.h"
#include "domain/store_figures.h"
#include "store/embedded/flusher.h"
#include "store/embedded/job.h"
#include "store/embedded/publisher.h"
#include "store/embedded/reserve.h"
#include "store/embedded/settings.h"
#include "store/embedded/thread.h"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace tandem::store {

/// The one thread that writes: it alone changes the registry and adds to the log. It gathers what
/// is queued into one commit of each, answers, and then publishes the events.
///
/// A full disk, or another program's lock, fails the writes of a group; later ones are tried anew.
/// What is vital is written all the same: the reserve is given up for it, and nothing else is
/// written until the disk has room for that again. Whether it has is looked for every second, so
/// that a hub to which nobody writes finds out too. After a commit has failed for another reason
/// nobody knows what the disk holds, so nothing is tried again: every later write fails with
/// kStorageFailed.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): by thread, and there is one of it
class Writer {
public:
    struct Parts {
        TelemetryEngine& telemetry;
        Log& log;
        const EmbeddedSettings& settings;
        const Clock& clock;
        Publisher& publisher;
        Reserve reserve;
        bool lean = false;      ///< the reserve has been given up: only what is vital is written
        bool log_full = false;  ///< the log has had no room for what it had to be told
    };
    /// All parts outlive this; it owns the registry's connection. What the outbox holds and the log
    /// does not has been added to the engine.
    Writer(std::unique_ptr<Connection> registry, const Parts& parts);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// Commits what is queued, puts into chunks what is in memory, then ends the thread.
    ~Writer();

    /// Queues the job. Refuses it with kUnavailable, through its answer, when the queue is full.
    /// Any thread.
    void submit(std::unique_ptr<WriteJob> job);

    /// Whether it takes writes. It has changed when the write that has changed it is answered. Any
    /// thread.
    [[nodiscard]] StoreState state() const { return state_.load(); }

    struct Figures {
        Histogram::Counts group;          ///< writes that shared a commit
        Histogram::Counts registry_sync;  ///< seconds
        std::uint64_t changes = 0;        ///< transactions of the registry
        std::uint64_t refused_full = 0;
        std::uint64_t refused_queue = 0;
        std::size_t waiting = 0;
        std::size_t waiting_bytes = 0;
        bool for_flush = false;  ///< it waits for a flush to end
        std::optional<Error> flush_failure;
    };
    /// Any thread.
    [[nodiscard]] Figures figures() const;

private:
    using Jobs = std::vector<std::unique_ptr<WriteJob>>;
    // A job of the running group. Without an error it is going to be committed.
    struct Ran {
        std::unique_ptr<WriteJob> job;
        std::optional<Error> error;
        std::vector<Event> events;
        Committed at;
    };
    using Group = std::vector<Ran>;

    [[nodiscard]] bool is_full(const WriteJob& job) const TANDEM_REQUIRES(mutex_);
    void run();
    [[nodiscard]] bool is_over() const;
    Jobs next_group();
    void wait_for_work() TANDEM_REQUIRES(mutex_);
    void wait_for_gap() TANDEM_REQUIRES(mutex_);
    std::optional<Error> wait_for_room();
    void commit_group(Jobs jobs);

    void commit_registry(Group& group);
    void keep_reserve();
    void look_for_room();
    void tell_log(Group& group, const std::optional<Error>& failed);
    void note_registry(const Group& group);
    void note_state();
    std::optional<Error> run_again(Group& group, const Error& why);
    void run_in_registry(Ran& ran);
    Result<void> run_in_savepoint(Ran& ran);
    Result<void> apply_in_registry(Ran& ran);
    Result<void> begin_registry();
    Result<void> write_tail();
    std::optional<Error> end_registry();

    void commit_telemetry(Group& group);
    [[nodiscard]] static bool is_of_readings(const Ran& ran);
    std::optional<Error> refusal_of_readings(bool any);
    static void refuse_readings(Group& group, const Error& why);
    void plan_sync(bool written);
    void sync_if_due(Monotonic now);
    bool make_log_durable();
    void add_readings(Ran& ran);
    void erase(Group& group);
    void look(Group& group);
    std::optional<Error> verdict_on(const Error& error);
    void settle(Group group);
    void tell(Group& group);
    void look_after_log(Monotonic now);
    [[nodiscard]] std::uint64_t retired_segment(const std::vector<SegmentInfo>& segments,
                                                std::uint64_t flushed) const;
    void flush_all();

    const EmbeddedSettings settings_;
    const Clock& clock_;
    Publisher& publisher_;

    // The writer's thread alone.
    std::unique_ptr<Connection> registry_;
    std::optional<Error> registry_error_;  // why none of the group can be committed
    bool registry_open_ = false;           // a transaction has begun
    TelemetryEngine& telemetry_;
    Log& log_;
    Sequence sequence_ = 0;              // the last one given out to the registry's events
    std::int64_t outbox_added_ = 0;      // rows since the outbox was trimmed
    bool sync_log_ = false;              // with the next commit, whatever is in it
    std::optional<Monotonic> sync_due_;  // of what was acknowledged without a sync
    bool failed_ = false;                // read-only for good
    Reserve reserve_;
    bool lean_ = false;  // the reserve has been given up
    // How the last attempt to write to each has ended.
    StoreState in_registry_ = StoreState::kWriting;
    StoreState in_log_ = StoreState::kWriting;
    std::size_t last_group_ = 0;  // jobs in it
    Monotonic last_commit_;
    std::uint64_t looked_after_ = 0;  // what was flushed when the log was looked after
    Monotonic look_again_;

    // Anybody's.
    std::atomic<StoreState> state_ = StoreState::kWriting;  // the worst of the above
    std::atomic<bool> for_flush_ = false;
    Histogram group_;
    Histogram registry_sync_;
    Metric changes_;
    Metric refused_full_;
    Metric refused_queue_;

    mutable Mutex mutex_;
    ThreadCondition wake_;
    Jobs queue_ TANDEM_GUARDED_BY(mutex_);  // Bounded by the settings' write_queue…
    std::size_t queue_bytes_ TANDEM_GUARDED_BY(mutex_) = 0;  // …and write_queue_bytes.
    bool closing_ TANDEM_GUARDED_BY(mutex_) = false;

    Flusher flusher_;
    Thread thread_;  // Last: it uses all of the above.
};

}  // namespace tandem::store
