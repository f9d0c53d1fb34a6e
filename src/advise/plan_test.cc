#include "advise/plan.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::advise {
namespace {

const Constants kConstantsOfTable;

Estimate of(const Workload& workload, Readings readings, Commands commands) {
    return estimate(kConstantsOfTable, workload, {.readings = readings, .commands = commands});
}
Estimate rest(const Workload& workload, Readings readings = Readings::kRest) {
    return of(workload, readings, Commands::kWithReadings);
}
Estimate socket(const Workload& workload, Readings readings = Readings::kSocket) {
    return of(workload, readings, Commands::kSocket);
}

Workload each(Duration every) {
    Workload made;
    made.readings.every = every;
    return made;
}

TEST_CASE("a connection per request costs a handshake for each reading") {
    const Estimate fresh = rest(each(30s), Readings::kRestFresh);
    CHECK(fresh.cost.connections == doctest::Approx(2'880));
    CHECK_FALSE(fresh.kept);
    const Estimate kept = rest(each(30s));
    CHECK(kept.kept);
    CHECK(kept.cost.connections == doctest::Approx(1));
    CHECK(kept.cost.bytes.total() < fresh.cost.bytes.total());
    CHECK(kept.cost.round_trips < fresh.cost.round_trips);
}

TEST_CASE("a connection is not kept for longer than the hub keeps it, nor than the path does") {
    CHECK(rest(each(74s)).kept);
    CHECK_FALSE(rest(each(76s)).kept);
    Workload cut = each(30s);
    cut.network.idle_cut = 20s;
    CHECK_FALSE(rest(cut).kept);
    const Estimate late = rest(each(10min));
    CHECK(late.cost.bytes.total() == rest(each(10min), Readings::kRestFresh).cost.bytes.total());
}

TEST_CASE("a socket beats only while it has nothing else to say") {
    CHECK(socket(each(10s)).cost.packets == doctest::Approx(8'640 * 3 + 20).epsilon(0.001));
    // The path forgets after 5 minutes, so a ping every 4: 3 between two readings of a quarter.
    const Estimate quarter = socket(each(15min));
    CHECK(*quarter.heartbeat == 240);
    CHECK(quarter.cost.packets == doctest::Approx(96 * 3 + 96 * 3 * 3 + 20).epsilon(0.02));
    Workload short_path = each(15min);
    short_path.network.idle_cut = 60s;
    CHECK(*socket(short_path).heartbeat == 48);
}

TEST_CASE("a batch has a time for each reading and one head for all") {
    Workload workload = each(1s);
    workload.readings.may_wait = 9s;
    const Estimate batched = rest(workload, Readings::kRestBatched);
    CHECK(batched.batch == 10);
    CHECK(batched.cost.bytes.payload ==
          doctest::Approx(86'400 * (60 + row(Constant::kTimedItem).value)));
    CHECK(batched.cost.messages == doctest::Approx(2 * 8'640));
    CHECK(batched.reading_latency > 9);
    workload.readings.latency = 4s;
    CHECK(rest(workload, Readings::kRestBatched).batch == 3);
    workload.readings.batch = 3;
    CHECK(rest(workload, Readings::kRestBatched).batch == 3);
    workload.readings.batch = 0;
    workload.readings.latency = 0s;
    workload.readings.may_wait = 1h;
    CHECK(rest(workload, Readings::kRestBatched).batch == 100);
}

TEST_CASE("a batch does not keep commands waiting that are asked for with it") {
    Workload workload = each(1min);
    workload.readings.may_wait = 1h;
    workload.commands = {.per_day = 1, .latency = 10min};
    const Estimate batched = rest(workload, Readings::kRestBatched);
    CHECK(batched.batch == 9);
    CHECK(batched.meets);
}

TEST_CASE("CBOR is smaller than JSON, batched acks are smaller than replies") {
    const Workload workload = each(1s);
    const double json = socket(workload).cost.bytes.total();
    CHECK(socket(workload, Readings::kSocketCbor).cost.bytes.total() < json);
    CHECK(socket(workload, Readings::kSocketAcks).cost.bytes.total() < json);
    // 60 bytes are not compressed: docs/reference/limits.md, ws.deflate_bytes.
    CHECK(socket(workload, Readings::kSocketDeflate).cost.bytes.total() == json);
    Workload large = workload;
    large.readings.payload = 600;
    CHECK(socket(large, Readings::kSocketDeflate).cost.bytes.total() <
          socket(large).cost.bytes.total());
}

TEST_CASE("commands come soonest where they are pushed") {
    Workload workload = each(1min);
    workload.commands = {.per_day = 20, .latency = 500ms};
    workload.network.rtt = 80ms;
    CHECK(socket(workload).command_latency == doctest::Approx(0.04));
    const Estimate poll = of(workload, Readings::kRest, Commands::kLongPoll);
    CHECK(poll.command_latency == doctest::Approx(0.12));
    CHECK(poll.meets);
    CHECK_FALSE(rest(workload).meets);
    const Estimate asking = of(workload, Readings::kRest, Commands::kShortPoll);
    CHECK(asking.meets);
    CHECK(asking.command_latency <= 0.5);
    CHECK(asking.cost.messages > 2 * 86'400);
    CHECK(asking.cost.bytes.total() > 20 * socket(workload).cost.bytes.total());
}

TEST_CASE("without commands nothing is asked for") {
    const Workload workload = each(30s);
    CHECK(rest(workload).cost.bytes.total() ==
          of(workload, Readings::kRest, Commands::kShortPoll).cost.bytes.total());
    CHECK(rest(workload).command_latency == 0);
}

TEST_CASE("commands may wait for the next reading where they have the time") {
    Workload workload = each(15min);
    workload.commands = {.per_day = 1, .latency = 1h};
    const Estimate asked = rest(workload);
    CHECK(asked.meets);
    CHECK(asked.command_latency <= 3'600);
    // With every third reading: the fourth could be too late.
    CHECK(asked.cost.messages == doctest::Approx(2 * (96 + 32 + 1)));
}

TEST_CASE("a device without commands sleeps, one that is told on a battery listens") {
    Workload workload = each(1h);
    workload.power = Power::kBattery;
    CHECK(rest(workload, Readings::kRestFresh).reach == Reach::kAsleep);
    workload.commands = {.per_day = 5, .latency = 1s};
    CHECK(socket(workload).reach == Reach::kPaged);
    // Three beacons are too long.
    workload.commands.latency = 250ms;
    workload.network.rtt = 100ms;
    CHECK(socket(workload).reach == Reach::kPaged);
    CHECK(socket(workload).command_latency == doctest::Approx(0.1024 + 0.05));
    workload.commands.latency = 150ms;
    CHECK(socket(workload).reach == Reach::kConnected);
}

TEST_CASE("lost packets cost bytes, and time where they are likely") {
    Workload workload = each(10s);
    const Estimate clean = socket(workload);
    workload.network.loss = 0.02;
    const Estimate lossy = socket(workload);
    CHECK(lossy.cost.bytes.total() == doctest::Approx(clean.cost.bytes.total() / 0.98));
    CHECK(lossy.reading_latency == doctest::Approx(clean.reading_latency + 0.2));
}

TEST_CASE("TLS is paid for in bytes, processor time and memory") {
    Workload workload = each(10s);
    const Estimate secure = socket(workload);
    workload.network.tls = false;
    const Estimate plain = socket(workload);
    CHECK(plain.cost.bytes.tls == 0);
    CHECK(secure.cost.hub_cpu > plain.cost.hub_cpu);
    CHECK(secure.cost.hub_memory == plain.cost.hub_memory + 14'438);
}

TEST_CASE("the plan's doors are those that it uses") {
    const Plan mixed{.readings = Readings::kRest, .commands = Commands::kLongPoll};
    CHECK(mixed.readings_door() == Door::kRest);
    CHECK(mixed.commands_door() == Door::kPoll);
    CHECK(mixed.door() == Door::kPoll);
    CHECK(text_of(mixed) == "REST, kept alive; commands by long poll");
    CHECK(text_of({.readings = Readings::kSocket, .commands = Commands::kSocket}) ==
          "WebSocket, JSON");
    CHECK(name_of(Door::kSse) == "sse");
    Workload workload;
    CHECK_FALSE(open_to(workload, {.readings = Readings::kSocketCbor}));
    workload.readings.format = Format::kCbor;
    CHECK(open_to(workload, {.readings = Readings::kSocketCbor}));
    const auto all = plans();
    CHECK(std::ranges::count_if(
              all, [](const Plan& plan) { return plan.door() == Door::kSocket; }) == 7);
}

}  // namespace
}  // namespace tandem::advise
