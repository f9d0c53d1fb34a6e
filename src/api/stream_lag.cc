#include "api/stream_lag.h"

#include "api/stream_subscription.h"
#include "api/world.h"
#include "base/metric_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::api {
namespace {

// Four times a second all subscriptions are looked at; nothing is noted for each event.
constexpr Duration kLook = 250ms;
// A client that is less behind is not told so: its messages can be shared.
constexpr Duration kTold = 1s;

double seconds_of(Duration span) {
    return std::chrono::duration<double>{span}.count();
}

}  // namespace

void DoorLag::take(const Lag& lag) {
    const Duration least = lag.age.value_or(kAtLeast.back());
    age = std::max(age, least);
    events = std::max(events, lag.events);
    for (std::size_t at = 0; at < kAtLeast.size(); ++at)
        behind[at] += least >= kAtLeast[at] ? 1 : 0;
}

void DoorLag::add(const DoorLag& other) {
    age = std::max(age, other.age);
    events = std::max(events, other.events);
    for (std::size_t at = 0; at < kAtLeast.size(); ++at)
        behind[at] += other.behind[at];
}

void StreamLags::tell(const DoorLags& seen) {
    for (std::size_t at = 0; at < kDoors.size(); ++at) {
        const auto found = seen.find(kDoors[at]);
        const DoorLag lag = found == seen.end() ? DoorLag{} : found->second;
        Figures& figures = by_door_[at];
        figures.age = lag.age;
        figures.events = lag.events;
        std::ranges::copy(lag.behind, figures.behind.begin());
    }
}

void StreamLags::add_to(DoorLags& all) const {
    for (std::size_t at = 0; at < kDoors.size(); ++at) {
        const Figures& figures = by_door_[at];
        DoorLag lag{.age = figures.age, .events = figures.events};
        std::ranges::copy(figures.behind, lag.behind.begin());
        all[kDoors[at]].add(lag);
    }
}

void Subscriber::look(Monotonic now) {
    // What is queued beside messages makes `taken_` small: never smaller than it was.
    taken_ = std::max<std::uint64_t>(taken_, given_ - std::min<std::uint64_t>(given_, queued()));
    late_ = Duration{0};
    if (taken_ == given_) {
        if (!given_at_.empty()) given_at_.clear();
        return;
    }
    if (given_at_.empty()) given_at_.mark(taken_, now);
    given_at_.mark(given_, now);
    late_ = given_at_.age_after(taken_, now).value_or(Duration{0});
}

void Streams::look() {
    looker_ = executor_.call_after(kLook, [this] { look(); });
    const Monotonic now = clock_.monotonic();
    published_at_.mark(published_.sequence, now);
    DoorLags seen;
    for (const auto& [place, own] : by_place_) {
        Subscriber& subscriber = *own.front()->subscriber;
        subscriber.look(now);
        for (const auto& each : own) {
            if (const auto lag = lag_of(*each)) seen[subscriber.door()].take(*lag);
        }
    }
    lags_.tell(seen);
}

std::optional<Lag> Streams::lag_after(const Cursor& at) const {
    if (at.sequence >= published_.sequence) return {};
    return Lag{.age = published_at_.age_after(at.sequence, clock_.monotonic()),
               .events = published_.sequence - at.sequence};
}

// What waits in the hub because the log has to be read first, or credit is missing, and what the
// client has not taken. Readings that wait for their time, as the flow `every` wants it, are not
// late.
std::optional<Lag> Streams::lag_of(const Subscription& subscription) const {
    std::optional<Lag> lag;
    if (subscription.behind) {
        lag = lag_after(*subscription.behind);
    } else if (subscription.missed || !subscription.waiting.empty()) {
        lag = lag_after(subscription.seen);
    }
    const auto queued = lag_of_queue(*subscription.subscriber);
    if (!lag || !queued) return lag ? lag : queued;
    return further(*lag, *queued);
}

std::optional<Lag> Streams::lag_of_queue(const Subscriber& subscriber) const {
    if (subscriber.late_ == Duration{0}) return {};
    // What waits was given between the look that saw it and the one before.
    const std::uint64_t has = published_at_.reached_before(clock_.monotonic() - subscriber.late_);
    return Lag{.age = subscriber.late_, .events = published_.sequence - has};
}

// Of a message that leads the client to `at`.
std::optional<Lag> Streams::lag_to_tell(const Subscription& subscription, const Cursor& at) const {
    if (subscription.behind) return lag_after(at);
    if (subscription.subscriber->late_ < kTold) return {};
    return lag_of_queue(*subscription.subscriber);
}

std::string stream_metrics(const Hub& hub) {
    DoorLags all;
    for (const Shard* shard : hub.shards)
        shard->streams->lags().add_to(all);
    const auto door_of = [](Door door) { return fmt::format("door=\"{}\"", name_of(door)); };
    using Type = MetricText::Type;
    MetricText out;
    out.family(Type::kGauge, "tandem_stream_lag_seconds",
               "How long what waits longest for a subscription has waited.");
    for (const auto& [door, lag] : all)
        out.sample(seconds_of(lag.age), door_of(door));
    out.family(Type::kGauge, "tandem_stream_lag_events",
               "How many events of the log are after what the subscription has that is furthest "
               "behind.");
    for (const auto& [door, lag] : all)
        out.sample(lag.events, door_of(door));
    out.family(Type::kGauge, "tandem_stream_behind",
               "Subscriptions for which something waits for at least so many seconds.");
    for (const auto& [door, lag] : all) {
        for (std::size_t at = 0; at < DoorLag::kAtLeast.size(); ++at) {
            out.sample(lag.behind[at],
                       fmt::format("{},seconds=\"{}\"", door_of(door), DoorLag::kAtLeast[at] / 1s));
        }
    }
    return std::move(out).take();
}

}  // namespace tandem::api
