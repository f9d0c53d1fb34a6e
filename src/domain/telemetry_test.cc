#include "domain/telemetry.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};
const TelemetryRules kRules;

Reading reading(Instant time, Value value, std::string series = "temperature") {
    return {.series = std::move(series), .time = time, .value = std::move(value)};
}

// Where the one thing wrong is.
std::string pointer(const std::optional<Error>& error) {
    REQUIRE(error);
    CHECK(error->code == ErrorCode::kInvalidField);
    REQUIRE(error->fields.size() == 1);
    return error->fields.front().pointer;
}

}  // namespace

TEST_CASE("what a series is declared as") {
    using enum Series::Type;
    const std::vector<Value> values{
        true, 1, std::uint64_t{1} << 63U, 1.0, "1", Value::Array{1}, nullptr, Value::Object{}};
    struct Row {
        Series::Type type;
        std::string_view name;
        std::vector<bool> fit;  // each of the values
    };
    const std::vector<Row> rows{
        {kAny, "any", {true, true, true, true, true, true, true, true}},
        {kNumber, "number", {false, true, true, true, false, false, false, false}},
        {kInteger, "integer", {false, true, true, false, false, false, false, false}},
        {kBoolean, "boolean", {true, false, false, false, false, false, false, false}},
        {kString, "string", {false, false, false, false, true, false, false, false}},
        {kJson, "json", {true, true, true, true, true, true, true, true}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(name_of(row.type) == row.name);
        for (std::size_t at = 0; at < values.size(); ++at) {
            CAPTURE(at);
            CHECK(fits(row.type, values[at]) == row.fit[at]);
        }
    }
}

TEST_CASE("a reading") {
    SUBCASE("of any kind of value is taken") {
        for (const Value& value : std::vector<Value>{0, -1.5, false, "", "on", Value::Array{},
                                                     Value::Object{{"x", 1}}}) {
            CHECK(!refuse(reading(kNoon, value), nullptr, kNoon, kRules));
        }
    }
    SUBCASE("may be as old as it likes, and a little ahead") {
        CHECK(!refuse(reading(Instant{}, 1), nullptr, kNoon, kRules));
        CHECK(!refuse(reading(kNoon + kRules.future_max, 1), nullptr, kNoon, kRules));
        const auto early =
            refuse(reading(kNoon + kRules.future_max + Duration{1}, 1), nullptr, kNoon, kRules);
        CHECK(pointer(early) == "/temperature");
        CHECK(early->fields.front().detail ==
              "the time is more than 300 s ahead of the hub's clock");
    }
    SUBCASE("is not null") {
        CHECK(pointer(refuse(reading(kNoon, nullptr), nullptr, kNoon, kRules)) == "/temperature");
    }
    SUBCASE("belongs to a series with a name") {
        for (const std::string& name : {std::string{}, std::string{"a b"}, std::string{"a/b"},
                                        std::string(65, 'x'), std::string{"é"}}) {
            CAPTURE(name);
            CHECK(pointer(refuse(reading(kNoon, 1, name), nullptr, kNoon, kRules)) == "/series");
        }
    }
    SUBCASE("has a size limit, wherever the bytes are") {
        const auto refused = [](Value value) {
            return refuse(reading(kNoon, std::move(value)), nullptr, kNoon, {.value_bytes = 100})
                .has_value();
        };
        CHECK(!refused(std::string(98, 'x')));
        CHECK(refused(std::string(99, 'x')));
        CHECK(refused(Value::Array(20, 1)));
        CHECK(refused(Value::Object{{std::string(100, 'k'), 1}}));
        CHECK(refused(Value::Array{Value::Object{{"k", Value::Array{std::string(99, 'x')}}}}));
    }
    SUBCASE("is of the type that its series is declared as") {
        const Series declared{.name = "temperature", .type = Series::Type::kNumber};
        CHECK(!refuse(reading(kNoon, 1.5), &declared, kNoon, kRules));
        const auto refused = refuse(reading(kNoon, "warm"), &declared, kNoon, kRules);
        CHECK(pointer(refused) == "/temperature");
        CHECK(refused->fields.front().detail == "the series is declared as number");
    }
}

TEST_CASE("when a series goes stale") {
    const Series series{.name = "temperature", .stale_after = 1min, .since = kNoon};
    CHECK(!stale_from({.name = "temperature", .interval = 1s}, kNoon));
    CHECK(!stale_from({.name = "temperature"}, {}));
    CHECK(stale_from(series, kNoon + 5s) == kNoon + 65s);
    // Without a reading it has as long from its declaration on.
    CHECK(stale_from(series, {}) == kNoon + 1min);
    Series stale = series;
    stale.stale = true;
    CHECK(stale_from(stale, {}) == kNoon);
    CHECK(stale_from(stale, kNoon + 5s) == kNoon + 65s);
}
