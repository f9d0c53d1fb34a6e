#pragma once

#include "auth/outside.h"
#include "base/error.h"

#include <toml++/toml.h>

#include <vector>

namespace tandem::node {

/// `[[issuers]]` of the settings file: docs/reference/oauth.md. Unknown keys are refused. Fails
/// with kInvalidField that says what would be accepted.
[[nodiscard]] Result<std::vector<auth::OutsideIssuer>> read_issuers(const toml::array& tables);

}  // namespace tandem::node
