#include "contract/telemetry.h"

#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::contract;

namespace {

Result<TelemetryBody> read(std::string_view json, std::optional<double> items_max = {}) {
    const auto reader = make_reader(Encoding::kJson, json, bulk_limits());
    if (auto token = reader->next(); !token) return pass(token);
    TelemetryBody body;
    const Field field{.max = items_max};
    if (auto good = Codec<TelemetryBody>::read(*reader, body, field); !good) return pass(good);
    return body;
}

Instant at_ms(std::int64_t ms) {
    return Instant{std::chrono::milliseconds{ms}};
}

/// What is in a body of one item, and its time.
struct One {
    std::optional<Instant> time;
    Value values;
};
One one(std::string_view json) {
    auto body = read(json);
    REQUIRE_MESSAGE(body.has_value(), json);
    REQUIRE(body->items.size() == 1);
    return {.time = body->items[0].time, .values = body->items[0].values};
}

template <typename T>
std::string json_of(const T& value) {
    const auto writer = make_writer(Encoding::kJson);
    Codec<T>::write(*writer, value);
    return writer->take();
}

}  // namespace

TEST_CASE("an object is readings of now, in their order") {
    const auto body =
        read(R"({"temperature":21.5,"door_open":false,"position":{"lat":1,"lon":2}})");
    REQUIRE(body.has_value());
    REQUIRE(body->items.size() == 1);
    CHECK_FALSE(body->items[0].index.has_value());
    CHECK_FALSE(body->items[0].time.has_value());
    CHECK(Value{body->items[0].values} ==
          Value::Object{{"temperature", 21.5},
                        {"door_open", false},
                        {"position", Value::Object{{"lat", 1}, {"lon", 2}}}});
}

TEST_CASE("a list holds items of either kind, each with its own time") {
    const auto body = read(R"([{"t":1732387200000,"v":{"power":8.1}},{"power":8.2},)"
                           R"({"t":"2024-11-23T18:40:01Z","v":{"power":8.4,"on":true}}])");
    REQUIRE(body.has_value());
    REQUIRE(body->items.size() == 3);
    CHECK(body->items[2].index == 2);
    CHECK(body->items[0].time == at_ms(1'732'387'200'000));
    CHECK_FALSE(body->items[1].time.has_value());
    CHECK(body->items[2].time == at_ms(1'732'387'201'000));
    CHECK(body->items[2].values.size() == 2);
}

