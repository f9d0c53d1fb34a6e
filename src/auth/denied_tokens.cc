#include "auth/denied_tokens.h"

#include "auth/key.h"

#include <utility>

namespace tandem::auth {

std::string denial_digest(Denied what, std::string_view value) {
    return digest((what == Denied::kSubject ? "sub\n" : "jti\n") + std::string{value});
}

void DeniedTokens::load(const std::vector<DeniedToken>& all) {
    until_.clear();
    for (const DeniedToken& each : all)
        until_.emplace(Key{each.tenant, each.issuer, each.digest}, each.until);
}

void DeniedTokens::put(const DeniedToken& denied, Instant now) {
    std::erase_if(until_, [&](const auto& entry) { return now >= entry.second; });
    until_.insert_or_assign(Key{denied.tenant, denied.issuer, denied.digest}, denied.until);
}

bool DeniedTokens::has(const Token& token, std::string digest, Instant now) const {
    const auto found = until_.find(Key{token.tenant, std::string{token.issuer}, std::move(digest)});
    return found != until_.end() && now < found->second;
}

bool DeniedTokens::has(const Token& token, Instant now) const {
    if (has(token, denial_digest(Denied::kSubject, token.subject), now)) return true;
    return !token.jti.empty() && has(token, denial_digest(Denied::kToken, token.jti), now);
}

}  // namespace tandem::auth
