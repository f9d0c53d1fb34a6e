#pragma once

#include "base/error.h"
#include "base/value.h"
#include "door/console_files.h"
#include "node/settings.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace tandem::node {

/// Serves until SIGINT or SIGTERM; gives the exit code. Prints `listening on http://…` on standard
/// output once it does. What is wrong at start is one line on standard error and code 2.
int serve(const Settings& settings, std::span<const door::ConsoleFile> console);

/// What `tandem init` prints.
struct Initialised {
    std::string tenant;
    std::string admin_user;
    std::string admin_password;
    std::string admin_key;
};
/// Makes the administrator of a data directory. Fails with kAlreadyExists when there is one, with
/// kUnavailable when a hub is running on the directory.
[[nodiscard]] Result<Initialised> initialise(const std::filesystem::path& data);

/// A request to the hub of a data directory, as the operating system's user who owns it: through
/// `DIR/admin.sock` when a hub runs there, else by opening the files.
struct LocalRequest {
    std::string method;  ///< HTTP
    std::string target;
    std::string body;  ///< JSON
};
struct LocalReply {
    int status = 0;
    std::string body;
};
[[nodiscard]] Result<LocalReply> ask_locally(const std::filesystem::path& data,
                                             const LocalRequest& request);

}  // namespace tandem::node
