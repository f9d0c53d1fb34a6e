#pragma once

#include "auth/budget.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::auth {

/// How often something may be tried: `most` times at once, and again as time passes, `most` in each
/// minute.
struct BrakeRule {
    double most = 10;
    /// Where it is not 0: once all tries are spent, each further one waits twice as long as the one
    /// before it, and so long at most.
    Duration longest{0};
};

/// Holds up whoever tries something too often, each under a key of its own: the name of an account,
/// an address, a client. A try counts before it is known how it ends, so that many at once get no
/// further than one after the other; what must count failures alone takes successes back. Keeps
/// kKeysMax keys, the latest ones; one whose tries are spent is not forgotten for others that have
/// some left, or whoever guesses would only have to name enough of them in between. The empty key
/// is nobody's: it is not held up. Any thread.
class Brake {
public:
    static constexpr std::size_t kKeysMax = 10'000;
    /// Of them those whose tries are spent: who spends the tries of many must not crowd out the
    /// rest.
    static constexpr std::size_t kSpentMax = kKeysMax / 2;

    /// `limit`: its name in problems and metrics. `tells`: what is refused, to read.
    Brake(std::string limit, std::string tells, const BrakeRule& rule)
        : limit_{std::move(limit)}, tells_{std::move(tells)}, rule_{rule} {
        rule_.most = std::max(1.0, rule_.most);
    }

    /// One more try. Fails with kRateLimited, naming the limit and when to come back; what is
    /// refused does not count.
    [[nodiscard]] Result<void> take(std::string_view key, Monotonic now);
    /// What take() would say, without a try.
    [[nodiscard]] Result<void> look(std::string_view key, Monotonic now) const;
    /// The try has gone well: it is one less.
    void give_back(std::string_view key);
    /// All tries are forgiven.
    void forget(std::string_view key);

    [[nodiscard]] std::size_t size() const;

private:
    struct Tries {
        std::string key;
        Bucket bucket;
        std::int64_t held = 0;  // How often it was held up in a row.
        Monotonic until;        // Held up so long, if it is held up at all.
        bool spent = false;     // In spent_.
    };
    using Known = std::list<Tries>;

    // What is left of a key's tries, and what a further one would find.
    [[nodiscard]] Result<void> try_once(Tries& tries, Monotonic now) const;
    [[nodiscard]] Rate rate() const { return {.per_second = rule_.most / 60, .burst = rule_.most}; }
    [[nodiscard]] Duration wait_after(std::int64_t held) const;
    Known::iterator of(std::string_view key) TANDEM_REQUIRES(mutex_);
    void put_first(Known::iterator tries) TANDEM_REQUIRES(mutex_);
    void drop_last(Known& list) TANDEM_REQUIRES(mutex_);
    std::unexpected<Error> refused(Duration wait) const;

    std::string limit_;
    std::string tells_;
    BrakeRule rule_;
    mutable Mutex mutex_;
    Known known_ TANDEM_GUARDED_BY(mutex_);  // The latest first, those with tries left.
    Known spent_ TANDEM_GUARDED_BY(mutex_);  // The latest first.
    // Ordered: what strangers name is in no table whose places they could choose.
    std::map<std::string_view, Known::iterator> by_key_ TANDEM_GUARDED_BY(mutex_);
};

}  // namespace tandem::auth
