#include "auth/token_cache.h"

#include "auth/key.h"

#include <algorithm>
#include <utility>

namespace tandem::auth {

std::optional<VerifiedJwt> TokenCache::find(std::string_view token,
                                            std::string_view certificate,
                                            Monotonic now) const {
    const auto found = by_digest_.find(digest(token));
    if (found == by_digest_.end()) return {};
    const Entry& entry = *found->second;
    if (now >= entry.until || !may_present(entry.verified, certificate)) return {};
    return entry.verified;
}

void TokenCache::erase(Entries::const_iterator entry) {
    by_digest_.erase(entry->digest);
    entries_.erase(entry);
}

void TokenCache::put(std::string_view token, VerifiedJwt verified, Instant at, Monotonic now) {
    const Duration life = std::min(kLife, Duration{verified.expires - at});
    if (life <= Duration::zero() || max_ == 0) return;
    std::string key = digest(token);
    if (const auto found = by_digest_.find(key); found != by_digest_.end()) erase(found->second);
    while (!entries_.empty() && (now >= entries_.front().until || entries_.size() >= max_))
        erase(entries_.begin());
    entries_.push_back(
        {.digest = std::move(key), .verified = std::move(verified), .until = now + life});
    const auto last = std::prev(entries_.cend());
    by_digest_.emplace(last->digest, last);
}

}  // namespace tandem::auth
