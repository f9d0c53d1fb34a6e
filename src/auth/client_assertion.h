#pragma once

#include "auth/jwt.h"
#include "domain/oauth.h"

#include <expected>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::auth {

// A client that proves itself with a signed token instead of a secret, `private_key_jwt`: RFC 7523
// section 3.

inline constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
inline constexpr Duration kAssertionLifeMax = 5min;

/// A client as it has registered itself.
struct AssertingClient {
    std::string id;
    std::vector<Jwk> keys;
    std::vector<JwsAlgorithm> algorithms;
};

/// Which assertions have been used, so that none works twice. Bounded for each client and in all;
/// at the bound more are refused, since to forget one would let it work again. One thread.
class UsedAssertions {
public:
    static constexpr std::size_t kOfClientMax = 1'000;
    static constexpr std::size_t kMax = 100'000;

    enum class Use : std::uint8_t { kFirst, kAgain, kTooMany };

    /// What was stored: a restart must not let any work again.
    void load(const std::vector<UsedAssertion>& records);
    /// Notes that an assertion is used, if it is not and there is room.
    [[nodiscard]] Use use(const UsedAssertion& record, Instant now);
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    using OfClient = std::map<std::string, Instant, std::less<>>;  // By digest; until when.
    void put(const UsedAssertion& record);
    std::size_t forget_expired(OfClient& of_client, Instant now);
    void forget_all_expired(Instant now);

    // Ordered, so that chosen names cannot make it slow.
    std::map<std::string, OfClient, std::less<>> clients_;
    std::size_t size_ = 0;
};

/// Where an assertion may be addressed to: the hub as issuer, and its token endpoint.
using Audiences = std::vector<std::string>;

/// Verifies an assertion that read_jwt() took apart and whose `iss` found `client`. It is used up
/// by that: the record is stored before any token goes out.
[[nodiscard]] std::expected<UsedAssertion, JwtRefusal> use_assertion(const Jwt& assertion,
                                                                     const AssertingClient& client,
                                                                     const Audiences& audiences,
                                                                     UsedAssertions& used,
                                                                     Instant now);

}  // namespace tandem::auth
