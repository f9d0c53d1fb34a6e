#include "memory/state.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace tandem::memory {

Result<Committed> State::commit(Transaction transaction) {
    const Lock lock{mutex_};
    auto told = registry_.apply(transaction.changes);
    if (!told) return pass(told);
    ++figures_.changes;
    std::ranges::move(*told, std::back_inserter(transaction.events));
    return publish(std::move(transaction.events));
}

Written State::write(const std::vector<DeviceReadings>& batch) {
    const Lock lock{mutex_};
    std::vector<Event> events;
    Written written = telemetry_.write(batch, events);
    written.events = publish(std::move(events));
    ++figures_.messages;
    figures_.stored += written.stored;
    figures_.replaced += written.replaced;
    figures_.repeated += written.repeated;
    return written;
}

std::uint64_t State::erase(const DeviceRef& device,
                           const std::string& series,
                           const TimeRange& range) {
    const Lock lock{mutex_};
    return telemetry_.erase(device, series, range);
}

Cursor State::head() const {
    const Lock lock{mutex_};
    return {.log = log_, .sequence = last_};
}

Past State::past(const Stretch& wanted) const {
    const Lock lock{mutex_};
    Past past{.gone = 0, .events = {}, .through = wanted.after};
    const Sequence until = std::min(wanted.until, last_);
    const Sequence kept = past_.empty() ? last_ : past_.front().sequence - 1;
    if (wanted.after < std::min(kept, until)) past.gone = past.through = std::min(kept, until);
    const auto begin = std::ranges::upper_bound(past_, past.through, std::less{}, &Event::sequence);
    for (auto event = begin; event != past_.end() && event->sequence <= until; ++event) {
        if (past.events.size() >= wanted.limit) return past;
        past.events.push_back(*event);
        past.through = event->sequence;
    }
    past.through = std::max(past.through, until);
    return past;
}

StoreFigures State::figures() const {
    const Lock lock{mutex_};
    return figures_;
}

void State::subscribe(std::shared_ptr<Subscriber> subscriber) {
    const Lock lock{mutex_};
    subscribers_.push_back(std::move(subscriber));
}

void State::unsubscribe(const std::shared_ptr<Subscriber>& subscriber) {
    const Lock lock{mutex_};
    std::erase(subscribers_, subscriber);
}

Committed State::publish(std::vector<Event> events) {
    if (events.empty()) return {.first = last_, .last = last_};
    const Sequence first = last_ + 1;
    for (Event& event : events) {
        event.sequence = ++last_;
        past_.push_back(event);
    }
    while (past_.size() > kPastMax)
        past_.pop_front();
    const auto shared = std::make_shared<const std::vector<Event>>(std::move(events));
    for (const auto& subscriber : subscribers_) {
        subscriber->loop.post([subscriber, shared] {
            if (subscriber->listener) subscriber->listener(*shared);
        });
    }
    return {.first = first, .last = last_};
}

}  // namespace tandem::memory
