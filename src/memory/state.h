#pragma once

#include "base/mutex.h"
#include "domain/ports.h"
#include "memory/registry_state.h"
#include "memory/telemetry_state.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::memory {

/// Where the events for one loop go. `listener` belongs to that loop alone.
struct Subscriber {
    Executor& loop;
    EventListener listener;
};

/// All that a memory store has committed, and the one order of its events. Any thread.
class State {
public:
    /// `log` is the identity of the event log: 8 raw bytes.
    explicit State(std::string log) : log_{std::move(log)} {}

    Result<Committed> commit(Transaction transaction);
    Written write(const std::vector<DeviceReadings>& batch);
    std::uint64_t erase(const DeviceRef& device, const std::string& series, const TimeRange& range);
    [[nodiscard]] Cursor head() const;
    [[nodiscard]] Past past(const Stretch& wanted) const;
    [[nodiscard]] StoreFigures figures() const;

    /// What `look` gives for the tables as they are now.
    template <typename Look>
    [[nodiscard]] auto registry(Look look) const {
        const Lock lock{mutex_};
        return look(registry_);
    }
    template <typename Look>
    [[nodiscard]] auto telemetry(Look look) const {
        const Lock lock{mutex_};
        return look(telemetry_);
    }

    void subscribe(std::shared_ptr<Subscriber> subscriber);
    void unsubscribe(const std::shared_ptr<Subscriber>& subscriber);

    /// So many of the newest events are kept.
    static constexpr std::size_t kPastMax = 20'000;

private:
    // Numbers the events and posts them to every subscriber. Under the mutex, so that two loops
    // that commit at once cannot have their events posted out of order.
    Committed publish(std::vector<Event> events) TANDEM_REQUIRES(mutex_);

    const std::string log_;
    mutable Mutex mutex_;
    RegistryState registry_ TANDEM_GUARDED_BY(mutex_);
    TelemetryState telemetry_ TANDEM_GUARDED_BY(mutex_);
    Sequence last_ TANDEM_GUARDED_BY(mutex_) = 0;
    // The newest events; the older ones are not kept.
    std::deque<Event> past_ TANDEM_GUARDED_BY(mutex_);
    StoreFigures figures_ TANDEM_GUARDED_BY(mutex_){.engine = "memory", .durability = "memory"};
    // One for each loop that listens.
    std::vector<std::shared_ptr<Subscriber>> subscribers_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::memory
