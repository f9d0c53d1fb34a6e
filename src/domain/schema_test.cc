#include "domain/schema.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace tandem;

namespace {

using Array = Value::Array;
using Object = Value::Object;

// Where the one thing wrong is.
std::string pointer(const Result<void>& result) {
    REQUIRE(!result);
    CHECK(result.error().code == ErrorCode::kInvalidField);
    REQUIRE(result.error().fields.size() == 1);
    CHECK(!result.error().fields.front().detail.empty());
    return result.error().fields.front().pointer;
}

Value in_config(Value schema) {
    return Object{{"config", std::move(schema)}};
}

}  // namespace

TEST_CASE("a schema of a device") {
    SUBCASE("may say nothing, or something of each part") {
        const std::vector<Value> rows{
            nullptr,
            Object{},
            Object{{"series", Object{}}, {"commands", Object{}}, {"config", Object{}}},
            Object{{"series", Object{{"power", Object{{"type", "number"}, {"unit", "W"}}},
                                     {"note", Object{}}}}},
            Object{{"commands", Object{{"reboot", Object{}},
                                       {"set", Object{{"params", Object{{"type", "object"}}}}}}}},
            in_config(Object{{"type", "object"},
                             {"title", "Lamp"},
                             {"description", "What it does"},
                             {"properties", Object{{"type", Object{{"type", "string"},
                                                                   {"minLength", 1},
                                                                   {"maxLength", 8},
                                                                   {"enum", Array{"a", "b"}}}},
                                                   {"list", Object{{"type", "array"},
                                                                   {"items", Object{}},
                                                                   {"minItems", 0},
                                                                   {"maxItems", 3}}}}},
                             {"required", Array{"type"}},
                             {"additionalProperties", false}}),
        };
        for (std::size_t row = 0; row < rows.size(); ++row) {
            CAPTURE(row);
            CHECK(check_device_schema(rows[row]));
        }
    }
    SUBCASE("is refused where it is wrong") {
        struct Row {
            Value schema;
            std::string at;
        };
        const std::vector<Row> rows{
            {1, "/schema"},
            {Array{}, "/schema"},
            {Object{{"serie", Object{}}}, "/schema/serie"},
            {Object{{"a/b~c", Object{}}}, "/schema/a~1b~0c"},
            {Object{{"series", Array{}}}, "/schema/series"},
            {Object{{"series", Object{{"power", "number"}}}}, "/schema/series/power"},
            {Object{{"series", Object{{"power", Object{{"type", "float"}}}}}},
             "/schema/series/power/type"},
            {Object{{"series", Object{{"power", Object{{"unit", 1}}}}}},
             "/schema/series/power/unit"},
            {Object{{"commands", Array{}}}, "/schema/commands"},
            {Object{{"commands", Object{{"set", nullptr}}}}, "/schema/commands/set"},
            {Object{{"commands", Object{{"set", Object{{"params", Array{}}}}}}},
             "/schema/commands/set/params"},
            {Object{{"commands", Object{{"set", Object{{"params", Object{{"type", "float"}}}}}}}},
             "/schema/commands/set/params/type"},
            {in_config(nullptr), "/schema/config"},
            {in_config(Object{{"pattern", "a*"}}), "/schema/config/pattern"},
            {in_config(Object{{"$ref", "#"}}), "/schema/config/$ref"},
            {in_config(Object{{"type", Array{"string", "null"}}}), "/schema/config/type"},
            {in_config(Object{{"required", Array{1}}}), "/schema/config/required"},
            {in_config(Object{{"required", "a"}}), "/schema/config/required"},
            {in_config(Object{{"enum", "a"}}), "/schema/config/enum"},
            {in_config(Object{{"additionalProperties", Object{}}}),
             "/schema/config/additionalProperties"},
            {in_config(Object{{"minimum", "1"}}), "/schema/config/minimum"},
            {in_config(Object{{"maxLength", nullptr}}), "/schema/config/maxLength"},
            {in_config(Object{{"title", 1}}), "/schema/config/title"},
            {in_config(Object{{"properties", Array{}}}), "/schema/config/properties"},
            {in_config(Object{{"properties", Object{{"x", 1}}}}), "/schema/config/properties/x"},
            {in_config(Object{{"properties", Object{{"x/y", Object{{"items", 1}}}}}}),
             "/schema/config/properties/x~1y/items"},
            {in_config(Object{{"items", Array{Object{}}}}), "/schema/config/items"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.at);
            CHECK(pointer(check_device_schema(row.schema)) == row.at);
        }
    }
}

