#include "codec/time_zone.h"

#include "base/random.h"
#include "codec/test_zone_times.h"
#include "codec/time_text.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::codec;

namespace {

std::string big_endian(std::int64_t number, std::size_t width) {
    std::string out;
    for (std::size_t at = width; at > 0; --at)
        out += static_cast<char>(number >> ((at - 1) * 8));
    return out;
}

/// A TZif file in pieces, each of which a test may spoil.
struct Tzif {
    char version = '3';
    std::vector<std::pair<std::int64_t, int>> changes;  ///< when, and to which type
    std::vector<std::int32_t> types{0};                 ///< their offsets
    std::int64_t leap_seconds = 0;
    std::string footer = "\n\n";
    std::optional<std::int64_t> types_claimed;
    std::optional<std::int64_t> changes_claimed;

    [[nodiscard]] std::string header() const {
        std::string out = std::string{"TZif"} + version + std::string(15, '\0');
        for (const std::int64_t count :
             {std::int64_t{0}, std::int64_t{0}, leap_seconds,
              changes_claimed.value_or(std::ssize(changes)),
              types_claimed.value_or(std::ssize(types)), std::int64_t{4}})
            out += big_endian(count, 4);
        return out;
    }
    [[nodiscard]] std::string data(std::size_t width) const {
        std::string out;
        for (const auto& [at, type] : changes)
            out += big_endian(at, width);
        for (const auto& [at, type] : changes)
            out += static_cast<char>(type);
        for (const std::int32_t offset : types)
            out += big_endian(offset, 4) + std::string(2, '\0');
        out += std::string{"ZZZ"} + '\0';
        return out + std::string(static_cast<std::size_t>(leap_seconds) * (width + 4), '\0');
    }
    [[nodiscard]] std::string bytes() const {
        if (version == '\0') return header() + data(4);
        return header() + data(4) + header() + data(8) + footer;
    }
};

std::string with_rule(std::string_view rule) {
    return Tzif{.footer = "\n" + std::string{rule} + "\n"}.bytes();
}

TimeZone zone_of(const std::string& bytes) {
    auto zone = parse_tzif(bytes);
    REQUIRE(zone);
    return *zone;
}

std::string refusal(std::string_view bytes) {
    const auto zone = parse_tzif(bytes);
    if (zone) return "read";
    CHECK(zone.error().code == ErrorCode::kMalformedBody);
    return zone.error().detail;
}

Instant at(std::int64_t seconds) {
    return Instant{std::chrono::seconds{seconds}};
}
LocalTime wall(std::string_view text) {
    const auto local = parse_local_time(text);
    REQUIRE(local);
    return *local;
}

void check_times(const TimeZone& zone, const ZoneTimes& times) {
    for (const auto& [time, offset] : times.offsets) {
        CAPTURE(time);
        CHECK(zone.offset_at(at(time)) == std::chrono::seconds{offset});
        CHECK(zone.offset_at(at(time) + 999'999us) == std::chrono::seconds{offset});
    }
    for (const auto& [shown, time] : times.walls) {
        CAPTURE(shown);
        const LocalTime local{std::chrono::seconds{shown}};
        CHECK(zone.from_local(local) == at(time));
        CHECK(zone.from_local(local + 1us) == at(time) + 1us);
    }
}

const std::filesystem::path kSystemZones = "/usr/share/zoneinfo";

std::string file(const std::filesystem::path& path) {
    std::ostringstream out;
    out << std::ifstream{path, std::ios::binary}.rdbuf();
    return out.str();
}

}  // namespace

TEST_CASE("the system's zones are read as Python reads them") {
    if (!std::filesystem::exists(kSystemZones)) {
        MESSAGE("skipped: there is no " << kSystemZones);
        return;
    }
    for (const ZoneTimes& times : kZoneTimes) {
        CAPTURE(times.zone);
        check_times(zone_of(file(kSystemZones / times.zone)), times);
    }
}

TEST_CASE("rules are read as Python reads them") {
    for (const ZoneTimes& times : kRuleTimes) {
        CAPTURE(times.zone);
        check_times(zone_of(with_rule(times.zone)), times);
    }
}

TEST_CASE("a time that is there twice is the earlier one, one that is not there is moved forward") {
    const TimeZone zone = zone_of(with_rule("CET-1CEST,M3.5.0,M10.5.0/3"));
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"2026-03-29 01:59:59.999999", "2026-03-29T00:59:59.999999Z"},
        {"2026-03-29 02:00", "2026-03-29T01:00:00Z"},  // Is not there: 03:00 on the wall.
        {"2026-03-29 02:30", "2026-03-29T01:30:00Z"},
        {"2026-03-29 03:00", "2026-03-29T01:00:00Z"},
        {"2026-10-25 01:59:59", "2026-10-24T23:59:59Z"},
        {"2026-10-25 02:30", "2026-10-25T00:30:00Z"},  // There twice: still summer.
        {"2026-10-25 02:59:59", "2026-10-25T00:59:59Z"},
        {"2026-10-25 03:00", "2026-10-25T02:00:00Z"},
        {"0001-01-02 00:00", "0001-01-01T23:00:00Z"},
        {"9999-07-01 00:00", "9999-06-30T22:00:00Z"},
    };
    for (const auto& [local, utc] : rows) {
        CAPTURE(local);
        CHECK(rfc3339(zone.from_local(wall(local))) == utc);
    }
}

