#include "auth/jwk.h"

#include "auth/openssl_parts.h"
#include "base/check.h"
#include "codec/base64.h"
#include "codec/json.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace tandem::auth {
namespace {

using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::array kNames{
    std::pair{JwsAlgorithm::kRs256, std::string_view{"RS256"}},
    std::pair{JwsAlgorithm::kPs256, std::string_view{"PS256"}},
    std::pair{JwsAlgorithm::kEs256, std::string_view{"ES256"}},
    std::pair{JwsAlgorithm::kEdDsa, std::string_view{"EdDSA"}},
};

constexpr std::size_t kRsaBitsMin = 2'048;
constexpr std::size_t kRsaBitsMax = 4'096;
constexpr std::size_t kCoordinate = 32;  // of P-256, of Ed25519, of a half of their signatures
// One that there is in the private half of a key, or in a shared one: RFC 7518 section 6.
constexpr std::array<std::string_view, 8> kPrivateParts{"d",  "p",  "q",   "dp",
                                                        "dq", "qi", "oth", "k"};

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::unexpected<Error> useless(std::string why) {
    return fail(ErrorCode::kInvalidField, std::move(why));
}

std::size_t bits_of(std::string_view number) {
    if (number.empty()) return 0;
    const auto first = static_cast<unsigned char>(number[0]);
    return (number.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(first));
}

bool is_odd(std::string_view number) {
    return !number.empty() && (static_cast<unsigned char>(number.back()) & 1U) != 0;
}

BigNumber big_number(std::string_view number) {
    BigNumber made{BN_bin2bn(bytes(number), static_cast<int>(number.size()), nullptr)};
    check(made != nullptr);
    return made;
}

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) {
    return {key, Freed<EVP_PKEY_free>{}};
}

