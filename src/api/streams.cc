#include "api/streams.h"

#include "api/stream_subscription.h"
#include "base/checked.h"
#include "base/fault.h"

#include <algorithm>
#include <utility>

namespace tandem::api {
namespace {

constexpr Duration kReadAgain = 1s;  // After the log could not be read.

std::vector<const Event*> pointers_to(const std::vector<Event>& events) {
    std::vector<const Event*> out;
    out.reserve(events.size());
    for (const Event& event : events)
        out.push_back(&event);
    return out;
}

}  // namespace

bool Filter::matches(const Event& event) const {
    if (event.device.tenant != tenant || !kinds.contains(event.kind)) return false;
    if (sight && !sight->sees(event)) return false;
    const bool any = any_device || has_fault(Fault::kDevicesNotFiltered);
    if (!any && !devices.contains(event.device.id.text())) return false;
    if (!labels.empty() && !labelled.contains(event.device.id.text())) return false;
    const bool of_series = is_of_series(event.kind) && !series.empty();
    const bool any_series = !of_series || has_fault(Fault::kSeriesNotFiltered);
    return any_series || matches_any(series, event.series);
}

// Events of one commit, with what has been encoded of them so far: subscriptions that want the same
// of it, in the same encoding and under the same number, share one message.
struct Streams::Batch {
    const std::vector<Event>& events;
    Cursor cursor;

    struct Made {
        contract::Encoding encoding;
        std::int64_t sub;
        Cursor cursor;
        EventFields fields;
        std::vector<const Event*> events;
        std::shared_ptr<const Rendered> message;
    };
    std::vector<Made> made;  // Searched from the front; the first few serve nearly all.

    std::shared_ptr<const Rendered> render(contract::Encoding encoding, StreamMessage& message);
};

std::shared_ptr<const Rendered> Streams::Batch::render(contract::Encoding encoding,
                                                       StreamMessage& message) {
    const auto found = std::ranges::find_if(made, [&](const Made& each) {
        return each.encoding == encoding && each.sub == message.sub &&
               each.fields == message.fields && each.events == message.events &&
               each.cursor.sequence == message.cursor.sequence;
    });
    if (found != made.end()) return found->message;
    auto fresh = std::make_shared<const Rendered>(api::render(encoding, message));
    made.push_back({.encoding = encoding,
                    .sub = message.sub,
                    .cursor = message.cursor,
                    .fields = message.fields,
                    .events = std::move(message.events),
                    .message = fresh});
    return fresh;
}

Streams::Streams(EventLog& log,
                 Executor& executor,
                 const Clock& clock,
                 Metrics& metrics,
                 const StreamRules& rules)
    : log_{log},
      executor_{executor},
      clock_{clock},
      sent_{metrics.counter("tandem_stream_events_total", "outcome=\"sent\"")},
      receipted_{metrics.counter("tandem_stream_events_total", "outcome=\"receipted\"")},
      active_{metrics.gauge("tandem_subscriptions")},
      unread_{metrics.counter("tandem_stream_read_failures_total")},
      crowded_{metrics.counter("tandem_limit_hits_total", "limit=\"stream.pending_bytes\"")},
      rules_{rules} {
    metrics.describe("tandem_stream_events_total",
                     "Events for subscriptions: sent, or told of by a gap receipt.");
    metrics.describe("tandem_stream_read_failures_total",
                     "Times that a subscription could not read the log; it tries again.");
}

Streams::~Streams() {
    executor_.cancel(reminder_);
    executor_.cancel(looker_);
    for (const auto& [place, own] : by_place_) {
        for (const auto& each : own)
            executor_.cancel(each->tick);
    }
}

void Streams::listen() {
    published_ = log_.head();
    log_.listen([this](const std::vector<Event>& events) { publish(events); });
    reminder_ = executor_.call_after(rules_.bookmark, [this] { remind_all(); });
    look();
}

Streams::Added Streams::add(const std::shared_ptr<Subscriber>& subscriber, Wish wish) {
    if (by_place_.empty()) listen();
    if (subscriber->place_ == 0) subscriber->place_ = ++last_place_;
    auto& own = by_place_[subscriber->place_];
    std::int64_t id = 1;
    for (const auto& each : own)
        id = std::max(id, each->id + 1);
    const std::optional<Cursor> from = wish.from;
    auto fresh = std::make_unique<Subscription>(id, subscriber, std::move(wish), log_.head());
    if (from && *from != fresh->seen) {
        if (from->log == fresh->seen.log && from->sequence < fresh->seen.sequence) {
            fresh->behind = std::make_unique<Cursor>(*from);
        } else {
            // Of another log: nobody knows how many.
            fresh->receipt = std::make_unique<Receipt>(
                Receipt{.from = *from, .to = fresh->seen, .count = 0, .why = Loss::kHistory});
        }
    }
    own.push_back(std::move(fresh));
    active_.add();
    return {.id = id, .start = own.back()->seen};
}

void Streams::show(const Subscriber& subscriber,
                   std::int64_t id,
                   const std::vector<Event>& snapshot) {
    Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr) return;
    const Cursor at = position(*subscription);
    if (subscription->receipt) tell(*subscription, {.cursor = at}, nullptr);
    if (snapshot.empty()) return;
    tell(*subscription, {.cursor = at, .events = pointers_to(snapshot)}, nullptr);
}

