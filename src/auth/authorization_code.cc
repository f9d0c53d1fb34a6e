#include "auth/authorization_code.h"

#include "auth/pkce.h"

#include <utility>

namespace tandem::auth {
namespace {

constexpr Duration kUsedKept = 24h;  // So that a replay is noticed.

constexpr std::string_view kMark = "tac_";

/// What is wrong with an exchange of an unused code, or nullptr.
const char* wrong_with(const AuthorizationCode& code, const CodeExchange& exchange, Instant now) {
    if (now >= code.created + kCodeLife) return "the code has expired";
    if (exchange.client != code.delegation.client) return "the code is another client's";
    if (exchange.redirect_uri != code.redirect_uri) return "another redirect URI";
    if (!pkce_matches(code.challenge, exchange.verifier)) return "the verifier does not match";
    return nullptr;
}

}  // namespace

IssuedCode issue_code(AuthorizationRequest request, const Mint& mint) {
    const Key key = make_bearer(mint.random);
    return {.text = bearer_text(kMark, key),
            .record = {.id = key.id,
                       .digest = keyed_digest(mint.pepper, key.secret),
                       .delegation = std::move(request.delegation),
                       .redirect_uri = std::move(request.redirect_uri),
                       .challenge = std::move(request.challenge),
                       .nonce = std::move(request.nonce),
                       .family = make_bearer(mint.random).id,
                       .created = mint.now}};
}

std::optional<Key> read_code(std::string_view text) {
    return read_bearer(kMark, text);
}

std::expected<AuthorizationCode, OAuthRefusal<AuthorizationCode>> redeem_code(
    const AuthorizationCode* stored,
    const CodeExchange& exchange,
    std::string_view pepper,
    Instant now) {
    using Refusal = OAuthRefusal<AuthorizationCode>;
    if (!proves(pepper, exchange.code.secret, stored == nullptr ? nullptr : &stored->digest) ||
        stored == nullptr)
        return std::unexpected(Refusal{.why = "no such code"});
    if (stored->used)
        return std::unexpected(
            Refusal{.why = "the code was used before", .revoke = stored->family});
    AuthorizationCode used = *stored;
    used.used = true;
    if (const char* why = wrong_with(*stored, exchange, now))
        return std::unexpected(Refusal{.why = why, .record = std::move(used)});
    return used;
}

Instant kept_until(const AuthorizationCode& code) {
    return code.created + (code.used ? kUsedKept : kCodeLife);
}

}  // namespace tandem::auth
