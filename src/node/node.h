#pragma once

#include "api/audit.h"
#include "api/world.h"
#include "auth/password.h"
#include "door/door.h"
#include "net/listener.h"
#include "net/loop.h"
#include "node/limits.h"
#include "node/outside.h"
#include "node/part.h"
#include "node/settings.h"
#include "node/zones.h"

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace tandem::store {
class EmbeddedStore;
}

namespace tandem::node {

/// A hub in this process: everything that the settings ask for, built, started and stopped in
/// order. The only place that chooses a store.
class Node {
public:
    /// Opens the store and makes the loops; nothing is served yet. `clock` and `random` outlive the
    /// node. Fails as the store does, with kInvalidField for settings that cannot be used.
    static Result<std::unique_ptr<Node>> build(const Settings& settings,
                                               std::span<const door::ConsoleFile> console,
                                               const Clock& clock,
                                               Random& random);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node();

    /// Loads what is kept in memory and opens `DIR/admin.sock`.
    Result<void> start();
    /// Lets whoever has the token make the administrator. Before open_doors().
    void let_set_up(std::shared_ptr<door::Setup> setup) {
        door_settings_.setup = std::move(setup);
    }
    /// Opens the doors; the real endpoint.
    Result<net::Endpoint> open_doors();

    /// Takes over what it can of `fresh`, or of nothing anew where that has failed: reads the
    /// certificate and its key again and uses them for connections that come from now on; those
    /// that are there keep theirs. Where a file is not as it must be, all stays as it was. Whether
    /// it was taken over. The first loop only.
    bool reload(const Result<Settings>& fresh);
    /// Starts the other loops and runs the first one on this thread, until stop() has done.
    void run();
    /// Drains: no new connections; sockets are told with `goaway` and closed with 1012 one after
    /// the other, requests are answered; then the loops stop, after 10 s whatever is left. The
    /// first loop only.
    void stop();

    [[nodiscard]] net::Loop& loop() { return *loops_.front(); }
    [[nodiscard]] Registry& registry() { return *parts_.front()->stores->ports().registry; }
    [[nodiscard]] const std::string& pepper() const { return pepper_; }
    [[nodiscard]] const std::filesystem::path& data() const { return settings_.data; }

private:
    Node(Settings settings, const Clock& clock);

    Result<void> open_store(Random& random);
    void make_parts(std::span<const door::ConsoleFile> console);
    void use_tls(const std::shared_ptr<net::TlsContext>& tls);
    void renew_tickets();
    void watch_credentials(Part& part);
    void watch_load(std::size_t loop);
    void erase_old_in(Duration span);
    Task<void> erase_old();
    Task<void> audit_stop();
    void look_at_load();
    [[nodiscard]] std::int64_t open_sockets() const;
    void finish_drain(Monotonic deadline, Monotonic earliest);
    void close_connections(Monotonic deadline);
    void end_when_sent(std::size_t at, Monotonic deadline);
    [[nodiscard]] std::unique_ptr<net::Protocol> serve_on(door::Front& front);
    [[nodiscard]] const net::Limits& limits() const { return tuning_.door.connection; }

    // Declared in the order of their making; destroyed in reverse.
    Settings settings_;
    Tuning tuning_;
    const Clock& clock_;
    std::string pepper_;
    std::vector<std::unique_ptr<net::Loop>> loops_;
    std::unique_ptr<StoreEngine> store_;
    store::EmbeddedStore* embedded_ = nullptr;  // The same, where it keeps anything.
    std::unique_ptr<auth::PasswordVerifier> passwords_;
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<Worker> archivist_;            // Backups take long: nobody else waits for them.
    std::unique_ptr<IssuerClient> issuer_client_;  // Nor for servers that are not ours.
    Zones zones_;
    std::unique_ptr<api::Hub> hub_;
    std::vector<api::Shard*> shards_;
    door::DoorSettings door_settings_;
    door::DoorSettings local_settings_;
    std::vector<std::unique_ptr<Part>> parts_;               // One per loop.
    Parts told_;                                             // All of them.
    std::unique_ptr<api::Anchors> anchors_;                  // The first loop's.
    std::vector<std::unique_ptr<net::Listener>> listeners_;  // One per loop, once open.
    std::unique_ptr<net::Listener> local_listener_;
    std::vector<std::thread> threads_;
    std::vector<std::atomic<Duration>> lags_;  // Of each loop, the last time that it looked.
    api::LoadWatch load_watch_;                // The first loop's.
    std::atomic<bool> ready_ = false;
    bool stopping_ = false;
    std::atomic<std::size_t> closing_ = 0;  // Loops that have not closed their connections.
    bool stop_noted_ = false;               // In the audit, with all before it.
};

}  // namespace tandem::node
