#pragma once

#include "api/world.h"
#include "auth/password.h"
#include "codec/json.h"
#include "conformance/manual_executor.h"
#include "door/door.h"
#include "memory/store.h"
#include "net/http_connection.h"
#include "net/websocket_frame.h"
#include "node/administrator.h"
#include "node/part.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::simulation {

/// Time that stands still until a test moves it.
class StillClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return kNoon + passed + ahead; }
    [[nodiscard]] Monotonic monotonic() const override { return Monotonic{1'000s + passed}; }
    static constexpr Instant kNoon{Duration{1'700'000'000'000'000}};
    Duration passed{0};
    Duration ahead{0};  ///< somebody has set it
};

/// What a hub is made with.
struct HubSettings {
    api::Rules rules = {};
    std::vector<std::string> origins = {};
    std::vector<std::string> public_hosts = {};
    std::span<const door::ConsoleFile> console = {};
    std::size_t pending_max = 256;
    bool verifies_passwords = false;
};

/// A whole hub on one loop that a test drives, with a store in memory: what its doors answer, byte
/// by byte, without a network.
class ServedHub {
public:
    explicit ServedHub(HubSettings settings = {});
    ServedHub(const ServedHub&) = delete;
    ServedHub& operator=(const ServedHub&) = delete;
    ~ServedHub();

    /// Lets time pass, with everything that comes due.
    void pass(Duration span);
    /// Runs what is ready.
    void settle() { loop.run_posted(); }
    [[nodiscard]] api::World world() { return api::World{part->shard}; }
    /// A device with a key.
    std::string make_device(const std::string& id, const Labels& labels = {});
    /// The audit lines of the hub, oldest first: `user:admin session.begin ok`.
    std::vector<std::string> audit();

    conformance::ManualExecutor loop;
    StillClock clock;
    SeededRandom random{1};
    memory::MemoryStore store{random};
    std::optional<auth::PasswordVerifier> passwords;
    door::DoorSettings doors;
    door::DoorSettings local_doors;
    std::unique_ptr<api::Hub> hub;
    std::unique_ptr<node::Part> part;
    node::Parts parts;
    node::Initialised admin;
    net::Limits limits;
};

/// An HTTP answer, taken apart.
struct Answer {
    int status = 0;
    net::Headers headers;  ///< names in lower case
    std::string body;

    /// The field, or "".
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] Value json() const;
    /// The name of the problem in the body, `not-found`; "" when it is none.
    [[nodiscard]] std::string problem() const;
};

/// A request as a test writes it.
struct Ask {
    std::string method = "GET";
    std::string target = "/";
    net::Headers headers = {};
    std::string body = {};
    std::string host = "127.0.0.1:8080";
    bool tls = false;
    bool local = false;            ///< through the administrative socket
    std::string certificate = {};  ///< the client's, SHA-256 in hexadecimal
    std::string subject = {};      ///< and its subject
};
/// Asks on a connection of its own.
[[nodiscard]] Answer ask(ServedHub& hub, const Ask& asked);
[[nodiscard]] net::Headers bearer(const std::string& key);

/// A body of so many readings of `power`, 0 and up, a millisecond apart.
[[nodiscard]] std::string many_readings(int count);

/// What a test does with one connection. The hub outlives it.
class Connection {
public:
    explicit Connection(ServedHub& hub, net::Peer peer = {.address = "192.0.2.7"});
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    void feed(std::string_view bytes);
    /// What has been written since the last call.
    [[nodiscard]] std::string take();
    /// The peer takes nothing until told otherwise: what is written stays queued.
    void hold(bool held);
    [[nodiscard]] bool closed() const;
    [[nodiscard]] bool paused() const;
    /// The other end goes away.
    void drop();

private:
    class Wire;
    ServedHub& hub_;
    std::unique_ptr<Wire> wire_;
    std::unique_ptr<net::Protocol> protocol_;
};

/// A WebSocket to the hub: the handshake and messages in JSON.
class Socket {
public:
    /// `headers` beside those of the handshake.
    explicit Socket(ServedHub& hub, net::Headers headers = {}, bool tls = false);
    /// From who is at the other end.
    Socket(ServedHub& hub, net::Headers headers, net::Peer peer, std::string target = "/v1/stream");

    /// What the handshake was answered with.
    [[nodiscard]] const Answer& answer() const { return answer_; }
    [[nodiscard]] bool open() const { return answer_.status == 101; }
    void send(std::string_view message);
    /// The messages that have come since the last call.
    [[nodiscard]] std::vector<Value> messages();
    /// Sends a request and gives the reply to it; what else has come is dropped.
    Value request(std::string_view message);
    /// The close code and reason that the hub has sent, `4401 the credential has ended`; "" before.
    [[nodiscard]] std::string closed();
    Connection& connection() { return connection_; }

private:
    void read();

    Connection connection_;
    Answer answer_;
    std::string unread_;
    std::vector<Value> messages_;
    std::string closed_;
};

}  // namespace tandem::simulation
