#pragma once

#include "api/sight.h"
#include "api/stream_lag.h"
#include "api/stream_message.h"
#include "api/stream_rules.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/metric.h"
#include "base/task.h"
#include "contract/encoding.h"
#include "domain/access.h"
#include "domain/event_kinds.h"
#include "domain/flow.h"
#include "domain/ports.h"

#include <functional>
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

/// A client that events can be sent to. Its loop only.
class Subscriber {
public:
    /// `pending_bytes`: StreamRules.
    explicit Subscriber(std::size_t pending_bytes) : room_{pending_bytes} {}
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;
    virtual ~Subscriber() = default;

    [[nodiscard]] virtual contract::Encoding encoding() const = 0;
    [[nodiscard]] virtual Door door() const = 0;
    [[nodiscard]] virtual const Actor& actor() const = 0;
    /// Whether as much waits for the client as may; what its subscriptions do then is their policy.
    [[nodiscard]] virtual bool full() const = 0;
    /// How many bytes the hub holds that the client has not taken.
    [[nodiscard]] virtual std::size_t queued() const = 0;
    /// Takes the message as it is, during the call; false: it has to be rendered and sent.
    [[nodiscard]] virtual bool take(const StreamMessage& /*message*/) { return false; }
    /// Events may wait `within` for others to leave with them.
    virtual void send(const std::shared_ptr<const Rendered>& message, Duration within) = 0;
    /// The hub stops, or the credential has ended. Sockets hear of that from their door.
    virtual void dismiss() {}

private:
    friend class Streams;
    /// Sees how long the oldest message that the client has not taken has waited.
    void look(Monotonic now);

    std::uint64_t place_ = 0;  ///< among the subscribers of its loop; 0: none yet
    PendingRoom room_;
    std::uint64_t given_ = 0;  ///< bytes of messages, ever
    std::uint64_t taken_ = 0;  ///< of them, about: what is no message waits among them
    Watermarks given_at_;      ///< empty while nothing waits
    Duration late_{0};         ///< as look() has seen it
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
    EventKinds kinds;                 ///< never empty
    std::optional<Sight> sight;       ///< what its grants let the subscriber see; none: all of that

    [[nodiscard]] bool matches(const Event& event) const;
};

/// What a subscription is.
struct Wish {
    Filter filter;
    Flow flow;
    std::optional<std::uint64_t> credit;  ///< so many events, then what is granted; none: no end
    EventFields fields;
    std::optional<Cursor> from;  ///< to go on from; else what happens from now on
    Duration gather{0};          ///< how long events may wait for others to be sent with them
};

/// The live subscriptions of one loop: listens to the log while there are any, filters committed
/// events, encodes them once per audience, and accounts for each that a client did not get. What a
/// client does not take becomes a receipt; what it has no credit for is read from the log later.
class Streams {
public:
    Streams(EventLog& log,
            Executor& executor,
            const Clock& clock,
            Metrics& metrics,
            const StreamRules& rules);
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;
    ~Streams();

    struct Added {
        std::int64_t id = 0;
        Cursor start;
    };
    /// Begins a subscription; what happens is held back until release(). What came between
    /// `wish.from` and now is missing() then.
    Added add(const std::shared_ptr<Subscriber>& subscriber, Wish wish);
    /// Sends what was when the subscription began.
    void show(const Subscriber& subscriber, std::int64_t id, const std::vector<Event>& snapshot);
    /// What has to be read from the log before release(): what came between `from` and the
    /// beginning, and more where too much has been held back to keep it.
    [[nodiscard]] std::optional<Stretch> missing(const Subscriber& subscriber, std::int64_t id);
    /// Sends what the log has of it, and a receipt for what is gone.
    void replay(const Subscriber& subscriber, std::int64_t id, const Past& past);
    /// The log has nothing of it: a receipt for all that is missing.
    void give_up(const Subscriber& subscriber, std::int64_t id);
    /// Returns when the client has room and the subscription credit, or it has ended.
    Task<void> room(std::shared_ptr<Subscriber> subscriber, std::int64_t id);
    /// The store could not be read. Returns when it may be tried again; false: the subscription has
    /// ended.
    Task<bool> rest(std::shared_ptr<Subscriber> subscriber, std::int64_t id);
    /// Sends what has been held back. From now on events are sent as they come.
    void release(const Subscriber& subscriber, std::int64_t id);

