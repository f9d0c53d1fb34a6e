#pragma once

#include "auth/key.h"
#include "auth/oauth.h"
#include "domain/oauth.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::auth {

/// How long a family lives, however often it is rotated.
inline constexpr Duration kRefreshLife = 30 * 24h;

struct IssuedRefreshToken {
    std::string text;  ///< `trt_<id of the family>_<secret>_<crc>`
    RefreshFamily record;
};

/// The first token of a family. Half of its secret is random, the other half a MAC over that and
/// the family, so that any earlier token is known for one without a record of each.
[[nodiscard]] IssuedRefreshToken begin_family(const KeyId& family,
                                              const Delegation& delegation,
                                              const Mint& mint);

/// Takes a refresh token apart: its id finds the family.
[[nodiscard]] std::optional<Key> read_refresh_token(std::string_view text);

/// What the token endpoint is given, by a client that has been authenticated.
struct Refreshing {
    Key token;
    std::string client;
    std::optional<Scopes> scopes;  ///< asked for, where less than was granted will do
};

/// Whether `token` is of the family that was found under its id (nullptr: none), the present one or
/// one before it.
[[nodiscard]] bool is_of(const RefreshFamily* stored, const Key& token, std::string_view pepper);

/// Whether the family itself still stands: its access tokens end with it.
[[nodiscard]] bool is_live(const RefreshFamily& family, Instant now);

/// Gives the next token of a family for the present one; the record is stored before the token goes
/// out. `stored` is what was found under the token's id, or nullptr.
///
/// An earlier token of the family ends it (RFC 9700 section 4.14.2), and so does the present one in
/// another client's hand. A token that the hub never made changes nothing, or everybody could end a
/// family whose id they have read somewhere.
[[nodiscard]] std::expected<IssuedRefreshToken, OAuthRefusal<RefreshFamily>>
rotate(const RefreshFamily* stored, const Refreshing& refreshing, const Mint& mint);

/// What is stored when a family is to end: RFC 7009, or a replay of the code that it came from.
[[nodiscard]] RefreshFamily revoked(RefreshFamily family, Instant now);

}  // namespace tandem::auth
