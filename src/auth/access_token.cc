#include "auth/access_token.h"

namespace tandem::auth {
namespace {

constexpr std::string_view kMark = "tat_";

}  // namespace

IssuedAccessToken issue_access_token(const Delegation& delegation,
                                     const KeyId& family,
                                     std::string_view certificate,
                                     const Mint& mint) {
    const Key key = make_bearer(mint.random);
    return {.text = bearer_text(kMark, key),
            .record = {.id = key.id,
                       .digest = keyed_digest(mint.pepper, key.secret),
                       .delegation = delegation,
                       .family = family,
                       .certificate = std::string{certificate},
                       .created = mint.now,
                       .expires = mint.now + kAccessTokenLife}};
}

std::optional<Key> read_access_token(std::string_view text) {
    return read_bearer(kMark, text);
}

Result<Actor> check_access_token(const AccessToken* stored,
                                 const Key& given,
                                 std::string_view certificate,
                                 std::string_view pepper,
                                 Instant now) {
    const auto refused = [] { return fail(ErrorCode::kUnauthenticated, "the token is not valid"); };
    if (!proves(pepper, given.secret, stored == nullptr ? nullptr : &stored->digest) ||
        stored == nullptr)
        return refused();
    if (now >= stored->expires) return fail(ErrorCode::kUnauthenticated, "the token has expired");
    if (!stored->certificate.empty() && stored->certificate != certificate) return refused();
    return Actor{.kind = stored->delegation.kind,
                 .tenant = stored->delegation.tenant,
                 .id = stored->delegation.principal,
                 .credential = stored->id.text(),
                 .scopes = stored->delegation.scopes};
}

}  // namespace tandem::auth
