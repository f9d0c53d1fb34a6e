// Flow policies: what is sent when, and what is receipted.
#include "api/test_streams.h"
#include "base/random.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::api;

namespace {

constexpr Flow kLatest{.policy = Flow::Policy::kLatest};
constexpr Flow kEverySecond{.policy = Flow::Policy::kEvery, .every = 1s};

std::string why(const Value& message) {
    const Value* gap = message.find("gap");
    REQUIRE(gap != nullptr);
    return *gap->find("why")->get<std::string>();
}

}  // namespace

TEST_CASE("latest: while the socket takes them, every event is sent") {
    Fixture fixture;
    fixture.subscribe(kLatest);
    fixture.publish("a");
    fixture.streams.publish({fixture.commit("a"), fixture.commit("a")});
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{101, 102, 103});
    CHECK(receipted(*fixture.socket) == 0);
}

TEST_CASE(
    "latest: a socket that is full gets the newest of each series, and a receipt for the "
    "rest, in one message") {
    Fixture fixture;
    fixture.subscribe(kLatest);
    fixture.socket->is_full = true;
    fixture.reading("power", 1);
    fixture.reading("heat", 2);
    fixture.reading("power", 3);
    fixture.reading("power", 4);
    CHECK(fixture.socket->sent.empty());
    fixture.socket->is_full = false;
    fixture.streams.drained(*fixture.socket);
    const auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 1);
    CHECK(values_of(messages[0]) == std::vector<std::int64_t>{2, 4});
    CHECK(number(*messages[0].find("gap")->find("n")) == 2);
    CHECK(why(messages[0]) == "conflated");
    CHECK(sequence_of(*messages[0].find("cur")) == 104);
    fixture.reading("power", 5);
    CHECK(values_of(fixture.socket->messages().at(1)) == std::vector<std::int64_t>{5});
}

TEST_CASE("every: the first reading goes at once, then the newest of each series at its time") {
    Fixture fixture;
    fixture.subscribe(kEverySecond);
    fixture.reading("power", 1);
    CHECK(fixture.socket->sent.size() == 1);
    fixture.pass(100ms);
    fixture.reading("power", 2);
    fixture.reading("heat", 3);
    fixture.pass(800ms);
    fixture.reading("power", 4);
    CHECK(fixture.socket->sent.size() == 1);
    fixture.pass(100ms);
    REQUIRE(fixture.socket->sent.size() == 2);
    const auto second = fixture.socket->messages().at(1);
    CHECK(values_of(second) == std::vector<std::int64_t>{3, 4});
    CHECK(number(*second.find("gap")->find("n")) == 1);
    fixture.pass(5s);
    CHECK(fixture.socket->sent.size() == 2);
    fixture.reading("power", 5);
    CHECK(fixture.socket->sent.size() == 3);
}

TEST_CASE("every: what is no reading waits for the same moment, and none of it is left out") {
    Fixture fixture;
    fixture.subscribe(
        fixture.socket,
        Wish{.filter = {.tenant = kHome, .kinds = {Event::Kind::kReading, Event::Kind::kState}},
             .flow = kEverySecond});
    fixture.reading("power", 1);
    fixture.streams.publish({fixture.commit("a", Event::Kind::kState)});
    fixture.reading("power", 3);
    fixture.streams.publish({fixture.commit("a", Event::Kind::kState)});
    fixture.pass(1s);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{1, 102, 3, 104});
    CHECK(receipted(*fixture.socket) == 0);
}

TEST_CASE("every: a socket that is full at the time gets them when it is not") {
    Fixture fixture;
    fixture.subscribe(kEverySecond);
    fixture.reading("power", 1);
    fixture.reading("power", 2);
    fixture.socket->is_full = true;
    fixture.pass(3s);
    fixture.reading("power", 3);
    CHECK(fixture.socket->sent.size() == 1);
    fixture.socket->is_full = false;
    fixture.streams.drained(*fixture.socket);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{1, 3});
    CHECK(receipted(*fixture.socket) == 1);
}

