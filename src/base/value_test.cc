#include "base/value.h"

#include <doctest/doctest.h>

#include <limits>

using namespace tandem;

using Array = Value::Array;
using Object = Value::Object;

TEST_CASE("values") {
    SUBCASE("a literal becomes what it looks like") {
        CHECK(Value{}.is_null());
        CHECK(Value{nullptr}.is_null());
        CHECK(*Value{true}.get<bool>());
        CHECK(*Value{3}.get<std::int64_t>() == 3);
        CHECK(*Value{3.0}.get<double>() == 3.0);
        CHECK(*Value{"text"}.get<std::string>() == "text");
        CHECK(Value{3}.get<double>() == nullptr);
        CHECK(Value{"text"}.get<bool>() == nullptr);
    }

    SUBCASE("an unsigned number is one only where a signed one is too small") {
        constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        CHECK(Value{std::uint64_t{5}} == Value{5});
        CHECK(Value{kMax}.get<std::int64_t>() != nullptr);
        CHECK(Value{kMax + 1}.get<std::uint64_t>() != nullptr);
    }

    SUBCASE("every number can be had as a double") {
        CHECK(Value{-3}.as_double() == -3.0);
        CHECK(Value{2.5}.as_double() == 2.5);
        CHECK(Value{std::numeric_limits<std::uint64_t>::max()}.as_double() == 0x1p64);
        CHECK(Value{"3"}.as_double() == 0);
        CHECK(Value{3}.is_number());
        CHECK(Value{2.5}.is_number());
        CHECK(Value{std::numeric_limits<std::uint64_t>::max()}.is_number());
        CHECK_FALSE(Value{true}.is_number());
        CHECK_FALSE(Value{"3"}.is_number());
        CHECK_FALSE(Value{}.is_number());
    }

    SUBCASE("equality looks at types, depth and the sign of zero, not at the order of members") {
        CHECK(Value{1} != Value{1.0});
        CHECK(Value{0} != Value{false});
        CHECK(Value{0.0} != Value{-0.0});
        CHECK(Value{-0.0} == Value{-0.0});
        CHECK(Value{} != Value{0});
        CHECK(Value{Array{}} != Value{Object{}});
        CHECK(Value{Array{1, 2}} != Value{Array{2, 1}});
        CHECK(Value{Array{0.0, 1}} != Value{Array{-0.0, 1}});
        CHECK(Value{Object{{"a", 1}, {"b", Array{1}}}} == Value{Object{{"b", Array{1}}, {"a", 1}}});
        CHECK(Value{Object{{"a", 1}}} != Value{Object{{"a", 2}}});
        CHECK(Value{Object{{"a", 1}}} != Value{Object{{"b", 1}}});
        CHECK(Value{Object{{"a", 1}}} != Value{Object{{"a", 1}, {"b", 1}}});
        CHECK(Value{Object{{"a", 0.0}}} != Value{Object{{"a", -0.0}}});
    }

    SUBCASE("members are found, set and erased by their key") {
        Value value{Object{{"a", 1}, {"b", 2}}};
        REQUIRE(value.find("b") != nullptr);
        CHECK(*value.find("b") == Value{2});
        CHECK(value.find("c") == nullptr);
        value.set("b", "new");
        value.set("c", 3);
        CHECK(value == Value{Object{{"a", 1}, {"b", "new"}, {"c", 3}}});
        CHECK(value.get<Object>()->back().first == "c");
        CHECK(value.erase("a"));
        CHECK_FALSE(value.erase("a"));
        CHECK(value.find("a") == nullptr);
    }

    SUBCASE("what is no object has no members until one is set") {
        Value value{5};
        CHECK(value.find("a") == nullptr);
        CHECK_FALSE(value.erase("a"));
        value.set("a", 1);
        CHECK(value == Value{Object{{"a", 1}}});
    }
}

