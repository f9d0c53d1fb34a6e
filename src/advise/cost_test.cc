#include "advise/cost.h"

#include <doctest/doctest.h>

namespace tandem::advise {
namespace {

const Constants kConstantsOfTable;
constexpr double kPacket = 20 + 32;

TEST_CASE(
    "a request and its answer in the clear are two packets with data and an acknowledgement") {
    Tally tally{kConstantsOfTable, false, false};
    tally.exchange(1, {.payload = 100, .framing = 200}, {.framing = 300});
    const Cost& cost = tally.cost();
    CHECK(cost.packets == 3);
    CHECK(cost.messages == 2);
    CHECK(cost.round_trips == 1);
    CHECK(cost.bytes.payload == 100);
    CHECK(cost.bytes.framing == 500);
    CHECK(cost.bytes.tls == 0);
    CHECK(cost.bytes.tcp == 3 * kPacket);
    CHECK(cost.bytes_up == 300 + 2 * kPacket);
}

TEST_CASE("TLS adds a record each way") {
    Tally tally{kConstantsOfTable, true, false};
    tally.exchange(1, {.framing = 200}, {.framing = 300});
    CHECK(tally.cost().bytes.tls == 2 * 22);
    Tally large{kConstantsOfTable, true, false};
    large.exchange(1, {.payload = 16'384 * 2}, {.framing = 1});
    CHECK(large.cost().bytes.tls == 3 * 22);
}

TEST_CASE("what does not fit into a segment takes several, every second one acknowledged") {
    Tally tally{kConstantsOfTable, false, false};
    tally.exchange(1, {.payload = 1'448 * 5}, {.framing = 10});
    // Five up, two acknowledgements back, the answer, and its acknowledgement.
    CHECK(tally.cost().packets == 5 + 2 + 1 + 1);
}

TEST_CASE("a TCP connection is six packets, and its options make SYN longer") {
    Tally tally{kConstantsOfTable, false, false};
    tally.connect(1);
    CHECK(tally.cost().packets == 6);
    CHECK(tally.cost().bytes.tcp == 2 * (20 + 40) + 4 * kPacket);
    CHECK(tally.cost().round_trips == 1);
    CHECK(tally.cost().bytes.tls == 0);
}

TEST_CASE("a TLS handshake costs a round trip more, and less with a ticket") {
    Tally full{kConstantsOfTable, true, false};
    full.connect(1);
    Tally resumed{kConstantsOfTable, true, true};
    resumed.connect(1);
    CHECK(full.cost().round_trips == 2);
    CHECK(full.cost().bytes.tls == 410 + 370 + 1'900 + 255);
    CHECK(resumed.cost().bytes.tls == 681 + 241 + 255);
    CHECK(resumed.cost().hub_cpu < full.cost().hub_cpu);
}

TEST_CASE("a ping is three packets, two bytes down and six up") {
    Tally tally{kConstantsOfTable, false, false};
    tally.ping(1);
    CHECK(tally.cost().packets == 3);
    CHECK(tally.cost().bytes.framing == 8);
    CHECK(tally.cost().bytes_up == 6 + kPacket);
}

TEST_CASE("an answer that comes late leaves its request to be acknowledged by itself") {
    Tally tally{kConstantsOfTable, false, false};
    tally.held_exchange(1, {.framing = 100}, {.framing = 100});
    CHECK(tally.cost().packets == 4);
}

TEST_CASE("of a message that nobody answers there are two packets") {
    Tally tally{kConstantsOfTable, false, false};
    tally.tell(10, Direction::kDown, {.payload = 5, .framing = 5});
    CHECK(tally.cost().packets == 20);
    CHECK(tally.cost().bytes_up == 10 * kPacket);
}

TEST_CASE("lost packets are sent again") {
    Tally tally{kConstantsOfTable, false, false};
    tally.tell(100, Direction::kUp, {.payload = 100});
    const Cost before = tally.cost();
    tally.lose(0.2);
    CHECK(tally.cost().packets == doctest::Approx(before.packets * 1.25));
    CHECK(tally.cost().bytes.total() == doctest::Approx(before.bytes.total() * 1.25));
    CHECK(tally.cost().bytes.payload == before.bytes.payload);
}

TEST_CASE("energy costs money on a battery only, traffic more on a cellular network") {
    Cost cost;
    cost.bytes.payload = 1e9;
    cost.energy = 3'600;
    Workload workload;
    const double at_home = price_of(cost, kConstantsOfTable, workload);
    CHECK(at_home == doctest::Approx(0.05));
    workload.power = Power::kBattery;
    CHECK(price_of(cost, kConstantsOfTable, workload) == doctest::Approx(0.05 + 0.5));
    workload.network.kind = NetworkKind::kLteM;
    CHECK(price_of(cost, kConstantsOfTable, workload) == doctest::Approx(20 + 0.5));
}

}  // namespace
}  // namespace tandem::advise
