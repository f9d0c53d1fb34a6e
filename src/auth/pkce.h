#pragma once

#include <string_view>

namespace tandem::auth {

/// Whether a request's challenge may be taken: RFC 7636 section 4.3 with S256, and no other method;
/// a method that is left out would mean `plain`.
[[nodiscard]] bool is_pkce_challenge(std::string_view method, std::string_view challenge);

/// Whether `verifier` (43 to 128 unreserved characters) is what `challenge` was made of: RFC 7636
/// section 4.6.
[[nodiscard]] bool pkce_matches(std::string_view challenge, std::string_view verifier);

}  // namespace tandem::auth