TEST_CASE("a value and its schema") {
    struct Row {
        Value schema;
        Value value;
        std::string why;
    };

    SUBCASE("agree") {
        constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
        const std::vector<Row> rows{
            {Object{}, nullptr, "no schema lets everything in"},
            {Object{{"type", "null"}}, nullptr, "null"},
            {Object{{"type", "integer"}}, 1.0, "1.0 is an integer"},
            {Object{{"type", "integer"}}, std::uint64_t{1} << 63U, "a large integer"},
            {Object{{"type", "number"}}, 1, "an integer is a number"},
            {Object{{"type", "number"}, {"minimum", 0}, {"maximum", 0}}, -0.0, "-0 is 0"},
            {Object{{"minimum", 1}}, "text", "a bound says nothing of a text"},
            {Object{{"maximum", kMost}}, kMost, "the largest integer itself"},
            {Object{{"enum", Array{1, "a"}}}, 1.0, "1.0 is 1"},
            {Object{{"enum", Array{Value{Array{1, Object{{"x", 2}}}}}}},
             Array{1.0, Object{{"x", 2.0}}}, "numbers inside are the same, too"},
            {Object{{"maxLength", 2}}, "ä🌡", "characters are counted, not bytes"},
            {Object{{"minItems", 1}, {"maxItems", 2}}, Array{1, 2}, "two items"},
            {Object{{"items", Object{{"type", "integer"}}}}, Array{}, "no items"},
            {Object{{"properties", Object{{"x", Object{{"type", "integer"}}}}}},
             Object{{"y", "anything"}}, "a member that the schema does not know"},
            {Object{{"required", Array{"x"}}}, Array{}, "only objects have members"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            REQUIRE(check_device_schema(in_config(row.schema)));
            CHECK(validate(row.schema, row.value, ""));
        }
    }
    SUBCASE("disagree") {
        struct Wrong {
            Value schema;
            Value value;
            std::string at;
            std::string why;
        };
        constexpr std::int64_t kLarge = 9'007'199'254'740'992;  // 2^53: doubles round from here on
        const std::vector<Wrong> rows{
            {Object{{"type", "null"}}, 0, "", "0 is not null"},
            {Object{{"type", "boolean"}}, 1, "", "1 is not true"},
            {Object{{"type", "integer"}}, 1.5, "", "a fraction"},
            {Object{{"type", "integer"}}, true, "", "a boolean is no number"},
            {Object{{"type", "number"}}, "1", "", "a text is no number"},
            {Object{{"type", "string"}}, nullptr, "", "null is no text"},
            {Object{{"type", "array"}}, Object{}, "", "an object is no array"},
            {Object{{"type", "object"}}, Array{}, "", "an array is no object"},
            {Object{{"minimum", 1.5}}, 1, "", "too small"},
            {Object{{"maximum", 2}}, 2.0001, "", "too large"},
            {Object{{"maximum", kLarge}}, kLarge + 1, "", "too large by what a double rounds off"},
            {Object{{"enum", Array{kLarge}}}, kLarge + 1, "", "another integer, the same double"},
            {Object{{"enum", Array{}}}, 1, "", "no choice"},
            {Object{{"enum", Array{"a"}}}, "A", "", "another case"},
            {Object{{"enum", Array{Object{{"x", 1}}}}}, Object{{"x", 1}, {"y", 1}}, "", "more"},
            {Object{{"minLength", 3}}, "ää", "", "two characters of two bytes"},
            {Object{{"maxLength", 1}}, "ab", "", "too long"},
            {Object{{"minItems", 1}}, Array{}, "", "too few"},
            {Object{{"maxItems", 1}}, Array{1, 2}, "", "too many"},
            {Object{{"items", Object{{"type", "integer"}}}}, Array{1, "2"}, "/1", "an item"},
            {Object{{"required", Array{"x"}}}, Object{{"y", 1}}, "/x", "a member is missing"},
            {Object{{"additionalProperties", false}}, Object{{"y", 1}}, "/y", "none is known"},
            {Object{{"properties", Object{{"a/b", Object{{"type", "null"}}}}}}, Object{{"a/b", 1}},
             "/a~1b", "a key with a slash"},
            {Object{{"properties",
                     Object{{"x",
                             Object{{"items", Object{{"properties",
                                                      Object{{"y", Object{{"maximum", 1}}}}}}}}}}}},
             Object{{"x", Array{Object{{"y", 1}}, Object{{"y", 2}}}}}, "/x/1/y", "deep inside"},
        };
        for (const Wrong& row : rows) {
            CAPTURE(row.why);
            REQUIRE(check_device_schema(in_config(row.schema)));
            CHECK(pointer(validate(row.schema, row.value, "")) == row.at);
        }
    }
    SUBCASE("a bound is told as it was written") {
        const auto low = validate(Object{{"minimum", 3}}, 1, "/level");
        CHECK(low.error().fields.front() == FieldError{"/level", "minimum is 3"});
        const auto high = validate(Object{{"maximum", 0.5}}, 1, "");
        CHECK(high.error().fields.front().detail == "maximum is 0.5");
    }
}

TEST_CASE("a command and the schema of its device") {
    const Value schema = Object{
        {"commands",
         Object{
             {"reboot", Object{}},
             {"set", Object{{"params", Object{{"type", "object"}, {"required", Array{"level"}}}}}},
             {"stop", Object{{"params", Object{{"type", "object"}}}}}}}};
    REQUIRE(check_device_schema(schema));

    SUBCASE("agree") {
        CHECK(check_command(schema, "reboot", nullptr));
        CHECK(check_command(schema, "reboot", Array{1}));
        CHECK(check_command(schema, "set", Object{{"level", 1}}));
        CHECK(check_command(schema, "stop", nullptr));
    }
    SUBCASE("disagree about the name, and the known ones are told") {
        const auto unknown = check_command(schema, "paint", nullptr);
        CHECK(pointer(unknown) == "/name");
        CHECK(unknown.error().fields.front().detail == "the device knows: reboot, set, stop");
        CHECK(pointer(check_command(Object{{"commands", Object{}}}, "x", nullptr)) == "/name");
    }
    SUBCASE("disagree about the parameters") {
        CHECK(pointer(check_command(schema, "set", nullptr)) == "/params/level");
        CHECK(pointer(check_command(schema, "stop", 1)) == "/params");
    }
    SUBCASE("a device that says nothing of commands takes any") {
        CHECK(check_command(nullptr, "paint", 1));
        CHECK(check_command(Object{{"config", Object{}}}, "paint", 1));
    }
}

TEST_CASE("a config and the schema of its device") {
    const Value schema = in_config(Object{{"properties", Object{{"x", Object{{"maximum", 1}}}}}});
    CHECK(check_config(schema, Object{{"x", 1}}));
    CHECK(pointer(check_config(schema, Object{{"x", 2}})) == "/x");
    CHECK(check_config(nullptr, Object{{"x", 2}}));
}
