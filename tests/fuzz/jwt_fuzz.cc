// Whatever a stranger sends in place of a token, a key set, a redirect URI or a user code: a
// refusal, or what keeps the promises. The first byte says which; tokens of kind 1 are signed here,
// so that the claims are reached.
#include "auth/device_grant.h"
#include "auth/jwt.h"
#include "auth/key.h"
#include "auth/openssl_parts.h"
#include "auth/redirect_uri.h"
#include "base/check.h"
#include "base/checked.h"
#include "codec/base64.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

using namespace tandem;
using namespace tandem::auth;

namespace {

constexpr Instant kNow{Duration{1'800'000'000'000'000}};

EVP_PKEY* signing_key() {
    static const KeyPointer key = [] {
        const std::string seed(32, '\7');  // The same in every run, so that findings repeat.
        return KeyPointer{EVP_PKEY_new_raw_private_key(
            EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), 32)};
    }();
    check(key != nullptr);
    return key.get();
}

std::string sign(std::string_view text) {
    const DigestContext context{EVP_MD_CTX_new()};
    check(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, signing_key()) == 1);
    std::string out(64, '\0');
    std::size_t length = out.size();
    check(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    return out;
}

const std::vector<Jwk>& keys() {
    static const std::vector<Jwk> made = [] {
        std::string raw(32, '\0');
        std::size_t length = raw.size();
        check(EVP_PKEY_get_raw_public_key(
                  signing_key(), reinterpret_cast<unsigned char*>(raw.data()), &length) == 1);
        return std::vector{
            Jwk{.kid = "k", .algorithm = {}, .key = checked(PublicKey::ed25519(raw))}};
    }();
    return made;
}

const JwtPolicy kPolicy{
    .issuer = "https://id.example",
    .audiences = {"tandem"},
    .algorithms = {JwsAlgorithm::kEdDsa},
    .types = {"", "at+jwt"},
    .scopes = {{.claim = {"scope"}, .word = "", .scopes = Scopes::all()},
               {.claim = {"realm", "roles"}, .word = "boss", .scopes = {Scope::kUsersManage}}},
    .life_max = Duration{1h}};

void check_refusal(const JwtRefusal& refusal) {
    check(!refusal.why.empty());
    check(refusal.why.size() <= 160);
    check(error_of(refusal).code == ErrorCode::kUnauthenticated);
}

void check_verified(Jwt jwt, const VerifiedJwt& verified) {
    check(jwt.algorithm == JwsAlgorithm::kEdDsa);
    check(!jwt.kid || *jwt.kid == "k");
    check(verified.issuer == kPolicy.issuer);
    check(!verified.subject.empty());
    check(verified.subject.size() <= 255);
    check(kNow < verified.expires + kClockSkew);
    check(verified.expires <= kNow + 1h + kClockSkew);
    check(verified.certificate.empty());  // For none was presented.
    jwt.signature[0] = static_cast<char>(jwt.signature[0] ^ 1);
    check(!verify_jwt(jwt, kPolicy, keys(), {.now = kNow}).has_value());
    jwt.signed_part += "A";
    check(!verify_jwt(jwt, kPolicy, keys(), {.now = kNow}).has_value());
}

void try_token(std::string_view token) {
    auto jwt = read_jwt(token);
    if (!jwt) return check_refusal(jwt.error());
    check(token.size() <= kJwtBytesMax);
    // The text of a token is one alone.
    check(jwt->signed_part + "." + codec::base64url_encode(jwt->signature) == token);
    const auto verified = verify_jwt(*jwt, kPolicy, keys(), {.now = kNow});
    if (!verified) return check_refusal(verified.error());
    check_verified(std::move(*jwt), *verified);
}

/// What is before the first `mark`, and what is behind it.
std::pair<std::string_view, std::string_view> halves(std::string_view text, char mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

void try_signed(std::string_view input) {
    const auto [header, claims] = halves(input, '\n');
    const std::string text =
        codec::base64url_encode(header) + "." + codec::base64url_encode(claims);
    try_token(text + "." + codec::base64url_encode(sign(text)));
}

void try_keys(std::string_view input) {
    const auto set = parse_jwks(input);
    if (!set) {
        check(set.error().code == ErrorCode::kMalformedBody);
        return;
    }
    for (const Jwk& each : set->keys) {
        check(!each.kid || each.kid->size() <= kKidBytesMax);
        for (const JwsAlgorithm algorithm : {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256,
                                             JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}) {
            check(!each.key.verifies(algorithm, "text", std::string(63, 's')));
        }
    }
}

void try_texts(std::string_view input) {
    const auto [registered, asked] = halves(input, '\n');
    if (redirect_matches(registered, asked)) {
        check(is_redirect_uri(registered));
        check(is_redirect_uri(asked));
        check(registered == asked || registered.substr(0, 11) == asked.substr(0, 11));
    }
    if (const auto digest = user_code_digest(registered, "pepper")) check(digest->size() == 32);
    if (const auto key = read_bearer("trt_", registered))
        check(bearer_text("trt_", *key) == registered);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0] & 3U) {
        case 0:
            try_token(input);
            break;
        case 1:
            try_signed(input);
            break;
        case 2:
            try_keys(input);
            break;
        default:
            try_texts(input);
    }
    return 0;
}
