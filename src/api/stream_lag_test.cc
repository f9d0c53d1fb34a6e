// How far behind a subscription is, and who is told.
#include "api/stream_lag.h"

#include "api/test_streams.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem;
using namespace tandem::api;

namespace {

constexpr Duration kLook = 250ms;

/// A client that takes what a test lets it take.
struct Slow : Fixture {
    /// Lets time pass, a look at a time.
    void wait(Duration span) {
        for (Duration left = span; left > Duration{0}; left -= kLook)
            pass(std::min(left, kLook));
    }
    /// Of so many messages, the newest, nothing has left.
    void queue(std::size_t messages) {
        socket->bytes_queued = 0;
        for (std::size_t at = socket->sent.size() - messages; at < socket->sent.size(); ++at)
            socket->bytes_queued += socket->sent[at]->payload.size();
    }
    DoorLag lag(Door door = Door::kWs) const {
        DoorLags all;
        streams.lags().add_to(all);
        return all[door];
    }
    std::int64_t behind() const { return lag().behind[0]; }
};

/// `lag` of the newest message; nothing without one.
const Value* told(const TestSocket& socket, Value& keep) {
    keep = socket.messages().back();
    return keep.find("lag");
}

bool about(Duration seen, Duration expected) {
    return seen <= expected && seen + 2 * kLook >= expected;
}

}  // namespace

TEST_CASE("who takes everything is not behind, and is not told anything") {
    Slow slow;
    slow.subscribe();
    for (int at = 0; at < 20; ++at) {
        slow.publish("a");
        slow.wait(500ms);
        Value message;
        CHECK(told(*slow.socket, message) == nullptr);
    }
    CHECK(slow.lag().age == Duration{0});
    CHECK(slow.behind() == 0);
}

