#include "advise/advice.h"

#include "codec/json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tandem::advise {
namespace {

const Constants kConstantsOfTable;

Workload each(Duration every) {
    Workload made;
    made.readings.every = every;
    return made;
}

Workload on_battery(Workload workload) {
    workload.power = Power::kBattery;
    return workload;
}

Workload with_commands(Workload workload, double per_day, Duration latency) {
    workload.commands = {.per_day = per_day, .latency = latency};
    return workload;
}

Workload over(Workload workload, NetworkKind kind) {
    workload.network.kind = kind;
    return workload;
}

Workload big(Workload workload, std::int64_t payload) {
    workload.readings.payload = payload;
    return workload;
}

Workload fleet(Workload workload, std::int64_t devices) {
    workload.devices = devices;
    return workload;
}

/// A workload whose door follows from a line of arithmetic.
struct Known {
    const char* because;
    Workload workload;
    Door door;
};

std::vector<Known> known() {
    std::vector<Known> out;
    const auto add = [&out](const char* because, Workload workload, Door door) {
        out.push_back({.because = because, .workload = std::move(workload), .door = door});
    };
    add("a reading an hour on a battery: 24 joins of 1 J; listening all day takes 660 J",
        on_battery(each(1h)), Door::kRest);
    add("20 readings a second: 378 B less of heads for each are 650 MB a day", each(50ms),
        Door::kSocket);
    add("a command within 200 ms to 10,000 idle devices: asking five times a second is 330 MB a "
        "day for each, beating every 4 min is 75 kB",
        fleet(with_commands(each(1h), 5, 200ms), 10'000), Door::kSocket);
    add("a meter in a cellar, once an hour, may wait a day: one request a day or two",
        *preset("metering"), Door::kRest);
    add("a station every quarter of an hour on LTE-M, commands within an hour: 96 wakes of 0.4 J; "
        "to be paged takes 260 J",
        *preset("environment"), Door::kRest);
    add("lamps with commands within 300 ms", *preset("home"), Door::kSocket);
    add("a vehicle every second: the radio is connected anyway, and bytes cost money",
        *preset("vehicle"), Door::kSocket);
    add("one reading a day: with its handshakes 3 kB; a day of heartbeats has 75 kB", each(24h),
        Door::kRest);
    add("100 kB each second: 560 B of heads are less than a hundredth", big(each(1s), 100'000),
        Door::kRest);
    add("a sensor in a battery's second year that must hear within 5 s: 17,000 questions a day "
        "against 360 heartbeats",
        on_battery(with_commands(each(1h), 5, 5s)), Door::kSocket);
    add("a reading a minute on mains: 1,440 heads more than pay for no heartbeat at all",
        each(1min), Door::kSocket);
    add("a reading every six hours on NB-IoT: 4 wakes",
        on_battery(over(each(6h), NetworkKind::kNbIot)), Door::kRest);
    return out;
}

TEST_CASE("the door is right where it follows from arithmetic") {
    int right = 0;
    const auto all = known();
    for (const Known& one : all) {
        CAPTURE(one.because);
        const Estimate best = best_plan(kConstantsOfTable, one.workload);
        CHECK(name_of(best.plan.door()) == name_of(one.door));
        if (best.plan.door() == one.door) ++right;
    }
    std::printf("right %d/%zu\n", right, all.size());
    CHECK(right == 12);
}

TEST_CASE("the same workload gives the same advice, to the last byte") {
    for (const auto& [name, says] : presets()) {
        const Workload workload = *preset(name);
        const Advice once = advise(kConstantsOfTable, workload);
        const Advice again = advise(kConstantsOfTable, workload);
        CHECK(text_of(once, kConstantsOfTable) == text_of(again, kConstantsOfTable));
        CHECK(codec::to_json(value_of(once, kConstantsOfTable)) ==
              codec::to_json(value_of(again, kConstantsOfTable)));
    }
}

TEST_CASE("at a break-even point the two sides cost the same, but for the tie") {
    const Workload workload = each(1min);
    const Advice advice = advise(kConstantsOfTable, workload);
    const auto found = std::ranges::find(advice.break_even, "readings.every", &BreakEven::field);
    REQUIRE(found != advice.break_even.end());
    CHECK(found->below == Door::kSocket);
    CHECK(found->above == Door::kRest);
    const Workload there = each(Duration{std::llround(found->at * 1e6)});
    const auto cost = [&](Plan plan) {
        return estimate(kConstantsOfTable, there, plan).cost.price;
    };
    const double rest = cost({.readings = Readings::kRestFresh});
    const double socket = cost({.readings = Readings::kSocketAcks, .commands = Commands::kSocket});
    CHECK(rest / socket > 1);
    CHECK(rest / socket < 1 + 2 * kTie);
    // Just beside it the answers are the two.
    CHECK(best_plan(kConstantsOfTable, each(Duration{std::llround(found->at * 0.95e6)}))
              .plan.door() == Door::kSocket);
    CHECK(best_plan(kConstantsOfTable, each(Duration{std::llround(found->at * 1.05e6)}))
              .plan.door() == Door::kRest);
}

TEST_CASE("configuration is over REST, and over a socket when it is asked for all the time") {
    Workload workload = each(1min);
    CHECK(advise(kConstantsOfTable, workload).configuration == Door::kRest);
    workload.configuration.reads_per_day = 86'400;
    CHECK(advise(kConstantsOfTable, workload).configuration == Door::kSocket);
}

TEST_CASE("a dashboard that may be an hour behind asks, one that is live is told") {
    Workload workload = each(5s);
    CHECK(advise(kConstantsOfTable, workload).dashboards > Door::kPoll);
    workload.dashboards.latency = 1h;
    CHECK(advise(kConstantsOfTable, workload).dashboards == Door::kRest);
}

TEST_CASE("a fleet costs what its devices and its watchers cost") {
    Workload workload = each(10s);
    workload.dashboards.watching = 0;
    workload.configuration.reads_per_day = workload.configuration.changes_per_day = 0;
    workload.devices = 7;
    const Advice advice = advise(kConstantsOfTable, workload);
    CHECK(advice.fleet.bytes.total() == doctest::Approx(7 * advice.best.cost.bytes.total()));
    CHECK(advice.ways.size() == 9);
}

TEST_CASE("doubt names the constants that would change the answer") {
    // Half an hour is near the break-even of a device on mains.
    const Advice advice = advise(kConstantsOfTable, each(28min));
    CHECK(advice.sure < 1);
    REQUIRE_FALSE(advice.doubts.empty());
    for (const Doubt& doubt : advice.doubts) {
        Constants moved = kConstantsOfTable;
        moved.put(doubt.constant, doubt.value);
        CHECK(best_plan(moved, advice.workload).plan.door() == doubt.door);
        CHECK(doubt.door != advice.door);
    }
    CHECK(advise(kConstantsOfTable, each(50ms)).sure == 1);
}

TEST_CASE("where nothing is in time the soonest is advised and said to be late") {
    Workload workload = with_commands(each(1min), 10, 20ms);
    workload.network.rtt = 100ms;
    const Advice advice = advise(kConstantsOfTable, workload);
    CHECK_FALSE(advice.best.meets);
    CHECK(advice.door == Door::kSocket);
    CHECK(text_of(advice, kConstantsOfTable).find("nothing on this network is in time") !=
          std::string::npos);
    CHECK(*value_of(advice, kConstantsOfTable).find("meets") == Value{false});
}

TEST_CASE("the object has a door for each purpose and for all of them") {
    const Value value = value_of(advise(kConstantsOfTable, *preset("home")), kConstantsOfTable);
    CHECK(*value.find("door") == Value{"ws"});
    const Value* doors = value.find("doors");
    REQUIRE(doors != nullptr);
    for (const char* purpose : {"readings", "commands", "configuration", "dashboards"}) {
        CAPTURE(purpose);
        const Value* door = doors->find(purpose);
        REQUIRE(door != nullptr);
        const auto* name = door->get<std::string>();
        REQUIRE(name != nullptr);
        CHECK((*name == "rest" || *name == "poll" || *name == "sse" || *name == "ws"));
    }
    CHECK(*doors->find("configuration") == Value{"rest"});
    const Value* map = value.find("map");
    REQUIRE(map != nullptr);
    CHECK(map->find("doors")->get<Value::Array>()->size() ==
          map->find("payload_bytes")->get<Value::Array>()->size());
}

}  // namespace
}  // namespace tandem::advise
