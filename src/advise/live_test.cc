#include "advise/live.h"

#include <doctest/doctest.h>

namespace tandem::advise {
namespace {

const Constants kTable;

double at(Constant id) {
    return kTable[id];
}

// A device that writes `count` readings of 60 bytes over a REST connection that is kept, in the
// bytes that the model's own constants say.
Observed over_rest(double count, double seconds) {
    const double packets = 3 * count;
    Observed made{.doors = {}, .seconds = seconds};
    made.at(Door::kRest) = {.messages_up = count,
                            .messages_down = count,
                            .plain = count,
                            .plain_bytes = 60 * count,
                            .app_up = count * (60 + at(Constant::kPostUp)),
                            .app_down = count * at(Constant::kPostDown),
                            .headers_up = 52 * 2 * count,
                            .headers_down = 52 * count,
                            .packets = packets,
                            .connections = 1,
                            .connected = seconds};
    return made;
}

Observed over_socket(double count, double seconds, double pings) {
    Observed made{.doors = {}, .seconds = seconds};
    made.at(Door::kSocket) = {.messages_up = count,
                              .messages_down = count,
                              .plain = count,
                              .plain_bytes = 60 * count,
                              .app_up = count * (60 + at(Constant::kSocketWriteUp)) + 6 * pings,
                              .app_down = count * at(Constant::kSocketReplyDown) + 2 * pings,
                              .headers_up = 52 * 2 * count + 52 * pings,
                              .headers_down = 52 * count + 104 * pings,
                              .packets = 3 * (count + pings),
                              .connected = seconds};
    return made;
}

Verdict judged(const Observed& hour, const Circumstances& circumstances = {}) {
    return judge(kTable, hour, hour, circumstances);
}

constexpr Circumstances kOnSocket{.door = Door::kSocket};

}  // namespace

TEST_CASE("a reading a second over REST is worth a WebSocket, and the saving is the difference") {
    const Verdict verdict = judged(over_rest(3'600, 3'600));
    CHECK(verdict.reason == Reason::kWorth);
    CHECK(verdict.door == Door::kRest);
    CHECK(text_of(verdict.plan) == "REST, kept alive");
    CHECK(verdict.advised == Door::kSocket);
    const double rest = 60 + at(Constant::kPostUp) + at(Constant::kPostDown) + 3 * 52;
    const double socket = 60 + at(Constant::kSocketWriteUp) + at(Constant::kSocketReplyDown) + 156;
    CHECK(verdict.saving.bytes.total() == doctest::Approx(86'400 * (rest - socket)).epsilon(0.01));
    CHECK(verdict.share == doctest::Approx(1 - socket / rest).epsilon(0.01));
    CHECK(verdict.sure == 1);
    CHECK(verdict.says == "A WebSocket would save 40.4 MB a day, 54 % of the bytes.");
}

TEST_CASE("the same over a WebSocket stays there, and REST would take what REST takes") {
    const Verdict verdict = judged(over_socket(3'600, 3'600, 0), kOnSocket);
    CHECK(verdict.reason == Reason::kFits);
    CHECK(verdict.door == Door::kSocket);
    CHECK(verdict.advised == Door::kSocket);
    const Verdict back = judged(over_rest(3'600, 3'600));
    CHECK(-verdict.saving.bytes.total() ==
          doctest::Approx(back.saving.bytes.total()).epsilon(0.01));
}

TEST_CASE("a WebSocket that only beats is worth giving up for a reading every ten minutes") {
    const Observed day = over_socket(144, 86'400, 144 * 29);
    Observed hour = over_socket(6, 3'600, 6 * 29);
    Verdict verdict = judge(kTable, hour, day, kOnSocket);
    CHECK(verdict.reason == Reason::kWorth);
    CHECK(verdict.advised == Door::kRest);
    CHECK(verdict.says.starts_with("REST would save "));
    // Not where commands come, which REST would have to ask for.
    hour.at(Door::kSocket).commands = 1;
    hour.at(Door::kSocket).command_bytes = 20;
    CHECK(judge(kTable, hour, day, kOnSocket).reason == Reason::kFits);
}

TEST_CASE("a difference of some bytes is not worth a change, whatever its share") {
    // 24 readings a day: half of their bytes are next to nothing.
    Observed day = over_rest(24, 86'400);
    const Verdict verdict = judge(kTable, {}, day, {});
    CHECK(verdict.reason != Reason::kWorth);
    CHECK(verdict.advised == Door::kRest);
    day = over_rest(120, 86'400);
    day.at(Door::kRest).app_up *= 3;
    Constants quiet = kTable;
    quiet.put(Constant::kPingMost, 240);
    CHECK(judge(quiet, {}, day, {}).reason != Reason::kWorth);
}

TEST_CASE("from ten minutes or three messages on something is said, and the surer the longer") {
    CHECK(judged(over_rest(300, 300)).reason == Reason::kYoung);
    CHECK(judged(over_rest(2, 1'200)).reason == Reason::kYoung);
    const Verdict verdict = judged(over_rest(900, 900));
    CHECK(verdict.reason == Reason::kWorth);
    CHECK(verdict.sure == doctest::Approx(0.25));
    CHECK(judged(over_rest(10, 3'600)).sure == doctest::Approx(0.5));
    CHECK(judged({}).reason == Reason::kYoung);
    CHECK(judged(over_rest(300, 300)).says == "It was observed for 5 min only, with 600 messages.");
}

TEST_CASE("a change of mind takes more than a trifle") {
    // Between what makes it worth and what makes it worth no more.
    Observed hour = over_rest(3'600, 3'600);
    Flow& flow = hour.at(Door::kRest);
    flow.app_down *= 0.19;
    flow.app_up *= 0.85;
    const Verdict first = judged(hour);
    CHECK(first.share > kWorthUntil);
    CHECK(first.share < kWorthFrom);
    CHECK(first.reason == Reason::kSmall);
    CHECK(judged(hour, {.was_worth = true}).reason == Reason::kWorth);
}

TEST_CASE("a workload is what the device has asked of its door") {
    Observed hour = over_rest(360, 3'600);
    Flow& poll = hour.at(Door::kPoll);
    poll = {.messages_up = 60, .messages_down = 60, .asks = 60, .commands = 2, .command_bytes = 40};
    const Workload workload = workload_of(
        hour,
        {.tls = true, .round_trip = 30ms, .kind = NetworkKind::kNbIot, .power = Power::kBattery});
    CHECK(workload.readings.every == 10s);
    CHECK(workload.readings.payload == 60);
    CHECK(workload.commands.per_day == doctest::Approx(48));
    CHECK(workload.commands.payload == 20);
    CHECK(workload.commands.latency == Duration{0});
    CHECK(workload.network.tls);
    CHECK(workload.network.rtt == 30ms);
    CHECK(workload.network.kind == NetworkKind::kNbIot);
    CHECK(workload.power == Power::kBattery);
    // One that asks each minute, without waiting, can wait for a minute.
    hour.at(Door::kRest).asks = 60;
    hour.at(Door::kPoll) = {};
    CHECK(workload_of(hour, {}).commands.latency == 60s);
    CHECK(workload_of(hour, {}).commands.per_day == 1);
    CHECK(text_of(compare(kTable, hour, {}).here.plan) ==
          "REST, kept alive; commands by short poll");
}

TEST_CASE("events of subscriptions are carried through the other door as well") {
    Observed hour = over_rest(60, 3'600);
    const double without = compare(kTable, hour, {}).other.cost.bytes.total();
    hour.at(Door::kSse) = {
        .messages_up = 1, .messages_down = 100, .events = 100, .event_bytes = 12'000};
    const double with = compare(kTable, hour, {}).other.cost.bytes.total();
    CHECK(with - without >= 12'000);
    CHECK(with - without <= 30'000);
}

TEST_CASE("processor time is the constants' for what was counted") {
    const Flow flow{.messages_up = 100, .asks = 40, .connections = 10};
    CHECK(cpu_of(kTable, Door::kRest, flow) ==
          doctest::Approx((80 * at(Constant::kCpuRest) + 10 * at(Constant::kCpuConnect)) / 1e6));
    CHECK(cpu_of(kTable, Door::kSocket, {.messages_up = 100, .events = 10}) ==
          doctest::Approx((100 * at(Constant::kCpuSocket) + 10 * at(Constant::kCpuEventSocket)) /
                          1e6));
}

}  // namespace tandem::advise
