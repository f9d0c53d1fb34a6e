#include "net/timer_wheel.h"

#include "base/random.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>

namespace tandem::net {
namespace {

TEST_CASE("timer wheel") {
    TimerWheel wheel;
    std::vector<int> ran;
    const auto note = [&ran](int which) { return [&ran, which] { ran.push_back(which); }; };

    SUBCASE("a timer runs when its tick has come, once") {
        static_cast<void>(wheel.add(5, note(1)));
        wheel.run_due(4);
        CHECK(ran.empty());
        wheel.run_due(5);
        wheel.run_due(6);
        CHECK(ran == std::vector{1});
        CHECK(wheel.size() == 0);
    }
    SUBCASE("timers run in the order of their ticks, and of their making within one") {
        static_cast<void>(wheel.add(700, note(4)));
        static_cast<void>(wheel.add(70, note(2)));
        static_cast<void>(wheel.add(7, note(1)));
        static_cast<void>(wheel.add(70, note(3)));
        wheel.run_due(10'000);
        CHECK(ran == std::vector{1, 2, 3, 4});
    }
    SUBCASE("a tick that has passed is due at the next call") {
        wheel.run_due(100);
        static_cast<void>(wheel.add(3, note(1)));
        CHECK(wheel.next() == 100);
        wheel.run_due(100);
        CHECK(ran == std::vector{1});
    }
    SUBCASE("a timer that is forgotten does not run; forgetting twice is no error") {
        const TimerId forgotten = wheel.add(5, note(1));
        wheel.cancel(forgotten);
        wheel.cancel(forgotten);
        wheel.cancel(0);
        const TimerId other = wheel.add(5, note(2));
        wheel.cancel(forgotten);
        CHECK(other != forgotten);
        wheel.run_due(5);
        CHECK(ran == std::vector{2});
    }
    SUBCASE("a timer may forget another of the same tick") {
        TimerId second = 0;
        static_cast<void>(wheel.add(5, [&] { wheel.cancel(second); }));
        second = wheel.add(5, note(2));
        wheel.run_due(5);
        CHECK(ran.empty());
    }
    SUBCASE("a timer that begins itself again waits for the next call") {
        int count = 0;
        std::function<void()> again = [&] {
            ++count;
            static_cast<void>(wheel.add(0, again));
        };
        again();
        wheel.run_due(1);
        CHECK(count == 2);
        wheel.run_due(1);
        CHECK(count == 3);
        wheel.clear();
    }
    SUBCASE("a timer beyond the wheel's range waits as long as the wheel can") {
        static_cast<void>(wheel.add(~std::uint64_t{0}, note(1)));
        wheel.run_due(1'000'000'000);
        CHECK(ran.empty());
        CHECK(wheel.size() == 1);
    }
    SUBCASE("clearing forgets those too that are added meanwhile") {
        struct AddsAtEnd {
            explicit AddsAtEnd(TimerWheel& to) : wheel{to} {}
            AddsAtEnd(const AddsAtEnd&) = delete;
            AddsAtEnd& operator=(const AddsAtEnd&) = delete;
            ~AddsAtEnd() {
                static_cast<void>(wheel.add(9, [] {}));
            }
            TimerWheel& wheel;
        };
        static_cast<void>(wheel.add(5, [kept = std::make_unique<AddsAtEnd>(wheel)] {}));
        wheel.clear();
        CHECK(wheel.size() == 0);
    }
}

TEST_CASE("a wheel does what a sorted list of timers does") {
    SeededRandom random{20'250'101};
    TimerWheel wheel;
    std::map<TimerId, std::uint64_t> expected;  // When each timer that is waiting is due.
    std::uint64_t now = 0;
    std::uint64_t last_run = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::uint64_t kind = random.next() % 8;
        if (kind < 5) {
            const std::uint64_t due = now + (random.next() >> (random.next() % 40 + 24));
            auto id = std::make_shared<TimerId>();
            *id = wheel.add(due, [&, id] {
                REQUIRE(expected.contains(*id));
                CHECK(expected[*id] <= now);
                CHECK(expected[*id] >= last_run);  // Earlier ticks run first.
                last_run = expected[*id];
                expected.erase(*id);
            });
            expected[*id] = due;
        } else if (kind == 5 && !expected.empty()) {
            const auto first = expected.lower_bound(random.next() % (1U << 31U));
            if (first == expected.end()) continue;
            wheel.cancel(first->first);
            expected.erase(first);
        } else {
            const auto next = wheel.next();
            std::set<std::uint64_t> dues;
            for (const auto& [id, due] : expected)
                dues.insert(std::max(due, now));
            CHECK(next.has_value() == !expected.empty());
            if (next) CHECK(*next <= *dues.begin());
            last_run = 0;
            now += random.next() >> (random.next() % 40 + 24);
            wheel.run_due(now);
            for (const auto& [id, due] : expected)
                REQUIRE(due > now);
        }
        REQUIRE(wheel.size() == expected.size());
    }
}

}  // namespace
}  // namespace tandem::net
