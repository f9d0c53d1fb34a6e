#include "api/streams.h"

#include "base/checked.h"
#include "base/fault.h"
#include "contract/shape.h"

#include <algorithm>

namespace tandem::api {
namespace {

constexpr std::size_t kHeldMax = 10'000;  // Events that wait for a snapshot to be read.

bool matches_series(const std::vector<std::string>& wanted, const std::string& series) {
    return std::ranges::any_of(wanted, [&](const std::string& each) {
        if (!each.ends_with('*')) return each == series;
        return std::string_view{series}.starts_with(
            std::string_view{each}.substr(0, each.size() - 1));
    });
}

bool has_labels(const Value& labels, const Labels& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& entry) {
        const Value* found = labels.find(entry.first);
        const auto* text = found == nullptr ? nullptr : found->get<std::string>();
        return text != nullptr && *text == entry.second;
    });
}

std::vector<const Event*> pointers_to(const std::vector<Event>& events) {
    std::vector<const Event*> out;
    out.reserve(events.size());
    for (const Event& event : events)
        out.push_back(&event);
    return out;
}

}  // namespace

void write_event(Writer& writer, const Event& event) {
    writer.begin_object();
    writer.key("d");
    writer.text(event.device.id.text());
    if (event.kind != Event::Kind::kReading) {
        writer.key("k");
        writer.text(name_of(event.kind));
    }
    if (!event.series.empty()) {
        writer.key("s");
        writer.text(event.series);
    }
    writer.key("t");
    contract::write_instant(writer, event.time);
    writer.key("v");
    write_value(writer, event.value);
    if (event.late) {
        writer.key("late");
        writer.boolean(true);
    }
    writer.end_object();
}

bool Filter::matches(const Event& event) const {
    if (event.device.tenant != tenant || !kinds.contains(event.kind)) return false;
    const bool any = any_device || has_fault(Fault::kDevicesNotFiltered);
    if (!any && !devices.contains(event.device.id.text())) return false;
    if (!labels.empty() && !labelled.contains(event.device.id.text())) return false;
    const bool of_series = event.kind == Event::Kind::kReading && !series.empty();
    const bool any_series = !of_series || has_fault(Fault::kSeriesNotFiltered);
    return any_series || matches_series(series, event.series);
}

// Events of one commit, with what has been encoded of them so far: subscriptions that want the same
// of it, in the same encoding and under the same number, share one message.
struct Streams::Batch {
    const std::vector<Event>& events;
    Cursor cursor;

    struct Made {
        contract::Encoding encoding;
        std::int64_t sub;
        std::vector<const Event*> events;
        std::shared_ptr<const Rendered> message;
    };
    std::vector<Made> made;  // Searched from the front; the first few serve nearly all.
};

namespace {

std::shared_ptr<const Rendered> render_events(contract::Encoding encoding,
                                              std::int64_t sub,
                                              const std::vector<const Event*>& events,
                                              const Cursor& cursor) {
    const auto writer = contract::make_writer(encoding);
    writer->begin_object();
    writer->key("sub");
    writer->integer(sub);
    writer->key("cur");
    writer->text(cursor_text(cursor));
    writer->key("ev");
    writer->begin_array();
    for (const Event* event : events)
        write_event(*writer, *event);
    writer->end_array();
    writer->end_object();
    return std::make_shared<const Rendered>(writer->take());
}

}  // namespace

Streams::Streams(EventLog& log, Metrics& metrics)
    : log_{log},
      sent_{metrics.counter("tandem_stream_events_total", "outcome=\"sent\"")},
      skipped_{metrics.counter("tandem_stream_events_total", "outcome=\"receipted\"")},
      active_{metrics.gauge("tandem_subscriptions")} {
    metrics.describe("tandem_stream_events_total",
                     "Events for subscriptions: sent, or told of by a gap receipt.");
}

