#include "simulate/recording.h"

#include <doctest/doctest.h>

namespace tandem::simulate {
namespace {

Instant at(std::int64_t seconds_since_1970) {
    return Instant{std::chrono::seconds{seconds_since_1970}};
}

}  // namespace

TEST_CASE("a recording") {
    SUBCASE("has a time and the readings of its columns in each row") {
        const auto rows = read_recording(
            "timestamp,temperature,open,note\r\n"
            "2013-12-02 21:15:00,73.96732207,true,\"a \"\"quoted\"\", one\"\r\n"
            "2013-12-02T22:15:00+01:00,74,,plain\n",
            "Z");
        REQUIRE(rows);
        REQUIRE(rows->size() == 2);
        CHECK(rows->at(0).time == at(1'386'018'900));
        CHECK(rows->at(0).values == Value::Object{{"temperature", 73.96732207},
                                                  {"open", true},
                                                  {"note", "a \"quoted\", one"}});
        CHECK(rows->at(1).time == at(1'386'018'900));
        CHECK(rows->at(1).values == Value::Object{{"temperature", 74}, {"note", "plain"}});
    }

    SUBCASE("keeps the order of the file, repeated times too") {
        const auto rows = read_recording("t,a\n2000,1\n1000,2\n1000,3\n", "Z");
        REQUIRE(rows);
        REQUIRE(rows->size() == 3);
        CHECK(rows->at(0).time == at(2));
        CHECK(rows->at(2).time == at(1));
    }

    SUBCASE("takes times without an offset as of the zone that is given") {
        const auto rows = read_recording("t,a\n1970-01-01 01:00:00,1\n", "+01:00");
        REQUIRE(rows);
        CHECK(rows->front().time == at(0));
    }

    SUBCASE("a column called value takes the name of the series") {
        const auto rows = read_recording("timestamp,value\n1000,1\n", "Z", "machine");
        REQUIRE(rows);
        CHECK(rows->front().values.front().first == "machine");
    }

    SUBCASE("a row without readings is no row, the last needs no line break") {
        const auto rows = read_recording("t,a,b\n1000,,\n\n2000,,5", "Z");
        REQUIRE(rows);
        REQUIRE(rows->size() == 1);
        CHECK(rows->front().values == Value::Object{{"b", 5}});
    }

    SUBCASE("is refused with the line where it is wrong") {
        struct Row {
            const char* csv;
            const char* line;
            const char* reason;
        };
        const std::vector<Row> rows{
            {"", "line 1", "no header"},
            {"timestamp\n1000\n", "line 1", "no series"},
            {"t,a b\n1000,1\n", "line 1", "no name for a series"},
            {"t,\"a\n1000,1\n", "line 1", "a quote that does not end"},
            {"t,a\n1000\n", "line 2", "too few fields"},
            {"t,a\n1000,1,2\n", "line 2", "too many fields"},
            {"t,a\n1000,1\nnoon,2\n", "line 3", "no time"},
            {"t,a\n2013-13-02 21:15:00,1\n", "line 2", "no such month"},
            {"t,a\n1000,\"1\"2\n", "line 2", "something after a quote"},
            {"t,a\n1e300,1\n", "line 2", "a time beyond all years"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.csv);
            CAPTURE(row.reason);
            const auto read = read_recording(row.csv, "Z");
            REQUIRE(!read);
            CHECK(read.error().code == ErrorCode::kMalformedBody);
            CHECK(read.error().detail.starts_with(row.line));
        }
    }
}

}  // namespace tandem::simulate