    /// What grant() has found.
    enum class Granted : std::uint8_t {
        kUnknown,   ///< there is no such subscription, or it has no use for credit
        kGoesOn,    ///< nothing is missing, or somebody is at it
        kIsBehind,  ///< missing() has to be read, then release()
    };
    [[nodiscard]] Granted grant(const Subscriber& subscriber, std::int64_t id, std::uint64_t more);
    /// Whether events wait until there is credit.
    [[nodiscard]] bool starved(const Subscriber& subscriber, std::int64_t id);
    /// Sends what waits for its time, and gives where the client stands then.
    [[nodiscard]] std::optional<Cursor> settle(const Subscriber& subscriber, std::int64_t id);

    /// What there is for a subscription after `at`, its position; none when there is nothing.
    [[nodiscard]] std::optional<Lag> lag_after(const Cursor& at) const;
    /// As they were at the last look. Any thread.
    [[nodiscard]] const StreamLags& lags() const { return lags_; }

    [[nodiscard]] bool remove(const Subscriber& subscriber, std::int64_t id);
    void remove_all(const Subscriber& subscriber);
    [[nodiscard]] std::size_t count(const Subscriber& subscriber) const;
    /// Ends the subscribers whose actor `ends` names: Subscriber::dismiss().
    void end_those(const std::function<bool(const Actor&)>& ends);

    /// Events have been committed.
    void publish(const std::vector<Event>& events);
    /// The client has room again: receipts first, then events as they come.
    void drained(const Subscriber& subscriber);

private:
    struct Subscription;
    struct Batch;
    using Places = std::map<std::uint64_t, std::vector<std::unique_ptr<Subscription>>>;

    void end(Places::iterator subscriber, std::optional<std::int64_t> id);
    void offer(Subscription& subscription, Batch& batch);
    void keep(Subscription& subscription,
              const std::vector<const Event*>& wanted,
              const Cursor& to);
    static void let_go(Subscription& subscription, const Cursor& to);
    void sift(Subscription& subscription, std::vector<const Event*>& events, const Cursor& to);
    void conflate(Subscription& subscription,
                  const std::vector<const Event*>& events,
                  const Cursor& to);
    [[nodiscard]] bool deliver(Subscription& subscription,
                               std::vector<const Event*> events,
                               Cursor& to,
                               Batch* batch);
    void lose(Subscription& subscription, std::uint64_t count, const Cursor& to, Loss why);
    void flush(Subscription& subscription, const Cursor& cursor);
    void flush_in_time(Subscription& subscription);
    void tell(Subscription& subscription, StreamMessage message, Batch* batch);
    void listen();
    void look();
    [[nodiscard]] std::optional<Lag> lag_of(const Subscription& subscription) const;
    [[nodiscard]] std::optional<Lag> lag_of_queue(const Subscriber& subscriber) const;
    [[nodiscard]] std::optional<Lag> lag_to_tell(const Subscription& subscription,
                                                 const Cursor& at) const;
    void remind_all();
    void remind(Subscription& subscription);
    [[nodiscard]] Cursor position(const Subscription& subscription) const;
    static void follow_labels(Filter& filter, const Event& event);
    [[nodiscard]] Subscription* find(const Subscriber& subscriber, std::int64_t id);

    EventLog& log_;
    Executor& executor_;
    const Clock& clock_;
    Metric& sent_;
    Metric& receipted_;
    Metric& active_;
    Metric& unread_;
    Metric& crowded_;  ///< there was no room among StreamRules::pending_bytes
    // By the subscribers' places, so that all hear in the order of their coming; each may have
    // Rules::subscriptions.
    Places by_place_;
    std::uint64_t last_place_ = 0;
    Cursor published_;  // Up to here the log has told of its events.
    StreamRules rules_;
    TimerId reminder_ = 0;
    TimerId looker_ = 0;
    Watermarks published_at_;
    StreamLags lags_;
};

}  // namespace tandem::api
