#include "auth/session.h"

#include "auth/key.h"
#include "base/sha256.h"

#include <algorithm>

namespace tandem::auth {
namespace {

constexpr std::string_view kMark = "session-";  // What the ids of sessions begin with.

// 128 bits of the SHA-256 of what the caller sent: how long a look at a table takes tells nothing
// of the secrets there. A session is found by its id as well, which has the same digits.
std::string table_key(std::string_view secret) {
    Sha256 sum;
    sum.add(secret);
    return sum.finish().substr(0, 32);
}

// The key of a session whose id this is; "", which is none, for other credentials.
std::string_view key_of(std::string_view id) {
    return id.starts_with(kMark) ? id.substr(kMark.size()) : std::string_view{};
}

}  // namespace

void Sessions::hold(Table& table, std::string_view secret, Held held) {
    if (table.size() >= kMax) {
        table.erase(std::ranges::min_element(table, {},
                                             [](const auto& entry) { return entry.second.used; }));
    }
    table.emplace(table_key(secret), std::move(held));
}

std::optional<Sessions::Held> Sessions::take(Table& table,
                                             std::string_view secret,
                                             Duration life,
                                             Monotonic now) {
    const auto found = table.find(table_key(secret));
    if (found == table.end()) return {};
    Held held = std::move(found->second);
    table.erase(found);
    if (now - held.began > life) return {};
    return held;
}

bool Sessions::over(const Held& held, Monotonic now) {
    return now - held.used > kIdle || now - held.began > kLife;
}

std::string Sessions::begin(Actor actor, Monotonic now) {
    const std::lock_guard lock{mutex_};
    std::string secret = make_secret(random_);
    actor.credential = std::string{kMark} + table_key(secret);
    hold(sessions_, secret, {.actor = std::move(actor), .origin = {}, .began = now, .used = now});
    return secret;
}

Result<Actor> Sessions::find(std::string_view cookie, Monotonic now) {
    const std::lock_guard lock{mutex_};
    const auto found = sessions_.find(table_key(cookie));
    if (found == sessions_.end() || over(found->second, now)) {
        return fail(ErrorCode::kUnauthenticated, "the session has ended: log in again");
    }
    found->second.used = now;
    return found->second.actor;
}

bool Sessions::alive(const std::string& session, Monotonic now) {
    const std::lock_guard lock{mutex_};
    const auto found = sessions_.find(key_of(session));
    if (found == sessions_.end() || now - found->second.began > kLife) return false;
    found->second.used = now;  // A live socket keeps its session from idling out.
    return true;
}

std::optional<Duration> Sessions::left(const std::string& session, Monotonic now) {
    // Every live socket is asked about, most of them by other credentials.
    if (!session.starts_with(kMark)) return {};
    const std::lock_guard lock{mutex_};
    const auto found = sessions_.find(key_of(session));
    if (found == sessions_.end()) return {};
    return Duration{found->second.began + kLife - now};
}

std::optional<Actor> Sessions::end(std::string_view cookie) {
    const std::lock_guard lock{mutex_};
    const auto found = sessions_.find(table_key(cookie));
    if (found == sessions_.end()) return {};
    Actor actor = std::move(found->second.actor);
    sessions_.erase(found);
    return actor;
}

void Sessions::end_principal(const Principal& principal) {
    std::vector<std::string> ended;
    std::vector<RevocationListener> listeners;
    {
        const std::lock_guard lock{mutex_};
        const auto its = [&](const auto& entry) {
            const Actor& actor = entry.second.actor;
            return Principal{actor.kind, actor.tenant, actor.id} == principal;
        };
        for (const auto& entry : sessions_) {
            if (its(entry)) ended.push_back(entry.second.actor.credential);
        }
        for (Table* each : {&sessions_, &tickets_, &codes_})
            std::erase_if(*each, its);
        listeners = listeners_;
    }
    for (const RevocationListener& listener : listeners) {
        for (const std::string& session : ended)
            listener(session);
    }
}

void Sessions::listen(RevocationListener listener) {
    const std::lock_guard lock{mutex_};
    listeners_.push_back(std::move(listener));
}

Sessions::Ticket Sessions::make_ticket(const Actor& actor, std::string origin, Monotonic now) {
    const std::lock_guard lock{mutex_};
    std::erase_if(tickets_,
                  [&](const auto& entry) { return now - entry.second.began > kTicketLife; });
    std::string secret = make_secret(random_);
    hold(tickets_, secret,
         {.actor = actor, .origin = std::move(origin), .began = now, .used = now});
    return {.text = std::move(secret), .life = kTicketLife};
}

Result<Actor> Sessions::redeem_ticket(std::string_view ticket,
                                      std::string_view origin,
                                      Monotonic now) {
    const std::lock_guard lock{mutex_};
    auto held = take(tickets_, ticket, kTicketLife, now);
    if (!held || held->origin != origin) {
        return fail(ErrorCode::kUnauthenticated,
                    "the ticket is not valid: it works once, for 30 s, from the page that asked");
    }
    return held->actor;
}

std::string Sessions::make_code(const Actor& actor, Monotonic now) {
    const std::lock_guard lock{mutex_};
    std::string secret = make_secret(random_);
    hold(codes_, secret, {.actor = actor, .origin = {}, .began = now, .used = now});
    return secret;
}

Result<Actor> Sessions::redeem_code(std::string_view code, Monotonic now) {
    const std::lock_guard lock{mutex_};
    auto held = take(codes_, code, kCodeLife, now);
    if (!held) {
        return fail(ErrorCode::kUnauthenticated,
                    "the code is not valid: it works once, for 10 minutes");
    }
    return held->actor;
}

}  // namespace tandem::auth
