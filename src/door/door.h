#pragma once

#include "api/world.h"
#include "domain/backup.h"
#include "door/console_files.h"
#include "net/limits.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tandem::door {

struct Setup;
class WebSocketSession;

/// What a socket may cost. docs/reference/limits.md
struct DoorLimits {
    net::Limits connection;
    Duration auth_time = 5s;             ///< for the first message of a socket without credentials
    std::size_t auth_bytes = 4 * 1'024;  ///< and its size
    std::size_t pending = 256;           ///< sockets that have not said who they are
    std::size_t pending_address = 10;    ///< of them of one address, on one loop; not on loopback
    std::size_t in_flight = 100;         ///< unanswered messages of a socket, then reading stops
    Duration auth_grace = 30s;           ///< after its key has run out, to renew it
};

/// What both doors are told.
struct DoorSettings {
    std::vector<std::string> origins;       ///< allowed beside the hub's own
    std::vector<std::string> public_hosts;  ///< accepted in Host beside addresses and localhost
    std::span<const ConsoleFile> console;
    DoorLimits limits;
    bool deflate = false;  ///< permessage-deflate for sockets that say who they are when they open
    /// The administrative socket: the operating system has said who calls, who then is `owner`.
    bool local = false;
    Actor owner;
    std::vector<std::string> providers;  ///< with which people may log in: their names
    /// For /readyz: why the hub cannot do its work, in a sentence; "" when it can.
    std::function<std::string()> unready;
    /// Ends the sockets of a session on every loop. Any thread.
    std::function<void(const std::string& credential)> ended;
    /// Begins a backup, on a thread that may block, and the thread that the archive is made on.
    /// Neither where the store keeps nothing.
    std::function<Result<std::unique_ptr<BackupSource>>()> begin_backup;
    Worker* archivist = nullptr;
    /// How the administrator is made; null where there is one.
    std::shared_ptr<Setup> setup;
    /// The hub stops: answers say that the connection ends.
    std::atomic<bool> draining = false;
    /// Sockets of all loops that have not said who they are.
    mutable std::atomic<std::size_t> pending = 0;
};

/// How sockets leave a hub that stops.
struct Leaving {
    Duration after{0};   ///< until the first is closed
    Duration spread{0};  ///< from the first to the last, so that they do not all come back at once
};

/// The live sockets of one loop, to close those whose credential has ended.
class Sockets {
public:
    explicit Sockets(Metric& open) : open_{open} {}
    void add(WebSocketSession& session);
    void remove(WebSocketSession& session);
    /// A socket that has not said who it is, for as long as it has not.
    class Stranger;
    /// Whether one more may come of `address`, a net::address_group(); "" of this machine.
    [[nodiscard]] bool admits_stranger(const std::string& address, std::size_t most) const;
    /// It counts until it is destroyed, in `all` too, which is of all loops.
    [[nodiscard]] std::unique_ptr<Stranger> note_stranger(std::string address,
                                                          std::atomic<std::size_t>& all);
    /// Ends every socket that was opened with `credential`, with 4401.
    void end(const std::string& credential);
    /// What `principal` may do is another: its sockets that follow something come back for it, with
    /// 4500. The others are asked at their next message anyway.
    void reconsider(const api::World& world, const Principal& principal);
    /// Ends every socket whose credential has run out, a key DoorLimits::auth_grace ago, and warns
    /// those whose credential soon will.
    void end_expired(const api::World& world);
    /// The hub stops: all are told, and closed with 1012 one after the other.
    void drain(const Leaving& how);
    [[nodiscard]] std::size_t size() const { return all_.size(); }

private:
    std::vector<WebSocketSession*> all_;
    Metric& open_;  // `tandem_connections{door="ws"}`: of all loops.
    // Ordered: what strangers name is in no table whose places they could choose.
    std::map<std::string, std::size_t> strangers_;
};

class Sockets::Stranger {
public:
    Stranger(Sockets& sockets, std::string address, std::atomic<std::size_t>& all);
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;
    ~Stranger();

private:
    Sockets& sockets_;
    std::string address_;
    std::atomic<std::size_t>& all_;
};

/// The hub as a caller reached it, `https://hub.example:8443`, from the checked Host field. "" for
/// the administrative socket, which has none.
[[nodiscard]] inline std::string base_of(std::string_view host, bool tls) {
    if (host.empty()) return {};
    return (tls ? "https://" : "http://") + std::string{host};
}

/// What the doors of one loop share.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): a World cannot be left out
struct Doorway {
    api::World world;
    const DoorSettings& settings;
    Sockets& sockets;
};

}  // namespace tandem::door
