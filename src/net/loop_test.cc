#include "net/loop.h"

#include "net/test_sockets.h"
#include "net/timer.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

using namespace tandem;
using namespace tandem::net;

namespace {

/// An eventfd that is readable from the start, and who hears of it.
class Ready final : public EventHandler {
public:
    std::function<void()> called;
    int heard = 0;

    Ready() : fd_{::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)} { REQUIRE(fd() >= 0); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    void on_events(std::uint32_t events) override {
        CHECK((events & EPOLLIN) != 0);
        ++heard;
        if (called) called();
    }

private:
    FileDescriptor fd_;
};

}  // namespace

TEST_CASE("loop: timers") {
    ManualClock clock;
    Loop loop{clock};
    std::string order;

    SUBCASE("they run in the order of their times, never early") {
        loop.call_after(30ms, [&] { order += "c"; });
        loop.call_after(10ms, [&] { order += "a"; });
        loop.call_after(20ms, [&] { order += "b"; });
        clock.advance(9'999us);
        loop.turn(0ms);
        CHECK(order.empty());
        clock.advance(1ms);
        loop.turn(0ms);
        CHECK(order == "a");
        clock.advance(1h);
        loop.turn(0ms);
        CHECK(order == "abc");
    }
    SUBCASE("a cancelled one does not run; cancelling again is no error") {
        const TimerId timer = loop.call_after(1ms, [&] { order += "x"; });
        loop.cancel(timer);
        loop.cancel(timer);
        clock.advance(1s);
        loop.turn(0ms);
        CHECK(order.empty());
    }
    SUBCASE("one that starts itself anew at once does not hold the loop up") {
        std::function<void()> again = [&] {
            order += "x";
            loop.call_after(0ms, again);
        };
        again();
        loop.turn(0ms);
        CHECK(order == "xx");
    }
    SUBCASE("a Timer is forgotten with its owner, and when started anew") {
        {
            Timer timer{loop};
            timer.start(1ms, [&] { order += "x"; });
        }
        Timer timer{loop};
        timer.start(1ms, [&] { order += "y"; });
        timer.start(1ms, [&] { order += "z"; });
        clock.advance(1s);
        loop.turn(0ms);
        CHECK(order == "z");
    }
}

TEST_CASE("loop: on the machine's clock a turn waits for its first timer and no longer") {
    const SystemClock clock;
    Loop loop{clock};
    bool ran = false;
    const Monotonic before = clock.monotonic();
    loop.call_after(20ms, [&] { ran = true; });
    // The wheel's coarser rings want turns of their own on the way, and a busy machine may wake the
    // loop once more; a loop that did not wait would take thousands.
    int turns = 0;
    for (; turns < 200 && !ran; ++turns)
        loop.turn(60s);
    CHECK(ran);
    CHECK(clock.monotonic() - before >= 20ms);
    CHECK(turns < 100);
}

TEST_CASE("loop: so much of what costs much is done in a turn, and the rest in the next") {
    ManualClock clock;
    Loop loop{clock};
    for (int turn = 0; turn < 2; ++turn) {
        loop.turn(0ms);
        int done = 0;
        while (loop.take_costly(500us))
            ++done;
        CHECK(done == 8);
        CHECK_FALSE(loop.take_costly(1us));
    }
}

TEST_CASE("loop: what is gathered runs together, once its time has come") {
    ManualClock clock;
    Loop loop{clock};
    std::string order;
    loop.gather(5ms, [&] { order += "a"; });
    loop.gather(20ms, [&] { order += "c"; });
    clock.advance(4ms);
    loop.gather(5ms, [&] { order += "b"; });
    loop.turn(0ms);
    CHECK(order.empty());
    clock.advance(1ms);
    loop.turn(0ms);
    CHECK(order == "ab");
    clock.advance(1h);
    loop.turn(0ms);
    CHECK(order == "abc");
}

TEST_CASE("loop: the end of a turn") {
    ManualClock clock;
    Loop loop{clock};
    std::string order;

    SUBCASE("its work runs after everything else of the turn, once") {
        loop.at_end_of_turn([&] { order += "e"; });
        loop.post([&] { order += "p"; });
        loop.call_after(0ms, [&] { order += "t"; });
        Ready ready;
        ready.called = [&] { order += "f"; };
        loop.watch(ready.fd(), EPOLLIN, ready);
        loop.turn(0ms);
        CHECK(order == "fpte");
        loop.unwatch(ready.fd());
        loop.turn(0ms);
        CHECK(order == "fpte");
    }
    SUBCASE("what it asks for runs in the same turn, though not for ever") {
        int rounds = 0;
        std::function<void()> again = [&] {
            ++rounds;
            loop.at_end_of_turn(again);
        };
        loop.at_end_of_turn(again);
        loop.turn(0ms);
        CHECK(rounds > 1);
        const int first_turn = rounds;
        loop.turn(60s);  // What is left makes it not wait.
        CHECK(rounds > first_turn);
    }
}

TEST_CASE("loop: posted work") {
    const SystemClock clock;
    Loop loop{clock};

    SUBCASE("it runs in the order of posting; what it posts waits a turn") {
        std::string order;
        loop.post([&] {
            order += "a";
            loop.post([&] { order += "c"; });
        });
        loop.post([&] { order += "b"; });
        loop.turn(0ms);
        CHECK(order == "ab");
        loop.turn(60s);
        CHECK(order == "abc");
    }
    SUBCASE("work from other threads wakes the loop, and all of it runs there") {
        constexpr int kThreads = 4;
        constexpr int kEach = 1'000;
        std::vector<int> next(kThreads, 0);  // The loop's thread only.
        int ran = 0;
        std::thread::id loop_thread;
        bool in_order = true;
        std::thread runner{[&] {
            loop_thread = std::this_thread::get_id();
            loop.run();
        }};
        std::vector<std::thread> posters;
        for (std::size_t thread = 0; thread < kThreads; ++thread) {
            posters.emplace_back([&, thread] {
                for (int number = 0; number < kEach; ++number) {
                    loop.post([&, thread, number] {
                        in_order = in_order && next[thread]++ == number &&
                                   std::this_thread::get_id() == loop_thread;
                        if (++ran == kThreads * kEach) loop.stop();
                    });
                }
            });
        }
        for (std::thread& poster : posters)
            poster.join();
        runner.join();
        CHECK(ran == kThreads * kEach);
        CHECK(in_order);
    }
    SUBCASE("stop() before run() is not lost") {
        loop.stop();
        loop.run();
    }
    SUBCASE("work that never ran is destroyed with the loop, and what that posts too") {
        const auto kept = std::make_shared<int>(1);
        {
            Loop short_lived{clock};
            short_lived.post([kept] { ++*kept; });
            short_lived.at_end_of_turn([kept] { ++*kept; });
            short_lived.call_after(1ms, [kept] { ++*kept; });
            // Destroying the work may itself ask for more.
            const std::shared_ptr<int> poster{new int{0}, [&short_lived, kept](const int* number) {
                                                  short_lived.post([kept] { ++*kept; });
                                                  delete number;
                                              }};
            short_lived.post([poster] {});
        }
        CHECK(*kept == 1);
        CHECK(kept.use_count() == 1);
    }
}

TEST_CASE("loop: descriptors") {
    ManualClock clock;
    Loop loop{clock};

    SUBCASE("a handler is told each turn while there is something, and not once unwatched") {
        Ready ready;
        loop.watch(ready.fd(), EPOLLIN, ready);
        loop.turn(0ms);
        loop.turn(0ms);
        CHECK(ready.heard == 2);
        loop.rewatch(ready.fd(), 0, ready);
        loop.turn(0ms);
        CHECK(ready.heard == 2);
        loop.rewatch(ready.fd(), EPOLLIN, ready);
        loop.turn(0ms);
        CHECK(ready.heard == 3);
        loop.unwatch(ready.fd());
        loop.turn(0ms);
        CHECK(ready.heard == 3);
    }
    SUBCASE("one unwatched by another of the same turn hears nothing, nor does who comes after") {
        Ready first;
        Ready second;
        Ready third;
        const auto end_other = [&](const Ready& of) {
            loop.unwatch(of.fd());
            // The same number again, for somebody else.
            loop.watch(of.fd(), EPOLLIN, third);
        };
        first.called = [&] { end_other(second); };
        second.called = [&] { end_other(first); };
        loop.watch(first.fd(), EPOLLIN, first);
        loop.watch(second.fd(), EPOLLIN, second);
        loop.turn(0ms);
        CHECK(first.heard + second.heard == 1);
        CHECK(third.heard == 0);
        first.called = second.called = nullptr;
        loop.turn(0ms);
        CHECK(third.heard == 1);
        loop.unwatch(first.fd());
        loop.unwatch(second.fd());
    }
}

TEST_CASE("loop: signals arrive as calls on the loop") {
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
    block_signals({SIGUSR1, SIGUSR2});
    {
        ManualClock clock;
        Loop loop{clock};
        std::vector<int> signals;
        loop.on_signals({SIGUSR1, SIGUSR2}, [&](int signal) { signals.push_back(signal); });
        ::raise(SIGUSR2);
        CHECK(turn_until(loop, [&] { return signals.size() == 1; }));
        ::raise(SIGUSR1);
        CHECK(turn_until(loop, [&] { return signals.size() == 2; }));
        CHECK(signals == std::vector{SIGUSR2, SIGUSR1});
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
