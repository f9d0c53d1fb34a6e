#include "base/task.h"

#include "conformance/manual_executor.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace tandem;
using tandem::conformance::ManualExecutor;
using tandem::conformance::start;

namespace {

// Parameters are values or pointers to what outlives the coroutine: a reference to a temporary
// would be gone after the first wait.
Task<int> mark(std::string* log, std::string text, int result) {
    *log += text;
    co_return result;
}

Task<int> sum_of_two(std::string* log) {
    auto second = mark(log, "second ", 2);  // Made first, awaited second.
    const int one = co_await mark(log, "first ", 1);
    co_return one + co_await std::move(second);
}

Task<std::unique_ptr<int>> move_only(int value) {
    co_return std::make_unique<int>(value);
}

Task<int> use_move_only() {
    co_return *co_await move_only(5);
}

Task<int> depth(int levels) {
    if (levels == 0) co_return 0;
    co_return 1 + co_await depth(levels - 1);
}

Task<int> loop(int rounds) {
    int sum = 0;
    for (int round = 0; round < rounds; ++round)
        sum += co_await depth(1);
    co_return sum;
}

Task<std::string> wait_for(Completion<std::string> completion) {
    co_return co_await completion;
}

Task<void> note(std::string* log, Completion<std::string> completion) {
    *log += "begun ";
    *log += co_await completion;
}

Task<void> hop_and_note(std::string* log, Executor* executor) {
    *log += "here ";
    co_await hop(*executor);
    *log += "there ";
}

/// Counts how many of it live: in a frame, it shows whether the frame does.
struct Alive {
    explicit Alive(int* of) : count{of} { ++*count; }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    ~Alive() { --*count; }
    int* count;
};

Task<void> live_until(int* alive, Completion<std::string> completion, std::string* log) {
    const Alive here{alive};
    *log += co_await completion;
}

}  // namespace

TEST_CASE("a task") {
    std::string log;

    SUBCASE("starts when it is awaited, not when it is made") {
        {
            auto never = mark(&log, "never ", 0);
        }
        CHECK(log.empty());
        const auto sum = start(sum_of_two(&log));
        CHECK(log == "first second ");
        CHECK(sum->value() == 3);
    }

    SUBCASE("yields what can only be moved") {
        CHECK(start(use_move_only())->value() == 5);
    }

    SUBCASE("of many that are ready uses no more stack than one") {
        CHECK(start(depth(100'000))->value() == 100'000);
        CHECK(start(loop(100'000))->value() == 100'000);
    }

    SUBCASE("that is spawned runs to its first wait at once") {
        Completion<std::string> completion;
        spawn(note(&log, completion));
        CHECK(log == "begun ");
        completion.complete("done ");
        CHECK(log == "begun done ");
    }

    SUBCASE("ends its frame when it is done") {
        int alive = 0;
        Completion<std::string> completion;
        spawn(live_until(&alive, completion, &log));
        CHECK(alive == 1);
        completion.complete("done ");
        CHECK(alive == 0);
    }
}

TEST_CASE("a completion") {
    SUBCASE("that comes after the wait resumes it on the spot") {
        Completion<std::string> completion;
        const auto text = start(wait_for(completion));
        CHECK_FALSE(text->has_value());
        CHECK_FALSE(completion.done());
        completion.complete("late");
        CHECK(completion.done());
        CHECK(text->value() == "late");
    }

    SUBCASE("that came before the wait does not wait") {
        Completion<std::string> completion;
        completion.complete("early");
        CHECK(start(wait_for(completion))->value() == "early");
    }

    SUBCASE("keeps its first value: a timeout and an answer may race") {
        Completion<std::string> completion;
        const auto text = start(wait_for(completion));
        completion.complete("answer");
        completion.complete("timeout");
        CHECK(text->value() == "answer");

        Completion<std::string> early;
        early.complete("answer");
        early.complete("timeout");
        CHECK(start(wait_for(early))->value() == "answer");
    }

    SUBCASE("outlives every copy but the one that waits") {
        std::shared_ptr<std::optional<std::string>> text;
        auto completion = std::make_unique<Completion<std::string>>();
        text = start(wait_for(*completion));
        Completion<std::string> copy = *completion;
        completion.reset();
        copy.complete("kept");
        CHECK(text->value() == "kept");
    }

    SUBCASE("whose waiter is destroyed resumes nothing") {
        int alive = 0;
        std::string log;
        Completion<std::string> completion;
        {
            auto task = live_until(&alive, completion, &log);
            // As whoever awaits a task does, but with nobody to go back to.
            task.await_suspend(std::noop_coroutine()).resume();
            CHECK(alive == 1);
        }
        CHECK(alive == 0);
        completion.complete("nobody");
        CHECK(log.empty());
        CHECK(completion.done());
    }
}

TEST_CASE("hop goes on in a later turn of the executor, after what was posted before") {
    ManualExecutor executor;
    std::string log;
    executor.post([&] { log += "before "; });
    spawn(hop_and_note(&log, &executor));
    executor.post([&] { log += "after "; });
    CHECK(log == "here ");
    executor.run_posted();
    CHECK(log == "here before there after ");
}

TEST_CASE("work may own what can only be moved") {
    ManualExecutor executor;
    int seen = 0;
    executor.post([owned = std::make_unique<int>(4), &seen] { seen = *owned; });
    executor.run_posted();
    CHECK(seen == 4);
}

TEST_CASE("timers run in the order of their times, and not once they are cancelled") {
    ManualExecutor executor;
    std::string log;
    executor.call_after(20ms, [&] { log += "20 "; });
    const TimerId cancelled = executor.call_after(15ms, [&] { log += "15 "; });
    executor.call_after(10ms, [&] { log += "10 "; });
    CHECK(cancelled != 0);
    executor.cancel(cancelled);
    executor.cancel(cancelled);
    executor.advance(15ms);
    CHECK(log == "10 ");
    executor.advance(5ms);
    CHECK(log == "10 20 ");
}
