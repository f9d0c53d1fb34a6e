#pragma once

#include "auth/setup_token.h"
#include "base/task.h"
#include "domain/principal.h"
#include "door/door.h"
#include "net/http_connection.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tandem::door {

/// What a hub without an administrator has to make one. One loop.
struct Setup {
    auth::SetupToken token;
    /// Makes the administrator; fails with kAlreadyExists when there is one by now.
    std::function<Task<Result<void>>(UserId name, std::string password_hash)> make;
    /// Where the hub is then, as this machine reaches it; none when that is not known yet.
    std::optional<std::string> url;
    /// It has been made, and whoever asked has been told.
    std::function<void()> done;
};

/// Answers `POST /v1/setup` of a hub that has no administrator; false when it has, or the path is
/// another. Host and Origin have been checked.
[[nodiscard]] bool serve_setup(const Doorway& doorway,
                               const std::shared_ptr<net::Exchange>& exchange);

}  // namespace tandem::door
