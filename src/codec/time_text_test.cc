#include "codec/time_text.h"

#include "base/random.h"

#include <doctest/doctest.h>

#include <limits>

using namespace tandem;
using namespace tandem::codec;

namespace {

Instant at_us(std::int64_t microseconds) {
    return Instant{Duration{microseconds}};
}

/// The same time as this module writes it, or why it is refused.
std::string rewritten(std::string_view text) {
    auto instant = parse_rfc3339(text);
    if (!instant) {
        CHECK(instant.error().code == ErrorCode::kBadRequest);
        return instant.error().detail;
    }
    return rfc3339(*instant);
}

constexpr std::int64_t kFirstUs = -62'135'596'800'000'000;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastUs = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999Z

}  // namespace

TEST_CASE("times as RFC 3339 text") {
    SUBCASE("are read to the microsecond") {
        CHECK(*parse_rfc3339("1970-01-01T00:00:00Z") == at_us(0));
        CHECK(*parse_rfc3339("2026-03-01T12:34:56.789012Z") == at_us(1'772'368'496'789'012));
        CHECK(*parse_rfc3339("1969-12-31T23:59:59.999999Z") == at_us(-1));
        CHECK(*parse_rfc3339("0001-01-01T00:00:00Z") == at_us(kFirstUs));
        CHECK(*parse_rfc3339("9999-12-31T23:59:59.999999Z") == at_us(kLastUs));
    }

    SUBCASE("mean the same in every notation") {
        const std::pair<std::string_view, std::string_view> rows[] = {
            // RFC 3339, section 5.8.
            {"1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.52Z"},
            {"1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"},
            {"1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.87Z"},
            {"1985-04-12t23:20:50.52z", "1985-04-12T23:20:50.52Z"},
            {"2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00Z"},
            {"2026-03-01T12:00:00-00:00", "2026-03-01T12:00:00Z"},
            {"2026-03-01T12:00:00+23:59", "2026-02-28T12:01:00Z"},
            {"2026-03-01T12:00:00-23:59", "2026-03-02T11:59:00Z"},
            {"2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.5Z"},
            {"2026-03-01T12:00:00.500000Z", "2026-03-01T12:00:00.5Z"},
            {"2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00Z"},
            {"2026-03-01T12:00:00.1234569Z", "2026-03-01T12:00:00.123456Z"},
            {"2026-03-01T12:00:00.0000009Z", "2026-03-01T12:00:00Z"},
            {"2026-03-01T12:00:00.00000000000000000000000000001Z", "2026-03-01T12:00:00Z"},
            {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
            {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
        };
        for (const auto& [text, same] : rows) {
            CAPTURE(text);
            CHECK(rewritten(text) == same);
        }
    }

    SUBCASE("take a leap second for the second after it") {
        CHECK(rewritten("1990-12-31T23:59:60Z") == "1991-01-01T00:00:00Z");
        CHECK(rewritten("1990-12-31T15:59:60-08:00") == "1991-01-01T00:00:00Z");
        CHECK(rewritten("2016-12-31T23:59:60.25Z") == "2017-01-01T00:00:00.25Z");
        CHECK(rewritten("2015-07-01T02:59:60+03:00") == "2015-07-01T00:00:00Z");
    }

    SUBCASE("are refused where they are not times") {
        constexpr std::string_view kDate = "time: a date such as 2026-03-01 is expected first";
        constexpr std::string_view kTee = "time: a \"T\" is expected after the date";
        constexpr std::string_view kTime =
            "time: a time of day such as 12:00:00 is expected after the \"T\"";
        constexpr std::string_view kOffset =
            "time: \"Z\" or an offset such as +01:00 is expected after the time of day";
        constexpr std::string_view kMore = "time: nothing is expected after the offset";
        constexpr std::string_view kLeap = "time: no leap second can be there";
        constexpr std::string_view kYears = "time: not of the years 1 to 9999";
        const std::pair<std::string_view, std::string_view> rows[] = {
            {"", kDate},
            {"now", kDate},
            {"26-03-01T12:00:00Z", kDate},
            {"2026-3-1T12:00:00Z", kDate},
            {"20260301T120000Z", kDate},
            {"+2026-03-01T12:00:00Z", kDate},
            {"-2026-03-01T12:00:00Z", kDate},
            {"10000-01-01T00:00:00Z", kDate},
            {" 2026-03-01T12:00:00Z", kDate},
            {"2026-00-01T12:00:00Z", kDate},
            {"2026-13-01T12:00:00Z", kDate},
            {"2026-03-00T12:00:00Z", kDate},
            {"2026-03-32T12:00:00Z", kDate},
            {"2026-04-31T12:00:00Z", kDate},
            {"2026-02-29T12:00:00Z", kDate},
            {"1900-02-29T12:00:00Z", kDate},
            {"2026-03-01", kTee},
            {"2026-03-01 12:00:00Z", kTee},
            {"2026-03-01T", kTime},
            {"2026-03-01T12:00Z", kTime},
            {"2026-03-01T24:00:00Z", kTime},
            {"2026-03-01T12:60:00Z", kTime},
            {"2026-03-01T12:00:61Z", kTime},
            {"2026-03-01T1:00:00Z", kTime},
            {"2026-03-01T12:00:00.Z", kTime},
            {"2026-03-01T12:00:00,5Z", kOffset},
            {"2026-03-01T12:00:00", kOffset},
            {"2026-03-01T12:00:00+01", kOffset},
            {"2026-03-01T12:00:00+0100", kOffset},
            {"2026-03-01T12:00:00+24:00", kOffset},
            {"2026-03-01T12:00:00+01:60", kOffset},
            {"2026-03-01T12:00:00 +01:00", kOffset},
            {"2026-03-01T12:00:00CET", kOffset},
            {"2026-03-01T12:00:00Z ", kMore},
            {"2026-03-01T12:00:00ZZ", kMore},
            {"2026-03-01T12:00:00+01:00:00", kMore},
            {"2026-03-01T12:00:60Z", kLeap},
            {"2026-03-01T23:59:60Z", kLeap},
            {"1990-12-31T23:59:60+01:00", kLeap},
            {"0000-12-31T23:59:59Z", kYears},
            {"0001-01-01T00:00:00+00:01", kYears},
            {"9999-12-31T23:59:59-00:01", kYears},
            {"9999-12-31T23:59:60Z", kYears},
        };
        for (const auto& [text, why] : rows) {
            CAPTURE(text);
            CHECK(rewritten(text) == why);
        }
    }

    SUBCASE("are written with the shortest fraction, the years with four digits") {
        CHECK(rfc3339(at_us(0)) == "1970-01-01T00:00:00Z");
        CHECK(rfc3339(at_us(1)) == "1970-01-01T00:00:00.000001Z");
        CHECK(rfc3339(at_us(120'000)) == "1970-01-01T00:00:00.12Z");
        CHECK(rfc3339(at_us(-1)) == "1969-12-31T23:59:59.999999Z");
        CHECK(rfc3339(at_us(kFirstUs)) == "0001-01-01T00:00:00Z");
        CHECK(rfc3339(at_us(kLastUs)) == "9999-12-31T23:59:59.999999Z");
    }

    SUBCASE("come back as they were") {
        SeededRandom random{9};
        constexpr auto kSpan = static_cast<std::uint64_t>(kLastUs - kFirstUs);
        for (int round = 0; round < 2'000; ++round) {
            const Instant instant =
                at_us(kFirstUs + static_cast<std::int64_t>(random.next() % kSpan));
            const auto back = parse_rfc3339(rfc3339(instant));
            REQUIRE(back);
            CHECK(*back == instant);
        }
    }
}

TEST_CASE("times as milliseconds") {
    SUBCASE("may have a fraction, which is rounded to the microsecond") {
        CHECK(*instant_from_ms(0) == at_us(0));
        CHECK(*instant_from_ms(-0.0) == at_us(0));
        CHECK(*instant_from_ms(1'772'368'496'789.012) == at_us(1'772'368'496'789'012));
        CHECK(*instant_from_ms(0.0004) == at_us(0));
        CHECK(*instant_from_ms(0.0006) == at_us(1));
        CHECK(*instant_from_ms(-0.001) == at_us(-1));
        CHECK(*instant_from_ms(-1.5) == at_us(-1'500));
    }

    SUBCASE("are exact where they are whole") {
        for (const std::int64_t ms : {1'772'368'496'789, -1L, 253'402'300'799'999}) {
            CHECK(*instant_from_ms(static_cast<double>(ms)) == at_us(ms * 1'000));
        }
    }

    SUBCASE("are refused outside of the years 1 to 9999") {
        CHECK(instant_from_ms(-62'135'596'800'000.0));
        CHECK(instant_from_ms(253'402'300'799'999.0));
        for (const double ms :
             {-62'135'596'800'001.0, 253'402'300'800'000.0, 1e300, -1e300,
              std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
              std::numeric_limits<double>::quiet_NaN()}) {
            CAPTURE(ms);
            const auto instant = instant_from_ms(ms);
            REQUIRE_FALSE(instant);
            CHECK(instant.error().code == ErrorCode::kBadRequest);
        }
    }
}

TEST_CASE("times without an offset") {
    SUBCASE("are read as spreadsheets and loggers write them") {
        const std::pair<std::string_view, std::string_view> rows[] = {
            {"2026-03-01 12:34", "2026-03-01T12:34:00Z"},
            {"2026-03-01T12:34:56", "2026-03-01T12:34:56Z"},
            {"2026-03-01t12:34:56.7890129", "2026-03-01T12:34:56.789012Z"},
            {"0001-01-01 00:00", "0001-01-01T00:00:00Z"},
            {"9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999Z"},
        };
        for (const auto& [text, as_utc] : rows) {
            CAPTURE(text);
            const auto local = parse_local_time(text);
            REQUIRE(local);
            CHECK(rfc3339(Instant{local->time_since_epoch()}) == as_utc);
        }
    }

    SUBCASE("are refused where they are anything else") {
        constexpr std::string_view kDate = "time: a date such as 2026-03-01 is expected first";
        constexpr std::string_view kSpace = "time: a space or a \"T\" is expected after the date";
        constexpr std::string_view kTime =
            "time: a time of day such as 12:00 or 12:00:00 is expected after the date";
        constexpr std::string_view kMore = "time: nothing is expected after the time of day";
        const std::pair<std::string_view, std::string_view> rows[] = {
            {"", kDate},
            {"01.03.2026 12:00", kDate},
            {"3/1/2026 12:00", kDate},
            {"2026-02-29 12:00", kDate},
            {" 2026-03-01 12:00", kDate},
            {"2026-03-01", kSpace},
            {"2026-03-01_12:00", kSpace},
            {"2026-03-01  12:00", kTime},
            {"2026-03-01 12", kTime},
            {"2026-03-01 1:00", kTime},
            {"2026-03-01 24:00", kTime},
            {"2026-03-01 12:00:", kTime},
            {"2026-03-01 12:00:00.", kTime},
            {"2016-12-31 23:59:60", kTime},
            {"2026-03-01 12:00Z", kMore},
            {"2026-03-01 12:00:00+01:00", kMore},
            {"2026-03-01 12:00 PM", kMore},
            {"2026-03-01 12:00:00,5", kMore},
            {"2026-03-01 12:00.5", kMore},
            {"0000-03-01 12:00", "time: not of the years 1 to 9999"},
        };
        for (const auto& [text, why] : rows) {
            CAPTURE(text);
            const auto local = parse_local_time(text);
            REQUIRE_FALSE(local);
            CHECK(local.error().code == ErrorCode::kBadRequest);
            CHECK(local.error().detail == why);
        }
    }
}

TEST_CASE("offsets are read with and without a colon") {
    CHECK(*parse_offset("Z") == 0h);
    CHECK(*parse_offset("z") == 0h);
    CHECK(*parse_offset("+02:00") == 2h);
    CHECK(*parse_offset("-0330") == -(3h + 30min));
    CHECK(*parse_offset("+23:59") == 24h - 1min);
    for (const std::string_view text : {"", "02:00", "+2", "+02", "+2:00", "+02:0", "+24:00",
                                        "+02:60", "+02:00:00", "Z ", "UTC", "\u221202:00"}) {
        CAPTURE(text);
        const auto offset = parse_offset(text);
        REQUIRE_FALSE(offset);
        CHECK(offset.error().code == ErrorCode::kBadRequest);
        CHECK(offset.error().detail == "offset: \"Z\", +02:00 or +0200 is expected");
    }
}

TEST_CASE("a cell with a time") {
    const TimeZone east = TimeZone::fixed(2h);

    SUBCASE("is RFC 3339, milliseconds, or a time of the zone") {
        const std::pair<std::string_view, std::string_view> rows[] = {
            {"2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"},
            {"2026-03-01 12:00:00+01:00", "2026-03-01T11:00:00Z"},
            {"\t2026-03-01 12:00:00.5z ", "2026-03-01T12:00:00.5Z"},
            {"1990-12-31 23:59:60Z", "1991-01-01T00:00:00Z"},
            {"2026-03-01 12:00", "2026-03-01T10:00:00Z"},
            {"2026-03-01T12:00:00.25", "2026-03-01T10:00:00.25Z"},
            {"0", "1970-01-01T00:00:00Z"},
            {" 1772368496789.5 ", "2026-03-01T12:34:56.7895Z"},
            {"-1", "1969-12-31T23:59:59.999Z"},
            {"1.7e12", "2023-11-14T22:13:20Z"},
        };
        for (const auto& [cell, utc] : rows) {
            CAPTURE(cell);
            const auto instant = read_time_cell(cell, east);
            REQUIRE(instant);
            CHECK(rfc3339(*instant) == utc);
        }
    }

    SUBCASE("is refused where it is none of them") {
        const std::pair<std::string_view, std::string_view> rows[] = {
            {"", "time: a date such as 2026-03-01 is expected first"},
            {"noon", "time: a date such as 2026-03-01 is expected first"},
            {"1e999", "time: a date such as 2026-03-01 is expected first"},
            {"007", "time: a date such as 2026-03-01 is expected first"},
            {"1e15", "time: not of the years 1 to 9999"},
            {"2026-03-01", "time: a \"T\" or a space is expected after the date"},
            {"2026-03-01 25:00", "time: a time of day such as 12:00:00 is expected after the date"},
            {"2026-03-01 12:00:00 CET",
             "time: \"Z\" or an offset such as +01:00 is expected after the time of day"},
            {"2026-03-01 12:00:00Z!", "time: nothing is expected after the offset"},
            // Of the year 0 in UTC.
            {"0001-01-01 01:00", "time: not of the years 1 to 9999"},
        };
        for (const auto& [cell, why] : rows) {
            CAPTURE(cell);
            const auto instant = read_time_cell(cell, east);
            REQUIRE_FALSE(instant);
            CHECK(instant.error().code == ErrorCode::kBadRequest);
            CHECK(instant.error().detail == why);
        }
    }
}