std::optional<Stretch> Streams::missing(const Subscriber& subscriber, std::int64_t id) {
    const Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr || !subscription->behind) return std::nullopt;
    const Sequence late = has_fault(Fault::kReplayOffByOne) ? 1 : 0;
    return Stretch{.after = subscription->behind->sequence + late,
                   .until = subscription->seen.sequence,
                   .hint = subscription->hint};
}

void Streams::replay(const Subscriber& subscriber, std::int64_t id, const Past& past) {
    Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr || !subscription->behind) return;
    Cursor& behind = *subscription->behind;
    if (past.gone > behind.sequence) {
        const Cursor to{.log = behind.log, .sequence = past.gone};
        const std::uint64_t count = past.gone - behind.sequence;
        lose(*subscription, count, to, Loss::kHistory);
        behind = to;
        tell(*subscription, {.cursor = to}, nullptr);
    }
    std::vector<const Event*> wanted;
    for (const Event& event : past.events) {
        if (subscription->wish.filter.matches(event)) wanted.push_back(&event);
    }
    Cursor to{.log = behind.log, .sequence = std::max(behind.sequence, past.through)};
    sift(*subscription, wanted, to);
    if (subscription->wish.flow.conflates()) {
        conflate(*subscription, wanted, to);
    } else if (!wanted.empty() && !deliver(*subscription, std::move(wanted), to, nullptr)) {
        // The rest of the piece is read again.
        behind = to;
        return;
    }
    behind = to;
    subscription->hint = past.hint;
    if (behind.sequence >= subscription->seen.sequence) subscription->behind.reset();
}

void Streams::give_up(const Subscriber& subscriber, std::int64_t id) {
    const auto all = missing(subscriber, id);
    if (all) replay(subscriber, id, {.gone = all->until, .events = {}, .through = all->until});
}

Task<void> Streams::room(std::shared_ptr<Subscriber> subscriber, std::int64_t id) {
    while (true) {
        Subscription* subscription = find(*subscriber, id);
        if (subscription == nullptr) co_return;
        if (!subscriber->full() && !subscription->starved()) co_return;
        const auto drained = subscription->room.emplace();
        if (!co_await drained) co_return;
    }
}

// What is held back has no tick: flush_in_time() comes after release().
Task<bool> Streams::rest(std::shared_ptr<Subscriber> subscriber, std::int64_t id) {
    unread_.add();
    Subscription* subscription = find(*subscriber, id);
    if (subscription == nullptr) co_return false;
    const auto rested = subscription->room.emplace();
    subscription->tick = executor_.call_after(kReadAgain, [subscription] {
        subscription->tick = 0;
        checked(std::exchange(subscription->room, {})).complete(true);
    });
    const bool is_there = co_await rested;
    subscription = is_there ? find(*subscriber, id) : nullptr;
    if (subscription == nullptr) co_return false;
    executor_.cancel(std::exchange(subscription->tick, 0));
    co_return true;
}

void Streams::release(const Subscriber& subscriber, std::int64_t id) {
    Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr) return;
    subscription->held = false;
    const auto waiting = std::move(subscription->waiting);
    subscription->waiting = {};
    for (const Event& event : waiting)
        subscription->subscriber->room_.give_back(weight_of(event));
    auto events = pointers_to(waiting);
    if (has_fault(Fault::kHeldEventsLost)) events.clear();
    Cursor to = subscription->seen;
    if (!events.empty()) to.sequence = events.back()->sequence;
    sift(*subscription, events, to);
    if (subscription->wish.flow.conflates()) {
        conflate(*subscription, events, to);
        subscription->seen = to;
        flush_in_time(*subscription);
        return;
    }
    if (!events.empty()) static_cast<void>(deliver(*subscription, std::move(events), to, nullptr));
    subscription->seen = to;
}