/// nullptr where the parts are no key.
EVP_PKEY* key_of(const char* type, OSSL_PARAM_BLD* builder) {
    const Params params{OSSL_PARAM_BLD_to_param(builder)};
    const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    check(params != nullptr && context != nullptr);
    EVP_PKEY* made = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
    if (EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return made;
}

bool is_on_curve(EVP_PKEY* key) {
    const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
    return context != nullptr && EVP_PKEY_public_check(context.get()) == 1;
}

/// What OpenSSL takes for ECDSA, of the two numbers of RFC 7518 section 3.4. Whether they are in
/// range it looks at itself.
std::optional<std::string> der_of(std::string_view signature) {
    if (signature.size() != 2 * kCoordinate) return {};
    BigNumber r = big_number(signature.substr(0, kCoordinate));
    BigNumber s = big_number(signature.substr(kCoordinate));
    const Signature pair{ECDSA_SIG_new()};
    check(pair != nullptr && ECDSA_SIG_set0(pair.get(), r.get(), s.get()) == 1);
    // The pair has taken them over.
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* out = nullptr;
    const int length = i2d_ECDSA_SIG(pair.get(), &out);
    if (length <= 0) return {};
    std::string der{reinterpret_cast<const char*>(out), static_cast<std::size_t>(length)};
    OPENSSL_free(out);
    return der;
}

bool set_padding(EVP_PKEY_CTX* context, JwsAlgorithm algorithm) {
    if (algorithm == JwsAlgorithm::kRs256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    // RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as the hash and no other.
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/// The bytes of a member, or why not.
Result<std::string> part(const Value& value, std::string_view name) {
    const Value* found = value.find(name);
    const auto* text = found == nullptr ? nullptr : found->get<std::string>();
    if (text == nullptr || text->empty())
        return useless("\"" + std::string{name} + "\" is missing");
    auto decoded = codec::base64url_decode(*text);
    if (!decoded) return useless("\"" + std::string{name} + "\" is not base64url");
    return decoded;
}

Result<PublicKey> two_parts(const Value& value,
                            std::pair<std::string_view, std::string_view> names,
                            Result<PublicKey> (*make)(std::string_view, std::string_view)) {
    auto first = part(value, names.first);
    if (!first) return pass(first);
    auto second = part(value, names.second);
    if (!second) return pass(second);
    return make(*first, *second);
}

/// A member that is a string; "" without it, nothing when it is something else.
std::optional<std::string> text_of(const Value& value, std::string_view name) {
    const Value* found = value.find(name);
    if (found == nullptr) return "";
    const auto* text = found->get<std::string>();
    return text == nullptr ? std::nullopt : std::optional{*text};
}

Result<PublicKey> key_of(const Value& value) {
    const std::string type = text_of(value, "kty").value_or("");
    const std::string curve = text_of(value, "crv").value_or("");
    if (type == "RSA") return two_parts(value, {"n", "e"}, &PublicKey::rsa);
    if (type == "EC" && curve == "P-256") return two_parts(value, {"x", "y"}, &PublicKey::p256);
    if (type != "OKP" || curve != "Ed25519") return useless("neither RSA nor P-256 nor Ed25519");
    auto x = part(value, "x");
    if (!x) return pass(x);
    return PublicKey::ed25519(*x);
}

/// RFC 7517 sections 4.2 and 4.3: what a key may be used for, where it says so.
bool may_verify(const Value& value) {
    const Value* use = value.find("use");
    if (use != nullptr && *use != Value{"sig"}) return false;
    const Value* operations = value.find("key_ops");
    if (operations == nullptr) return true;
    const auto* items = operations->get<Value::Array>();
    return items != nullptr && std::ranges::find(*items, Value{"verify"}) != items->end();
}

/// Puts the `kid` and `alg` that `value` names into `jwk`.
Result<void> name_key(const Value& value, Jwk& jwk) {
    const auto kid = text_of(value, "kid");
    if (!kid || kid->size() > kKidBytesMax) return useless("\"kid\" is not a short text");
    if (value.find("kid") != nullptr) jwk.kid = *kid;
    if (value.find("alg") == nullptr) return {};
    jwk.algorithm = jws_algorithm_named(text_of(value, "alg").value_or(""));
    if (!jwk.algorithm || !jwk.key.fits(*jwk.algorithm))
        return useless("\"alg\" does not go with the key");
    return {};
}

bool is_taken(const std::vector<Jwk>& keys, const Jwk& jwk) {
    return jwk.kid && std::ranges::any_of(keys, [&](const Jwk& each) {
               return each.kid == jwk.kid && each.key.kind() == jwk.key.kind();
           });
}

}  // namespace

std::string_view name_of(JwsAlgorithm algorithm) {
    return std::ranges::find(kNames, algorithm, [](const auto& row) { return row.first; })->second;
}

std::optional<JwsAlgorithm> jws_algorithm_named(std::string_view name) {
    const auto* const found =
        std::ranges::find(kNames, name, [](const auto& row) { return row.second; });
    return found == kNames.end() ? std::nullopt : std::optional{found->first};
}

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
    if (modulus.starts_with('\0') || exponent.starts_with('\0'))
        return useless("a number begins with a zero byte");
    const std::size_t bits = bits_of(modulus);
    if (bits < kRsaBitsMin || bits > kRsaBitsMax)
        return useless("an RSA key of " + std::to_string(bits) + " bits");
    if (!is_odd(modulus)) return useless("an even RSA modulus");
    // FIPS 186-5 has the lower bound; a longer exponent only costs time.
    if (!is_odd(exponent) || bits_of(exponent) < 17 || bits_of(exponent) > 32)
        return useless("an RSA exponent that is even, below 65537 or above 32 bits");
    const QuietErrors quiet;
    const BigNumber n = big_number(modulus);
    const BigNumber e = big_number(exponent);
    const ParamBuilder builder{OSSL_PARAM_BLD_new()};
    check(builder != nullptr);
    check(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1);
    check(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
    EVP_PKEY* made = key_of("RSA", builder.get());
    if (made == nullptr) return useless("not an RSA key");
    return PublicKey{Kind::kRsa, shared(made)};
}

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
    if (x.size() != kCoordinate || y.size() != kCoordinate)
        return useless("a coordinate of P-256 has 32 bytes");
    const QuietErrors quiet;
    const std::string point = "\x04" + std::string{x} + std::string{y};  // SEC 1 section 2.3.3
    const ParamBuilder builder{OSSL_PARAM_BLD_new()};
    check(builder != nullptr);
    check(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ==
          1);
    check(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size()) == 1);
    auto key = shared(key_of("EC", builder.get()));
    if (key == nullptr || !is_on_curve(key.get())) return useless("not a point of P-256");
    return PublicKey{Kind::kP256, std::move(key)};
}

