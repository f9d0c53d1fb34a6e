#include "auth/jwks_cache.h"

#include "base/checked.h"

#include <algorithm>
#include <utility>

namespace tandem::auth {

JwksCache::Age JwksCache::age(Monotonic now) const {
    if (!fresh_until_ || now >= *fresh_until_ + kStaleMax) return Age::kNone;
    return now < *fresh_until_ ? Age::kFresh : Age::kStale;
}

/// Old keys are used only after the issuer was asked for new ones and could not be reached: a key
/// that it has withdrawn must not live on because nobody asked. A failure so shortly before they
/// grew old that none may ask again yet counts.
bool JwksCache::may_be_stale() const {
    return failed_ && fresh_until_ && *failed_ >= *fresh_until_ - kFetchApart;
}

bool JwksCache::is_fetching(Monotonic now) const {
    return fetching_ && now < checked(began_) + kFetchApart;
}

/// A fetch that may begin now, if one may.
std::optional<JwksCache::FetchId> JwksCache::begin(Monotonic now) {
    if (began_ && now < *began_ + kFetchApart) return {};
    if (fetching_) failed_ = now;  // Nobody said how that one ended.
    began_ = now;
    fetching_ = true;
    return ++fetch_;
}

JwksCache::Answer JwksCache::wait_or(Outcome otherwise, Monotonic now) {
    const auto fetch = begin(now);
    const bool waits = fetch || is_fetching(now);
    return {.outcome = waits ? Outcome::kWait : otherwise, .key = {}, .fetch = fetch};
}

JwksCache::Answer JwksCache::with_key(const Jwk& key, Monotonic now) {
    const bool stale = age(now) == Age::kStale;
    return {.outcome = Outcome::kKey, .key = key, .fetch = stale ? begin(now) : std::nullopt};
}

JwksCache::Answer JwksCache::find(const std::optional<std::string>& kid,
                                  JwsAlgorithm algorithm,
                                  Monotonic now) {
    const Age present = age(now);
    if (present == Age::kNone || (present == Age::kStale && !may_be_stale()))
        return wait_or(Outcome::kUnavailable, now);
    if (const Jwk* key = find_key(keys_, kid, algorithm)) return with_key(*key, now);
    // A token that names no key gives no reason to think that there are new ones.
    if (!kid && present == Age::kFresh) return {.outcome = Outcome::kUnknown};
    return wait_or(Outcome::kUnknown, now);
}

void JwksCache::fetched(FetchId fetch, Jwks jwks, std::optional<Duration> max_age, Monotonic now) {
    if (fetch != fetch_ || !fetching_) return;
    fetching_ = false;
    keys_ = std::move(jwks.keys);
    fresh_until_ = now + std::clamp(max_age.value_or(kFreshMin), kFreshMin, kFreshMax);
}

void JwksCache::failed(FetchId fetch, Monotonic now) {
    if (fetch != fetch_ || !fetching_) return;
    fetching_ = false;
    failed_ = now;
}

}  // namespace tandem::auth
