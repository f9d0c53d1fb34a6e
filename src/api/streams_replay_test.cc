#include "api/test_streams.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>
#include <vector>

using namespace tandem;
using namespace tandem::api;

TEST_CASE("what there is no room for while it is held is read from the log") {
    Fixture fixture;
    const auto added = fixture.streams.add(fixture.socket, {.filter = readings_of_all()});
    while (!fixture.streams.missing(*fixture.socket, added.id)) {
        REQUIRE(fixture.log.now.sequence < 10'000);
        fixture.publish("a");
    }
    const Sequence let_go = fixture.log.now.sequence;
    CHECK(let_go > 200);
    const auto missing = fixture.streams.missing(*fixture.socket, added.id);
    CHECK(missing->after == 100);
    CHECK(missing->until == let_go);
    fixture.publish("a");
    fixture.streams.replay(*fixture.socket, added.id,
                           {.gone = 0,
                            .events = {fixture.past("a", 102), fixture.past("a", let_go)},
                            .through = let_go});
    CHECK_FALSE(fixture.streams.missing(*fixture.socket, added.id));
    fixture.streams.release(*fixture.socket, added.id);
    const auto last = static_cast<std::int64_t>(let_go);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{102, last, last + 1});
    CHECK(receipted(*fixture.socket) == 0);
    CHECK(fixture.metrics.counter("tandem_limit_hits_total", "limit=\"stream.pending_bytes\"")
              .value() == 1);
}

TEST_CASE("going on from a cursor reads what came between from the log, in pieces") {
    Fixture fixture;
    const auto added = fixture.streams.add(
        fixture.socket,
        {.filter = readings_of_all(), .from = Cursor{.log = "the log.", .sequence = 93}});
    fixture.publish("a");
    auto missing = fixture.streams.missing(*fixture.socket, added.id);
    REQUIRE(missing);
    CHECK(missing->after == 93);
    CHECK(missing->until == 100);
    Event unwanted = fixture.past("a", 95);
    unwanted.kind = Event::Kind::kPresence;
    fixture.streams.replay(*fixture.socket, added.id,
                           {.gone = 0,
                            .events = {fixture.past("a", 94), unwanted},
                            .through = 96,
                            .hint = {.segment = 7}});
    missing = fixture.streams.missing(*fixture.socket, added.id);
    REQUIRE(missing);
    CHECK(missing->after == 96);
    CHECK(missing->hint.segment == 7);
    fixture.streams.replay(*fixture.socket, added.id,
                           {.gone = 0, .events = {fixture.past("b", 99)}, .through = 100});
    CHECK_FALSE(fixture.streams.missing(*fixture.socket, added.id));
    fixture.streams.release(*fixture.socket, added.id);
    CHECK(values_of(*fixture.socket) == std::vector<std::int64_t>{94, 99, 101});
    CHECK(sequence_of(*fixture.socket->messages().front().find("cur")) == 96);
    CHECK(receipted(*fixture.socket) == 0);
}

TEST_CASE(
    "what the log has no more is told of with a receipt, and so is a log that cannot be read") {
    Fixture fixture;
    const Cursor from{.log = "the log.", .sequence = 50};
    const auto added =
        fixture.streams.add(fixture.socket, {.filter = readings_of_all(), .from = from});
    fixture.streams.replay(*fixture.socket, added.id,
                           {.gone = 90, .events = {fixture.past("a", 91)}, .through = 95});
    fixture.streams.give_up(*fixture.socket, added.id);
    fixture.streams.release(*fixture.socket, added.id);
    const auto messages = fixture.socket->messages();
    REQUIRE(messages.size() == 3);
    const Value& gone = *messages[0].find("gap");
    CHECK(*gone.find("from") == Value{cursor_text(from)});
    CHECK(sequence_of(*gone.find("to")) == 90);
    CHECK(number(*gone.find("n")) == 40);
    CHECK(*gone.find("why") == Value{"history"});
    CHECK(values_of(messages[1]) == std::vector<std::int64_t>{91});
    const Value& unread = *messages[2].find("gap");
    CHECK(sequence_of(*unread.find("from")) == 95);
    CHECK(sequence_of(*unread.find("to")) == 100);
    CHECK(number(*unread.find("n")) == 5);
}

TEST_CASE("who waits for room goes on when there is some, or when the subscription ends") {
    Fixture fixture;
    fixture.socket->is_full = true;
    const auto added = fixture.streams.add(fixture.socket, {.filter = readings_of_all()});
    int went_on = 0;
    const auto wait = [](Fixture* at, std::int64_t id, int* count) -> Task<void> {
        co_await at->streams.room(at->socket, id);
        ++*count;
    };
    spawn(wait(&fixture, added.id, &went_on));
    fixture.streams.drained(*fixture.socket);
    CHECK(went_on == 0);
    fixture.socket->is_full = false;
    fixture.streams.drained(*fixture.socket);
    CHECK(went_on == 1);
    fixture.socket->is_full = true;
    spawn(wait(&fixture, added.id, &went_on));
    fixture.streams.remove_all(*fixture.socket);
    CHECK(went_on == 2);
}

TEST_CASE("going on from a cursor of another log, or of the future, gives a receipt of nothing") {
    struct Row {
        Cursor from;
        bool receipt;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {{.log = "the log.", .sequence = 100}, false, "nothing came between"},
             {{.log = "another.", .sequence = 93}, true, "of another log: nobody knows how many"},
             {{.log = "the log.", .sequence = 200}, true, "from the future"}}) {
        CAPTURE(row.why);
        Fixture fixture;
        const auto added =
            fixture.streams.add(fixture.socket, {.filter = readings_of_all(), .from = row.from});
        CHECK_FALSE(fixture.streams.missing(*fixture.socket, added.id));
        fixture.streams.show(*fixture.socket, added.id, {});
        fixture.streams.release(*fixture.socket, added.id);
        const auto messages = fixture.socket->messages();
        REQUIRE(messages.size() == (row.receipt ? 1 : 0));
        if (!row.receipt) continue;
        const Value& gap = *messages[0].find("gap");
        CHECK(number(*gap.find("n")) == 0);
        CHECK(*gap.find("from") == Value{cursor_text(row.from)});
        CHECK(sequence_of(*gap.find("to")) == 100);
        CHECK(*gap.find("why") == Value{"history"});
    }
}
