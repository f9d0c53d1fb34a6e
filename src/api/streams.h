#pragma once

#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"
#include "contract/encoding.h"
#include "domain/access.h"
#include "domain/event.h"
#include "domain/ports.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tandem::api {

/// A message of the stream, encoded once and shared by all sockets that get it.
struct Rendered {
    std::string payload;
    /// The door's framed form of the payload, made by the first that sends it.
    mutable std::shared_ptr<const void> frame;
};

/// A socket that events can be sent to. Its loop only.
class Subscriber {
public:
    Subscriber() = default;
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;
    virtual ~Subscriber() = default;

    [[nodiscard]] virtual contract::Encoding encoding() const = 0;
    [[nodiscard]] virtual const Actor& actor() const = 0;
    /// Whether as much waits for the socket as may; events then become a gap.
    [[nodiscard]] virtual bool full() const = 0;
    /// Events may wait `within` for others to leave with them.
    virtual void send(const std::shared_ptr<const Rendered>& message, Duration within) = 0;

private:
    friend class Streams;
    std::uint64_t place_ = 0;  ///< among the subscribers of its loop; 0: none yet
};

/// Which events a subscription wants. What is empty does not restrict.
struct Filter {
    TenantId tenant;
    std::set<std::string, std::less<>> devices;
    bool any_device = true;  ///< `devices` does not restrict; else only those in it
    Labels labels;           ///< of these devices only those with all of the labels
    /// Who has the labels: follows them as they change. Of the tenant's devices.
    std::set<std::string, std::less<>> labelled;
    std::vector<std::string> series;  ///< names, or beginnings with a `*` at the end
    std::set<Event::Kind> kinds;      ///< never empty

    [[nodiscard]] bool matches(const Event& event) const;
};

/// The live subscriptions of one loop: listens to the log while there are any, filters committed
/// events, encodes them once per audience, and accounts for each that a socket did not get. Policy
/// `all`: bounded by the socket's queue, then gap receipts.
class Streams {
public:
    Streams(EventLog& log, Metrics& metrics);

    struct Added {
        std::int64_t id = 0;
        Cursor start;
    };
    /// Begins a subscription; what happens is held back until release(). `from`: a cursor to go on
    /// from; what came between is missing() then. `gather`: how long events may wait for others to
    /// be sent with them.
    Added add(const std::shared_ptr<Subscriber>& subscriber,
              Filter filter,
              const std::optional<Cursor>& from,
              Duration gather = Duration{0});
    /// Sends what was when the subscription began.
    void show(const Subscriber& subscriber, std::int64_t id, const std::vector<Event>& snapshot);
    /// What has to be read from the log before release(): what came between `from` and the
    /// beginning, and more where too much has been held back to keep it.
    [[nodiscard]] std::optional<Stretch> missing(const Subscriber& subscriber, std::int64_t id);
    /// Sends what the log has of it, and a receipt for what is gone.
    void replay(const Subscriber& subscriber, std::int64_t id, const Past& past);
    /// The log cannot be read: a receipt for all that is missing.
    void give_up(const Subscriber& subscriber, std::int64_t id);
    /// Returns when the socket has room, or the subscription has ended.
    Task<void> room(std::shared_ptr<Subscriber> subscriber, std::int64_t id);
    /// Sends what has been held back. From now on events are sent as they come.
    void release(const Subscriber& subscriber, std::int64_t id);
    [[nodiscard]] bool remove(const Subscriber& subscriber, std::int64_t id);
    void remove_all(const Subscriber& subscriber);
    [[nodiscard]] std::size_t count(const Subscriber& subscriber) const;

    /// Events have been committed.
    void publish(const std::vector<Event>& events);
    /// The socket has room again: receipts first, then events as they come.
    void drained(const Subscriber& subscriber);

private:
    struct Gap {
        Cursor from;
        Cursor to;
        std::uint64_t count = 0;
    };
    struct Subscription {
        std::int64_t id = 0;
        std::shared_ptr<Subscriber> subscriber;
        Filter filter;
        Duration gather{0};
        Cursor seen;  ///< up to here sent, receipted or not wanted
        std::optional<Gap> gap;
        bool held = true;              ///< until release()
        std::optional<Cursor> behind;  ///< while held: the log is to be read from here to `seen`
        LogHint hint;                  ///< where that goes on
        std::vector<Event> waiting;    ///< while held; kHeldMax at most, then `seen` moves on
        std::optional<Completion<bool>> room;  ///< somebody waits for drained()
    };
    struct Batch;
    using Places = std::map<std::uint64_t, std::vector<std::unique_ptr<Subscription>>>;

    void end(Places::iterator subscriber, std::optional<std::int64_t> id);
    void offer(Subscription& subscription, Batch& batch);
    static void let_go(Subscription& subscription, const Cursor& to);
    void skip(Subscription& subscription, std::size_t count, const Cursor& to);
    void send_gap(Subscription& subscription, std::string_view why);
    void send_events(const Subscription& subscription,
                     const std::vector<const Event*>& events,
                     const Cursor& cursor);
    static void follow_labels(Filter& filter, const Event& event);
    [[nodiscard]] Subscription* find(const Subscriber& subscriber, std::int64_t id);

    EventLog& log_;
    Metric& sent_;
    Metric& skipped_;
    Metric& active_;
    // By the subscribers' places, so that all hear in the order of their coming; each may have
    // Rules::subscriptions.
    Places by_place_;
    std::uint64_t last_place_ = 0;
};

/// An event in the stream's form: `{"d","s","t","v"}`, others than readings with their kind `k`.
void write_event(Writer& writer, const Event& event);

}  // namespace tandem::api
