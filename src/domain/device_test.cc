#include "domain/device.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <unordered_set>

using namespace tandem;

TEST_CASE("device") {
    SUBCASE("every door has a name of its own") {
        constexpr std::array kDoors{Door::kRest, Door::kPoll, Door::kSse, Door::kWs, Door::kLocal};
        std::set<std::string_view> names;
        for (const Door door : kDoors)
            names.insert(name_of(door));
        CHECK(names == std::set<std::string_view>{"rest", "poll", "sse", "ws", "local"});
    }
    SUBCASE("the same id in two tenants names two devices, which sort by tenant first") {
        const DeviceRef lamp{.tenant = TenantId{"home"}, .id = DeviceId{"lamp-1"}};
        const DeviceRef other{.tenant = TenantId{"plant"}, .id = DeviceId{"a"}};
        CHECK(lamp != DeviceRef{.tenant = TenantId{"plant"}, .id = DeviceId{"lamp-1"}});
        CHECK(lamp < other);
        CHECK(std::unordered_set<DeviceRef>{lamp, other, lamp}.size() == 2);
    }
    SUBCASE("a name is 1 to 64 of the characters that mean nothing anywhere") {
        CHECK(is_name("a"));
        CHECK(is_name("Az09._:-"));
        CHECK(is_name(std::string(64, 'x')));
        for (const std::string& refused :
             {std::string{}, std::string(65, 'x'), std::string{"a b"}, std::string{"a/b"},
              std::string{"ä"}, std::string("a\0", 2), std::string{"a\n"}, std::string{"a%"}}) {
            CAPTURE(refused);
            CHECK(!is_name(refused));
        }
    }
}

TEST_CASE("labels have others where each is there with the same text") {
    const Labels labels{{"room", "kitchen"}, {"site", "hall-3"}};
    CHECK(has_all(labels, {}));
    CHECK(has_all(labels, {{"site", "hall-3"}}));
    CHECK(has_all(labels, labels));
    CHECK_FALSE(has_all(labels, {{"site", "yard"}}));
    CHECK_FALSE(has_all(labels, {{"site", "hall-3"}, {"floor", "2"}}));
    CHECK_FALSE(has_all({}, {{"site", "hall-3"}}));
}