TEST_CASE("daylight time may be all year, and its changes outside of the year") {
    // RFC 9636 section 3.3.1 has the first one.
    const TimeZone always = zone_of(with_rule("EST5EDT,0/0,J365/25"));
    const TimeZone far = zone_of(with_rule("AAA0BBB,M1.1.1/-167,M12.5.0/167"));
    SeededRandom random{12};
    for (int round = 0; round < 200; ++round) {
        const Instant moment = at(static_cast<std::int64_t>(random.next() % 100'000'000'000));
        CHECK(always.offset_at(moment) == -4h);
        const Duration offset = far.offset_at(moment);
        CHECK((offset == 0h || offset == 1h));
        CHECK(far.from_local(LocalTime{moment.time_since_epoch() + offset}) <= moment);
    }
    CHECK(always.from_local(wall("2026-01-01 00:00")) == *parse_rfc3339("2026-01-01T04:00:00Z"));
}

TEST_CASE("days of a rule are counted with or without 29 February, as glibc counts them") {
    struct Row {
        std::string_view rule;
        std::string_view day;
        bool later;
    };
    const Row rows[] = {
        {"AAA0BBB,59/0,300/0", "2000-02-28", false},
        {"AAA0BBB,59/0,300/0", "2000-02-29", true},
        {"AAA0BBB,59/0,300/0", "2001-02-28", false},
        {"AAA0BBB,59/0,300/0", "2001-03-01", true},
        {"AAA0BBB,60/0,300/0", "2000-02-29", false},
        {"AAA0BBB,60/0,300/0", "2000-03-01", true},
        {"AAA0BBB,60/0,300/0", "2001-03-01", false},
        {"AAA0BBB,60/0,300/0", "2001-03-02", true},
        {"AAA0BBB,60/0,300/0", "2000-10-26", true},
        {"AAA0BBB,60/0,300/0", "2000-10-27", false},
        {"AAA0BBB,J59/0,J300/0", "2000-02-27", false},
        {"AAA0BBB,J59/0,J300/0", "2000-02-28", true},
        {"AAA0BBB,J59/0,J300/0", "2001-02-28", true},
        {"AAA0BBB,J60/0,J300/0", "2000-02-29", false},
        {"AAA0BBB,J60/0,J300/0", "2000-03-01", true},
        {"AAA0BBB,J60/0,J300/0", "2001-02-28", false},
        {"AAA0BBB,J60/0,J300/0", "2001-03-01", true},
    };
    for (const auto& [rule, day, later] : rows) {
        CAPTURE(rule);
        CAPTURE(day);
        const auto noon = parse_rfc3339(std::string{day} + "T12:00:00Z");
        REQUIRE(noon);
        CHECK(zone_of(with_rule(rule)).offset_at(*noon) == (later ? 1h : 0h));
    }
}

TEST_CASE("changes are followed until the last, then the rule") {
    Tzif tzif{.changes = {{-1'000'000, 1}, {0, 2}, {1'000'000, 1}},
              .types = {3'600, 7'200, -1'800},
              .footer = "\n<+05>-5\n"};
    struct Row {
        std::int64_t time;
        std::int64_t offset;
    };
    const std::vector<Row> rows{{-1'000'001, 3'600}, {-1'000'000, 7'200}, {-1, 7'200},
                                {0, -1'800},         {999'999, -1'800},   {1'000'000, 18'000},
                                {1'000'001, 18'000}};
    for (const char version : {'2', '3', '4'}) {
        tzif.version = version;
        const TimeZone zone = zone_of(tzif.bytes());
        for (const auto& [time, offset] : rows) {
            CAPTURE(time);
            CHECK(zone.offset_at(at(time)) == std::chrono::seconds{offset});
        }
    }
    SUBCASE("without a rule it stays as it is") {
        tzif.footer = "\n\n";
        CHECK(zone_of(tzif.bytes()).offset_at(at(4'000'000'000)) == 2h);
        tzif.version = '\0';
        CHECK(zone_of(tzif.bytes()).offset_at(at(4'000'000'000)) == 2h);
    }
    SUBCASE("changes of 64 bits may be anywhere") {
        tzif.changes = {{-(std::int64_t{1} << 62), 1}, {std::int64_t{1} << 62, 2}};
        const TimeZone zone = zone_of(tzif.bytes());
        CHECK(zone.offset_at(at(0)) == 2h);
        CHECK(zone.offset_at(Instant::min()) == 2h);
        CHECK(zone.offset_at(Instant::max()) == 2h);
        CHECK(zone.from_local(wall("2026-03-01 12:00")) == *parse_rfc3339("2026-03-01T10:00:00Z"));
    }
}

TEST_CASE("a fixed offset never changes") {
    const TimeZone zone = TimeZone::fixed(-(3h + 30min));
    CHECK(zone.offset_at(Instant::min()) == -(3h + 30min));
    CHECK(zone.offset_at(Instant::max()) == -(3h + 30min));
    CHECK(zone.from_local(wall("2026-03-01T12:00")) == *parse_rfc3339("2026-03-01T15:30:00Z"));
}

TEST_CASE("what is not a zone is refused, with the place") {
    struct Row {
        std::string bytes;
        std::string_view why;
    };
    const Tzif good{.changes = {{0, 1}, {9, 0}}, .types = {0, 3'600}};
    REQUIRE(refusal(good.bytes()) == "read");
    const std::size_t size = good.bytes().size();
    const auto changed = [&good](auto change) {
        Tzif bad = good;
        change(bad);
        return bad.bytes();
    };
    const Row rows[] = {
        {"", "TZif, byte 0: a header is expected"},
        {"TZif", "TZif, byte 0: a header is expected"},
        {"X" + good.bytes().substr(1), "TZif, byte 0: a header is expected"},
        {changed([](Tzif& tzif) { tzif.version = '1'; }),
         "TZif, byte 0: only the versions 1 to 4 are known"},
        {changed([](Tzif& tzif) { tzif.version = '5'; }),
         "TZif, byte 0: only the versions 1 to 4 are known"},
        {good.bytes().substr(0, 45), "TZif, byte 44: the data end early"},
        {good.header() + good.data(4) + Tzif{.version = '2'}.header(),
         "TZif, byte 114: the two headers differ in their version"},
        {changed([](Tzif& tzif) { tzif.changes_claimed = 0xFFFFFFFF; }),
         "TZif, byte 44: the data end early"},
        {changed([](Tzif& tzif) { tzif.types_claimed = 0xFFFFFFFF; }),
         "TZif, byte 44: the data end early"},
        {Tzif{.version = '\0', .types = {}}.bytes(), "TZif, byte 44: 1 to 256 types are expected"},
        {Tzif{.version = '\0', .types = std::vector<std::int32_t>(257)}.bytes(),
         "TZif, byte 44: 1 to 256 types are expected"},
        {Tzif{.version = '\0', .leap_seconds = 1}.bytes(),
         "TZif, byte 44: times that count leap seconds are not read"},
        {Tzif{.version = '\0', .types = {93'600}}.bytes(),
         "TZif, byte 44: an offset of 25 hours west or 26 east, or more"},
        {Tzif{.version = '\0', .types = {-90'000}}.bytes(),
         "TZif, byte 44: an offset of 25 hours west or 26 east, or more"},
        {Tzif{.version = '\0', .types = {INT32_MIN}}.bytes(),
         "TZif, byte 44: an offset of 25 hours west or 26 east, or more"},
        {Tzif{.version = '\0', .changes = {{0, 1}}}.bytes(),
         "TZif, byte 44: a change to a type that is not there"},
        {Tzif{.version = '\0', .changes = {{0, 0}, {0, 0}}}.bytes(),
         "TZif, byte 44: the changes are not in the order of their times"},
        {Tzif{.version = '\0', .changes = {{1, 0}, {0, 0}}}.bytes(),
         "TZif, byte 44: the changes are not in the order of their times"},
        {Tzif{.version = '\0'}.bytes() + "\n", "TZif, byte 54: nothing is expected after the zone"},
        {good.bytes() + "\n", "nothing is expected after the zone"},
        {good.bytes().substr(0, size - 1), "a footer between two newlines is expected"},
        {changed([](Tzif& tzif) { tzif.footer = "UTC0\n"; }),
         "a footer between two newlines is expected"},
        {changed([](Tzif& tzif) { tzif.footer = "\nU\n"; }),
         "zone rule, byte 1: a name of three letters or more is expected"},
    };
    for (const auto& [bytes, why] : rows) {
        CAPTURE(why);
        const std::string said = refusal(bytes);
        CAPTURE(said);
        CHECK(said.ends_with(why));
    }
}

TEST_CASE("a rule that is none is refused, with the place") {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"", "0: a name of three letters or more is expected"},
        {"AB0", "2: a name of three letters or more is expected"},
        {"<+02", "4: a name of three letters or more is expected"},
        {"+02>2", "0: a name of three letters or more is expected"},
        {"CET", "3: an offset from UTC is expected"},
        {"CET25", "5: an offset from UTC is expected"},
        {"CET-1:60", "8: an offset from UTC is expected"},
        {"CET-1:", "6: an offset from UTC is expected"},
        {"CET-1C", "6: a name of three letters or more is expected"},
        {"CET-1CEST", "9: a comma and the day of a change are expected"},
        {"CET-1CEST-99,0,1", "12: an offset from UTC is expected"},
        {"CET-1CEST,0", "11: a comma and the day of a change are expected"},
        {"CET-1CEST,0,366", "15: not a day or a time of a change"},
        {"CET-1CEST,J0,1", "12: not a day or a time of a change"},
        {"CET-1CEST,M0.1.0,1", "12: not a day or a time of a change"},
        {"CET-1CEST,M13.1.0,1", "13: not a day or a time of a change"},
        {"CET-1CEST,M3.0.0,1", "14: not a day or a time of a change"},
        {"CET-1CEST,M3.6.0,1", "14: not a day or a time of a change"},
        {"CET-1CEST,M3.5.7,1", "16: not a day or a time of a change"},
        {"CET-1CEST,M3.5,1", "14: not a day or a time of a change"},
        {"CET-1CEST,M3.5.0/168,1", "20: not a day or a time of a change"},
        {"CET-1CEST,M3.5.0/,1", "17: not a day or a time of a change"},
        {"CET-1CEST,M3.5.0,1x", "18: nothing is expected after the rule"},
        {"CET-1CEST,M3.5.0,1234", "20: nothing is expected after the rule"},
    };
    for (const auto& [rule, why] : rows) {
        CAPTURE(rule);
        const auto read = parse_zone_rule(rule);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::kMalformedBody);
        CHECK(read.error().detail == "zone rule, byte " + std::string{why});
    }
}

TEST_CASE("no piece of a zone is a zone, and a changed byte is no harm") {
    SeededRandom random{13};
    const std::string bytes = Tzif{.changes = {{-100, 1}, {0, 2}, {1'700'000'000, 0}},
                                   .types = {3'600, 7'200, -1'800},
                                   .footer = "\nCET-1CEST,M3.5.0,M10.5.0/3\n"}
                                  .bytes();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        REQUIRE_FALSE(parse_tzif(std::string_view{bytes}.substr(0, length)));
    }
    for (int round = 0; round < 3'000; ++round) {
        std::string changed = bytes;
        changed[random.next() % bytes.size()] = static_cast<char>(random.next());
        const auto zone = parse_tzif(changed);
        if (!zone) continue;
        const LocalTime local = wall("2026-03-29 02:30");
        const Instant moment = zone->from_local(local);
        CHECK(std::chrono::abs(moment.time_since_epoch() - local.time_since_epoch()) < 26h);
    }
}
