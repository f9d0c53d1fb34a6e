#include "api/limits.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tandem;
using namespace tandem::api;
using contract::LimitFit;
using contract::LimitsCheck;

namespace {

LimitFit of(const contract::LimitsFit& all, std::string_view limit) {
    const auto found = std::ranges::find(all.limits, limit, &LimitFit::limit);
    REQUIRE_MESSAGE(found != all.limits.end(), limit);
    return *found;
}

bool has(const contract::LimitsFit& all, std::string_view limit) {
    return std::ranges::find(all.limits, limit, &LimitFit::limit) != all.limits.end();
}

}  // namespace

TEST_CASE("a workload fits where each limit allows it, and each says what it was asked for") {
    const auto told =
        fit({}, {.devices = 100, .interval = 10s, .readings = 3, .message_bytes = 200});
    CHECK(told.fits);
    const LimitFit readings = of(told, "readings_per_second");
    CHECK(readings.fits);
    CHECK(readings.wanted == doctest::Approx(0.3));
    CHECK(readings.allowed == 2'000);
    CHECK(readings.says == "readings a second of each device");
    CHECK(!readings.change);
    CHECK(of(told, "readings_burst").wanted == 3);
    CHECK(of(told, "tenant.devices").wanted == 100);
    CHECK(of(told, "http.body_bytes").wanted == 200);
    CHECK(!has(told, "requests_per_second"));
    CHECK(!has(told, "ws.messages_per_second"));
    CHECK(!has(told, "tenant.sockets"));
}

TEST_CASE("what does not fit says what would") {
    const auto told = fit({}, {.devices = 1, .interval = 1ms, .readings = 3});
    CHECK_FALSE(told.fits);
    const LimitFit readings = of(told, "readings_per_second");
    CHECK_FALSE(readings.fits);
    CHECK(readings.wanted == doctest::Approx(3'000));
    CHECK(readings.change == "an interval of 2 ms");
    CHECK(fit({}, {.devices = 1, .interval = 2ms, .readings = 3}).fits);
    CHECK(
        of(fit({}, {.devices = 1, .interval = 1h, .readings = 10'001}), "readings_burst").change ==
        "messages of 10000 readings");
    CHECK(of(fit({}, {.devices = 100'001, .interval = 1h}), "tenant.devices").change ==
          "another tenant for some of the devices");
}

TEST_CASE("one who sends for all has the budget of one") {
    LimitsCheck work{.devices = 1'000, .interval = 1s, .readings = 3};
    CHECK(fit({}, work).fits);
    work.sender = "gateway";
    const auto told = fit({}, work);
    CHECK_FALSE(told.fits);
    const LimitFit readings = of(told, "readings_per_second");
    CHECK(readings.wanted == 3'000);
    CHECK(readings.says == "readings a second of the one that sends");
    CHECK(readings.change == "an interval of 1500 ms, or several senders");
    work.interval = 1'500ms;
    CHECK(fit({}, work).fits);
}

TEST_CASE("a device and an app are compared with their own budgets of requests") {
    LimitsCheck work{.devices = 1, .interval = 1s, .requests = 30, .sender = "gateway"};
    CHECK(of(fit({}, work), "requests_per_second").allowed == 20);
    CHECK_FALSE(fit({}, work).fits);
    work.sender = "app";
    CHECK(of(fit({}, work), "requests_per_second").allowed == 50);
    CHECK(fit({}, work).fits);
}

TEST_CASE("over sockets their messages, their sizes and their number are compared, too") {
    LimitsCheck work{
        .devices = 50'000, .interval = 1s, .message_bytes = 131'072, .door = "ws", .sockets = 1};
    auto told = fit({}, work);
    CHECK(of(told, "ws.messages_per_second").wanted == 1);
    CHECK(of(told, "ws.message_bytes").fits);
    CHECK(of(told, "tenant.sockets").wanted == 50'001);
    CHECK_FALSE(of(told, "tenant.sockets").fits);
    CHECK(of(told, "connections").fits);
    CHECK(!has(told, "http.body_bytes"));
    work.message_bytes = 131'073;
    work.sender = "gateway";
    work.subscriptions = 101;
    told = fit({}, work);
    CHECK(of(told, "tenant.sockets").wanted == 2);
    CHECK(of(told, "ws.messages_per_second").change ==
          "an interval of 250000 ms, or several senders, or more readings in a message");
    CHECK(of(told, "ws.message_bytes").change == "messages of 131072 bytes, or REST");
    CHECK(of(told, "ws.subscriptions").change == "fewer subscriptions with wider filters");
}

TEST_CASE("each limit that a client meets has advice of its own, and others the table") {
    CHECK(advice_on("requests_per_second").starts_with("ask less often"));
    CHECK(advice_on("requests.in_flight").starts_with("wait for answers"));
    CHECK(advice_on("commands.queue").starts_with("the device takes"));
    CHECK(advice_on("commands.params_bytes") == "make it shorter");
    CHECK(advice_on("tenant.users").starts_with("delete"));
    CHECK(advice_on("another") == "docs/reference/limits.md says what it is of");
}
