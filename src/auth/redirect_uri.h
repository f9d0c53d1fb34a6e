#pragma once

#include <string_view>

namespace tandem::auth {

inline constexpr std::size_t kRedirectBytesMax = 2'048;

/// Whether a client may register `uri`: https; http on this machine; or a scheme of the client's
/// own that is a domain name turned round, `com.example.app:/done` (RFC 8252 section 7.1). No user,
/// no fragment, no wildcard; printable ASCII.
[[nodiscard]] bool is_redirect_uri(std::string_view uri);

/// Whether `asked` is the registered URI, character by character (RFC 9700 section 2.1). The port
/// alone may be any where a registered `http://127.0.0.1/…` or `http://[::1]/…` waits on a port of
/// the moment: RFC 8252 section 7.3. Not for `localhost`, which a name service may turn elsewhere.
[[nodiscard]] bool redirect_matches(std::string_view registered, std::string_view asked);

}  // namespace tandem::auth