TEST_CASE("change: readings that have not moved by enough are receipted with what is sent next") {
    Fixture fixture;
    fixture.subscribe({.policy = Flow::Policy::kChange, .delta = 10});
    for (const int value : {100, 105, 109, 110})
        fixture.reading("power", value);
    const auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 2);
    CHECK(values_of(messages[0]) == std::vector<std::int64_t>{100});
    CHECK(values_of(messages[1]) == std::vector<std::int64_t>{110});
    CHECK(number(*messages[1].find("gap")->find("n")) == 2);
    CHECK(why(messages[1]) == "unchanged");
    CHECK(sequence_of(*messages[1].find("gap")->find("from")) == 101);
}

TEST_CASE("change: what a full socket did not get is not what the next one is compared with") {
    Fixture fixture;
    fixture.subscribe({.policy = Flow::Policy::kChange, .delta = 10});
    fixture.reading("power", 100);
    fixture.socket->is_full = true;
    fixture.reading("power", 200);
    fixture.socket->is_full = false;
    fixture.streams.drained(*fixture.socket);
    fixture.reading("power", 200);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{100, 200});
    CHECK(receipted(*fixture.socket) == 1);
}

TEST_CASE("credit: so many events are sent as there is credit for, the rest is read from the log") {
    Fixture fixture;
    using enum Streams::Granted;
    const auto id =
        fixture.subscribe(fixture.socket, Wish{.filter = readings_of_all(), .credit = 2});
    fixture.publish("a");
    CHECK_FALSE(fixture.streams.starved(*fixture.socket, id));
    fixture.streams.publish({fixture.commit("a"), fixture.commit("a"), fixture.commit("a")});
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{101, 102});
    CHECK(sequence_of(*fixture.socket->messages().back().find("cur")) == 102);
    CHECK(fixture.streams.starved(*fixture.socket, id));
    fixture.publish("a");
    REQUIRE(fixture.streams.grant(*fixture.socket, id, 3) == kIsBehind);
    auto missing = fixture.streams.missing(*fixture.socket, id);
    REQUIRE(missing);
    CHECK(missing->after == 102);
    CHECK(missing->until == 105);
    fixture.publish("a");
    fixture.streams.replay(
        *fixture.socket, id,
        {.gone = 0,
         .events = {fixture.past("a", 103), fixture.past("a", 104), fixture.past("a", 105)},
         .through = 105});
    CHECK_FALSE(fixture.streams.missing(*fixture.socket, id));
    fixture.streams.release(*fixture.socket, id);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{101, 102, 103, 104, 105});
    REQUIRE(fixture.streams.grant(*fixture.socket, id, 1) == kIsBehind);
    CHECK(fixture.streams.missing(*fixture.socket, id)->after == 105);
    CHECK(receipted(*fixture.socket) == 0);
}

TEST_CASE(
    "credit: a piece of the log is sent as far as the credit goes, and read again from there") {
    Fixture fixture;
    const auto added =
        fixture.streams.add(fixture.socket, {.filter = readings_of_all(),
                                             .credit = 1,
                                             .from = Cursor{.log = "the log.", .sequence = 95}});
    const Past piece{
        .gone = 0,
        .events = {Fixture::past("a", 96), Fixture::past("a", 98), Fixture::past("a", 100)},
        .through = 100};
    fixture.streams.replay(*fixture.socket, added.id, piece);
    CHECK(fixture.streams.missing(*fixture.socket, added.id)->after == 96);
    int went_on = 0;
    const auto wait = [](Fixture* at, std::int64_t id, int* count) -> Task<void> {
        co_await at->streams.room(at->socket, id);
        ++*count;
    };
    spawn(wait(&fixture, added.id, &went_on));
    CHECK(went_on == 0);
    CHECK(fixture.streams.grant(*fixture.socket, added.id, 5) == Streams::Granted::kGoesOn);
    CHECK(went_on == 1);
    fixture.streams.replay(
        *fixture.socket, added.id,
        {.gone = 0, .events = {Fixture::past("a", 98), Fixture::past("a", 100)}, .through = 100});
    fixture.streams.release(*fixture.socket, added.id);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{96, 98, 100});
}

