#pragma once

#include "base/mutex.h"
#include "domain/ports.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace tandem::store {

/// Where the events for one loop go. `listener` belongs to that loop alone.
struct Subscriber {
    Executor& loop;
    EventListener listener;
    Sequence after = 0;  ///< the newest event when it subscribed; set by the publisher
};

/// Tells every loop that listens what has been committed. Any thread, but `publish` is one's.
class Publisher {
public:
    explicit Publisher(Cursor head) : log_{std::move(head.log)}, sequence_{head.sequence} {}

    [[nodiscard]] Cursor head() const { return {.log = log_, .sequence = sequence_.load()}; }
    /// `sequence` has been committed, and all before it. False when nobody has to be told.
    [[nodiscard]] bool advance(Sequence sequence);
    void publish(std::vector<Event> events);

    /// From now on `subscriber` is told what is committed; of what has been committed it is not.
    void subscribe(std::shared_ptr<Subscriber> subscriber);
    void unsubscribe(const std::shared_ptr<Subscriber>& subscriber);

private:
    const std::string log_;
    std::atomic<Sequence> sequence_;
    Mutex mutex_;
    // One for each loop that listens.
    std::vector<std::shared_ptr<Subscriber>> subscribers_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::store
