#include "simulate/fleet.h"

#include "simulate/scene.h"
#include "simulate/test_link.h"

#include <doctest/doctest.h>

namespace tandem::simulate {
namespace {

using client::Call;
using client::Reply;

Reply key_reply(const std::string& key) {
    return {.status = 201, .headers = {}, .body = Value::Object{{"id", "k"}, {"key", key}}};
}

Task<bool> run(Fleet* fleet) {
    co_await fleet->run();
    co_return true;
}

}  // namespace

TEST_CASE("enrolling a device") {
    net::ManualLoop loop;
    TestClient admin{loop};
    const Plan plan = plan_scene(Scene::kHome, 2).back();

    SUBCASE("says what it is and gives its fresh key") {
        admin.answer = [](const Call&) { return key_reply("tdk_a"); };
        const auto key = client::begin(enrol(&admin, &loop, plan));
        loop.run_posted();
        REQUIRE(key->has_value());
        REQUIRE(**key);
        CHECK(***key == "tdk_a");
        const Call put = admin.of("devices.put").front();
        CHECK(client::text_at(put.path, "device") == "home-lamp-1");
        CHECK(client::text_at(put.body, "type") == "lamp");
        CHECK(put.body.find("schema")->find("commands")->find("set") != nullptr);
    }

    SUBCASE("ends the oldest key where there are as many as may be") {
        bool full = true;
        admin.answer = [&full](const Call& call) -> Result<Reply> {
            if (call.operation == "keys.create" && full) return fail(ErrorCode::kConflict);
            if (call.operation == "keys.revoke") full = false;
            if (call.operation != "keys.list") return key_reply("tdk_b");
            return Reply{
                .status = 200,
                .headers = {},
                .body = Value::Object{
                    {"items", Value::Array{Value::Object{{"id", "new"}, {"created", 20}},
                                           Value::Object{{"id", "old"}, {"created", 10}}}}}};
        };
        const auto key = client::begin(enrol(&admin, &loop, plan));
        loop.run_posted();
        REQUIRE(key->has_value());
        CHECK(***key == "tdk_b");
        const auto revoked = admin.of("keys.revoke");
        REQUIRE(revoked.size() == 1);
        CHECK(client::text_at(revoked.front().path, "key") == "old");
    }

    SUBCASE("waits where the hub asks to slow down") {
        int refusals = 2;
        admin.answer = [&refusals](const Call&) -> Result<Reply> {
            if (refusals-- <= 0) return key_reply("tdk_c");
            Error slower = fail(ErrorCode::kRateLimited).error();
            slower.retry_after = 3s;
            return std::unexpected(slower);
        };
        const auto key = client::begin(enrol(&admin, &loop, plan));
        loop.advance(5s);
        CHECK(!key->has_value());
        loop.advance(2s);
        REQUIRE(key->has_value());
        CHECK(***key == "tdk_c");
    }

    SUBCASE("fails as the hub does") {
        admin.answer = [](const Call&) -> Result<Reply> { return fail(ErrorCode::kForbidden); };
        const auto key = client::begin(enrol(&admin, &loop, plan));
        loop.run_posted();
        REQUIRE(key->has_value());
        CHECK((*key)->error().code == ErrorCode::kForbidden);
    }
}

TEST_CASE("adopting a device leaves one that is there as it is, and ends none of its keys") {
    net::ManualLoop loop;
    TestClient admin{loop};
    admin.answer = [](const Call& call) -> Result<Reply> {
        if (call.operation == "devices.create") return fail(ErrorCode::kAlreadyExists);
        return fail(ErrorCode::kConflict);
    };
    const auto key = client::begin(adopt(&admin, &loop, "press-1"));
    loop.run_posted();
    REQUIRE(key->has_value());
    CHECK((*key)->error().code == ErrorCode::kConflict);
    CHECK(admin.of("devices.put").empty());
    CHECK(admin.of("keys.revoke").empty());
}

TEST_CASE("a fleet") {
    net::ManualLoop loop;
    SeededRandom random{1};
    Fleet fleet{loop};
    std::vector<TestLink*> links;
    for (const Plan& plan : plan_scene(Scene::kFactory, 5)) {
        auto link = std::make_unique<TestLink>(loop, links.size() % 2 == 1);
        links.push_back(link.get());
        fleet.add(std::make_unique<Device>(
            Surroundings{.executor = loop, .clock = loop, .random = random}, plan.make(1),
            std::move(link), Rhythm{}));
    }
    const auto over = client::begin(run(&fleet));
    const auto open = [&links] {
        return std::ranges::count_if(links, [](const TestLink* link) { return link->opens > 0; });
    };

    SUBCASE("does not come all at once") {
        loop.advance(300ms);
        CHECK(open() == 2);
        loop.advance(1s);
        CHECK(open() == 5);
        CHECK(fleet.tally().arrivals == 5);
    }

    SUBCASE("may be stopped before all have started") {
        loop.advance(300ms);
    }

    fleet.stop();
    loop.advance(10s);
    CHECK(over->has_value());
}

}  // namespace tandem::simulate
