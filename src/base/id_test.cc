#include "base/id.h"

#include <doctest/doctest.h>

#include <type_traits>
#include <unordered_set>

using namespace tandem;

static_assert(!std::is_convertible_v<DeviceId, CommandId>);
static_assert(!std::is_convertible_v<std::string, DeviceId>);
static_assert(!std::is_constructible_v<DeviceId, CommandId>);

TEST_CASE("names") {
    SUBCASE("are made of letters, digits and four signs, 64 at most") {
        for (const std::string_view text : {"a", "Z", "0", "pump-7", "a.b_c:d-e", "--", "me"})
            CHECK(is_name(text));
        CHECK(is_name(std::string(64, 'x')));
    }

    SUBCASE("what is none") {
        struct Row {
            std::string text;
            std::string_view why;
        };
        const Row rows[] = {
            {"", "empty"},
            {std::string(65, 'x'), "too long"},
            {"a b", "a space"},
            {"a/b", "means something in a path"},
            {"a*", "means something in a pattern"},
            {"a+b", "means something in a form"},
            {"a%41", "means something in a URL"},
            {"a\"b", "means something in JSON"},
            {"a\n", "means something in a log"},
            {"a=b", "means something in a log"},
            {std::string("a\0b", 3), "a NUL"},
            {"\u00e9", "beyond ASCII"},
            {"a@b", "between the digits and the letters"},
            {"a[b", "between the letters"},
            {"a`b", "between the letters"},
            {"a{b", "after the letters"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK_FALSE(is_name(row.text));
        }
    }
}

TEST_CASE("ids") {
    SUBCASE("are equal and sorted as their text is") {
        CHECK(DeviceId{"a"} == DeviceId{"a"});
        CHECK(DeviceId{"a"} != DeviceId{"b"});
        CHECK(DeviceId{"a"} < DeviceId{"b"});
        CHECK(DeviceId{}.empty());
        CHECK(DeviceId{"pump-7"}.text() == "pump-7");
    }

    SUBCASE("may be keys of a hash table") {
        std::unordered_set<DeviceId> set{DeviceId{"a"}, DeviceId{"b"}, DeviceId{"a"}};
        CHECK(set.size() == 2);
        CHECK(set.contains(DeviceId{"b"}));
        CHECK_FALSE(set.contains(DeviceId{"c"}));
    }
}
