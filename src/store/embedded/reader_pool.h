#pragma once

#include "base/mutex.h"
#include "store/embedded/directory.h"
#include "store/embedded/job.h"
#include "store/embedded/settings.h"
#include "store/embedded/thread.h"

#include <atomic>
#include <deque>
#include <filesystem>
#include <memory>
#include <vector>

namespace tandem::store {

/// The threads that read, each with a read-only connection of its own to each file. Questions are
/// taken in order, and see everything that was committed before they were asked.
class ReaderPool {
public:
    /// Opens the connections; the files exist. Fails as `Connection::open`.
    static Result<std::unique_ptr<ReaderPool>> open(const DataDirectory& directory,
                                                    const EmbeddedSettings& settings);
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;
    /// Refuses what is queued and what runs with kUnavailable, then ends the threads.
    ~ReaderPool();

    /// Queues the job. Refuses it with kUnavailable when the queue is full. Any thread.
    void submit(std::unique_ptr<ReadJob> job);

    struct Figures {
        std::size_t waiting = 0;
        std::size_t busy = 0;       ///< readers that answer a question
        std::uint64_t refused = 0;  ///< since the opening: as many waited as may
    };
    /// Any thread.
    [[nodiscard]] Figures figures() const;

private:
    struct Reader {
        std::unique_ptr<Connection> registry;
        std::unique_ptr<Connection> telemetry;
        Thread thread;
    };

    explicit ReaderPool(const EmbeddedSettings& settings)
        : settings_{settings}, wake_{settings.turns} {}
    Result<void> add_reader(const DataDirectory& directory);
    void run(Reader& reader);
    std::unique_ptr<ReadJob> next_job();

    const EmbeddedSettings settings_;
    std::atomic<bool> stop_ = false;  // Running questions look at it too.
    mutable Mutex mutex_;
    ThreadCondition wake_;
    std::size_t busy_ TANDEM_GUARDED_BY(mutex_) = 0;
    std::uint64_t refused_ TANDEM_GUARDED_BY(mutex_) = 0;
    // Never longer than the settings' read_queue.
    std::deque<std::unique_ptr<ReadJob>> queue_ TANDEM_GUARDED_BY(mutex_);
    std::vector<std::unique_ptr<Reader>> readers_;  // As many as the settings say.
};

}  // namespace tandem::store
