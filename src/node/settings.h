#pragma once

#include "auth/outside.h"
#include "base/error.h"
#include "domain/retention.h"
#include "net/listener.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tandem::node {

/// How one hub runs: from the command line and a TOML file, the command line first.
struct Settings {
    net::Endpoint listen{.host = "127.0.0.1", .port = 8080};
    std::filesystem::path data = "data";
    std::string store = "embedded";  ///< or `memory`
    /// Readings are acknowledged when they are synced, `batch`; the same with syncs so many
    /// milliseconds apart, `interval=20`; or when they are written, `relaxed`.
    std::string durability = "batch";
    Duration sync_interval = 1s;  ///< of `interval`; of `relaxed`, what a power cut costs at most
    std::string tls_cert;
    std::string tls_key;
    std::string tls_client_ca;     ///< empty: clients are not asked for a certificate
    bool insecure_listen = false;  ///< plain HTTP on an address that is not loopback
    /// `epoll`; or `auto`: the sends of a turn in one system call (io_uring) where that is allowed.
    std::string backend = "auto";
    int loops = 0;                          ///< 0: one on two cores or fewer, else one per core
    std::vector<std::string> origins;       ///< allowed beside the hub's own
    std::vector<std::string> public_hosts;  ///< accepted in Host beside the listening address
    Duration max_future = 5min;
    /// How long readings are kept where their series does not say: `90d`; of devices with a label
    /// `room=lab:12h`; several with commas between them. For ever if nothing is said.
    RetentionRules retention;
    Duration gather{0};    ///< how long events may wait to be sent together
    bool deflate = false;  ///< permessage-deflate on offer
    /// Those that differ from their defaults, by the names of limits.h: `http.head_bytes`.
    std::map<std::string, double> limits;
    std::vector<auth::OutsideIssuer> issuers;  ///< outside, whose tokens are taken: the file alone
    std::string issuers_text;                  ///< as they were written
    std::string log_level = "info";
    std::string user;      ///< whom root becomes before anything else; empty: nobody
    bool sandbox = false;  ///< Landlock and seccomp: see sandbox.h
};

/// What a hub that runs takes over of `fresh`: the files of TLS and the log level. Gives the keys
/// of other settings that differ, which take a restart.
std::vector<std::string> take_over(Settings& running, const Settings& fresh);

/// Sets one setting from text: the keys of the TOML file. Fails with kInvalidField that names the
/// setting and what would be accepted.
[[nodiscard]] Result<void> set(Settings& settings, std::string_view key, const std::string& text);

/// Reads a TOML file over `settings`. Unknown keys are refused, and so is a file that holds nothing
/// or that others may write.
[[nodiscard]] Result<void> read_settings_file(Settings& settings, const std::string& file);

/// What cannot be right together: a listener in the open without TLS, a certificate without a key.
[[nodiscard]] Result<void> validate(const Settings& settings);

}  // namespace tandem::node
