#pragma once

#include "base/error.h"
#include "base/value.h"
#include "domain/store_figures.h"
#include "door/console_files.h"
#include "node/settings.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace tandem::node {

/// What `tandem init` prints.
struct Initialised {
    std::string tenant;
    std::string admin_user;
    std::string admin_password;
    std::string admin_key;
};
/// What a hub that starts has to say to whoever started it.
struct Announcements {
    /// A store in memory begins with a fresh administrator, who is told here alone.
    std::function<void(const Initialised& made)> administrator;
    /// There is no administrator yet: where one is made within 10 minutes, on this machine:
    /// `http://127.0.0.1:8080/#setup=…`.
    std::function<void(const std::string& url)> setup;
    /// The doors are open: `http://127.0.0.1:8080`.
    std::function<void(const std::string& url)> listening;
};

/// How a hub that runs gets its settings anew, on SIGHUP.
struct Rereading {
    std::string file;  ///< empty: there is none
    std::function<Result<Settings>()> read;
};

/// Serves until SIGINT or SIGTERM. On SIGHUP what can change in a hub that runs does, if all of it
/// is right. Fails with what is wrong at start.
[[nodiscard]] Result<void> serve(const Settings& settings,
                                 std::span<const door::ConsoleFile> console,
                                 const Announcements& announce,
                                 const Rereading& reread);

/// Makes the administrator of a data directory. Fails with kAlreadyExists when there is one, with
/// kUnavailable when a hub is running on the directory.
[[nodiscard]] Result<Initialised> initialise(const std::filesystem::path& data);

/// A request to the hub of a data directory, as the operating system's user who owns it: through
/// `DIR/admin.sock` when a hub runs there, else by opening the files.
struct LocalRequest {
    std::string method;  ///< HTTP
    std::string target;
    std::string body;  ///< JSON
    /// What it makes lives in a hub's memory: without a hub that runs it fails with kUnavailable.
    bool of_running = false;
};
struct LocalReply {
    int status = 0;
    std::string body;
};
[[nodiscard]] Result<LocalReply> ask_locally(const std::filesystem::path& data,
                                             const LocalRequest& request);

/// How large the files of a data directory are, whether a hub runs on it or not.
[[nodiscard]] StoreFiles stored_files(const std::filesystem::path& data);

}  // namespace tandem::node