Result<PublicKey> PublicKey::ed25519(std::string_view x) {
    if (x.size() != kCoordinate) return useless("an Ed25519 key has 32 bytes");
    const QuietErrors quiet;
    EVP_PKEY* made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(x), x.size());
    if (made == nullptr) return useless("not an Ed25519 key");
    return PublicKey{Kind::kEd25519, shared(made)};
}

bool PublicKey::fits(JwsAlgorithm algorithm) const {
    switch (algorithm) {
        case JwsAlgorithm::kRs256:
        case JwsAlgorithm::kPs256:
            return kind_ == Kind::kRsa;
        case JwsAlgorithm::kEs256:
            return kind_ == Kind::kP256;
        case JwsAlgorithm::kEdDsa:
            return kind_ == Kind::kEd25519;
    }
    return false;
}

bool PublicKey::verifies(JwsAlgorithm algorithm,
                         std::string_view message,
                         std::string_view signature) const {
    if (!fits(algorithm)) return false;
    std::string der;
    if (algorithm == JwsAlgorithm::kEs256) {
        auto made = der_of(signature);
        if (!made) return false;
        der = std::move(*made);
        signature = der;
    }
    const QuietErrors quiet;
    const DigestContext context{EVP_MD_CTX_new()};
    check(context != nullptr);
    const EVP_MD* hash = algorithm == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
    EVP_PKEY_CTX* of_key = nullptr;  // The context's own.
    if (EVP_DigestVerifyInit(context.get(), &of_key, hash, nullptr, key_.get()) != 1) return false;
    if (kind_ == Kind::kRsa && !set_padding(of_key, algorithm)) return false;
    return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message),
                            message.size()) == 1;
}

Result<Jwk> parse_jwk(const Value& value) {
    if (value.get<Value::Object>() == nullptr) return useless("not an object");
    const auto is_there = [&](std::string_view name) { return value.find(name) != nullptr; };
    if (std::ranges::any_of(kPrivateParts, is_there))
        return useless("a key that comes with its secret half");
    if (!may_verify(value)) return useless("not for verifying signatures");
    auto key = key_of(value);
    if (!key) return pass(key);
    Jwk jwk{.kid = {}, .algorithm = {}, .key = std::move(*key)};
    if (auto named = name_key(value, jwk); !named) return pass(named);
    return jwk;
}

Result<Jwks> parse_jwks(std::string_view text) {
    if (text.size() > kJwksBytesMax)
        return fail(ErrorCode::kMalformedBody, "a key set of more than 64 KiB");
    const auto document = codec::parse_json(text);
    if (!document) return std::unexpected(document.error());
    const Value* list = document->find("keys");
    const auto* items = list == nullptr ? nullptr : list->get<Value::Array>();
    if (items == nullptr)
        return fail(ErrorCode::kMalformedBody, "a key set is an object with an array \"keys\"");
    Jwks set;
    for (const Value& item : *items) {
        auto jwk = parse_jwk(item);
        if (!jwk) {
            set.skipped.push_back(jwk.error().detail);
        } else if (is_taken(set.keys, *jwk)) {
            set.skipped.emplace_back("a second key of the same \"kid\"");
        } else {
            set.keys.push_back(std::move(*jwk));
        }
    }
    return set;
}

const Jwk* find_key(std::span<const Jwk> keys,
                    const std::optional<std::string>& kid,
                    JwsAlgorithm algorithm) {
    const Jwk* found = nullptr;
    for (const Jwk& each : keys) {
        if (!each.fits(algorithm) || (kid && each.kid != kid)) continue;
        if (kid) return &each;
        if (found != nullptr) return nullptr;  // One of several: which, nobody says.
        found = &each;
    }
    return found;
}

}  // namespace tandem::auth
