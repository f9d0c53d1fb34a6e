#include "measure/load.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::measure {
namespace {

/// Runs a task on a loop of its own until it has ended.
struct Runner {
    SystemClock clock;
    net::Loop loop{clock};
    SeededRandom random{3};

    Sent run(Task<Sent> task) {
        struct Keep {
            static Task<void> keep(Task<Sent> of, std::optional<Sent>* into, net::Loop* loop) {
                into->emplace(co_await std::move(of));
                loop->stop();
            }
        };
        std::optional<Sent> sent;
        spawn(Keep::keep(std::move(task), &sent, &loop));
        loop.run();
        REQUIRE(sent.has_value());
        return *std::move(sent);
    }
};

Task<Result<void>> at_once() {
    co_return Result<void>{};
}

Task<Result<void>> refused() {
    co_return fail(ErrorCode::kForbidden, "not you");
}

Task<Result<void>> after(net::Loop* loop, Duration time) {
    Completion<bool> over;
    loop->call_after(time, [over]() mutable { over.complete(true); });
    co_await over;
    co_return Result<void>{};
}

TEST_CASE("a rate is a number of messages, spread over the senders") {
    Runner it;
    std::vector<std::size_t> counts(4);
    const Send send = [&](std::size_t sender, std::uint64_t /*number*/) {
        ++counts.at(sender);
        return at_once();
    };
    const Pace pace{.senders = 4, .per_second = 1'000, .time = 100ms, .jitter = 0.5};
    const Sent sent = it.run(send_at_rate(&it.loop, &it.random, pace, send));
    CHECK(sent.answered == 100);
    CHECK(sent.latencies.size() == 100);
    CHECK(sent.lateness.size() == 100);
    CHECK(sent.failed == 0);
    CHECK(counts == std::vector<std::size_t>{25, 25, 25, 25});
    CHECK(sent.seconds >= 0.09);
}

TEST_CASE("a slow answer holds nothing back, and what waited counts from when it was due") {
    Runner it;
    // One sender whose answers take 60 ms: ten of them are due within 50 ms.
    const Send send = [&](std::size_t /*sender*/, std::uint64_t /*number*/) {
        return after(&it.loop, 60ms);
    };
    const Pace pace{.senders = 1, .per_second = 200, .time = 50ms};
    const Sent sent = it.run(send_at_rate(&it.loop, &it.random, pace, send));
    CHECK(sent.answered == 10);
    CHECK(std::ranges::min(sent.latencies) >= 55'000);
    // One after the other would have taken 600 ms.
    CHECK(sent.seconds < 0.55);
}

TEST_CASE("what is refused is counted, with the first reason") {
    Runner it;
    const Send send = [](std::size_t /*sender*/, std::uint64_t /*number*/) { return refused(); };
    const Pace pace{.per_second = 500, .time = 20ms};
    const Sent sent = it.run(send_at_rate(&it.loop, &it.random, pace, send));
    CHECK(sent.failed == 10);
    CHECK(sent.answered == 0);
    CHECK(sent.latencies.empty());
    CHECK(sent.first_failure == "forbidden not you");
}

TEST_CASE("flat out each sender waits for its own answer alone") {
    Runner it;
    std::size_t under_way = 0;
    std::size_t most = 0;
    const Send send = [&](std::size_t /*sender*/, std::uint64_t /*number*/) {
        struct Counted {
            static Task<Result<void>> run(net::Loop* loop, std::size_t* now, std::size_t* most) {
                *most = std::max(*most, ++*now);
                auto done = co_await after(loop, 5ms);
                --*now;
                co_return done;
            }
        };
        return Counted::run(&it.loop, &under_way, &most);
    };
    const Sent sent = it.run(send_flat_out(&it.loop, {.senders = 3, .time = 50ms}, send));
    CHECK(most == 3);
    CHECK(sent.answered >= 3);
    CHECK(sent.failed == 0);
}

}  // namespace
}  // namespace tandem::measure