Streams::Granted Streams::grant(const Subscriber& subscriber, std::int64_t id, std::uint64_t more) {
    Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr || !subscription->wish.credit) return Granted::kUnknown;
    const bool starved = subscription->starved();
    subscription->wish.credit = checked(subscription->wish.credit) + more;
    if (!starved || more == 0) return Granted::kGoesOn;
    if (subscription->held) {
        if (subscription->room) checked(std::exchange(subscription->room, {})).complete(true);
        return Granted::kGoesOn;
    }
    if (published_.sequence <= subscription->seen.sequence) return Granted::kGoesOn;
    subscription->held = true;
    subscription->missed = false;
    subscription->hint = {};
    subscription->behind = std::make_unique<Cursor>(std::exchange(subscription->seen, published_));
    return Granted::kIsBehind;
}

bool Streams::starved(const Subscriber& subscriber, std::int64_t id) {
    const Subscription* subscription = find(subscriber, id);
    return subscription != nullptr && subscription->starved();
}

std::optional<Cursor> Streams::settle(const Subscriber& subscriber, std::int64_t id) {
    Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr) return std::nullopt;
    if (subscription->has_pending() || subscription->receipt) {
        flush(*subscription, position(*subscription));
    }
    return position(*subscription);
}

bool Streams::remove(const Subscriber& subscriber, std::int64_t id) {
    const auto found = by_place_.find(subscriber.place_);
    if (found == by_place_.end()) return false;
    if (find(subscriber, id) == nullptr) return false;
    end(found, id);
    return true;
}

void Streams::remove_all(const Subscriber& subscriber) {
    const auto found = by_place_.find(subscriber.place_);
    if (found == by_place_.end()) return;
    end(found, {});
}

// One subscription, or all. Whoever waits for their room is told last.
void Streams::end(Places::iterator subscriber, std::optional<std::int64_t> id) {
    auto& own = subscriber->second;
    const auto ends = [&](const auto& each) { return !id || each->id == *id; };
    std::vector<Completion<bool>> waiting;
    for (const auto& each : own) {
        if (!ends(each)) continue;
        executor_.cancel(each->tick);
        each->forget_waiting();
        if (each->room) waiting.push_back(checked(each->room));
    }
    active_.add(-static_cast<std::int64_t>(std::erase_if(own, ends)));
    if (own.empty()) by_place_.erase(subscriber);
    // Without subscriptions nothing is listened to: events that nobody hears cost nothing.
    if (by_place_.empty()) {
        log_.listen({});
        executor_.cancel(std::exchange(reminder_, 0));
        executor_.cancel(std::exchange(looker_, 0));
        published_at_.clear();
        lags_.tell({});
    }
    for (auto& each : waiting)
        each.complete(false);
}

std::size_t Streams::count(const Subscriber& subscriber) const {
    const auto found = by_place_.find(subscriber.place_);
    return found == by_place_.end() ? 0 : found->second.size();
}

void Streams::end_those(const std::function<bool(const Actor&)>& ends) {
    // One that ends may take its subscriptions along.
    std::vector<std::shared_ptr<Subscriber>> ended;
    for (const auto& [place, own] : by_place_) {
        const std::shared_ptr<Subscriber>& subscriber = own.front()->subscriber;
        if (ends(subscriber->actor())) ended.push_back(subscriber);
    }
    for (const auto& each : ended)
        each->dismiss();
}

void Streams::publish(const std::vector<Event>& events) {
    if (events.empty()) return;
    const Sequence ahead = has_fault(Fault::kCursorAhead) ? 1 : 0;
    Batch batch{.events = events,
                .cursor = {.log = log_.head().log, .sequence = events.back().sequence + ahead},
                .made = {}};
    published_ = batch.cursor;
    for (auto& [place, own] : by_place_) {
        for (auto& subscription : own)
            offer(*subscription, batch);
    }
}

