#include "auth/refresh_token.h"

#include "codec/base64.h"

#include <utility>

namespace tandem::auth {
namespace {

constexpr std::string_view kMark = "trt_";
constexpr std::size_t kHalf = 16;

std::string mac(std::string_view pepper, const KeyId& family, std::string_view random) {
    std::string text = "refresh token ";
    text += family.text();
    text += ' ';
    text += random;
    return keyed_digest(pepper, text).substr(0, kHalf);
}

std::string make_family_secret(const KeyId& family, const Mint& mint) {
    const std::string random = mint.random.bytes(kHalf);
    return codec::base64url_encode(random + mac(mint.pepper, family, random));
}

/// Whether a secret was made for this family, now or before.
bool was_made_here(std::string_view pepper, const Key& token) {
    const auto raw = codec::base64url_decode(token.secret);
    if (!raw || raw->size() != 2 * kHalf) return false;
    return same_digest(mac(pepper, token.id, raw->substr(0, kHalf)), raw->substr(kHalf));
}

bool is_within(const Scopes& asked, const Scopes& granted) {
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (asked.has(scope) && !granted.has(scope)) return false;
    }
    return true;
}

std::unexpected<OAuthRefusal<RefreshFamily>> refuse(OAuthError error, std::string why) {
    return std::unexpected(OAuthRefusal<RefreshFamily>{.error = error, .why = std::move(why)});
}

std::unexpected<OAuthRefusal<RefreshFamily>> end_family(const RefreshFamily& family,
                                                        std::string why,
                                                        Instant now) {
    return std::unexpected(OAuthRefusal<RefreshFamily>{
        .why = std::move(why), .record = revoked(family, now), .revoke = family.id});
}

}  // namespace

IssuedRefreshToken begin_family(const KeyId& family,
                                const Delegation& delegation,
                                const Mint& mint) {
    const Key key{.id = family, .secret = make_family_secret(family, mint)};
    return {.text = bearer_text(kMark, key),
            .record = {.id = family,
                       .digest = keyed_digest(mint.pepper, key.secret),
                       .delegation = delegation,
                       .created = mint.now,
                       .rotated = mint.now}};
}

std::optional<Key> read_refresh_token(std::string_view text) {
    return read_bearer(kMark, text);
}

bool is_of(const RefreshFamily* stored, const Key& token, std::string_view pepper) {
    return was_made_here(pepper, token) && stored != nullptr;
}

bool is_live(const RefreshFamily& family, Instant now) {
    return !family.revoked && now < family.created + kRefreshLife;
}

std::expected<IssuedRefreshToken, OAuthRefusal<RefreshFamily>> rotate(const RefreshFamily* stored,
                                                                      const Refreshing& refreshing,
                                                                      const Mint& mint) {
    const bool is_present =
        proves(mint.pepper, refreshing.token.secret, stored == nullptr ? nullptr : &stored->digest);
    if (stored == nullptr || !was_made_here(mint.pepper, refreshing.token))
        return refuse(OAuthError::kInvalidGrant, "no such token");
    if (!is_live(*stored, mint.now))
        return refuse(OAuthError::kInvalidGrant, "the family has ended");
    if (!is_present) return end_family(*stored, "a token that was used before", mint.now);
    if (refreshing.client != stored->delegation.client)
        return end_family(*stored, "the token is another client's", mint.now);
    if (refreshing.scopes && !is_within(*refreshing.scopes, stored->delegation.scopes))
        return refuse(OAuthError::kInvalidScope, "more than was granted");
    IssuedRefreshToken next = begin_family(stored->id, stored->delegation, mint);
    next.record.created = stored->created;
    return next;
}

RefreshFamily revoked(RefreshFamily family, Instant now) {
    if (!family.revoked) family.revoked = now;
    return family;
}

}  // namespace tandem::auth
