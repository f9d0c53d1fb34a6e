#include "simulation/follower.h"

#include "client/call.h"
#include "codec/json.h"

#include <algorithm>
#include <utility>

namespace tandem::simulation {

using client::items_at;
using client::number_at;
using client::text_at;

std::string identity_of(const Value& event) {
    const Value* value = event.find("v");
    const std::string kind = text_at(event, "k");
    return (kind.empty() ? "reading" : kind) + ' ' + text_at(event, "d") + ' ' +
           text_at(event, "s") + ' ' +
           std::to_string(static_cast<std::int64_t>(number_at(event, "t"))) + ' ' +
           (value == nullptr ? std::string{} : codec::to_json(*value));
}

Value Follower::request() {
    early_.clear();
    Value body = wish_;
    body.set("start", cursor_.empty() ? "now" : cursor_);
    return body;
}

void Follower::begin(std::string cursor, Duration at) {
    if (has_begun()) return;
    start_ = std::move(cursor);
    begun_at_ = at;
    advance(start_);
    for (const Value& each : std::exchange(early_, {}))
        take(each);
}

bool Follower::wants(std::string_view kind) const {
    const Value wish{wish_};
    const auto& kinds = items_at(wish, "kinds");
    if (kinds.empty()) return kind == "reading";
    return std::ranges::any_of(kinds, [&](const Value& each) {
        const auto* text = each.get<std::string>();
        return text != nullptr && *text == kind;
    });
}

void Follower::say(const std::string& what) {
    wrong_.push_back(name_ + " " + what);
}

void Follower::advance(const std::string& cursor) {
    const auto read = read_cursor(cursor);
    if (!read) return say("is given no cursor");
    if (read->sequence < sequence_) say("is given a cursor that goes back");
    sequence_ = read->sequence;
    cursor_ = cursor;
}

// The receipt comes before the events of its message; neither is a bookmark.
void Follower::take(const Value& message) {
    if (!has_begun()) return early_.push_back(message);
    if (const Value* gap = message.find("gap"); gap != nullptr) {
        ++gaps_;
        items_.push_back({.identity = {},
                          .missing = static_cast<std::uint64_t>(number_at(*gap, "n")),
                          .of_history = text_at(*gap, "why") == "history"});
        advance(text_at(*gap, "to"));
    }
    for (const Value& event : items_at(message, "ev"))
        take_event(event);
    if (message.find("cur") != nullptr) advance(text_at(message, "cur"));
}

// Devices are named in full, series by their beginnings.
bool Follower::wants_event(const Value& event) const {
    const Value wish{wish_};
    const auto among = [&](std::string_view member, std::string_view found) {
        const auto& wanted = items_at(wish, member);
        return wanted.empty() || std::ranges::any_of(wanted, [&](const Value& each) {
                   const auto* text = each.get<std::string>();
                   return text != nullptr && found.starts_with(text->substr(0, text->find('*')));
               });
    };
    const std::string kind = text_at(event, "k");
    if (!wants(kind.empty() ? "reading" : kind) || !among("devices", text_at(event, "d"))) {
        return false;
    }
    return !kind.empty() || among("series", text_at(event, "s"));
}

void Follower::take_event(const Value& event) {
    if (!wants_event(event)) say("is given what it does not want: " + identity_of(event));
    std::string identity = identity_of(event);
    const bool is_fresh = seen_.insert(identity).second;
    // A reading that its device has sent twice may be told of twice, as late.
    const bool may_repeat = event.find("late") != nullptr || !identity.starts_with("reading");
    if (!is_fresh && !may_repeat) say("is given twice: " + identity);
    items_.push_back({.identity = std::move(identity)});
}

Follower Follower::judge() const {
    Follower out{name_ + "'s judge", wish_};
    out.begin(start_, begun_at_);
    return out;
}

std::string Follower::against(const Follower& judge, bool holes) const {
    if (holes) return around_holes(judge);
    std::size_t at = 0;
    for (const Item& item : items_) {
        if (item.of_history) return name_ + " is told that history is gone, which it is not";
        if (item.identity.empty()) {
            at += item.missing;
            continue;
        }
        const bool is_there = at < judge.items_.size();
        if (!is_there || judge.items_[at].identity != item.identity) {
            return name_ + " is given " + item.identity + " where the log has " +
                   (is_there ? judge.items_[at].identity : "nothing more");
        }
        ++at;
    }
    if (at == judge.items_.size()) return {};
    return name_ + " is given " + std::to_string(at) + " events and receipts of " +
           std::to_string(judge.items_.size());
}

bool Follower::lacks_history() const {
    return std::ranges::any_of(items_, &Item::of_history);
}

// Readings are in no hole.
std::string Follower::around_holes(const Follower& judge) const {
    std::size_t at = 0;
    for (const Item& item : items_) {
        // Others may be told of twice in the same words.
        if (!item.identity.starts_with("reading")) continue;
        const auto found = std::ranges::find(judge.items_.begin() + static_cast<std::ptrdiff_t>(at),
                                             judge.items_.end(), item.identity, &Item::identity);
        if (found == judge.items_.end()) {
            return name_ + " is given where the log does not have it: " + item.identity;
        }
        at = static_cast<std::size_t>(found - judge.items_.begin()) + 1;
    }
    return {};
}

}  // namespace tandem::simulation
