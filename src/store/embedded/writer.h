#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "store/embedded/job.h"
#include "store/embedded/publisher.h"
#include "store/embedded/settings.h"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace tandem::store {

/// The one thread that writes. It owns the only connections that write and checkpoint, gathers
/// what is queued into one commit per file, answers, and then publishes the events.
///
/// A full disk, or another program's lock, fails the writes of a group; later ones are tried anew.
/// After a commit has failed for another reason nobody knows what the disk holds,
/// so nothing is tried again: every later write fails with kStorageFailed.
class Writer {
public:
    struct Files {
        std::unique_ptr<Connection> registry;
        std::unique_ptr<Connection> telemetry;
    };

    /// The sequences of events go on after the head of `publisher`. Both outlive this.
    Writer(Files files, const EmbeddedSettings& settings, const Clock& clock, Publisher& publisher);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// Commits what is queued, then ends the thread and closes the files.
    ~Writer();

    /// Queues the job. Refuses it with kUnavailable, through its answer, when the queue is full.
    /// Any thread.
    void submit(std::unique_ptr<WriteJob> job);

    /// Whether it has given up for good. Any thread.
    [[nodiscard]] bool failed() const { return failed_.load(); }

private:
    using Jobs = std::vector<std::unique_ptr<WriteJob>>;
    // A job of the running group. Without an error it is going to be committed.
    struct Ran {
        std::unique_ptr<WriteJob> job;
        std::optional<Error> error;
        std::vector<Event> events;
        Committed at;
    };
    // One file during a group.
    struct Transacted {
        std::unique_ptr<Connection> connection;
        bool open = false;           // a transaction has begun
        std::optional<Error> error;  // why none of the group can be committed
    };

    [[nodiscard]] bool is_full(const WriteJob& job) const TANDEM_REQUIRES(mutex_);
    void run();
    Jobs next_group();
    void wait_for_gap() TANDEM_REQUIRES(mutex_);
    void commit_group(Jobs jobs);
    Ran run_job(std::unique_ptr<WriteJob> job);
    Result<void> run_in_savepoint(Transacted& file, Ran& ran);
    Result<void> apply_job(Connection& connection, Ran& ran);
    Result<void> begin(Transacted& file);
    Result<void> write_tail(Connection& connection, File which);
    void commit(File which);
    void settle(std::vector<Ran> group);

    Transacted& file(File which) { return files_.at(static_cast<std::size_t>(which)); }

    const EmbeddedSettings settings_;
    const Clock& clock_;
    Publisher& publisher_;

    // The writer's thread alone.
    std::array<Transacted, kFileCount> files_;
    Sequence sequence_;                 // the last one given out
    std::int64_t outbox_added_ = 0;     // rows since the outbox was trimmed
    std::atomic<bool> failed_ = false;  // read-only for good
    std::size_t last_group_ = 0;        // jobs in it
    Monotonic last_commit_;

    Mutex mutex_;
    Condition wake_;
    Jobs queue_ TANDEM_GUARDED_BY(mutex_);  // Bounded by the settings' write_queue…
    std::size_t queue_bytes_ TANDEM_GUARDED_BY(mutex_) = 0;  // …and write_queue_bytes.
    bool closing_ TANDEM_GUARDED_BY(mutex_) = false;

    std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace tandem::store
