// Promises that span the doors, the handlers and the store, on the whole hub in one process.
#include "auth/session.h"
#include "client/rest_client.h"
#include "client/websocket_client.h"
#include "simulation/hub_in_a_box.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

namespace tandem {
namespace {

using client::Call;
using client::items_at;
using client::text_at;
using simulation::access_as;
using simulation::connect_from;

Value path_of(const std::string& device) {
    return Value::Object{{"device", device}};
}

/// A hub with the device `pump`, and clients of both its sides.
class Site {
public:
    explicit Site(simulation::BoxSettings settings = {}) : box_{world_, network_, settings} {
        box_.start();
        REQUIRE(
            as_operator({.operation = "devices.create", .body = Value::Object{{"id", "pump"}}}));
        const auto key = as_operator({.operation = "keys.create", .path = path_of("pump")});
        REQUIRE(key);
        key_ = text_at(key->body, "key");
        key_id_ = text_at(key->body, "id");
    }

    Result<client::Reply> as_operator(Call call) { return ask(box_.admin_key(), std::move(call)); }
    Result<client::Reply> as_device(Call call) { return ask(key_, std::move(call)); }
    /// Asks now; the answer comes when it comes.
    std::shared_ptr<std::optional<Result<client::Reply>>> begin_as_device(Call call) {
        patient_.emplace(machine_, access_as(key_), connect_from(network_, machine_));
        auto answer = std::make_shared<std::optional<Result<client::Reply>>>();
        spawn(simulation::keep(patient_->call(std::move(call)), answer));
        return answer;
    }
    Result<client::Reply> send(const std::string& name, Value headers = {}) {
        return as_operator({.operation = "commands.send",
                            .path = path_of("pump"),
                            .headers = std::move(headers),
                            .body = Value::Object{{"name", name}}});
    }
    std::vector<std::string> names_of_queue() {
        return names_in(as_operator({.operation = "commands.list", .path = path_of("pump")}));
    }
    /// Of the commands that a poll of the device is given.
    std::vector<std::string> names_of_taken() {
        return names_in(as_device({.operation = "commands.take",
                                   .path = path_of("pump"),
                                   .query = Value::Object{{"status", "queued"}},
                                   .headers = Value::Object{{"prefer", "wait=0"}}}));
    }

    simulation::World& world() { return world_; }
    simulation::HubInABox& box() { return box_; }
    [[nodiscard]] const std::string& key_id() const { return key_id_; }

private:
    static std::vector<std::string> names_in(const Result<client::Reply>& listed) {
        REQUIRE(listed);
        std::vector<std::string> names;
        for (const Value& each : items_at(listed->body, "items"))
            names.push_back(text_at(each, "name"));
        return names;
    }
    Result<client::Reply> ask(const std::string& key, Call call) {
        client::RestClient hub{machine_, access_as(key), connect_from(network_, machine_)};
        return simulation::finish(world_, hub.call(std::move(call)));
    }

