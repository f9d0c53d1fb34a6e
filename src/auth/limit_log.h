#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "domain/access.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tandem::auth {

/// Somebody was refused, or held up, because of a limit.
struct LimitHit {
    Instant time;           ///< of the last one, where there were several
    std::string limit;      ///< its name
    std::string operation;  ///< what was asked for; empty: anything
    Door door = Door::kRest;
    std::string detail;  ///< what the problem said
    std::optional<Duration> retry_after;
    std::int64_t count = 1;  ///< so many, one after the other, by the same limit in the same way
    bool operator==(const LimitHit&) const = default;
};

/// The last hits of each principal, to tell it why it was limited. Of kPrincipalsMax principals,
/// those that were limited last. In memory. Any thread.
class LimitLog {
public:
    static constexpr std::size_t kHitsMax = 10;
    static constexpr std::size_t kPrincipalsMax = 10'000;

    /// `principal`: principal_key().
    void note(const std::string& principal, LimitHit hit);
    /// The newest first.
    [[nodiscard]] std::vector<LimitHit> of(const std::string& principal) const;

private:
    struct Entry {
        std::string principal;
        std::deque<LimitHit> hits;  // The newest first.
    };
    using Entries = std::list<Entry>;

    mutable Mutex mutex_;
    Entries entries_ TANDEM_GUARDED_BY(mutex_);  // Who was limited last first.
    std::map<std::string, Entries::iterator, std::less<>> by_principal_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::auth
