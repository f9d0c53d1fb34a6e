#pragma once

#include "api/world.h"
#include "auth/outside_login.h"
#include "base/task.h"

#include <string>

namespace tandem::api {

// How people log in to the console with an outside issuer. docs/reference/oauth.md

/// Somebody wants to.
struct LoginBeginning {
    std::string name;          ///< of the issuer's login
    std::string redirect_uri;  ///< where the browser comes back to
    std::string brake;         ///< what the address counts under; empty: not held up
};
/// Fails with kNotFound, kRateLimited, or kUnavailable while the issuer cannot be asked.
[[nodiscard]] Task<Result<auth::BegunLogin>> begin_outside_login(World world, LoginBeginning login);

/// Somebody comes back.
struct LoginReturn {
    std::string query;    ///< still coded
    std::string browser;  ///< the secret that the browser has kept; "" without one
    std::string brake;
};
/// Who that is: a user, who is made or changed by what the issuer says. Fails with kUnauthenticated
/// for what proves nobody, with kForbidden for whom no rule lets in, with kUnavailable while the
/// issuer cannot be asked; the detail is for the person.
[[nodiscard]] Task<Result<Actor>> finish_outside_login(World world, LoginReturn login);

}  // namespace tandem::api
