#pragma once

#include "base/id.h"
#include "base/random.h"
#include "domain/access.h"

#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

/// A bearer key: `tdk_<id>_<secret>_<crc>` for devices, `tak_…` for applications. The id (16 of
/// A-Z a-z 0-9) finds it, the secret (256 bits, base64url) proves it, the CRC-32 of all before it
/// catches typing mistakes before any lookup.
struct Key {
    KeyId id;
    std::string secret;
};

/// A fresh key as the text that its owner gets.
[[nodiscard]] std::string make_key(PrincipalKind kind, Random& random);

/// Takes a key apart. Nothing when it is no key or the CRC is wrong.
[[nodiscard]] std::optional<Key> read_key(std::string_view text);

/// Whatever else is found by an id and proved by a secret has the same form, under a mark of four
/// characters such as `tdk_`. The first makes the text of a given secret, the second a fresh one.
[[nodiscard]] std::string bearer_text(std::string_view mark, const Key& key);
[[nodiscard]] Key make_bearer(Random& random);
/// As read_key, for one mark alone.
[[nodiscard]] std::optional<Key> read_bearer(std::string_view mark, std::string_view text);

/// HMAC-SHA-256, 32 raw bytes: what is stored of a secret. RFC 2104.
[[nodiscard]] std::string keyed_digest(std::string_view pepper, std::string_view secret);
/// SHA-256, 32 raw bytes.
[[nodiscard]] std::string digest(std::string_view text);
/// Whether two digests are equal, in a time that does not tell where they differ.
[[nodiscard]] bool same_digest(std::string_view left, std::string_view right);

/// Whether `stored` is the keyed digest of `secret`. Without one (nullptr: nothing goes by that id)
/// it is not, and that takes as long.
[[nodiscard]] bool proves(std::string_view pepper,
                          std::string_view secret,
                          const std::string* stored);

/// A random secret of 256 bits as 43 characters of base64url.
[[nodiscard]] std::string make_secret(Random& random);

}  // namespace tandem::auth
