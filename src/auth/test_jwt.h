#pragma once

#include "auth/jwt.h"
#include "auth/openssl_parts.h"
#include "codec/base64.h"
#include "codec/json.h"

#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>

namespace tandem::auth::test {

constexpr Instant kNow{Duration{1'800'000'000'000'000}};
constexpr std::int64_t kNowSeconds = 1'800'000'000;

/// The issuer's side of a key: made at the start of the test.
using SigningKey = std::shared_ptr<EVP_PKEY>;

inline SigningKey owned(EVP_PKEY* key) {
    REQUIRE(key != nullptr);
    return {key, Freed<EVP_PKEY_free>{}};
}
inline SigningKey make_rsa(std::size_t bits = 2'048) {
    return owned(EVP_RSA_gen(static_cast<unsigned int>(bits)));
}
inline SigningKey make_ec(const char* curve = "P-256") {
    return owned(EVP_EC_gen(curve));
}
inline SigningKey make_ed25519() {
    return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

/// How a signature is made: what an honest issuer does, and what it must not do.
struct Signing {
    int padding = RSA_PKCS1_PADDING;
    int salt = RSA_PSS_SALTLEN_DIGEST;
    const EVP_MD* hash = nullptr;  ///< nullptr: SHA-256
    bool der = false;              ///< ECDSA's own form rather than that of RFC 7518
};

inline std::string fixed(const BIGNUM* number, std::size_t length) {
    std::string out(length, '\0');
    const int done = BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()),
                                  static_cast<int>(length));
    REQUIRE(done == static_cast<int>(length));
    return out;
}

/// r and s of a signature in DER, each of `half` bytes.
inline std::string halves(std::string_view der, std::size_t half) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    REQUIRE(pair != nullptr);
    std::string out = fixed(ECDSA_SIG_get0_r(pair), half) + fixed(ECDSA_SIG_get0_s(pair), half);
    ECDSA_SIG_free(pair);
    return out;
}

inline std::string sign(const SigningKey& key, std::string_view text, const Signing& how = {}) {
    const DigestContext context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* of_key = nullptr;
    const bool hashed = EVP_PKEY_is_a(key.get(), "ED25519") != 1;
    const EVP_MD* hash = how.hash == nullptr ? EVP_sha256() : how.hash;
    REQUIRE(EVP_DigestSignInit(context.get(), &of_key, hashed ? hash : nullptr, nullptr,
                               key.get()) == 1);
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
        REQUIRE(EVP_PKEY_CTX_set_rsa_padding(of_key, how.padding) == 1);
        if (how.padding == RSA_PKCS1_PSS_PADDING)
            REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, how.salt) == 1);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t length = 0;
    REQUIRE(EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) == 1);
    std::string out(length, '\0');
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length,
                           bytes, text.size()) == 1);
    out.resize(length);
    if (EVP_PKEY_is_a(key.get(), "EC") == 1 && !how.der)
        return halves(out, static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()) + 7) / 8);
    return out;
}

inline std::string number_of(const SigningKey& key, const char* name) {
    BIGNUM* number = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(key.get(), name, &number) == 1);
    const BigNumber owner{number};
    return fixed(number, static_cast<std::size_t>(BN_num_bytes(number)));
}

/// The public half as RFC 7517 writes it.
inline Value jwk_of(const SigningKey& key, std::string_view kid) {
    const auto encoded = [](std::string_view bytes) { return codec::base64url_encode(bytes); };
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
        return Value::Object{{"kty", "RSA"},
                             {"kid", kid},
                             {"n", encoded(number_of(key, OSSL_PKEY_PARAM_RSA_N))},
                             {"e", encoded(number_of(key, OSSL_PKEY_PARAM_RSA_E))}};
    }
    if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
        std::string x(32, '\0');
        std::size_t size = x.size();
        REQUIRE(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(x.data()),
                                            &size) == 1);
        return Value::Object{{"kty", "OKP"}, {"crv", "Ed25519"}, {"kid", kid}, {"x", encoded(x)}};
    }
    unsigned char* raw = nullptr;
    const std::size_t length = EVP_PKEY_get1_encoded_public_key(key.get(), &raw);
    REQUIRE(length > 0);
    const std::string point{reinterpret_cast<const char*>(raw), length};
    OPENSSL_free(raw);
    const std::size_t half = length / 2;
    return Value::Object{{"kty", "EC"},
                         {"crv", half == 32 ? "P-256" : "P-384"},
                         {"kid", kid},
                         {"x", encoded(point.substr(1, half))},
                         {"y", encoded(point.substr(1 + half))}};
}

inline std::string pem_of(const SigningKey& key) {
    BIO* out = BIO_new(BIO_s_mem());
    REQUIRE(PEM_write_bio_PUBKEY(out, key.get()) == 1);
    char* data = nullptr;
    const long length = BIO_get_mem_data(out, &data);
    std::string text{data, static_cast<std::size_t>(length)};
    BIO_free(out);
    return text;
}

inline std::string encoded_parts(std::string_view header, std::string_view claims) {
    return codec::base64url_encode(header) + "." + codec::base64url_encode(claims);
}

/// A token of these texts, signed.
inline std::string token_of(const SigningKey& key,
                            std::string_view header,
                            std::string_view claims,
                            const Signing& how = {}) {
    const std::string text = encoded_parts(header, claims);
    return text + "." + codec::base64url_encode(sign(key, text, how));
}

inline std::string seconds(std::int64_t ahead) {
    return std::to_string(kNowSeconds + ahead);
}

}  // namespace tandem::auth::test
