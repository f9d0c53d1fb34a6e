#include "auth/brake.h"

#include <algorithm>

namespace tandem::auth {

Result<void> Brake::take(std::string_view key, Monotonic now) {
    if (key.empty()) return {};
    const Lock held{mutex_};
    const auto tries = of(key);
    auto may = try_once(*tries, now);
    put_first(tries);
    return may;
}

Result<void> Brake::look(std::string_view key, Monotonic now) const {
    const Lock held{mutex_};
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return {};
    Tries tries = *found->second;
    return try_once(tries, now);
}

Result<void> Brake::try_once(Tries& tries, Monotonic now) const {
    if (tries.held > 0) {
        if (now < tries.until) return refused(tries.until - now);
        // Quiet for long enough: it begins anew.
        if (now >= tries.until + rule_.longest) {
            tries.held = 0;
            tries.bucket = {};
        }
    }
    if (tries.held == 0) {
        if (!tries.bucket.take(1, rate(), now)) return refused(tries.bucket.wait_for(1, rate()));
        if (rule_.longest == Duration{0} || tries.bucket.left() >= 1) return {};
    }
    // The last one, or one that was let through after a wait.
    ++tries.held;
    tries.until = now + wait_after(tries.held);
    return {};
}

void Brake::give_back(std::string_view key) {
    const Lock held{mutex_};
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) found->second->bucket.put(1, rate());
}

void Brake::forget(std::string_view key) {
    const Lock held{mutex_};
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    const auto tries = found->second;
    by_key_.erase(found);
    (tries->spent ? spent_ : known_).erase(tries);
}

std::size_t Brake::size() const {
    const Lock held{mutex_};
    return known_.size() + spent_.size();
}

// As long as one try takes to come back, and then twice as long each time.
Duration Brake::wait_after(std::int64_t held) const {
    Duration wait = std::chrono::ceil<Duration>(std::chrono::duration<double>{60.0 / rule_.most});
    for (std::int64_t each = 1; each < held && wait < rule_.longest; ++each)
        wait *= 2;
    return std::min(wait, rule_.longest);
}

Brake::Known::iterator Brake::of(std::string_view key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) return found->second;
    if (by_key_.size() >= kKeysMax) drop_last(known_);
    known_.push_front({.key = std::string{key}, .bucket = {}, .until = {}});
    by_key_.emplace(known_.front().key, known_.begin());
    return known_.begin();
}

void Brake::put_first(Known::iterator tries) {
    Known& from = tries->spent ? spent_ : known_;
    tries->spent = tries->held > 0 || tries->bucket.left() < 1;
    Known& into = tries->spent ? spent_ : known_;
    into.splice(into.begin(), from, tries);
    if (spent_.size() > kSpentMax) drop_last(spent_);
}

void Brake::drop_last(Known& list) {
    by_key_.erase(list.back().key);
    list.pop_back();
}

std::unexpected<Error> Brake::refused(Duration wait) const {
    auto out = fail(ErrorCode::kRateLimited, tells_);
    out.error().limit = limit_;
    out.error().retry_after = wait;
    return out;
}

}  // namespace tandem::auth
