#include "api/waiting_room.h"

#include "conformance/manual_executor.h"

#include <doctest/doctest.h>

#include <thread>
#include <utility>
#include <vector>

namespace tandem::api {
namespace {

using Entered = std::vector<Result<WaitingRoom::Place>>;

struct Doorkeeper {
    Doorkeeper() = default;
    Doorkeeper(const Doorkeeper&) = delete;
    Doorkeeper& operator=(const Doorkeeper&) = delete;
    ~Doorkeeper() { loop.advance(1h); }  // Who still waits gives up.

    conformance::ManualExecutor loop;
    WaitingRoom room{loop, {.places = 3, .of_one = 2, .waiting = 2}};
    Entered entered;

    static Task<void> keep(WaitingRoom* room, std::string who, Entered* into) {
        into->push_back(co_await room->enter(std::move(who)));
    }
    void come(const std::string& who) { spawn(keep(&room, who, &entered)); }
};

}  // namespace

TEST_CASE("one principal has so many places, and another finds one all the same") {
    Doorkeeper door;
    for (int at = 0; at < 3; ++at)
        door.come("a");
    CHECK(door.entered.size() == 2);
    door.come("b");
    CHECK(door.entered.size() == 3);
    CHECK(door.room.taken() == 3);
}

TEST_CASE("who waits is called when a place is free, not from inside whoever leaves") {
    Doorkeeper door;
    for (int at = 0; at < 3; ++at)
        door.come("a");
    door.entered.erase(door.entered.begin());
    CHECK(door.entered.size() == 1);
    door.loop.run_posted();
    CHECK(door.entered.size() == 2);
    CHECK(door.room.taken() == 2);
}

TEST_CASE("a principal whose places are taken does not keep the others from theirs") {
    Doorkeeper door;
    door.come("b");
    door.come("a");
    door.come("a");
    door.come("a");  // Waits for one of its own.
    door.come("c");  // Waits for any.
    door.entered.erase(door.entered.begin());
    door.loop.run_posted();
    CHECK(door.entered.size() == 3);
    CHECK(door.room.taken() == 3);
    door.entered.clear();
    for (int at = 0; at < 3; ++at)
        door.loop.run_posted();
    CHECK(door.entered.size() == 1);
}

TEST_CASE("who has waited too long is told to come again") {
    Doorkeeper door;
    for (int at = 0; at < 3; ++at)
        door.come("a");
    door.loop.advance(9s);
    CHECK(door.entered.size() == 2);
    door.loop.advance(1s);
    REQUIRE(door.entered.size() == 3);
    CHECK_FALSE(door.entered.back());
    door.entered.clear();
    door.loop.run_posted();
    CHECK(door.entered.empty());
    CHECK(door.room.taken() == 0);
}

TEST_CASE("a place may be let go on another thread") {
    Doorkeeper door;
    for (int at = 0; at < 3; ++at)
        door.come("a");
    REQUIRE(door.entered.size() == 2);
    std::thread{[places = std::exchange(door.entered, {})]() mutable { places.clear(); }}.join();
    CHECK(door.room.taken() == 2);
    door.loop.run_posted();
    CHECK(door.room.taken() == 1);
    CHECK(door.entered.size() == 1);
}

TEST_CASE("a principal has so many in the line, then it is told to come again") {
    Doorkeeper door;
    for (int at = 0; at < 5; ++at)
        door.come("a");
    REQUIRE(door.entered.size() == 3);
    REQUIRE_FALSE(door.entered.back());
    CHECK(door.entered.back().error().code == ErrorCode::kRateLimited);
    CHECK(door.entered.back().error().limit == "telemetry.reads_waiting");
    CHECK(door.entered.back().error().retry_after.has_value());
}

}  // namespace tandem::api