void Streams::offer(Subscription& subscription, Batch& batch) {
    if (batch.cursor.sequence <= subscription.seen.sequence) return;  // Committed before it began.
    std::vector<const Event*> wanted;
    for (const Event& event : batch.events) {
        // Before anything is made of it: another tenant's device may have the same id.
        if (event.device.tenant != subscription.wish.filter.tenant) continue;
        follow_labels(subscription.wish.filter, event);
        if (event.sequence > subscription.seen.sequence &&
            subscription.wish.filter.matches(event)) {
            wanted.push_back(&event);
        }
    }
    if (subscription.held) return keep(subscription, wanted, batch.cursor);
    // Without credit nothing is kept: the log has it.
    if (wanted.empty()) return;
    if (subscription.starved()) {
        subscription.missed = true;
        return;
    }
    Cursor to = batch.cursor;
    const Flow& flow = subscription.wish.flow;
    const bool now = subscription.may_send();
    if (flow.policy == Flow::Policy::kEvery ||
        (flow.conflates() && !(now && !subscription.has_pending()))) {
        conflate(subscription, wanted, to);
        subscription.seen = to;
        return flush_in_time(subscription);
    }
    if (now) {
        sift(subscription, wanted, to);
        if (!wanted.empty()) {
            static_cast<void>(deliver(subscription, std::move(wanted), to, &batch));
        }
    } else {
        subscription.blocked = true;
        lose(subscription, wanted.size(), to, Loss::kSlow);
    }
    subscription.seen = to;
}

// Keeps what comes while a snapshot or the log is read.
void Streams::keep(Subscription& subscription,
                   const std::vector<const Event*>& wanted,
                   const Cursor& to) {
    if (wanted.empty()) return;
    if (subscription.starved()) return let_go(subscription, to);
    for (const Event* event : wanted) {
        if (!subscription.subscriber->room_.take(weight_of(*event))) {
            crowded_.add();
            return let_go(subscription, to);
        }
        subscription.waiting.push_back(*event);
    }
}

// So much has happened while a snapshot or the log was being read that it is not kept but read,
// too.
void Streams::let_go(Subscription& subscription, const Cursor& to) {
    subscription.forget_waiting();
    if (!subscription.behind) subscription.behind = std::make_unique<Cursor>(subscription.seen);
    subscription.seen = to;
}

// Leaves what the policy `change` sends.
void Streams::sift(Subscription& subscription,
                   std::vector<const Event*>& events,
                   const Cursor& to) {
    if (!subscription.changes) return;
    const std::size_t unchanged = std::erase_if(
        events, [&](const Event* event) { return !subscription.changes->admit(*event); });
    if (unchanged > 0) lose(subscription, unchanged, to, Loss::kUnchanged);
}

void Streams::conflate(Subscription& subscription,
                       const std::vector<const Event*>& events,
                       const Cursor& to) {
    for (const Event* event : events) {
        const Cursor at{.log = to.log, .sequence = event->sequence};
        PendingEvents::Lost lost = subscription.pending->put(*event);
        if (lost.refused > 0) crowded_.add();
        if (lost.refused > 0 && subscription.has_pending() && subscription.may_send()) {
            // Earlier than its time rather than not at all.
            flush(subscription, {.log = at.log, .sequence = at.sequence - 1});
            lost.refused = subscription.pending->put(*event).refused;
        }
        if (lost.conflated > 0) lose(subscription, lost.conflated, at, Loss::kConflated);
        if (lost.refused > 0) lose(subscription, lost.refused, at, Loss::kSlow);
    }
}

// Sends as many as there is credit for; when that is not all, `to` becomes where it ends.
bool Streams::deliver(Subscription& subscription,
                      std::vector<const Event*> events,
                      Cursor& to,
                      Batch* batch) {
    bool all = true;
    if (subscription.wish.credit) {
        std::uint64_t& credit = *subscription.wish.credit;
        if (credit < events.size()) {
            all = false;
            to.sequence = credit == 0 ? events.front()->sequence - 1
                                      : events[static_cast<std::size_t>(credit) - 1]->sequence;
            events.resize(static_cast<std::size_t>(credit));
        }
        credit -= events.size();
    }
    if (!events.empty()) {
        tell(subscription, {.cursor = to, .events = std::move(events)}, batch);
    }
    return all;
}

void Streams::lose(Subscription& subscription, std::uint64_t count, const Cursor& to, Loss why) {
    if (!subscription.receipt) {
        const Cursor& from = subscription.behind ? *subscription.behind : subscription.seen;
        subscription.receipt =
            std::make_unique<Receipt>(Receipt{.from = from, .to = to, .count = 0, .why = why});
    }
    Receipt& receipt = *subscription.receipt;
    receipt.to = to;
    receipt.count += count;
    receipt.why = std::max(receipt.why, why);
    receipted_.add(static_cast<std::int64_t>(count));
}

void Streams::flush(Subscription& subscription, const Cursor& cursor) {
    executor_.cancel(std::exchange(subscription.tick, 0));
    subscription.flushed = clock_.monotonic();
    const auto events =
        subscription.has_pending() ? subscription.pending->take() : std::vector<Event>{};
    if (events.empty() && !subscription.receipt) return;
    tell(subscription, {.cursor = cursor, .events = pointers_to(events)}, nullptr);
}

