#pragma once

#include "histogram.h"
#include "protocol.h"
#include "stream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::bench {

/// What is to be sent, and by how many.
struct Plan {
    std::uint16_t port = 0;
    std::size_t sockets = 1;    ///< Those that are answered; a publisher comes on top.
    std::size_t in_flight = 1;  ///< Unanswered messages that a sender may have.
    double per_second = 0;      ///< Messages of all senders together; 0: as fast as they go.
    const Protocol* protocol = nullptr;
    const Protocol* publisher = nullptr;  ///< One socket's, which sends for all; null: each sends.
    SSL_CTX* tls = nullptr;
};

/// One phase of a run: from the first message sent to the last answer.
struct Phase {
    std::uint64_t answers = 0;
    std::uint64_t errors = 0;  ///< Wrong answers, lost connections, messages without an answer.
    double seconds = 0;
    Histogram latency;
};

/// Connections to a server, and what goes over them. As fast as they go, a sender has a full window
/// at first and sends for each answer; a publisher sends for each answer of the last subscriber,
/// and the latency is that subscriber's. At a rate, latency is that of every answer, and counts
/// from when a message was to be sent, not from when there was time for it.
class Driver {
public:
    /// Opens all connections; ends the program when one fails.
    explicit Driver(const Plan& plan);
    ~Driver();

    /// Sends for so long, then waits for the answers that are missing, five seconds at most.
    Phase run(double seconds);

private:
    struct Connection;

    void open(const Protocol& protocol, std::size_t count, bool subscribes);
    void watch(Connection& connection, int change, bool until_writable) const;
    void send_until(std::int64_t end);
    void send_what_is_due(std::int64_t now);
    [[nodiscard]] std::int64_t due() const;
    void queue(Connection& sender, std::int64_t moment);
    void flush(Connection& sender);
    void wait(std::int64_t until);
    void read(Connection& connection);
    void take(Connection& connection, std::size_t answers);
    void lose(Connection& connection);

    Plan plan_;
    int epoll_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> senders_;
    std::vector<char> buffer_;
    std::size_t next_message_ = 0;  // They differ in their masks.

    Phase phase_;
    bool sending_ = false;
    std::int64_t began_ = 0;
    std::uint64_t sent_ = 0;     // Messages of this phase.
    std::uint64_t awaited_ = 0;  // Answers to them that have not come.
};

}  // namespace tandem::bench
