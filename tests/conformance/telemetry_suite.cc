#include "conformance/suites.h"

#include <limits>

namespace tandem::conformance {
namespace {

const DeviceRef kPump = ref("pump-1");

std::vector<int> seconds(const std::vector<Reading>& readings) {
    std::vector<int> out;
    for (const Reading& one : readings)
        out.push_back(static_cast<int>((one.time - kNoon) / 1s));
    return out;
}

std::vector<Event> events_of(Fixture& at, const std::function<void()>& act) {
    std::vector<Event> seen;
    at.log().listen([&](const std::vector<Event>& events) {
        seen.insert(seen.end(), events.begin(), events.end());
    });
    const Sequence before = at.log().head().sequence;
    act();
    const std::size_t expected = at.log().head().sequence - before;
    REQUIRE(at.loop.run_until([&] { return seen.size() == expected; }));
    at.log().listen({});
    return seen;
}

void the_last_write_wins(Fixture& at) {
    SUBCASE("new, replaced and repeated readings are told apart") {
        const auto first = at.get(at.write(kPump, {reading(kNoon, 1), reading(kNoon + 1s, 2)}));
        CHECK(first.stored == 2);
        const auto second = at.get(
            at.write(kPump, {reading(kNoon, 1), reading(kNoon + 1s, 3), reading(kNoon + 2s, 4)}));
        CHECK(second.stored == 1);
        CHECK(second.replaced == 1);
        CHECK(second.repeated == 1);
        CHECK(at.readings(kPump, "temperature") ==
              std::vector{reading(kNoon, 1), reading(kNoon + 1s, 3), reading(kNoon + 2s, 4)});
    }
    SUBCASE("of two readings with one identity in a batch the second stands") {
        const auto written =
            at.get(at.write(kPump, {reading(kNoon, 1), reading(kNoon, 2), reading(kNoon, 2)}));
        CHECK(written.stored == 1);
        CHECK(written.replaced == 1);
        CHECK(written.repeated == 1);
        CHECK(at.readings(kPump, "temperature") == std::vector{reading(kNoon, 2)});
    }
    SUBCASE("another type is another value") {
        at.get(at.write(kPump, {reading(kNoon, 1)}));
        CHECK(at.get(at.write(kPump, {reading(kNoon, 1.0)})).replaced == 1);
        CHECK(at.get(at.write(kPump, {reading(kNoon, true)})).replaced == 1);
        CHECK(at.get(at.write(kPump, {reading(kNoon, "1")})).replaced == 1);
    }
    SUBCASE("a batch of nothing is written without an event") {
        const auto head = at.log().head().sequence;
        const auto written = at.get(at.telemetry().write({}));
        CHECK(written.stored + written.replaced + written.repeated == 0);
        CHECK(written.events.first == head);
        CHECK(written.events.last == head);
    }
}

void readings_become_events(Fixture& at) {
    SUBCASE("events come in the order given, an exact repeat makes none") {
        at.get(at.write(kPump, {reading(kNoon, 1)}));
        Written written;
        const auto events = events_of(at, [&] {
            written = at.get(at.write(
                kPump, {reading(kNoon + 2s, 2), reading(kNoon, 1), reading(kNoon + 1s, 3)}));
        });
        REQUIRE(events.size() == 2);
        CHECK(events[0].time == kNoon + 2s);
        CHECK(events[1].time == kNoon + 1s);
        CHECK(events[0].sequence == written.events.first);
        CHECK(events[1].sequence == written.events.last);
        CHECK(written.events.last == written.events.first + 1);
        CHECK(events[0].kind == Event::Kind::kReading);
        CHECK(events[0].device == kPump);
        CHECK(events[0].series == "temperature");
        CHECK(events[0].value == Value{2});
    }
    SUBCASE("late is what is older than the newest of its series") {
        const auto events = events_of(at, [&] {
            at.get(at.write(
                kPump, {reading(kNoon, 1), reading(kNoon - 1s, 2), reading(kNoon - 2s, 3, "power"),
                        reading(kNoon, 4), reading(kNoon - 1s, 5)}));
        });
        std::vector<bool> late;
        for (const Event& one : events)
            late.push_back(one.late);
        CHECK(late == std::vector{false, true, false, false, true});
    }
}

void values_come_back_exactly(Fixture& at) {
    const std::vector<Value> rows{
        true,
        false,
        0,
        -1,
        std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max(),
        std::uint64_t{1} << 63U,
        std::numeric_limits<std::uint64_t>::max(),
        0.0,
        -0.0,
        0.1,
        1.0,
        9007199254740993.0,
        std::numeric_limits<double>::max(),
        std::numeric_limits<double>::denorm_min(),
        std::numeric_limits<double>::lowest(),
        "",
        "text",
        "12",
        std::string("a\0b", 3),
        "Grüße, 世界 🌡",
        Value::Array{},
        Value::Object{},
        Value::Array{1, 1.0, -0.0, "x", nullptr, true, std::uint64_t{1} << 63U},
        Value::Object{{"b", Value::Object{{"", Value::Array{nullptr}}}}, {"a", -5}},
    };
    SUBCASE("every kind of value is read as it was written, and a repeat is recognised") {
        for (std::size_t row = 0; row < rows.size(); ++row) {
            CAPTURE(row);
            const Reading one = reading(kNoon + Duration{row}, rows[row]);
            at.get(at.write(kPump, {one}));
            CHECK(at.get(at.write(kPump, {one})).repeated == 1);
        }
        const auto back = at.readings(kPump, "temperature");
        REQUIRE(back.size() == rows.size());
        for (std::size_t row = 0; row < rows.size(); ++row) {
            CAPTURE(row);
            CHECK(back[row].value == rows[row]);
        }
    }
    SUBCASE("times before 1970 and to the microsecond are kept") {
        const Instant early{Duration{-1'000'000'000'001}};
        at.get(at.write(kPump, {reading(early, 1), reading(early + Duration{1}, 2)}));
        CHECK(at.readings(kPump, "temperature") ==
              std::vector{reading(early, 1), reading(early + Duration{1}, 2)});
    }
}

void ranges_are_read(Fixture& at) {
    const auto read = [&](RangeQuery query) {
        query.device = kPump;
        query.series = "temperature";
        return seconds(at.get(at.telemetry().read(std::move(query))));
    };
    using Seconds = std::vector<int>;
    at.get(at.write(kPump, {reading(kNoon + 3s, 3), reading(kNoon, 0), reading(kNoon + 1s, 1),
                            reading(kNoon + 2s, 2), reading(kNoon, 9, "power")}));

    SUBCASE("readings come in order of time, oldest or newest first") {
        CHECK(read({}) == Seconds{0, 1, 2, 3});
        CHECK(read({.newest_first = true}) == Seconds{3, 2, 1, 0});
    }
    SUBCASE("a range holds its beginning and not its end") {
        const TimeRange range{.from = kNoon + 1s, .to = kNoon + 3s};
        CHECK(read({.range = range}) == Seconds{1, 2});
        CHECK(read({.range = range, .newest_first = true}) == Seconds{2, 1});
        CHECK(read({.range = {.from = kNoon + 3s, .to = kNoon + 1s}}).empty());
        CHECK(read({.range = {.from = kNoon, .to = kNoon}}).empty());
    }
    SUBCASE("a limit keeps what comes first in the order asked for") {
        CHECK(read({.limit = 2}) == Seconds{0, 1});
        CHECK(read({.limit = 2, .newest_first = true}) == Seconds{3, 2});
        CHECK(read({.limit = 0}).empty());
    }
    SUBCASE("what weighs enough is enough, whatever the limit") {
        const std::size_t one = weight_of(Value{0});
        CHECK(read({.weight = 0}) == Seconds{0});
        CHECK(read({.weight = one}) == Seconds{0, 1});
        CHECK(read({.newest_first = true, .weight = 3 * one - 1}) == Seconds{3, 2, 1});
        CHECK(read({.weight = 4 * one}) == Seconds{0, 1, 2, 3});
    }
    SUBCASE("an unknown series or device has no readings") {
        CHECK(at.readings(kPump, "absent").empty());
        CHECK(at.readings(ref("absent"), "temperature").empty());
        CHECK(at.readings(ref("pump-1", "plant"), "temperature").empty());
    }
}

void buckets_are_made(Fixture& at) {
    const Instant minute{std::chrono::floor<std::chrono::minutes>(kNoon)};
    at.get(at.write(
        kPump, {reading(minute + 10s, 4), reading(minute + 50s, true), reading(minute + 20s, "off"),
                reading(minute + 180s, 2.5), reading(minute - 1s, 7)}));
    const auto aggregate = [&](TimeRange range, std::size_t limit) {
        return at.get(at.telemetry().aggregate(
            {.device = kPump, .series = "temperature", .range = range, .limit = limit}, 1min));
    };

    SUBCASE("a bucket counts all, and sums numbers and booleans") {
        const auto buckets = aggregate({.from = minute}, 10);
        REQUIRE(buckets.size() == 2);
        CHECK(buckets[0].start == minute);
        CHECK(buckets[0].count == 3);
        CHECK(buckets[0].numbers == 2);
        CHECK(buckets[0].min == 1);
        CHECK(buckets[0].max == 4);
        CHECK(buckets[0].sum == 5);
        CHECK(buckets[0].first == Value{4});
        CHECK(buckets[0].last == Value{true});
        CHECK(buckets[1].start == minute + 3min);
    }
    SUBCASE("a limit gives the oldest buckets, each complete") {
        const auto buckets = aggregate({}, 2);
        REQUIRE(buckets.size() == 2);
        CHECK(buckets[0].start == minute - 1min);
        CHECK(buckets[1].count == 3);
        CHECK(aggregate({}, 0).empty());
    }
    SUBCASE("only the range enters") {
        const auto buckets = aggregate({.from = minute + 20s, .to = minute + 50s}, 10);
        REQUIRE(buckets.size() == 1);
        CHECK(buckets[0].count == 1);
    }
    SUBCASE("percentiles are those of the bucket's numbers") {
        Buckets how{1min};
        how.quantiles = {0.5};
        const auto buckets = at.get(at.telemetry().aggregate(
            {.device = kPump, .series = "temperature", .range = {.from = minute}}, how));
        REQUIRE(buckets.size() == 2);
        CHECK(buckets[0].quantiles == std::vector{2.5});
        CHECK(buckets[1].quantiles == std::vector{2.5});
    }
    SUBCASE("a chart has the lowest and the highest of each span, and both ends") {
        const auto thinned = [&](TimeRange range, Duration step) {
            return at.get(at.telemetry().thin(
                {.device = kPump, .series = "temperature", .range = range}, step));
        };
        const auto all = at.readings(kPump, "temperature");
        CHECK(thinned({}, 1s) == all);
        CHECK(thinned({.from = minute}, 1h) == std::vector{all[1], all[3], all[4]});
        CHECK(at.get(at.telemetry().thin({.device = ref("absent"), .series = "x"}, 1s)).empty());
    }
    SUBCASE("no readings make no buckets") {
        CHECK(
            at.get(at.telemetry().aggregate({.device = ref("absent"), .series = "x"}, 1s)).empty());
    }
}

void latest_is_by_event_time(Fixture& at) {
    SUBCASE("the newest of each series by its own time, in order of name") {
        at.get(at.write(kPump, {reading(kNoon, 1), reading(kNoon - 1h, 2),
                                reading(kNoon - 2h, 3, "power"), reading(kNoon, 4, "Zone")}));
        CHECK(at.get(at.telemetry().latest(kPump)) == std::vector{reading(kNoon, 4, "Zone"),
                                                                  reading(kNoon - 2h, 3, "power"),
                                                                  reading(kNoon, 1)});
    }
    SUBCASE("a device without readings has none") {
        CHECK(at.get(at.telemetry().latest(kPump)).empty());
    }
}

void ranges_are_erased(Fixture& at) {
    const DeviceRef other = ref("pump-1", "plant");
    const std::vector<Reading> readings{reading(kNoon, 1), reading(kNoon + 1s, 2),
                                        reading(kNoon, 3, "power")};
    at.get(at.write(kPump, readings));
    at.get(at.write(other, readings));

    SUBCASE("a range of one series goes, and the count is told") {
        CHECK(at.get(at.telemetry().erase(kPump, "temperature",
                                          {.from = kNoon, .to = kNoon + 1s})) == 1);
        CHECK(at.readings(kPump, "temperature") == std::vector{reading(kNoon + 1s, 2)});
        CHECK(at.readings(kPump, "power").size() == 1);
    }
    SUBCASE("all series go when none is named, of that device in that tenant") {
        CHECK(at.get(at.telemetry().erase(kPump, "", {})) == 3);
        CHECK(at.get(at.telemetry().latest(kPump)).empty());
        CHECK(at.get(at.telemetry().latest(other)).size() == 2);
    }
    SUBCASE("what is erased can be written anew") {
        at.get(at.telemetry().erase(kPump, "temperature", {}));
        CHECK(at.get(at.write(kPump, {reading(kNoon, 1)})).stored == 1);
    }
    SUBCASE("erasing what is not there erases nothing") {
        CHECK(at.get(at.telemetry().erase(kPump, "absent", {})) == 0);
        CHECK(at.get(at.telemetry().erase(ref("absent"), "", {})) == 0);
        CHECK(at.get(at.telemetry().erase(kPump, "", {.from = kNoon, .to = kNoon})) == 0);
    }
}

}  // namespace

void telemetry_suite(const MakeEngine& make) {
    Fixture at{make};
    the_last_write_wins(at);
    readings_become_events(at);
    values_come_back_exactly(at);
    SUBCASE("ranges are read") {
        ranges_are_read(at);
    }
    SUBCASE("buckets are made") {
        buckets_are_made(at);
    }
    latest_is_by_event_time(at);
    SUBCASE("ranges are erased") {
        ranges_are_erased(at);
    }
}

}  // namespace tandem::conformance