// Sends what is pending as soon as the policy and the client let it.
void Streams::flush_in_time(Subscription& subscription) {
    if (!subscription.has_pending() || subscription.tick != 0) return;
    const Duration every = subscription.wish.flow.every;
    const Monotonic now = clock_.monotonic();
    const bool due =
        subscription.flushed == Monotonic::min() || now >= subscription.flushed + every;
    if (due) {
        // A client that is full says when it is not: drained().
        if (subscription.may_send()) flush(subscription, subscription.seen);
        return;
    }
    subscription.tick =
        executor_.call_after(subscription.flushed + every - now, [this, &subscription] {
            subscription.tick = 0;
            if (!subscription.held && subscription.may_send()) {
                flush(subscription, subscription.seen);
            }
        });
}

void Streams::drained(const Subscriber& subscriber) {
    const auto found = by_place_.find(subscriber.place_);
    if (found == by_place_.end()) return;
    found->second.front()->subscriber->look(clock_.monotonic());
    std::vector<Completion<bool>> waiting;
    for (auto& subscription : found->second) {
        if (subscription->room) waiting.push_back(checked(std::exchange(subscription->room, {})));
        if (subscription->held) continue;
        if (std::exchange(subscription->blocked, false)) {
            tell(*subscription, {.cursor = subscription->seen}, nullptr);
        }
        flush_in_time(*subscription);
    }
    for (auto& each : waiting)
        each.complete(true);
}

// Sends a message, with the receipt that waits.
void Streams::tell(Subscription& subscription, StreamMessage message, Batch* batch) {
    Subscriber& to = *subscription.subscriber;
    message.sub = subscription.id;
    message.fields = subscription.wish.fields;
    if (subscription.receipt) message.receipt = std::move(*subscription.receipt);
    subscription.receipt.reset();
    if (has_fault(Fault::kReceiptDropped)) message.receipt.reset();
    message.lag = lag_to_tell(subscription, message.cursor);
    subscription.told = message.cursor.sequence;
    subscription.spoke = true;
    sent_.add(static_cast<std::int64_t>(message.events.size()));
    if (to.take(message)) return;
    const Duration within = message.events.empty() ? Duration{0} : subscription.wish.gather;
    const bool shared = batch != nullptr && !message.receipt && !message.lag;
    const auto rendered = shared ? batch->render(to.encoding(), message)
                                 : std::make_shared<const Rendered>(render(to.encoding(), message));
    to.given_ += rendered->payload.size();
    to.send(rendered, within);
}

// Where nothing is wanted, or little, a client that comes back would have far to go from the last
// event that it got: it is told where it stands.
void Streams::remind(Subscription& subscription) {
    if (std::exchange(subscription.spoke, false)) return;
    if (subscription.held || subscription.starved()) return;
    if (subscription.has_pending() || !subscription.may_send()) return;
    subscription.seen = position(subscription);
    if (subscription.receipt || subscription.seen.sequence != subscription.told) {
        tell(subscription, {.cursor = subscription.seen}, nullptr);
    }
    subscription.spoke = false;
}

void Streams::remind_all() {
    reminder_ = executor_.call_after(rules_.bookmark, [this] { remind_all(); });
    for (const auto& [place, own] : by_place_) {
        for (const auto& each : own)
            remind(*each);
    }
}

// All that was wanted up to here has been sent, is pending, or is told of by the receipt that
// waits.
Cursor Streams::position(const Subscription& subscription) const {
    if (subscription.behind) return *subscription.behind;
    const bool live = !subscription.held && !subscription.starved();
    if (!live || published_.sequence < subscription.seen.sequence) return subscription.seen;
    return published_;
}

// A device that got or lost the labels joins or leaves the filter with the event that tells of it.
void Streams::follow_labels(Filter& filter, const Event& event) {
    if (filter.sight) filter.sight->follow(event);
    if (filter.labels.empty() || event.kind != Event::Kind::kDevice) return;
    if (has_all(labels_told(event), filter.labels)) {
        filter.labelled.insert(event.device.id.text());
    } else {
        filter.labelled.erase(event.device.id.text());
    }
}

Streams::Subscription* Streams::find(const Subscriber& subscriber, std::int64_t id) {
    const auto found = by_place_.find(subscriber.place_);
    if (found == by_place_.end()) return nullptr;
    const auto own =
        std::ranges::find_if(found->second, [&](const auto& each) { return each->id == id; });
    return own == found->second.end() ? nullptr : own->get();
}

}  // namespace tandem::api
