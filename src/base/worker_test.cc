#include "base/worker.h"

#include "conformance/manual_executor.h"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

using namespace tandem;
using conformance::ManualExecutor;
using conformance::start;

namespace {

/// Keeps a worker busy until it is let go.
struct Gate {
    std::promise<void> let_go;
    std::shared_future<void> gone{let_go.get_future()};
    std::promise<void> reached;

    Work work() {
        return [this] {
            reached.set_value();
            gone.wait();
        };
    }
};

}  // namespace

TEST_CASE("a worker does what is posted in order, on a thread of its own") {
    Worker worker{8};
    std::vector<int> order;
    std::promise<std::thread::id> last;
    for (int at = 0; at < 3; ++at)
        REQUIRE(worker.post([&order, at] { order.push_back(at); }));
    REQUIRE(worker.post([&last] { last.set_value(std::this_thread::get_id()); }));
    CHECK(last.get_future().get() != std::this_thread::get_id());
    CHECK(order == std::vector{0, 1, 2});
}

TEST_CASE("what is run on a worker gives its result on the loop that asked") {
    ManualExecutor loop;
    Worker worker{8};
    const auto given =
        start(worker.run(&loop, [text = std::make_unique<std::string>("here")] { return *text; }));
    REQUIRE(loop.run_until([&] { return given->has_value(); }));
    CHECK(**given == "here");
}

TEST_CASE("as many wait for a worker as may, the next is not taken") {
    ManualExecutor loop;
    Gate gate;
    Worker worker{2};
    REQUIRE(worker.post(gate.work()));
    gate.reached.get_future().wait();
    CHECK(worker.post([] {}));
    CHECK(worker.post([] {}));
    CHECK_FALSE(worker.post([] {}));
    const auto refused = start(worker.run(&loop, [] { return 1; }));
    REQUIRE(refused->has_value());
    CHECK_FALSE((*refused)->has_value());
    gate.let_go.set_value();
}

TEST_CASE("a worker that ends finishes what it does") {
    Gate gate;
    bool done = false;
    auto worker = std::make_unique<Worker>(2);
    REQUIRE(worker->post([&] {
        gate.reached.set_value();
        gate.gone.wait();
        done = true;
    }));
    gate.reached.get_future().wait();
    std::thread ends{[&worker] { worker.reset(); }};
    gate.let_go.set_value();
    ends.join();
    CHECK(done);
}

TEST_CASE("a worker that keeps to half a core rests as long as it has worked") {
    using Clock = std::chrono::steady_clock;
    constexpr auto kWorked = std::chrono::milliseconds{20};
    Worker worker{8, Worker::Pace::kHalf};
    Clock::time_point ended;
    std::promise<Clock::time_point> next;
    REQUIRE(worker.post([&ended, kWorked] {
        const auto until = Clock::now() + kWorked;
        while (Clock::now() < until) {
        }
        ended = Clock::now();
    }));
    REQUIRE(worker.post([&next] { next.set_value(Clock::now()); }));
    CHECK(next.get_future().get() - ended >= kWorked);
}