Streams::Added Streams::add(const std::shared_ptr<Subscriber>& subscriber,
                            Filter filter,
                            const std::optional<Cursor>& from,
                            Duration gather) {
    if (by_place_.empty()) {
        log_.listen([this](const std::vector<Event>& events) { publish(events); });
    }
    if (subscriber->place_ == 0) subscriber->place_ = ++last_place_;
    auto& own = by_place_[subscriber->place_];
    std::int64_t id = 1;
    for (const auto& each : own)
        id = std::max(id, each->id + 1);
    auto fresh = std::make_unique<Subscription>(Subscription{.id = id,
                                                             .subscriber = subscriber,
                                                             .filter = std::move(filter),
                                                             .gather = gather,
                                                             .seen = log_.head(),
                                                             .gap = {},
                                                             .behind = {},
                                                             .hint = {},
                                                             .waiting = {},
                                                             .room = {}});
    if (from && *from != fresh->seen) {
        if (from->log == fresh->seen.log && from->sequence < fresh->seen.sequence) {
            fresh->behind = from;
        } else {
            // Of another log: nobody knows how many.
            fresh->gap = Gap{.from = *from, .to = fresh->seen, .count = 0};
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
    if (subscription->gap) send_gap(*subscription, "history");
    if (snapshot.empty()) return;
    const Cursor& cursor = subscription->behind ? *subscription->behind : subscription->seen;
    send_events(*subscription, pointers_to(snapshot), cursor);
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
        skipped_.add(static_cast<std::int64_t>(count));
        subscription->gap = Gap{.from = std::exchange(behind, to), .to = to, .count = count};
        send_gap(*subscription, "history");
    }
    std::vector<const Event*> wanted;
    for (const Event& event : past.events) {
        if (subscription->filter.matches(event)) wanted.push_back(&event);
    }
    behind.sequence = std::max(behind.sequence, past.through);
    subscription->hint = past.hint;
    if (!wanted.empty()) send_events(*subscription, wanted, behind);
    if (behind.sequence >= subscription->seen.sequence) subscription->behind.reset();
}

void Streams::give_up(const Subscriber& subscriber, std::int64_t id) {
    const auto all = missing(subscriber, id);
    if (all) replay(subscriber, id, {.gone = all->until, .events = {}, .through = all->until});
}

Task<void> Streams::room(std::shared_ptr<Subscriber> subscriber, std::int64_t id) {
    while (subscriber->full()) {
        Subscription* subscription = find(*subscriber, id);
        if (subscription == nullptr) co_return;
        const auto drained = subscription->room.emplace();
        if (!co_await drained) co_return;
    }
}

void Streams::release(const Subscriber& subscriber, std::int64_t id) {
    Subscription* subscription = find(subscriber, id);
    if (subscription == nullptr) return;
    subscription->held = false;
    const auto waiting = std::exchange(subscription->waiting, {});
    if (!waiting.empty() && !has_fault(Fault::kHeldEventsLost)) {
        const Cursor cursor{.log = subscription->seen.log, .sequence = waiting.back().sequence};
        send_events(*subscription, pointers_to(waiting), cursor);
        subscription->seen = cursor;
    }
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
        if (ends(each) && each->room) waiting.push_back(checked(each->room));
    }
    active_.add(-static_cast<std::int64_t>(std::erase_if(own, ends)));
    if (own.empty()) by_place_.erase(subscriber);
    // Without subscriptions nothing is listened to: events that nobody hears cost nothing.
    if (by_place_.empty()) log_.listen({});
    for (auto& each : waiting)
        each.complete(false);
}

std::size_t Streams::count(const Subscriber& subscriber) const {
    const auto found = by_place_.find(subscriber.place_);
    return found == by_place_.end() ? 0 : found->second.size();
}

void Streams::publish(const std::vector<Event>& events) {
    if (events.empty()) return;
    const Sequence ahead = has_fault(Fault::kCursorAhead) ? 1 : 0;
    Batch batch{.events = events,
                .cursor = {.log = log_.head().log, .sequence = events.back().sequence + ahead},
                .made = {}};
    for (auto& [place, own] : by_place_) {
        for (auto& subscription : own)
            offer(*subscription, batch);
    }
}

