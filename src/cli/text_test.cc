#include "cli/text.h"

#include <doctest/doctest.h>

namespace tandem::cli {

TEST_CASE("a span of time") {
    SUBCASE("has a unit; a bare number is seconds") {
        struct Row {
            const char* text;
            Duration span;
        };
        const std::vector<Row> rows{{"500ms", 500ms}, {"30s", 30s}, {"30", 30s}, {"1.5m", 90s},
                                    {"2h", 2h},       {"1d", 24h},  {"0", 0us}};
        for (const Row& row : rows) {
            CAPTURE(row.text);
            const auto span = parse_duration(row.text);
            REQUIRE(span);
            CHECK(*span == row.span);
        }
    }

    SUBCASE("is refused where it is none") {
        for (const char* text :
             {"", "s", "-1s", "1w", "1 s", "1s ", "nan", "inf", "1e99d", "400d"}) {
            CAPTURE(text);
            const auto span = parse_duration(text);
            REQUIRE(!span);
            CHECK(span.error().code == ErrorCode::kInvalidField);
        }
    }
}

TEST_CASE("a pair is cut at its first equals sign") {
    CHECK(*parse_pair("a=b=c") == std::pair<std::string, std::string>{"a", "b=c"});
    CHECK(*parse_pair("a=") == std::pair<std::string, std::string>{"a", ""});
    CHECK(!parse_pair("a"));
    CHECK(!parse_pair("=b"));
}

TEST_CASE("a word is JSON where it is JSON, else text") {
    CHECK(parse_word("21.5") == Value{21.5});
    CHECK(parse_word("true") == Value{true});
    CHECK(parse_word("\"21\"") == Value{"21"});
    CHECK(parse_word(R"({"a":1})") == Value{Value::Object{{"a", 1}}});
    CHECK(parse_word("on") == Value{"on"});
    CHECK(parse_word("21 C") == Value{"21 C"});
    CHECK(parse_word("") == Value{""});
}

TEST_CASE("JSON for people has a member or an item a line, and nothing for what is empty") {
    const Value value = Value::Object{{"a", 1},
                                      {"b", Value::Array{true, nullptr}},
                                      {"c", Value::Object{}},
                                      {"d", Value::Array{}}};
    CHECK(pretty_json(value) ==
          "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": {},\n  \"d\": []\n}\n");
    CHECK(pretty_json(Value{"x"}) == "\"x\"\n");
}

TEST_CASE("the time of a day, before 1970 too") {
    CHECK(time_of_day(0) == "00:00:00.000");
    CHECK(time_of_day(1'732'387'201'250) == "18:40:01.250");
    CHECK(time_of_day(-1) == "23:59:59.999");
}

TEST_CASE("bytes, counts and spans as people read them") {
    CHECK(bytes_text(0) == "0 B");
    CHECK(bytes_text(1'023) == "1023 B");
    CHECK(bytes_text(1'024) == "1.0 KiB");
    CHECK(bytes_text(8 << 20) == "8.0 MiB");
    CHECK(bytes_text(5e15) == "4547.5 TiB");
    CHECK(count_text(0) == "0");
    CHECK(count_text(999) == "999");
    CHECK(count_text(1'000) == "1,000");
    CHECK(count_text(12'345'678) == "12,345,678");
    CHECK(span_text(59s) == "59 s");
    CHECK(span_text(125s) == "2 min 5 s");
    CHECK(span_text(2h + 5min) == "2 h 5 min");
    CHECK(span_text(75h) == "3 d 3 h");
}

TEST_CASE("nothing that a device says steers the terminal") {
    CHECK(printable("lamp\x1b[2J") == "lamp?[2J");
    CHECK(printable("a\r\nb\x7f") == "a??b?");
    CHECK(printable("a\xc2\x9b"
                    "31m") == "a?31m");
    CHECK(printable("Wohnzimmer grün °C") == "Wohnzimmer grün °C");
}

}  // namespace tandem::cli