    simulation::World world_{7};
    simulation::Network network_{world_, {}};
    simulation::HubInABox box_;
    simulation::Machine machine_{world_};
    std::optional<client::RestClient> patient_;
    std::string key_;
    std::string key_id_;
};

TEST_CASE("commands of one millisecond reach the device in the order in which they were sent") {
    Site site;
    std::vector<std::string> sent;
    for (int at = 0; at < 30; ++at) {
        sent.push_back("step-" + std::to_string(at));
        REQUIRE(site.send(sent.back()));
    }
    CHECK(site.names_of_queue() == sent);
}

TEST_CASE("ids sort in the order of their making, whatever the clock does") {
    api::Ids ids;
    SeededRandom random{3};
    Instant now{Duration{1'780'000'000'000'000}};
    std::string last;
    for (int at = 0; at < 5'000; ++at) {
        if (at % 100 == 0) now += 1ms;
        if (at % 700 == 0) now -= 20ms;
        const std::string next = ids.next(now, random);
        CHECK(next.size() == 26);
        CHECK(last < next);
        last = next;
    }
}

TEST_CASE("ids that go on after one of another hub are none that it has given out") {
    api::Ids older;
    SeededRandom random{3};
    const Instant now{Duration{1'780'000'000'000'000}};
    const std::string waits = older.next(now, random);
    const std::string ended = older.next(now, random);
    api::Ids ids;
    SUBCASE("on the same clock") {
        ids.go_on_after(waits);
        const std::string next = ids.next(now, random);
        CHECK(next > waits);
        CHECK(next.size() == 26);
        CHECK(next.substr(10) != ended.substr(10));
        CHECK(ids.next(now - 1h, random) > next);
    }
    SUBCASE("on one that was set ahead, whose time they have") {
        ids.go_on_after(waits);
        const std::string next = ids.next(now + 1h, random);
        CHECK(next.substr(0, 10) == api::Ids{}.next(now + 1h, random).substr(0, 10));
    }
    SUBCASE("and an older one changes nothing") {
        const std::string last = ids.next(now + 1s, random);
        ids.go_on_after(waits);
        CHECK(ids.next(now, random).substr(0, 25) == last.substr(0, 25));
    }
}

TEST_CASE(
    "a device gets its commands in order, also from a hub that was started on an older clock") {
    Site site;
    REQUIRE(site.send("first"));
    REQUIRE(site.send("second"));
    site.box().crash();
    site.world().set_clock(-5min);
    site.box().start();
    REQUIRE(site.send("third"));
    REQUIRE(site.send("fourth"));
    const std::vector<std::string> sent{"first", "second", "third", "fourth"};
    CHECK(site.names_of_queue() == sent);
    CHECK(site.names_of_taken() == sent);
}

TEST_CASE("a lease that a hub has given lasts no longer under the next, whatever the clock says") {
    Site site;
    REQUIRE(site.send("once"));
    CHECK(site.names_of_taken() == std::vector<std::string>{"once"});  // For 30 s.
    site.box().crash();
    site.world().set_clock(-5min);
    site.box().start();
    CHECK(site.names_of_taken().empty());
    site.world().run_for(31s);
    CHECK(site.names_of_taken() == std::vector<std::string>{"once"});
}

TEST_CASE("a request that is repeated with its Idempotency-Key is carried out once") {
    Site site;
    const Value headers = Value::Object{{"idempotency-key", "k-1"}};
    const auto first = site.send("once", headers);
    REQUIRE(first);

    SUBCASE("by the hub that answered it") {}
    SUBCASE("by a hub that was killed after it had stored the command") {
        site.box().crash();
        site.box().start();
    }
    const auto again = site.send("once", headers);
    REQUIRE(again);
    CHECK(text_at(again->body, "id") == text_at(first->body, "id"));
    CHECK(site.names_of_queue() == std::vector<std::string>{"once"});
}

TEST_CASE("an answer that carries a secret is not kept for repeats") {
    Site site;
    const Call make{.operation = "keys.create",
                    .path = path_of("pump"),
                    .headers = Value::Object{{"idempotency-key", "k-2"}}};
    const auto first = site.as_operator(make);
    REQUIRE(first);
    const auto again = site.as_operator(make);  // The third key of a device that may have two.
    REQUIRE(!again);
    CHECK(again.error().code == ErrorCode::kConflict);
}

TEST_CASE("a poll whose key is revoked while it waits gets no command") {
    Site site;
    const auto waiting = site.begin_as_device({.operation = "commands.take",
                                               .path = path_of("pump"),
                                               .headers = Value::Object{{"prefer", "wait=30"}}});
    site.world().run_for(1s);
    REQUIRE(!waiting->has_value());
    REQUIRE(site.as_operator({.operation = "keys.revoke",
                              .path = Value::Object{{"device", "pump"}, {"key", site.key_id()}}}));
    REQUIRE(site.send("too-late"));
    REQUIRE(site.world().run_until([&] { return waiting->has_value(); }, 60s));
    REQUIRE(!(*waiting)->has_value());
    CHECK((*waiting)->error().code == ErrorCode::kUnauthenticated);
}

TEST_CASE("a device that is made anew does not have the readings of the one before") {
    Site site;
    REQUIRE(site.as_device({.operation = "telemetry.write",
                            .path = path_of("me"),
                            .body = Value::Object{{"pressure", 3}}}));
    REQUIRE(site.as_operator({.operation = "devices.delete", .path = path_of("pump")}));
    REQUIRE(
        site.as_operator({.operation = "devices.create", .body = Value::Object{{"id", "pump"}}}));
    const auto latest =
        site.as_operator({.operation = "telemetry.latest", .path = path_of("pump")});
    REQUIRE(latest);
    CHECK(latest->body.find("series")->get<Value::Object>()->empty());
}

TEST_CASE("of many refusals alike the audit has the first, and then how many followed") {
    simulation::BoxSettings settings;
    settings.rules.rates.device_requests = {.per_second = 1e6, .burst = 1e6};
    Site site{settings};
    for (int at = 0; at < 300; ++at) {
        const auto refused = site.as_device({.operation = "devices.list"});
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kForbidden);
    }
    const auto refusals = [&] {
        const auto audit = site.as_operator(
            {.operation = "audit.list", .query = Value::Object{{"kind", "authz_fail"}}});
        REQUIRE(audit);
        return items_at(audit->body, "items");
    };
    REQUIRE(refusals().size() == 1);
    CHECK(*refusals()[0].find("count") == Value{1});
    CHECK(text_at(refusals()[0], "actor") == "device:pump");
    site.world().run_for(61s);
    REQUIRE(refusals().size() == 2);
    CHECK(*refusals()[1].find("count") == Value{299});
    CHECK(text_at(refusals()[1], "result") == "forbidden");
    CHECK(site.box().hub().metrics.counter("tandem_refusals_not_listed_total").value() == 0);
}

TEST_CASE("pages of the audit follow each other, and filters choose lines") {
    Site site;
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        REQUIRE(
            site.as_operator({.operation = "devices.create", .body = Value::Object{{"id", id}}}));
    }
    const auto list = [&](Value query) {
        auto page = site.as_operator({.operation = "audit.list", .query = std::move(query)});
        REQUIRE(page);
        return page->body;
    };
    const auto devices = [](const Value& page) {
        std::string out;
        for (const Value& line : items_at(page, "items"))
            out += text_at(line, "resource") + " ";
        return out;
    };
    const Value::Object made{{"action", "devices.create"}};
    Value::Object query{made};
    query.emplace_back("limit", 4);
    query.emplace_back("since", 0);
    const Value first = list(query);
    REQUIRE(items_at(first, "items").size() == 4);
    REQUIRE(first.find("next") != nullptr);
    query.emplace_back("cursor", *first.find("next"));
    const Value second = list(query);
    CHECK(items_at(second, "items").size() == 2);
    CHECK(second.find("next") == nullptr);
    // Without a beginning the newest come, in their order.
    Value::Object newest{made};
    newest.emplace_back("limit", 2);
    const Value last = list(newest);
    REQUIRE(items_at(last, "items").size() == 2);
    CHECK(items_at(last, "items") == items_at(second, "items"));
    CHECK(devices(list(Value::Object{{"actor", "user:nobody"}})) == "");
    CHECK(devices(list(Value::Object{{"result", "forbidden"}})) == "");
    const auto foreign =
        site.as_operator({.operation = "audit.list", .query = Value::Object{{"cursor", "ZHg"}}});
    REQUIRE(!foreign);
    CHECK(foreign.error().code == ErrorCode::kInvalidField);
}

TEST_CASE("a refusal costs a request") {
    simulation::BoxSettings settings;
    settings.rules.rates.device_requests = {.per_second = 1e-6, .burst = 5};
    Site site{settings};
    for (int at = 0; at < 5; ++at) {
        CHECK(site.as_device({.operation = "devices.list"}).error().code == ErrorCode::kForbidden);
    }
    CHECK(site.as_device({.operation = "devices.list"}).error().code == ErrorCode::kRateLimited);
}

TEST_CASE("more readings than the budget can ever hold are refused for good") {
    simulation::BoxSettings settings;
    settings.rules.rates.readings = {.per_second = 10, .burst = 3};
    Site site{settings};
    const auto refused =
        site.as_device({.operation = "telemetry.write",
                        .path = path_of("me"),
                        .body = Value::Object{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}}});
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kBodyTooLarge);
    CHECK(!refused.error().retry_after);
}

TEST_CASE("a forged page cursor is refused") {
    Site site;
    const auto refused = site.as_operator({.operation = "telemetry.read",
                                           .path = path_of("pump"),
                                           .query = Value::Object{{"cursor", "AAAA"}}});
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kInvalidField);
}

}  // namespace
}  // namespace tandem