TEST_CASE("exactly t and v, with an object in v, is a timed reading") {
    const One plain = one(R"({"t":1000,"v":{"a":1}})");
    CHECK(plain.time == at_ms(1'000));
    CHECK(plain.values == Value::Object{{"a", 1}});
    const One turned = one(R"({"v":{"a":1},"t":1000})");
    CHECK(turned.time == at_ms(1'000));
    CHECK(turned.values == Value::Object{{"a", 1}});
    const One empty = one(R"({"t":1000,"v":{}})");
    CHECK(empty.time == at_ms(1'000));
    CHECK(empty.values == Value::Object{});
    const One inside = one(R"({"t":1000,"v":{"t":2000,"v":{"b":2}}})");
    CHECK(inside.time == at_ms(1'000));
    CHECK(inside.values == Value::Object{{"t", 2'000}, {"v", Value::Object{{"b", 2}}}});
}

TEST_CASE("any other object is readings of now, series named t and v included") {
    for (const std::string_view json :
         {R"({"t":1000,"v":5})", R"({"t":1000,"v":"x"})", R"({"t":1000,"v":[{"a":1}]})",
          R"({"t":1000})", R"({"v":{"a":1}})", R"({"t":1000,"v":{"a":1},"u":1})",
          R"({"T":1000,"V":{"a":1}})", R"({"t":1000,"value":{"a":1}})", R"({"t":1000,"v":null})"}) {
        CAPTURE(json);
        const One item = one(json);
        CHECK_FALSE(item.time.has_value());
        CHECK(item.values == *codec::parse_json(json));
    }
}

TEST_CASE("what is no readings is refused with where it is") {
    struct Row {
        std::string_view json;
        std::string_view pointer;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"1", ""},
                                    {R"("temperature")", ""},
                                    {"null", ""},
                                    {"[1]", "/0"},
                                    {R"([{"a":1},[{"a":1}]])", "/1"},
                                    {R"({"t":"yesterday","v":{"a":1}})", "/t"},
                                    {R"({"t":null,"v":{"a":1}})", "/t"},
                                    {R"({"t":1e300,"v":{"a":1}})", "/t"},
                                    {R"([{"a":1},{"v":{"a":1},"t":true}])", "/1/t"}}) {
        CAPTURE(row.json);
        const auto body = read(row.json);
        REQUIRE_FALSE(body.has_value());
        CHECK(body.error().code == ErrorCode::kInvalidField);
        REQUIRE(body.error().fields.size() == 1);
        CHECK(body.error().fields[0].pointer == row.pointer);
    }
}

TEST_CASE("a repeated series in one item is malformed") {
    for (const std::string_view json :
         {R"({"a":1,"a":2})", R"([{"t":1,"v":{"a":1,"a":1}}])", R"({"t":1,"t":2,"v":{}})"}) {
        CAPTURE(json);
        const auto body = read(json);
        REQUIRE_FALSE(body.has_value());
        CHECK(body.error().code == ErrorCode::kMalformedBody);
    }
}

TEST_CASE("a list may be empty, and has as many items as its field says") {
    const auto empty = read("[]");
    REQUIRE(empty.has_value());
    CHECK(empty->items.empty());
    CHECK(read(R"([{"a":1},{"a":2}])", 2).has_value());
    CHECK_FALSE(read(R"([{"a":1},{"a":2},{"a":3}])", 2).has_value());
}

TEST_CASE("a body is written as it was meant") {
    const auto body = read(R"([{"t":1000.5,"v":{"a":1,"b":"x"}},{"c":null}])");
    REQUIRE(body.has_value());
    CHECK(json_of(*body) == R"([{"t":1000.5,"v":{"a":1,"b":"x"}},{"c":null}])");
}

TEST_CASE("a refused item is told with its index and its problem") {
    const Refused refused{.index = 3, .error = {.code = ErrorCode::kInvalidField, .detail = "no"}};
    const Value told = *codec::parse_json(json_of(refused));
    CHECK(*told.find("index") == Value{3});
    CHECK(*told.find("problem")->find("type") == Value{"/problems/invalid-field"});
    CHECK(*told.find("problem")->find("detail") == Value{"no"});
}

TEST_CASE("history has the form of what was asked for") {
    const Reading first{.series = "power", .time = at_ms(1'000), .value = 8.5};
    const Reading second{.series = "power", .time = at_ms(2'000) + 500us, .value = true};
    Bucket bucket{.start = at_ms(0)};
    bucket.add(first);
    bucket.add(second);

    SUBCASE("of one series") {
        History history{.series = {{.series = "power", .unit = "W", .readings = {first, second}}},
                        .single = true};
        CHECK(json_of(history) == R"({"series":"power","unit":"W",)"
                                  R"("readings":[{"t":1000,"v":8.5},{"t":2000.5,"v":true}]})");
        history.series[0].unit.clear();
        history.next = "c1";
        history.series[0].readings.clear();
        CHECK(json_of(history) == R"({"series":"power","unit":null,"readings":[],"next":"c1"})");
    }
    SUBCASE("of several series, or of none") {
        const History history{.series = {{.series = "a", .readings = {first}}, {.series = "b"}}};
        CHECK(json_of(history) == R"({"series":{"a":[{"t":1000,"v":8.5}],"b":[]}})");
        CHECK(json_of(History{}) == R"({"series":{}})");
    }
    SUBCASE("of buckets, with what was asked for of each") {
        const History history{.series = {{.series = "power", .buckets = {bucket}}},
                              .single = true,
                              .buckets = true,
                              .aggregate = {"min", "max", "sum", "avg", "first", "last"}};
        CHECK(json_of(history) == R"({"series":"power","unit":null,"buckets":[{"t":0,"n":2,)"
                                  R"("min":1.0,"max":8.5,"sum":9.5,"avg":4.75,"first":8.5,)"
                                  R"("last":true}]})");
    }
    SUBCASE("of buckets without a number") {
        Bucket words{.start = at_ms(0)};
        words.add({.series = "mode", .time = at_ms(1), .value = "eco"});
        const History history{.series = {{.series = "mode", .buckets = {words}}},
                              .single = true,
                              .buckets = true,
                              .aggregate = {"avg", "first"}};
        CHECK(json_of(history) == R"({"series":"mode","unit":null,"buckets":[{"t":0,"n":1,)"
                                  R"("avg":null,"first":"eco"}]})");
    }
}

TEST_CASE("the latest reading of each series tells whether it is late or stale") {
    const Latest latest{
        .rows = {{.reading = {.series = "a", .time = at_ms(1), .value = 2}, .late = true},
                 {.reading = {.series = "b", .time = at_ms(3), .value = "x"}, .stale = true}}};
    CHECK(json_of(latest) == R"({"a":{"t":1,"v":2,"late":true,"stale":false},)"
                             R"("b":{"t":3,"v":"x","late":false,"stale":true}})");
}
