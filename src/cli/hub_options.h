#pragma once

#include "cli/options.h"
#include "client/rest_client.h"
#include "client/websocket_client.h"

#include <memory>
#include <string>

namespace tandem::cli {

/// Where the hub is and with which key, as every subcommand that is a client takes it.
struct HubOptions {
    std::string url = "http://127.0.0.1:8080";
    std::string key;
    std::string key_file;
    std::string ca_file;
    std::string format = "json";
};
/// `--url`, `--key`, `--key-file` and `--ca`, with TANDEM_URL and TANDEM_KEY behind.
void add_access_options(Subcommand sub, HubOptions& options);
/// These and `--format`.
void add_hub_options(Subcommand sub, HubOptions& options);

/// The key from where it is given: the file, else the option or the environment. Fails with
/// kInvalidField when the file cannot be read or holds none.
[[nodiscard]] Result<std::string> key_of(const HubOptions& options);
[[nodiscard]] Result<client::Access> access_of(const HubOptions& options);

/// `--door`, of two.
void add_door_option(Subcommand sub, std::string& door);

/// Runs `task` on `loop` until it has ended; nothing when the loop was stopped before.
template <typename T>
std::optional<T> finish(net::Loop& loop, Task<T> task) {
    struct Run {
        static Task<void> keep(Task<T> task, std::optional<T>* into, net::Loop* loop) {
            into->emplace(co_await std::move(task));
            loop->stop();
        }
    };
    std::optional<T> result;
    spawn(Run::keep(std::move(task), &result, &loop));
    loop.run();
    // What was said last, a close frame above all, leaves at the end of a turn.
    loop.turn(0us);
    return result;
}

/// A client that is connected: over REST, or over a socket whose hello has come. Fails as
/// WebSocketClient::open().
Task<Result<std::unique_ptr<client::HubClient>>> connect(net::Loop* loop,
                                                         Random* random,
                                                         client::Access access,
                                                         std::string door);

/// From now on SIGINT and SIGTERM end finish() on this loop, which then gives nothing. Once a loop.
void stop_on_signals(net::Loop& loop);

/// One call on a connection of its own.
[[nodiscard]] Result<client::Reply> ask_once(const client::Access& access,
                                             const std::string& door,
                                             client::Call call);

}  // namespace tandem::cli
