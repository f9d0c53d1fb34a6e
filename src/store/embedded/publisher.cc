#include "store/embedded/publisher.h"

#include "base/fault.h"

namespace tandem::store {

bool Publisher::advance(Sequence sequence) {
    const Lock lock{mutex_};
    // Whoever subscribes from now on counts it as history.
    sequence_.store(sequence);
    return !subscribers_.empty();
}

void Publisher::publish(std::vector<Event> events) {
    if (events.empty()) return;
    if (has_fault(Fault::kToldOutOfOrder)) std::swap(events.front(), events.back());
    const auto shared = std::make_shared<const std::vector<Event>>(std::move(events));
    const Lock lock{mutex_};
    for (const auto& subscriber : subscribers_) {
        // Whoever subscribed between the advance and now has counted these as history.
        if (shared->back().sequence <= subscriber->after) continue;
        subscriber->loop.post([subscriber, shared] {
            if (subscriber->listener) subscriber->listener(*shared);
        });
    }
}

void Publisher::subscribe(std::shared_ptr<Subscriber> subscriber) {
    const Lock lock{mutex_};
    subscriber->after = sequence_.load();
    subscribers_.push_back(std::move(subscriber));
}

void Publisher::unsubscribe(const std::shared_ptr<Subscriber>& subscriber) {
    const Lock lock{mutex_};
    std::erase(subscribers_, subscriber);
}

}  // namespace tandem::store