void Streams::offer(Subscription& subscription, Batch& batch) {
    if (batch.cursor.sequence <= subscription.seen.sequence) return;  // Committed before it began.
    std::vector<const Event*> wanted;
    for (const Event& event : batch.events) {
        follow_labels(subscription.filter, event);
        if (event.sequence > subscription.seen.sequence && subscription.filter.matches(event)) {
            wanted.push_back(&event);
        }
    }
    if (wanted.empty()) return;
    if (subscription.held) {
        for (const Event* event : wanted)
            subscription.waiting.push_back(*event);
        if (subscription.waiting.size() > kHeldMax) let_go(subscription, batch.cursor);
        return;
    }
    if (subscription.gap || subscription.subscriber->full()) {
        return skip(subscription, wanted.size(), batch.cursor);
    }
    const auto encoding = subscription.subscriber->encoding();
    auto found = std::ranges::find_if(batch.made, [&](const Batch::Made& made) {
        return made.encoding == encoding && made.sub == subscription.id && made.events == wanted;
    });
    if (found == batch.made.end()) {
        auto message = render_events(encoding, subscription.id, wanted, batch.cursor);
        batch.made.push_back({encoding, subscription.id, std::move(wanted), std::move(message)});
        found = std::prev(batch.made.end());
    }
    subscription.seen = batch.cursor;
    sent_.add(static_cast<std::int64_t>(found->events.size()));
    subscription.subscriber->send(found->message, subscription.gather);
}

// So much has happened while a snapshot or the log was being read that it is not kept but read,
// too.
void Streams::let_go(Subscription& subscription, const Cursor& to) {
    subscription.waiting.clear();
    if (!subscription.behind) subscription.behind = subscription.seen;
    subscription.seen = to;
}

void Streams::skip(Subscription& subscription, std::size_t count, const Cursor& to) {
    if (!subscription.gap) subscription.gap = Gap{.from = subscription.seen, .to = to, .count = 0};
    subscription.gap->to = to;
    subscription.gap->count += count;
    subscription.seen = to;
    skipped_.add(static_cast<std::int64_t>(count));
}

void Streams::drained(const Subscriber& subscriber) {
    const auto found = by_place_.find(subscriber.place_);
    if (found == by_place_.end()) return;
    std::vector<Completion<bool>> waiting;
    for (auto& subscription : found->second) {
        if (subscription->gap && !subscription->held) send_gap(*subscription, "slow");
        if (subscription->room) waiting.push_back(checked(std::exchange(subscription->room, {})));
    }
    for (auto& each : waiting)
        each.complete(true);
}

void Streams::send_gap(Subscription& subscription, std::string_view why) {
    const Gap gap = checked(std::exchange(subscription.gap, {}));
    if (has_fault(Fault::kReceiptDropped)) return;
    const auto writer = contract::make_writer(subscription.subscriber->encoding());
    writer->begin_object();
    writer->key("sub");
    writer->integer(subscription.id);
    writer->key("gap");
    writer->begin_object();
    writer->key("from");
    writer->text(cursor_text(gap.from));
    writer->key("to");
    writer->text(cursor_text(gap.to));
    writer->key("n");
    writer->integer(static_cast<std::int64_t>(gap.count));
    writer->key("why");
    writer->text(why);
    writer->end_object();
    writer->end_object();
    subscription.subscriber->send(std::make_shared<const Rendered>(writer->take()), Duration{0});
}

void Streams::send_events(const Subscription& subscription,
                          const std::vector<const Event*>& events,
                          const Cursor& cursor) {
    sent_.add(static_cast<std::int64_t>(events.size()));
    subscription.subscriber->send(
        render_events(subscription.subscriber->encoding(), subscription.id, events, cursor),
        Duration{0});
}

// A device that got or lost the labels joins or leaves the filter with the event that tells of it.
void Streams::follow_labels(Filter& filter, const Event& event) {
    if (filter.labels.empty() || event.kind != Event::Kind::kDevice) return;
    if (event.device.tenant != filter.tenant) return;
    const Value* labels = event.value.find("labels");
    if (labels != nullptr && has_labels(*labels, filter.labels)) {
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