TEST_CASE("a client that takes nothing is behind by the age of the oldest message that waits") {
    Slow slow;
    slow.subscribe();
    slow.wait(1s);
    slow.publish("a");
    slow.queue(1);
    slow.wait(500ms);
    CHECK(slow.behind() == 0);
    slow.wait(5s);
    CHECK(about(slow.lag().age, 5'500ms));
    CHECK(slow.lag().events == 1);
    CHECK(slow.behind() == 1);
    CHECK(slow.lag().behind[1] == 0);
    // It will hear of it with the next message.
    slow.publish("a");
    slow.queue(2);
    Value message;
    const Value* lag = told(*slow.socket, message);
    REQUIRE(lag != nullptr);
    CHECK(about(number(*lag->find("ms")) * 1ms, 5'500ms));
    CHECK(number(*lag->find("n")) == 2);
    // The moment that it has taken all, it is told no more.
    slow.wait(60s);
    CHECK(slow.lag().behind == std::array<std::int64_t, 3>{1, 1, 1});
    slow.queue(0);
    slow.streams.drained(*slow.socket);
    slow.publish("a");
    CHECK(told(*slow.socket, message) == nullptr);
    slow.wait(kLook);
    CHECK(slow.lag().age == Duration{0});
    CHECK(slow.lag().behind == std::array<std::int64_t, 3>{});
}

TEST_CASE("a slow client that takes one after the other is behind by what it has not taken") {
    Slow slow;
    slow.subscribe();
    slow.wait(kLook);
    for (int at = 0; at < 4; ++at) {
        slow.publish("a");
        slow.queue(static_cast<std::size_t>(at) + 1);
        slow.wait(1s);
    }
    CHECK(about(slow.lag().age, 4s));
    slow.queue(2);
    slow.wait(kLook);
    CHECK(about(slow.lag().age, 2s + kLook));
    CHECK(slow.lag().events == 2);
}

TEST_CASE("a reply that waits is no message that waits since long ago") {
    Slow slow;
    slow.subscribe();
    slow.publish("a");
    slow.wait(1h);
    slow.socket->bytes_queued = 100'000;
    slow.wait(10s);
    CHECK(slow.lag().age == Duration{0});
    slow.publish("a");
    slow.wait(2s);
    CHECK(about(slow.lag().age, 2s));
}

TEST_CASE("only who is behind is told so, the others go on to share a message") {
    Slow slow;
    const auto quick = std::make_shared<TestSocket>();
    const auto other = std::make_shared<TestSocket>();
    slow.subscribe();
    slow.subscribe(quick, readings_of_all());
    slow.subscribe(other, readings_of_all());
    slow.publish("a");
    slow.queue(1);
    slow.wait(2s);
    slow.publish("a");
    Value message;
    CHECK(told(*slow.socket, message) != nullptr);
    CHECK(told(*quick, message) == nullptr);
    CHECK(quick->sent.back() == other->sent.back());
    CHECK(slow.behind() == 1);
}

TEST_CASE("who reads the past is told how much is still to come; since when, if that is known") {
    Slow slow;
    const auto added = slow.streams.add(
        slow.socket,
        {.filter = readings_of_all(), .from = Cursor{.log = "the log.", .sequence = 93}});
    slow.wait(3s);
    CHECK(slow.lag().events == 7);
    // Nobody has seen these come: they count as the longest.
    CHECK(slow.lag().behind == std::array<std::int64_t, 3>{1, 1, 1});
    slow.streams.replay(*slow.socket, added.id,
                        {.gone = 0, .events = {slow.past("a", 94)}, .through = 96});
    Value message;
    const Value* lag = told(*slow.socket, message);
    REQUIRE(lag != nullptr);
    CHECK(lag->find("ms") == nullptr);
    CHECK(number(*lag->find("n")) == 4);
    slow.streams.replay(*slow.socket, added.id,
                        {.gone = 0, .events = {slow.past("a", 100)}, .through = 100});
    CHECK(told(*slow.socket, message) == nullptr);
    slow.streams.release(*slow.socket, added.id);
    slow.wait(kLook);
    CHECK(slow.behind() == 0);
    // Of what has come since, it is known.
    const auto late = slow.streams.add(
        slow.socket,
        {.filter = readings_of_all(), .from = Cursor{.log = "the log.", .sequence = 100}});
    slow.streams.release(*slow.socket, late.id);
    slow.publish("a");
    slow.wait(20s);
    const auto again = slow.streams.add(
        slow.socket,
        {.filter = readings_of_all(), .from = Cursor{.log = "the log.", .sequence = 100}});
    CHECK(about(slow.streams.lag_after({.log = "the log.", .sequence = 100})->age.value(), 20s));
    CHECK(slow.streams.remove(*slow.socket, again.id));
}

TEST_CASE("without credit one is behind what was asked for, not what was not") {
    Slow slow;
    const auto id = slow.subscribe(slow.socket, Wish{.filter = readings_of_all(), .credit = 0});
    slow.streams.publish({slow.commit("a", Event::Kind::kPresence)});
    slow.wait(2s);
    CHECK(slow.behind() == 0);
    slow.publish("a");
    slow.wait(11s);
    CHECK(slow.lag().behind[1] == 1);
    CHECK(slow.lag().events == 2);
    CHECK(slow.streams.grant(*slow.socket, id, 1) == Streams::Granted::kIsBehind);
    slow.streams.replay(*slow.socket, id,
                        {.gone = 0, .events = {slow.past("a", 102)}, .through = 102});
    slow.streams.release(*slow.socket, id);
    slow.wait(kLook);
    CHECK(slow.behind() == 0);
}

TEST_CASE("what waits for its time as it was asked to is not late") {
    Slow slow;
    slow.subscribe(Flow{.policy = Flow::Policy::kEvery, .every = 60s});
    slow.reading("power", 1);
    slow.reading("power", 2);
    slow.wait(30s);
    CHECK(slow.lag().age == Duration{0});
    CHECK(slow.behind() == 0);
}

TEST_CASE("with the last subscription its lag is gone") {
    Slow slow;
    const auto id = slow.subscribe();
    slow.publish("a");
    slow.queue(1);
    slow.wait(5s);
    CHECK(slow.behind() == 1);
    CHECK(slow.streams.remove(*slow.socket, id));
    CHECK(slow.behind() == 0);
    CHECK(slow.lag().age == Duration{0});
    // What came while nobody listened was not seen to come.
    slow.commit("a");
    slow.wait(5s);
    slow.subscribe();
    CHECK(slow.streams.lag_after({.log = "the log.", .sequence = 101}) ==
          Lag{.age = {}, .events = 1});
}

TEST_CASE("server-sent events tell the lag with their data") {
    const StreamMessage message{.sub = 1,
                                .cursor = {.log = "the log.", .sequence = 7},
                                .receipt = {},
                                .lag = Lag{.age = 1'500ms, .events = 9}};
    const std::string cursor = cursor_text(message.cursor);
    CHECK(render(contract::Encoding::kEventStream, message) ==
          "id: " + cursor + "\ndata: {\"lag\":{\"ms\":1500,\"n\":9}}\n\n");
    CHECK(render(contract::Encoding::kJson, message) ==
          R"({"sub":1,"cur":")" + cursor + R"(","lag":{"ms":1500,"n":9}})");
}
