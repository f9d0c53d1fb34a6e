#include "advise/cost.h"

#include <algorithm>
#include <cmath>

namespace tandem::advise {
namespace {

constexpr double kRecordMost = 16'384;  // RFC 8446 section 5.1.
constexpr double kGigabyte = 1e9;
constexpr double kGibibyte = 1024.0 * 1024 * 1024;

}  // namespace

Bytes& Bytes::operator+=(const Bytes& more) {
    payload += more.payload;
    framing += more.framing;
    tls += more.tls;
    tcp += more.tcp;
    return *this;
}

Cost& Cost::operator+=(const Cost& more) {
    bytes += more.bytes;
    bytes_up += more.bytes_up;
    packets += more.packets;
    messages += more.messages;
    round_trips += more.round_trips;
    connections += more.connections;
    hub_cpu += more.hub_cpu;
    client_cpu += more.client_cpu;
    hub_memory += more.hub_memory;
    radio_on += more.radio_on;
    energy += more.energy;
    price += more.price;
    return *this;
}

Cost Cost::times(double factor) const {
    Cost made = *this;
    for (double* each : {&made.bytes.payload, &made.bytes.framing, &made.bytes.tls, &made.bytes.tcp,
                         &made.bytes_up, &made.packets, &made.messages, &made.round_trips,
                         &made.connections, &made.hub_cpu, &made.client_cpu, &made.hub_memory,
                         &made.radio_on, &made.energy, &made.price}) {
        *each *= factor;
    }
    return made;
}

void Tally::add_packets(double times, Direction direction, double packets, double header) {
    const double bytes = times * packets * (at(Constant::kIpHeader) + header);
    cost_.packets += times * packets;
    cost_.bytes.tcp += bytes;
    if (direction == Direction::kUp) cost_.bytes_up += bytes;
}

void Tally::send(double times, Direction direction, Message message) {
    const double plain = message.payload + message.framing;
    const double records = tls_ ? std::max(1.0, std::ceil(plain / kRecordMost)) : 0;
    const double tls = records * at(Constant::kTlsRecord);
    const double segments = std::max(1.0, std::ceil((plain + tls) / at(Constant::kTcpSegment)));
    cost_.bytes.payload += times * message.payload;
    cost_.bytes.framing += times * message.framing;
    cost_.bytes.tls += times * tls;
    cost_.messages += times;
    if (direction == Direction::kUp) cost_.bytes_up += times * (plain + tls);
    add_packets(times, direction, segments, at(Constant::kTcpHeader));
    // Every second segment is acknowledged at once: RFC 9293 section 3.8.6.3.
    const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
    add_packets(times, back, std::floor((segments - 1) / 2), at(Constant::kTcpHeader));
    hub_cpu(times, records * at(Constant::kCpuTlsRecord));
}

void Tally::connect(double times) {
    using enum Constant;
    cost_.connections += times;
    // SYN, SYN-ACK, ACK; FIN and ACK each way, of which one usually carries the other.
    add_packets(times, Direction::kUp, 1, at(kTcpSyn));
    add_packets(times, Direction::kDown, 1, at(kTcpSyn));
    add_packets(times, Direction::kUp, 3, at(kTcpHeader));
    add_packets(times, Direction::kDown, 1, at(kTcpHeader));
    cost_.round_trips += times * trips_to_open();
    hub_cpu(times, at(kCpuConnect));
    if (!tls_) return;
    const double up = at(resumption_ ? kTlsResumedUp : kTlsFullUp);
    const double down =
        (resumption_ ? at(kTlsResumedDown) : at(kTlsFullDown) + at(kTlsChain)) + at(kTlsTicket);
    cost_.bytes.tls += times * (up + down);
    cost_.bytes_up += times * up;
    // Two flights of the client, the second of which takes the first request along; the hub's
    // flight, and its ticket, which comes along with the first answer.
    const double segments = std::ceil(down / at(kTcpSegment));
    add_packets(times, Direction::kUp, 1, at(kTcpHeader));
    add_packets(times, Direction::kDown, segments, at(kTcpHeader));
    add_packets(times, Direction::kUp, std::ceil(segments / 2), at(kTcpHeader));
    hub_cpu(times, at(resumption_ ? kCpuTlsResumed : kCpuTlsFull));
}

void Tally::exchange(double times, Message up, Message down) {
    send(times, Direction::kUp, up);
    send(times, Direction::kDown, down);
    add_packets(times, Direction::kUp, 1, at(Constant::kTcpHeader));
    cost_.round_trips += times;
}

void Tally::held_exchange(double times, Message up, Message down) {
    exchange(times, up, down);
    add_packets(times, Direction::kDown, 1, at(Constant::kTcpHeader));
}

void Tally::tell(double times, Direction direction, Message message) {
    send(times, direction, message);
    const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
    add_packets(times, back, 1, at(Constant::kTcpHeader));
}

void Tally::ping(double times) {
    constexpr double mask = 4;  // RFC 6455 section 5.3.
    const double frame = at(Constant::kSocketPing);
    send(times, Direction::kDown, {.framing = frame});
    send(times, Direction::kUp, {.framing = frame + mask});
    add_packets(times, Direction::kDown, 1, at(Constant::kTcpHeader));
    hub_cpu(times, at(Constant::kCpuPing));
}

void Tally::lose(double share) {
    const double again = share / (1 - share);
    cost_.bytes.tcp += again * cost_.bytes.total();
    cost_.bytes_up *= 1 + again;
    cost_.packets *= 1 + again;
}

double price_of(const Cost& cost, const Constants& constants, const Workload& workload) {
    using enum Constant;
    constexpr double hour = 3'600;
    const auto kind = workload.network.kind;
    const bool cellular = kind == NetworkKind::kLteM || kind == NetworkKind::kNbIot;
    double price = cost.hub_cpu / hour * constants[kPriceCpuHour];
    price += cost.hub_memory / kGibibyte * 24 * constants[kPriceMemoryHour];
    price += cost.bytes.total() / kGigabyte *
             constants[cellular ? kPriceCellularGigabyte : kPriceGigabyte];
    if (workload.power == Power::kBattery) {
        price += cost.energy / hour * constants[kPriceBatteryWh];
    }
    return price;
}

}  // namespace tandem::advise
