#include "auth/key.h"

#include "base/check.h"
#include "codec/base64.h"
#include "codec/crc32.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace tandem::auth {
namespace {

constexpr std::string_view kIdAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kPrefixLength = 4;  // tdk_
constexpr std::size_t kIdLength = 16;
constexpr std::size_t kSecretLength = 43;
constexpr std::size_t kCrcLength = 6;
constexpr std::size_t kCrcStart = kPrefixLength + kIdLength + 1 + kSecretLength + 1;
constexpr std::size_t kLength = kCrcStart + kCrcLength;

std::string crc_text(std::string_view text) {
    const std::uint32_t crc = codec::crc32(text);
    std::string raw;
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        raw += static_cast<char>((crc >> shift) & 255U);
    return codec::base64url_encode(raw);
}

}  // namespace

std::string make_secret(Random& random) {
    return codec::base64url_encode(random.bytes(32));
}

std::string bearer_text(std::string_view mark, const Key& key) {
    check(mark.size() == kPrefixLength);
    std::string text{mark};
    text += key.id.text() + "_" + key.secret + "_";
    return text + crc_text(text);
}

Key make_bearer(Random& random) {
    return {.id = KeyId{random.text(kIdLength, kIdAlphabet)}, .secret = make_secret(random)};
}

std::optional<Key> read_bearer(std::string_view mark, std::string_view text) {
    if (text.size() != kLength || text[kPrefixLength + kIdLength] != '_') return {};
    if (!text.starts_with(mark)) return {};
    if (crc_text(text.substr(0, kCrcStart)) != text.substr(kCrcStart)) return {};
    return Key{.id = KeyId{std::string{text.substr(kPrefixLength, kIdLength)}},
               .secret = std::string{text.substr(kPrefixLength + kIdLength + 1, kSecretLength)}};
}

std::string make_key(PrincipalKind kind, Random& random) {
    return bearer_text(kind == PrincipalKind::kDevice ? "tdk_" : "tak_", make_bearer(random));
}

std::optional<Key> read_key(std::string_view text) {
    auto key = read_bearer("tdk_", text);
    return key ? key : read_bearer("tak_", text);
}

std::string keyed_digest(std::string_view pepper, std::string_view secret) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int length = 0;
    const auto* done = ::HMAC(EVP_sha256(), pepper.data(), static_cast<int>(pepper.size()),
                              reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                              out.data(), &length);
    check(done != nullptr && length == 32);
    return {reinterpret_cast<const char*>(out.data()), length};
}

std::string digest(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int length = 0;
    check(::EVP_Digest(text.data(), text.size(), out.data(), &length, EVP_sha256(), nullptr) == 1);
    return {reinterpret_cast<const char*>(out.data()), length};
}

bool same_digest(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool proves(std::string_view pepper, std::string_view secret, const std::string* stored) {
    const std::string given = keyed_digest(pepper, secret);
    const std::string nobody(given.size(), '\0');
    const bool same = same_digest(given, stored == nullptr ? nobody : *stored);
    return same && stored != nullptr;
}

}  // namespace tandem::auth
