#pragma once

#include "auth/jwt.h"
#include "base/clock.h"

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tandem::auth {

/// Tokens of outside issuers that were verified lately, so that a signature is looked at once a
/// minute rather than at every request. By the SHA-256 of the whole token: nothing of a token is
/// kept that could be presented. One thread; each loop has its own.
class TokenCache {
public:
    /// Also how long a token that its issuer has withdrawn may go on.
    static constexpr Duration kLife = 60s;
    static constexpr std::size_t kMax = 10'000;  ///< the oldest goes then

    explicit TokenCache(std::size_t max = kMax) : max_{max} {}

    /// What a token was verified as, if it was and whoever presents it may.
    [[nodiscard]] std::optional<VerifiedJwt> find(std::string_view token,
                                                  std::string_view certificate,
                                                  Monotonic now) const;
    /// Keeps what verify_jwt() said at `at`, which is `now` on the clock that never jumps. Not
    /// longer than until the token's `exp`, for all the skew that was allowed there.
    void put(std::string_view token, VerifiedJwt verified, Instant at, Monotonic now);
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string digest;
        VerifiedJwt verified;
        Monotonic until;
    };
    using Entries = std::list<Entry>;
    void erase(Entries::const_iterator entry);

    std::size_t max_;
    Entries entries_;                                                          // The oldest first.
    std::unordered_map<std::string_view, Entries::const_iterator> by_digest_;  // Into entries_.
};

}  // namespace tandem::auth
