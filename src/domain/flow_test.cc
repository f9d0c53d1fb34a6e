#include "domain/flow.h"

#include <doctest/doctest.h>

#include <string_view>

using namespace tandem;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

Event reading(std::string series, Sequence sequence, Value value) {
    return {.sequence = sequence,
            .device = {.tenant = TenantId{"home"}, .id = DeviceId{"a"}},
            .series = std::move(series),
            .time = kNoon + Duration{static_cast<std::int64_t>(sequence)},
            .value = std::move(value)};
}

Event other(Event::Kind kind, Sequence sequence) {
    Event event = reading("", sequence, "changed");
    event.kind = kind;
    return event;
}

std::vector<Sequence> sequences(const std::vector<Event>& events) {
    std::vector<Sequence> out;
    for (const Event& event : events)
        out.push_back(event.sequence);
    return out;
}

}  // namespace

TEST_CASE("of readings that wait the newest of each series is kept, of other events all") {
    PendingRoom room{100'000};
    PendingEvents pending{room};
    CHECK(pending.empty());
    CHECK(pending.put(reading("power", 1, 5)).conflated == 0);
    CHECK(pending.put(reading("heat", 2, 5)).conflated == 0);
    CHECK(pending.put(other(Event::Kind::kState, 3)).conflated == 0);
    CHECK(pending.put(reading("power", 4, 6)).conflated == 1);
    CHECK(pending.put(other(Event::Kind::kState, 5)).conflated == 0);
    CHECK(sequences(pending.take()) == std::vector<Sequence>{2, 3, 4, 5});
    CHECK(pending.empty());
    CHECK(room.used() == 0);
}

TEST_CASE("a late reading does not take the place of a newer one") {
    PendingRoom room{100'000};
    PendingEvents pending{room};
    CHECK(pending.put(reading("power", 7, 5)).conflated == 0);
    Event late = reading("power", 8, 1);
    late.time = kNoon;
    CHECK(pending.put(late).conflated == 1);
    CHECK(sequences(pending.take()) == std::vector<Sequence>{7});
}

TEST_CASE("what waits takes no more room than there is, and says what it refused") {
    const Event small = reading("power", 1, 5);
    PendingRoom room{weight_of(small) * 2};
    {
        PendingEvents pending{room};
        CHECK(pending.put(small).refused == 0);
        CHECK(pending.put(reading("heat_", 2, 5)).refused == 0);
        CHECK(pending.put(reading("noise", 3, 5)).refused == 1);
        CHECK(pending.put(reading("power", 4, 6)).refused == 0);
        // Too large for the place of the one before, which is out of date all the same.
        const auto lost = pending.put(reading("power", 5, std::string(10'000, 'x')));
        CHECK(lost.conflated == 1);
        CHECK(lost.refused == 1);
        CHECK(room.used() == weight_of(reading("heat_", 2, 5)));
    }
    CHECK(room.used() == 0);
}

TEST_CASE("a reading passes the filter of changes when it has moved by enough") {
    struct Row {
        Value from;
        Value to;
        double delta;
        bool passes;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {5, 5, 0, false, "the same"},
             {5, 5.0, 0, false, "the same in another form"},
             {5, 6, 0, true, "another"},
             {5, 5.5, 1, false, "too little"},
             {5, 6, 1, true, "just enough"},
             {5, 4, 1, true, "downwards"},
             {5, 7.5, 1, true, "more than enough"},
             {true, true, 1, false, "the same truth"},
             {true, false, 100, true, "no number moves by as much as it likes"},
             {"on", "on", 0, false, "the same text"},
             {"on", "off", 0, true, "another text"},
             {5, "off", 100, true, "a number and a text"}}) {
        CAPTURE(row.why);
        PendingRoom room{10'000};
        ChangeFilter filter{row.delta, room};
        CHECK(filter.admit(reading("power", 1, row.from)));
        CHECK(filter.admit(reading("power", 2, row.to)) == row.passes);
    }
}

TEST_CASE("the filter of changes compares with what came through, not with what came last") {
    PendingRoom room{10'000};
    {
        ChangeFilter filter{1, room};
        CHECK(filter.admit(reading("power", 1, 5)));
        CHECK_FALSE(filter.admit(reading("power", 2, 5.6)));
        CHECK(filter.admit(reading("heat", 3, 5.6)));
        CHECK(filter.admit(reading("power", 4, 6.2)));
        CHECK_FALSE(filter.admit(reading("power", 5, 5.6)));
        CHECK(filter.admit(other(Event::Kind::kState, 6)));
        CHECK(filter.admit(other(Event::Kind::kState, 7)));
        CHECK(room.used() > 0);
    }
    CHECK(room.used() == 0);
    PendingRoom none{0};
    ChangeFilter forgetful{1, none};
    CHECK(forgetful.admit(reading("power", 1, 5)));
    CHECK(forgetful.admit(reading("power", 2, 5)));
}
