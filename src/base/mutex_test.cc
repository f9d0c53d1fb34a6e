#include "base/mutex.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>
#include <vector>

using namespace tandem;

TEST_CASE("a fair mutex is held by one thread at a time, and every thread gets it") {
    FairMutex mutex;
    std::uint64_t sum = 0;
    std::vector<std::thread> threads;
    for (int at = 0; at < 4; ++at) {
        threads.emplace_back([&] {
            for (int turn = 0; turn < 5'000; ++turn) {
                const Lock held{mutex};
                ++sum;
            }
        });
    }
    for (std::thread& each : threads)
        each.join();
    CHECK(sum == 20'000);
}
