#include "advise/ledger.h"

#include <doctest/doctest.h>

namespace tandem::advise {
namespace {

constexpr Monotonic kBegin{1'000h};

Flow messages(double count) {
    return {.messages_up = count, .plain = count, .app_up = 300 * count, .packets = 3 * count};
}

double up_in(const Observed& observed, Door door = Door::kRest) {
    return observed.at(door).messages_up;
}

}  // namespace

TEST_CASE("the last hour and the last day are what was added in them, by door") {
    Ledger ledger{kBegin};
    ledger.add(Door::kRest, kBegin, kBegin + 1min, messages(60));
    ledger.add(Door::kSocket, kBegin + 1min, kBegin + 2min, messages(5));
    for (const Observed& observed : {ledger.hour(kBegin + 2min), ledger.day(kBegin + 2min)}) {
        CHECK(up_in(observed) == 60);
        CHECK(up_in(observed, Door::kSocket) == 5);
        CHECK(observed.total().app_up == 65 * 300);
        CHECK(observed.seconds == 120);
    }
    CHECK(ledger.last_door() == Door::kSocket);
    CHECK(ledger.since() == kBegin);
    CHECK(ledger.last() == kBegin + 2min);
}

TEST_CASE("what is older than the hour is in the day only, and after a day nowhere") {
    Ledger ledger{kBegin};
    ledger.add(Door::kRest, kBegin, kBegin, messages(7));
    CHECK(up_in(ledger.hour(kBegin + 59min)) == 7);
    CHECK(up_in(ledger.hour(kBegin + 71min)) == 0);
    CHECK(up_in(ledger.day(kBegin + 71min)) == 7);
    CHECK(ledger.hour(kBegin + 71min).seconds == 3'600);
    CHECK(up_in(ledger.day(kBegin + 27h)) == 0);
    CHECK(ledger.day(kBegin + 27h).seconds == 86'400);
}

TEST_CASE("of steady traffic an hour is an hour's, wherever in a bucket one looks") {
    Ledger ledger{kBegin};
    Monotonic at = kBegin;
    for (int second = 0; second < 3 * 3'600; ++second, at += 1s)
        ledger.add(Door::kRest, at, at + 1s, messages(1));
    for (const Duration later : {Duration{0}, Duration{3min}, Duration{9min}}) {
        Monotonic looked = at;
        for (; looked < at + later; looked += 1s)
            ledger.add(Door::kRest, looked, looked + 1s, messages(1));
        CHECK(up_in(ledger.hour(looked)) == doctest::Approx(3'600).epsilon(0.001));
        at = looked;
    }
    CHECK(up_in(ledger.day(at)) == doctest::Approx(3 * 3'600 + 12 * 60).epsilon(0.001));
}

TEST_CASE("what was counted at once is spread over the time since the last count") {
    Ledger ledger{kBegin};
    ledger.add(Door::kSocket, kBegin, kBegin + 4h, messages(4 * 3'600));
    CHECK(up_in(ledger.hour(kBegin + 4h), Door::kSocket) == doctest::Approx(3'600));
    CHECK(up_in(ledger.day(kBegin + 4h), Door::kSocket) == doctest::Approx(4 * 3'600));
    // Of a connection that was silent for longer than a day, a day is kept.
    Ledger old{kBegin};
    old.add(Door::kSocket, kBegin, kBegin + 96h, messages(96));
    CHECK(up_in(old.day(kBegin + 96h), Door::kSocket) == doctest::Approx(24));
}

TEST_CASE("buckets may come in any order, and one that is too old is dropped") {
    Ledger ledger{kBegin};
    ledger.add(Door::kRest, kBegin + 50min, kBegin + 50min, messages(1));
    ledger.add(Door::kSocket, kBegin + 20min, kBegin + 20min, messages(2));
    ledger.add(Door::kRest, kBegin + 20min, kBegin + 20min, messages(4));
    ledger.add(Door::kRest, kBegin + 50min, kBegin + 50min, messages(8));
    CHECK(up_in(ledger.hour(kBegin + 55min)) == 13);
    CHECK(up_in(ledger.hour(kBegin + 55min), Door::kSocket) == 2);
    CHECK(ledger.last() == kBegin + 50min);
    CHECK(ledger.last_door() == Door::kRest);
    ledger.add(Door::kRest, kBegin + 30h, kBegin + 30h, messages(1));
    ledger.add(Door::kRest, kBegin, kBegin, messages(1'000));
    CHECK(up_in(ledger.day(kBegin + 30h)) == 1);
}

TEST_CASE("a ledger takes what its doors need and no more, however long it is written") {
    Ledger ledger{kBegin};
    const std::size_t empty = ledger.bytes();
    CHECK(empty <= 160);
    for (int minute = 0; minute < 3 * 24 * 60; ++minute)
        ledger.add(Door::kRest, kBegin + minute * 1min, kBegin + minute * 1min, messages(1));
    const std::size_t buckets = Ledger::kHourBuckets + Ledger::kDayBuckets;
    const std::size_t one = ledger.bytes() - empty;
    CHECK(one <= buckets * 128);
    for (int minute = 0; minute < 24 * 60; ++minute) {
        const Monotonic at = kBegin + 72h + minute * 1min;
        for (const Door door : {Door::kRest, Door::kPoll, Door::kSse, Door::kSocket})
            ledger.add(door, at, at, messages(1));
    }
    CHECK(ledger.bytes() - empty <= 4 * buckets * 128);
}

TEST_CASE("many small sums come to what they are") {
    Ledger ledger{kBegin};
    for (int at = 0; at < 500'000; ++at)
        ledger.add(Door::kRest, kBegin + at * 1ms, kBegin + at * 1ms, messages(1));
    const Observed observed = ledger.hour(kBegin + 500s);
    CHECK(observed.total().app_up == 150e6);
    CHECK(up_in(observed) == 500'000);
}

TEST_CASE("what several loops have seen adds up, and the time is the longest") {
    Ledger one{kBegin};
    Ledger other{kBegin + 10min};
    one.add(Door::kRest, kBegin, kBegin + 1min, messages(3));
    other.add(Door::kRest, kBegin + 10min, kBegin + 11min, messages(4));
    Observed both = one.hour(kBegin + 20min);
    both += other.hour(kBegin + 20min);
    CHECK(up_in(both) == 7);
    CHECK(both.seconds == 1'200);
}

TEST_CASE("layers add up to what is on the wire, and what was compressed is no more than that") {
    Flow flow{.plain_bytes = 60,
              .command_bytes = 10,
              .app_up = 300,
              .app_down = 400,
              .tls_up = 22,
              .tls_down = 44,
              .headers_up = 104,
              .headers_down = 52};
    CHECK(flow.bytes().payload == 70);
    CHECK(flow.bytes().framing == 630);
    CHECK(flow.bytes().total() == 922);
    CHECK(flow.up() + flow.down() == 922);
    flow.plain_bytes = 5'000;
    CHECK(flow.bytes().total() == 922);
}

}  // namespace tandem::advise
