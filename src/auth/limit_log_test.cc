#include "auth/limit_log.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

namespace {

LimitHit hit(std::int64_t second, std::string limit, std::string operation = "devices.get") {
    return {.time = Instant{std::chrono::seconds{second}},
            .limit = std::move(limit),
            .operation = std::move(operation),
            .detail = "too many",
            .retry_after = 1s};
}

}  // namespace

TEST_CASE("each principal has its own last hits, the newest first") {
    LimitLog log;
    log.note("app home a", hit(1, "requests_per_second"));
    log.note("app home b", hit(2, "requests_per_second"));
    log.note("app home a", hit(3, "readings_per_second", "telemetry.write"));
    const auto hits = log.of("app home a");
    REQUIRE(hits.size() == 2);
    CHECK(hits[0] == hit(3, "readings_per_second", "telemetry.write"));
    CHECK(hits[1] == hit(1, "requests_per_second"));
    CHECK(log.of("app home b").size() == 1);
    CHECK(log.of("app home c").empty());
}

TEST_CASE("hits alike that follow each other are one, which counts them") {
    LimitLog log;
    for (std::int64_t second = 0; second < 1'000; ++second)
        log.note("app home a", hit(second, "requests_per_second"));
    log.note("app home a", hit(1'000, "requests_per_second", "devices.list"));
    const auto hits = log.of("app home a");
    REQUIRE(hits.size() == 2);
    CHECK(hits[0].count == 1);
    CHECK(hits[1].count == 1'000);
    CHECK(hits[1].time == Instant{999s});
}

TEST_CASE("of a principal the last ones are kept, and of principals those limited last") {
    LimitLog log;
    for (std::int64_t second = 0; second < 100; ++second)
        log.note("app home a", hit(second, "requests_per_second", std::to_string(second)));
    const auto hits = log.of("app home a");
    REQUIRE(hits.size() == LimitLog::kHitsMax);
    CHECK(hits.front().operation == "99");
    CHECK(hits.back().operation == "90");
    for (std::size_t other = 0; other < LimitLog::kPrincipalsMax - 1; ++other)
        log.note("device home " + std::to_string(other), hit(200, "requests_per_second"));
    CHECK(log.of("app home a").size() == LimitLog::kHitsMax);
    log.note("app home b", hit(201, "requests_per_second"));
    CHECK(log.of("app home a").empty());
    CHECK(log.of("device home 0").size() == 1);
}