TEST_CASE("credit is granted to who asked for it alone") {
    Fixture fixture;
    const auto id = fixture.subscribe();
    using enum Streams::Granted;
    CHECK(fixture.streams.grant(*fixture.socket, id, 1) == kUnknown);
    CHECK(fixture.streams.grant(*fixture.socket, id + 1, 1) == kUnknown);
}

TEST_CASE("a quiet subscription is told where it stands") {
    Fixture fixture;
    Filter of_a = readings_of_all();
    of_a.any_device = false;
    of_a.devices = {"a"};
    fixture.subscribe(of_a);
    fixture.publish("b");
    fixture.pass(30s);
    auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find("ev") == nullptr);
    CHECK(sequence_of(*messages[0].find("cur")) == 101);
    fixture.pass(60s);
    CHECK(fixture.socket->sent.size() == 1);  // Nothing has happened since.
    fixture.publish("a");
    fixture.publish("b");
    fixture.pass(30s);
    CHECK(fixture.socket->sent.size() == 2);  // It was not quiet.
    fixture.pass(30s);
    messages = fixture.socket->messages();
    REQUIRE(messages.size() == 3);
    CHECK(sequence_of(*messages[2].find("cur")) == 103);
}

TEST_CASE("a receipt does not wait longer than for the next bookmark") {
    Fixture fixture;
    fixture.subscribe({.policy = Flow::Policy::kChange, .delta = 10});
    fixture.reading("power", 100);
    fixture.reading("power", 101);
    fixture.pass(60s);
    CHECK(receipted(*fixture.socket) == 1);
}

TEST_CASE("only the members that were asked for are told") {
    Fixture fixture;
    EventFields fields;
    fields.clear();
    fields.add(EventFields::kDevice);
    fields.add(EventFields::kValue);
    fixture.subscribe(fixture.socket, Wish{.filter = readings_of_all(), .fields = fields});
    fixture.reading("power", 7);
    CHECK(fixture.socket->sent.at(0)->payload.ends_with(R"("ev":[{"d":"a","v":7}]})"));
}

TEST_CASE("server-sent events carry the position as their id, a bookmark nothing else") {
    Event event = Fixture::past("a", 96);
    const Cursor cursor{.log = "the log.", .sequence = 96};
    CHECK(render(contract::Encoding::kEventStream, {.cursor = cursor, .events = {&event}}) ==
          "id: " + cursor_text(cursor) +
              "\ndata: {\"ev\":[{\"d\":\"a\",\"s\":\"power\",\"t\":1700000000000,\"v\":96}]}\n\n");
    CHECK(render(contract::Encoding::kEventStream, {.cursor = cursor}) ==
          "id: " + cursor_text(cursor) + "\n\n");
}

TEST_CASE("under every policy what is sent and what is receipted is what was published") {
    SeededRandom random{11};
    const Flow flows[] = {{},
                          kLatest,
                          {.policy = Flow::Policy::kEvery, .every = 50ms},
                          {.policy = Flow::Policy::kChange, .delta = 20}};
    for (int run = 0; run < 100; ++run) {
        CAPTURE(run);
        Fixture fixture;
        fixture.subscribe(flows[run % 4]);
        std::int64_t published = 0;
        for (int step = 0; step < 150; ++step) {
            switch (random.next() % 5) {
                case 0:
                    fixture.socket->is_full = true;
                    break;
                case 1:
                    fixture.socket->is_full = false;
                    fixture.streams.drained(*fixture.socket);
                    break;
                case 2:
                    fixture.pass(Duration{static_cast<std::int64_t>(random.next() % 40'000)});
                    break;
                default:
                    fixture.reading(random.next() % 2 == 0 ? "power" : "heat",
                                    static_cast<std::int64_t>(random.next() % 100));
                    ++published;
            }
        }
        fixture.socket->is_full = false;
        fixture.streams.drained(*fixture.socket);
        fixture.pass(61s);
        const auto sent = static_cast<std::int64_t>(values_of(*fixture.socket).size());
        CHECK(sent + receipted(*fixture.socket) == published);
        Sequence position = 100;
        for (const Value& message : fixture.socket->messages()) {
            const Sequence cursor = sequence_of(*message.find("cur"));
            CHECK(cursor >= position);
            position = cursor;
        }
        CHECK(position == fixture.log.now.sequence);
    }
}
