#pragma once

#include "base/value.h"
#include "domain/event.h"
#include "simulation/virtual_time.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tandem::simulation {

/// What one consumer of the stream has been given since it began, over any number of connections
/// and whatever their kind: it resumes at cursor(). Says what is wrong with it.
class Follower {
public:
    /// `wish` is the body of its subscription, without a start.
    Follower(std::string name, Value::Object wish)
        : name_{std::move(name)}, wish_{std::move(wish)} {}

    [[nodiscard]] const std::string& name() const { return name_; }
    /// The subscription that goes on where this one is, on another connection: at `now` in the
    /// beginning.
    [[nodiscard]] Value request();
    /// The hub has said where it begins.
    void begin(std::string cursor, Duration at);
    [[nodiscard]] bool has_begun() const { return !start_.empty(); }
    [[nodiscard]] Duration begun_at() const { return begun_at_; }

    /// A message of the stream, `{"cur","ev"}` or `{"gap"}`; others are no matter. What comes
    /// before begin() counts when the hub has said where that was.
    void take(const Value& message);

    /// One that is to be given all that this one should have been given: it begins where this one
    /// did.
    [[nodiscard]] Follower judge() const;
    /// Compares with what the judge was given: the same, in the same order, but for what receipts
    /// tell of. Gives what is wrong, "" when nothing is. `holes`: the log may lack events, and say
    /// so: those of the registry while it cannot be written.
    [[nodiscard]] std::string against(const Follower& judge, bool holes) const;
    [[nodiscard]] bool has(const std::string& identity) const { return seen_.contains(identity); }
    /// What `take` has found, and `also` more.
    [[nodiscard]] const std::vector<std::string>& wrong() const { return wrong_; }
    [[nodiscard]] std::size_t events() const { return seen_.size(); }
    [[nodiscard]] std::size_t gaps() const { return gaps_; }
    /// Whether it was told that the log has lost something.
    [[nodiscard]] bool lacks_history() const;
    [[nodiscard]] bool wants(std::string_view kind) const;

private:
    // An event, or a receipt for `missing` of them.
    struct Item {
        std::string identity;
        std::uint64_t missing = 0;
        bool of_history = false;  // counts all events of the log, wanted or not
    };
    [[nodiscard]] std::string around_holes(const Follower& judge) const;
    void advance(const std::string& cursor);
    [[nodiscard]] bool wants_event(const Value& event) const;
    void take_event(const Value& event);
    void say(const std::string& what);

    std::string name_;
    Value::Object wish_;
    std::string start_;
    std::string cursor_;
    Sequence sequence_ = 0;
    Duration begun_at_{0};
    std::vector<Value> early_;  // Came before begin().
    std::vector<Item> items_;
    std::set<std::string> seen_;
    std::vector<std::string> wrong_;
    std::size_t gaps_ = 0;
};

/// What an event is known by: kind, device, series, time and value.
[[nodiscard]] std::string identity_of(const Value& event);

}  // namespace tandem::simulation
