#pragma once

#include "advise/constants.h"
#include "advise/workload.h"

namespace tandem::advise {

/// Bytes on the wire by the layer that needs them.
struct Bytes {
    double payload = 0;  ///< what it is about: readings, parameters, events
    double framing = 0;  ///< HTTP heads, WebSocket frames, envelopes, replies
    double tls = 0;      ///< records and handshakes
    double tcp = 0;      ///< headers of IP and TCP, acknowledgements included
    [[nodiscard]] double total() const { return payload + framing + tls + tcp; }
    Bytes& operator+=(const Bytes& more);
};

/// What something costs a day.
struct Cost {
    Bytes bytes;
    double bytes_up = 0;
    double packets = 0;
    double messages = 0;     ///< of HTTP and WebSocket, both ways
    double round_trips = 0;  ///< that somebody waits for
    double connections = 0;  ///< opened
    double hub_cpu = 0;      ///< seconds
    double client_cpu = 0;   ///< seconds of a machine like the one that was measured
    double hub_memory = 0;   ///< bytes, on the average over the day
    double radio_on = 0;     ///< seconds
    double energy = 0;       ///< joules, of the radio
    double price = 0;        ///< dollars, by what of all this costs something
    Cost& operator+=(const Cost& more);
    [[nodiscard]] Cost times(double factor) const;
};

constexpr double kSecondsOfDay = 86'400;

/// One message on the wire: what it is about, and what is written around it.
struct Message {
    double payload = 0;
    double framing = 0;
};

enum class Direction : bool { kUp, kDown };

/// Adds up what passes over connections in a day: bytes by layer, packets, and what the hub spends
/// on connections. How it counts is in docs/advise.md, "Bytes and packets".
class Tally {
public:
    Tally(const Constants& constants, bool tls, bool resumption)
        : constants_{constants}, tls_{tls}, resumption_{resumption} {}

    /// A TCP connection with its TLS handshake, from SYN to the last FIN.
    void connect(double times);
    /// A request and its answer, which follows at once; the answer is acknowledged by a packet of
    /// its own when nothing follows soon.
    void exchange(double times, Message up, Message down);
    /// The same when the answer comes much later: the request is acknowledged by itself too.
    void held_exchange(double times, Message up, Message down);
    /// A message that nobody answers.
    void tell(double times, Direction direction, Message message);
    /// A ping and its pong, each masked by the client.
    void ping(double times);

    /// Packets that are lost are sent again.
    void lose(double share);
    void hub_cpu(double times, double microseconds) { cost_.hub_cpu += times * microseconds / 1e6; }
    void client_cpu(double times, double microseconds) {
        cost_.client_cpu += times * microseconds / 1e6;
    }
    void hub_memory(double bytes) { cost_.hub_memory += bytes; }

    [[nodiscard]] const Cost& cost() const { return cost_; }
    [[nodiscard]] double at(Constant id) const { return constants_[id]; }
    /// Round trips until the first byte of a request may leave on a new connection.
    [[nodiscard]] double trips_to_open() const { return tls_ ? 2 : 1; }

private:
    void send(double times, Direction direction, Message message);
    void add_packets(double times, Direction direction, double packets, double header);

    const Constants& constants_;
    bool tls_;
    bool resumption_;
    Cost cost_;
};

/// What `cost` costs in money: processor, memory, traffic, and the battery where there is one.
[[nodiscard]] double price_of(const Cost& cost,
                              const Constants& constants,
                              const Workload& workload);

}  // namespace tandem::advise
