#pragma once

#include "auth/jwk.h"
#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::auth {

/// The keys of one outside issuer, and when to fetch them again. It fetches nothing itself: whoever
/// asks is told to, does so off the loop (at most 64 KiB, TLS verified, no redirects, over in less
/// than kFetchApart), and says how it went. One thread.
class JwksCache {
public:
    static constexpr Duration kFreshMin = 10min;
    static constexpr Duration kFreshMax = 24h;
    static constexpr Duration kStaleMax = 24h;  ///< on top, while the issuer cannot be reached
    /// From the beginning of one fetch to that of the next, however many ask: two a minute. A fetch
    /// that has not ended by then is given up.
    static constexpr Duration kFetchApart = 30s;

    using FetchId = std::uint64_t;

    enum class Outcome : std::uint8_t {
        kKey,
        kWait,         ///< ask again when the fetch under way has ended
        kUnknown,      ///< the issuer has no such key
        kUnavailable,  ///< there are no keys that may still be used: not the token's fault
    };
    struct Answer {
        Outcome outcome = Outcome::kUnavailable;
        std::optional<Jwk> key;        ///< of kKey
        std::optional<FetchId> fetch;  ///< begin a fetch now, then say fetched() or failed()
    };

    /// The key of a token, by the rules of find_key(); and whether to fetch.
    [[nodiscard]] Answer find(const std::optional<std::string>& kid,
                              JwsAlgorithm algorithm,
                              Monotonic now);
    /// A fetch brought keys. `max_age` is of its Cache-Control. A set without a usable key is taken
    /// as it is: then the issuer is trusted with nothing. Once another fetch has begun, what an
    /// earlier one brings changes nothing.
    void fetched(FetchId fetch, Jwks jwks, std::optional<Duration> max_age, Monotonic now);
    /// A fetch brought none: no connection, another status than 200, not a key set.
    void failed(FetchId fetch, Monotonic now);

private:
    enum class Age : std::uint8_t { kFresh, kStale, kNone };

    [[nodiscard]] Age age(Monotonic now) const;
    [[nodiscard]] bool may_be_stale() const;
    [[nodiscard]] bool is_fetching(Monotonic now) const;
    std::optional<FetchId> begin(Monotonic now);
    Answer wait_or(Outcome otherwise, Monotonic now);
    Answer with_key(const Jwk& key, Monotonic now);

    std::vector<Jwk> keys_;
    std::optional<Monotonic> fresh_until_;  // None: never fetched.
    std::optional<Monotonic> failed_;       // The last failure.
    std::optional<Monotonic> began_;        // The last fetch.
    bool fetching_ = false;                 // It has not ended.
    FetchId fetch_ = 0;                     // Its id.
};

}  // namespace tandem::auth
