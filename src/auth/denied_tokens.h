#pragma once

#include "base/clock.h"
#include "domain/oauth.h"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tandem::auth {

/// What a denial is of.
enum class Denied : std::uint8_t {
    kSubject,  ///< all tokens of a `sub`
    kToken,    ///< the one of a `jti`
};
/// What is kept of a denial instead of its value.
[[nodiscard]] std::string denial_digest(Denied what, std::string_view value);

/// Which tokens of outside issuers are taken no more. One thread.
class DeniedTokens {
public:
    void load(const std::vector<DeniedToken>& all);
    void put(const DeniedToken& denied, Instant now);
    /// Whether all of a subject are, or this one. `jti` is "" where it has none.
    struct Token {
        const TenantId& tenant;
        std::string_view issuer;
        std::string_view subject;
        std::string_view jti;
    };
    [[nodiscard]] bool has(const Token& token, Instant now) const;

private:
    using Key = std::tuple<TenantId, std::string, std::string>;
    [[nodiscard]] bool has(const Token& token, std::string digest, Instant now) const;

    std::map<Key, Instant> until_;
};

}  // namespace tandem::auth
