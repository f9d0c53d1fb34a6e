#include "auth/pkce.h"

#include "auth/key.h"
#include "codec/base64.h"

#include <algorithm>

namespace tandem::auth {
namespace {

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_pkce_challenge(std::string_view method, std::string_view challenge) {
    if (method != "S256") return false;
    const auto hash = codec::base64url_decode(challenge);
    return hash && hash->size() == 32;
}

bool pkce_matches(std::string_view challenge, std::string_view verifier) {
    if (verifier.size() < 43 || verifier.size() > 128) return false;
    if (!std::ranges::all_of(verifier, is_unreserved)) return false;
    return same_digest(codec::base64url_encode(digest(verifier)), challenge);
}

}  // namespace tandem::auth