// The rows of RFC 7396, appendix A, in their order.
TEST_CASE("a merge patch does what the examples of RFC 7396 say") {
    struct Row {
        Value target;
        Value patch;
        Value result;
    };
    const Row rows[] = {
        {Object{{"a", "b"}}, Object{{"a", "c"}}, Object{{"a", "c"}}},
        {Object{{"a", "b"}}, Object{{"b", "c"}}, Object{{"a", "b"}, {"b", "c"}}},
        {Object{{"a", "b"}}, Object{{"a", nullptr}}, Object{}},
        {Object{{"a", "b"}, {"b", "c"}}, Object{{"a", nullptr}}, Object{{"b", "c"}}},
        {Object{{"a", Array{"b"}}}, Object{{"a", "c"}}, Object{{"a", "c"}}},
        {Object{{"a", "c"}}, Object{{"a", Array{"b"}}}, Object{{"a", Array{"b"}}}},
        {Object{{"a", Object{{"b", "c"}}}}, Object{{"a", Object{{"b", "d"}, {"c", nullptr}}}},
         Object{{"a", Object{{"b", "d"}}}}},
        {Object{{"a", Array{Object{{"b", "c"}}}}}, Object{{"a", Array{1}}},
         Object{{"a", Array{1}}}},
        {Array{"a", "b"}, Array{"c", "d"}, Array{"c", "d"}},
        {Object{{"a", "b"}}, Array{"c"}, Array{"c"}},
        {Object{{"a", "foo"}}, nullptr, nullptr},
        {Object{{"a", "foo"}}, "bar", "bar"},
        {Object{{"e", nullptr}}, Object{{"a", 1}}, Object{{"e", nullptr}, {"a", 1}}},
        {Array{1, 2}, Object{{"a", "b"}, {"c", nullptr}}, Object{{"a", "b"}}},
        {Object{}, Object{{"a", Object{{"bb", Object{{"ccc", nullptr}}}}}},
         Object{{"a", Object{{"bb", Object{}}}}}},
    };
    int number = 0;
    for (const Row& row : rows) {
        CAPTURE(++number);
        Value target = row.target;
        merge_patch(target, row.patch);
        CHECK(target == row.result);
    }
}

TEST_CASE("the difference of two objects is the merge patch that leads from one to the other") {
    struct Row {
        Value from;
        Value to;
        Value patch;
    };
    const std::vector<Row> rows{
        {Object{}, Object{}, Object{}},
        {Object{{"a", 1}, {"b", 2}}, Object{{"b", 2}, {"a", 1}}, Object{}},
        {Object{}, Object{{"a", Object{{"b", 1}}}}, Object{{"a", Object{{"b", 1}}}}},
        {Object{{"a", 1}, {"b", 2}}, Object{{"b", 3}}, Object{{"a", nullptr}, {"b", 3}}},
        {Object{{"a", Object{{"b", 1}, {"c", 2}, {"d", 3}}}},
         Object{{"a", Object{{"c", 2}, {"d", 4}}}},
         Object{{"a", Object{{"b", nullptr}, {"d", 4}}}}},
        {Object{{"a", 1}}, Object{{"a", Object{{"b", 2}}}}, Object{{"a", Object{{"b", 2}}}}},
        {Object{{"a", Object{{"b", 2}}}}, Object{{"a", Array{}}}, Object{{"a", Array{}}}},
        {Object{{"a", Array{1, 2}}}, Object{{"a", Array{2}}}, Object{{"a", Array{2}}}},
        {Object{{"a", 1}}, Object{{"a", 1.0}}, Object{{"a", 1.0}}},
    };
    int number = 0;
    for (const Row& row : rows) {
        CAPTURE(++number);
        CHECK(merge_diff(row.from, row.to) == row.patch);
        Value target = row.from;
        merge_patch(target, merge_diff(row.from, row.to));
        CHECK(target == row.to);
    }
}

TEST_CASE("a null in an object is in a difference as if it were not there") {
    Value target = Object{{"a", 1}, {"b", nullptr}};
    merge_patch(target, merge_diff(target, Object{{"a", nullptr}, {"c", nullptr}, {"d", 4}}));
    CHECK(target == Value{Object{{"b", nullptr}, {"d", 4}}});
}
