#pragma once

#include "cli/hub_options.h"
#include "node/hub.h"

namespace tandem::cli {

/// Whom an administrative subcommand asks: the hub of a data directory, as the operating system's
/// user who owns it, or a hub at a URL with a key.
struct AdministratorOptions {
    std::string data;
    HubOptions hub;
};
/// `--data` beside the options of a client; `--data` counts where both are given.
void add_administrator_options(Subcommand sub, AdministratorOptions& options);

/// Asks on the one way or the other. Fails with what the hub refuses with.
[[nodiscard]] Result<client::Reply> ask(const AdministratorOptions& options,
                                        const client::Call& call);

/// The answer of a local hub, read. Fails with what the hub refuses with.
[[nodiscard]] Result<client::Reply> read_reply(const node::LocalReply& reply);

/// The same for a path that is no operation of the catalogue; of the hub that runs on a data
/// directory only.
[[nodiscard]] Result<Value> ask_locally(const std::string& data,
                                        const std::string& method,
                                        const std::string& target);

}  // namespace tandem::cli
