#pragma once

#include "base/error.h"
#include "base/value.h"

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::auth {

/// How a token may be signed: RFC 7518 section 3.1, RFC 8037 section 3.1. There is no other:
/// neither `none` nor a shared secret has a value here.
enum class JwsAlgorithm : std::uint8_t { kRs256, kPs256, kEs256, kEdDsa };
/// `RS256`, `PS256`, `ES256`, `EdDSA`.
[[nodiscard]] std::string_view name_of(JwsAlgorithm algorithm);
/// By its exact name; nothing for all others.
[[nodiscard]] std::optional<JwsAlgorithm> jws_algorithm_named(std::string_view name);

/// A key that signatures are verified with. Cheap to copy; any thread may verify.
class PublicKey {
public:
    enum class Kind : std::uint8_t { kRsa, kP256, kEd25519 };

    // Each from the big-endian bytes of a JWK; fails with kInvalidField where there is no such key.
    /// 2,048 to 4,096 bits; an exponent of 65,537 to 2^32−1.
    [[nodiscard]] static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
    /// 32 bytes each, a point on the curve.
    [[nodiscard]] static Result<PublicKey> p256(std::string_view x, std::string_view y);
    /// 32 bytes.
    [[nodiscard]] static Result<PublicKey> ed25519(std::string_view x);

    [[nodiscard]] Kind kind() const { return kind_; }
    /// Whether it is a key for `algorithm`.
    [[nodiscard]] bool fits(JwsAlgorithm algorithm) const;
    /// Whether `signature` is this key's over `message`, in the form that RFC 7518 gives it (for
    /// ES256 two numbers of 32 bytes, not DER). About 0.1 ms.
    [[nodiscard]] bool verifies(JwsAlgorithm algorithm,
                                std::string_view message,
                                std::string_view signature) const;

private:
    PublicKey(Kind kind, std::shared_ptr<EVP_PKEY> key) : kind_{kind}, key_{std::move(key)} {}

    Kind kind_;
    std::shared_ptr<EVP_PKEY> key_;  // Never changed once made.
};

/// A public key as RFC 7517 describes one.
struct Jwk {
    std::optional<std::string> kid;
    std::optional<JwsAlgorithm> algorithm;  ///< the only one that it is for, where it says so
    PublicKey key;

    [[nodiscard]] bool fits(JwsAlgorithm asked) const {
        return key.fits(asked) && (!algorithm || *algorithm == asked);
    }
};

/// A set of keys, and why those that were left out are of no use.
struct Jwks {
    std::vector<Jwk> keys;
    std::vector<std::string> skipped;
};

inline constexpr std::size_t kJwksBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kKidBytesMax = 256;

/// Reads a JWK for verifying signatures. Fails with kInvalidField, saying why, for every other kind
/// of key, for what is too weak, and for one that comes with its private half: who published that
/// has given the key away. What certificates it names (x5u, x5c) is not looked at.
[[nodiscard]] Result<Jwk> parse_jwk(const Value& value);

/// Reads a JWK set. Keys that are of no use are left out; so is one that has the `kid` of an
/// earlier one of its kind, for nobody could say which is meant. A set may be left without any:
/// then it trusts nobody. Fails with kMalformedBody where the text is no set, or longer than
/// kJwksBytesMax.
[[nodiscard]] Result<Jwks> parse_jwks(std::string_view text);

/// The key that a token is to be verified with: the one of exactly this `kid`; without a `kid` the
/// only one that there is for the algorithm. Nothing else is tried.
[[nodiscard]] const Jwk* find_key(std::span<const Jwk> keys,
                                  const std::optional<std::string>& kid,
                                  JwsAlgorithm algorithm);

}  // namespace tandem::auth
