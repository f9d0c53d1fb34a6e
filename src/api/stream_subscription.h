#pragma once

#include "api/streams.h"
#include "base/checked.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::api {

/// What streams.cc and stream_lag.cc know of a subscription. There may be hundreds of thousands:
/// what few of them have is kept elsewhere.
struct Streams::Subscription {
    Subscription(std::int64_t number,
                 std::shared_ptr<Subscriber> whose,
                 Wish wanted,
                 const Cursor& start)
        : id{number},
          subscriber{std::move(whose)},
          wish{std::move(wanted)},
          seen{start},
          told{start.sequence} {
        if (wish.flow.conflates()) pending = std::make_unique<PendingEvents>(subscriber->room_);
        if (wish.flow.policy == Flow::Policy::kChange) {
            changes = std::make_unique<ChangeFilter>(wish.flow.delta, subscriber->room_);
        }
    }

    std::int64_t id;
    std::shared_ptr<Subscriber> subscriber;
    Wish wish;
    Cursor seen;                       ///< up to here sent, receipted, pending or not wanted
    Sequence told;                     ///< what the client was told last
    std::unique_ptr<Receipt> receipt;  ///< goes out with what is sent next
    bool blocked = false;  ///< the client was full: all goes into the receipt until drained()
    bool spoke = false;    ///< something was sent since the last bookmarks
    bool missed = false;   ///< something came after `seen` for which there was no credit

    bool held = true;                ///< until release()
    std::unique_ptr<Cursor> behind;  ///< while held: the log is to be read from here to `seen`
    LogHint hint;                    ///< where that goes on
    std::vector<Event> waiting;      ///< while held, as much as there is room for
    std::optional<Completion<bool>> room;  ///< somebody waits for room and credit

    std::unique_ptr<PendingEvents> pending;  ///< of policies that conflate
    std::unique_ptr<ChangeFilter> changes;   ///< of the policy `change`
    TimerId tick = 0;                        ///< when what is pending may go
    Monotonic flushed = Monotonic::min();

    [[nodiscard]] bool has_pending() const { return pending != nullptr && !pending->empty(); }
    [[nodiscard]] bool starved() const { return wish.credit && checked(wish.credit) == 0; }
    [[nodiscard]] bool may_send() const { return !blocked && !subscriber->full(); }
    void forget_waiting() {
        for (const Event& event : waiting)
            subscriber->room_.give_back(weight_of(event));
        waiting.clear();
    }
};

}  // namespace tandem::api
