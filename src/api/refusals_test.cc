#include "api/refusals.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::api;

namespace {

const Instant kNoon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + 12h};
const Monotonic kStart{};

AuditLine refused(std::string action, std::string resource = {}, std::string address = "::1") {
    return {.time = kNoon,
            .tenant = TenantId{"home"},
            .actor = "device:lamp-1",
            .credential = "key-1",
            .address = std::move(address),
            .door = Door::kRest,
            .action = std::move(action),
            .resource = std::move(resource),
            .result = "forbidden"};
}

}  // namespace

TEST_CASE("the first refusal of a kind is listed, and one line counts those that follow") {
    Refusals refusals;
    CHECK(refusals.meet(refused("devices.list"), kStart) == Refusals::Fate::kListed);
    AuditLine later = refused("devices.list");
    for (int at = 1; at <= 500; ++at) {
        later.time = kNoon + at * 1ms;
        CHECK(refusals.meet(later, kStart) == Refusals::Fate::kCounted);
    }
    const auto line = refusals.end(refused("devices.list"));
    REQUIRE(line);
    CHECK(line->count == 500);
    CHECK(line->time == kNoon + 500ms);
    CHECK(line->action == "devices.list");
    // What comes after that begins anew.
    CHECK(refusals.meet(refused("devices.list"), kStart) == Refusals::Fate::kListed);
    CHECK(!refusals.end(refused("devices.list")));
}

TEST_CASE("who tries one device after the other has one line for all of them") {
    Refusals refusals;
    CHECK(refusals.meet(refused("devices.get", "device:a"), kStart) == Refusals::Fate::kListed);
    CHECK(refusals.meet(refused("devices.get", "device:b"), kStart) == Refusals::Fate::kCounted);
    CHECK(refusals.meet(refused("devices.get", "device:c"), kStart) == Refusals::Fate::kCounted);
    const auto line = refusals.end(refused("devices.get", "device:a"));
    REQUIRE(line);
    CHECK(line->count == 2);
    CHECK(line->resource == "");
}

TEST_CASE(
    "strangers are listed seldom, whatever they try, and take no line from those who are known") {
    Refusals refusals;
    const auto listed = [&](int from, int to, Monotonic now, bool known) {
        int count = 0;
        for (int at = from; at < to; ++at) {
            AuditLine line = refused("devices.get", {}, "192.0.2." + std::to_string(at));
            if (!known) line.actor = "anonymous";
            count += refusals.meet(line, now) == Refusals::Fate::kListed ? 1 : 0;
        }
        return count;
    };
    CHECK(listed(0, 300, kStart, false) == 100);
    CHECK(listed(300, 400, kStart + 10s, false) == 5);
    CHECK(listed(0, 100, kStart + 10s, true) == 100);
}

TEST_CASE("guesses at each account are counted by themselves") {
    Refusals refusals;
    const auto guess = [&](const std::string& account) {
        AuditLine line = refused("session.begin", account);
        line.actor = "anonymous";
        return refusals.meet(line, kStart);
    };
    CHECK(guess("user:anna") == Refusals::Fate::kListed);
    CHECK(guess("user:bert") == Refusals::Fate::kListed);
    CHECK(guess("user:anna") == Refusals::Fate::kCounted);
    CHECK(guess("") == Refusals::Fate::kListed);
}

TEST_CASE("refusals of many kinds are listed at 10 a second, after 100 at once") {
    Refusals refusals;
    const auto listed = [&](int from, int to, Monotonic now) {
        int count = 0;
        for (int at = from; at < to; ++at) {
            const auto fate =
                refusals.meet(refused("devices.list", "", "10.0.0." + std::to_string(at)), now);
            count += fate == Refusals::Fate::kListed ? 1 : 0;
        }
        return count;
    };
    CHECK(listed(0, 300, kStart) == 100);
    CHECK(listed(300, 600, kStart + 1s) == 10);
}

TEST_CASE("a hub that stops writes all that it has counted") {
    Refusals refusals;
    for (const char* action : {"devices.list", "devices.get", "devices.get"})
        static_cast<void>(refusals.meet(refused(action), kStart));
    const auto lines = refusals.end_all();
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().action == "devices.get");
    CHECK(lines.front().count == 1);
    CHECK(refusals.end_all().empty());
}
