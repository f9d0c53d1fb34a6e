#include "auth/client_assertion.h"

#include "auth/key.h"

#include <utility>

namespace tandem::auth {
namespace {

std::unexpected<JwtRefusal> refuse(JwtFault fault, std::string why) {
    return std::unexpected(JwtRefusal{.fault = fault, .why = std::move(why)});
}

}  // namespace

void UsedAssertions::load(const std::vector<UsedAssertion>& records) {
    clients_.clear();
    size_ = 0;
    for (const UsedAssertion& record : records)
        put(record);
}

void UsedAssertions::put(const UsedAssertion& record) {
    if (clients_[record.client].emplace(record.digest, record.until).second) ++size_;
}

std::size_t UsedAssertions::forget_expired(OfClient& of_client, Instant now) {
    return std::erase_if(of_client, [&](const auto& entry) { return now >= entry.second; });
}

void UsedAssertions::forget_all_expired(Instant now) {
    for (auto& [client, of_client] : clients_)
        size_ -= forget_expired(of_client, now);
    std::erase_if(clients_, [](const auto& entry) { return entry.second.empty(); });
}

UsedAssertions::Use UsedAssertions::use(const UsedAssertion& record, Instant now) {
    if (size_ >= kMax) forget_all_expired(now);
    OfClient& of_client = clients_[record.client];
    if (of_client.size() >= kOfClientMax) size_ -= forget_expired(of_client, now);
    if (of_client.contains(record.digest)) return Use::kAgain;
    if (of_client.size() >= kOfClientMax || size_ >= kMax) return Use::kTooMany;
    put(record);
    return Use::kFirst;
}

std::expected<UsedAssertion, JwtRefusal> use_assertion(const Jwt& assertion,
                                                       const AssertingClient& client,
                                                       const Audiences& audiences,
                                                       UsedAssertions& used,
                                                       Instant now) {
    const JwtPolicy policy{.issuer = client.id,
                           .audiences = audiences,
                           .algorithms = client.algorithms,
                           .types = {"", "jwt", "client-authentication+jwt"},
                           .scopes = {},
                           .life_max = kAssertionLifeMax};
    const auto verified = verify_jwt(assertion, policy, client.keys, {.now = now});
    if (!verified) return std::unexpected(verified.error());
    if (verified->subject != client.id)
        return refuse(JwtFault::kClaim, "\"sub\" is not the client");
    if (verified->jti.empty()) return refuse(JwtFault::kClaim, "\"jti\" is missing");
    UsedAssertion record{.client = client.id,
                         .digest = digest(verified->jti),
                         .until = verified->expires + kClockSkew};
    switch (used.use(record, now)) {
        case UsedAssertions::Use::kAgain:
            return refuse(JwtFault::kReplayed, "the assertion was used before");
        case UsedAssertions::Use::kTooMany:
            return refuse(JwtFault::kTooMany, "too many assertions within their life");
        case UsedAssertions::Use::kFirst:
            break;
    }
    return record;
}

}  // namespace tandem::auth
