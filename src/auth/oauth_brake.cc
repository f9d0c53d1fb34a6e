#include "auth/oauth_brake.h"

namespace tandem::auth {

Bucket& OAuthBrake::bucket_of(const std::string& who, Monotonic now) {
    const auto found = buckets_.find(who);
    if (found != buckets_.end()) return found->second;
    if (buckets_.size() >= kMax) {
        std::erase_if(buckets_, [&](const auto& entry) { return entry.second.idle(rate_, now); });
    }
    return buckets_[buckets_.size() >= kMax ? std::string{} : who];
}

std::optional<Duration> OAuthBrake::take(const std::string& who, Monotonic now) {
    Bucket& bucket = bucket_of(who, now);
    if (bucket.take(1, rate_, now)) return {};
    return bucket.wait_for(1, rate_);
}

std::optional<Duration> OAuthBrake::wait(const std::string& who, Monotonic now) const {
    auto found = buckets_.find(who);
    if (found == buckets_.end() && buckets_.size() >= kMax) found = buckets_.find("");
    if (found == buckets_.end()) return {};
    Bucket looked_at = found->second;
    if (looked_at.take(1, rate_, now)) return {};
    return looked_at.wait_for(1, rate_);
}

}  // namespace tandem::auth
