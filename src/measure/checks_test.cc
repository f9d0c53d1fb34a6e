#include "codec/json.h"
#include "measure/bench.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::measure {
namespace {

WayResult way(const std::string& name, double connections) {
    WayResult made{.part = Part::kUp, .way = name, .answered = 100};
    made.rounds["connections"] = {connections, connections};
    made.rounds["client_busy"] = {0.2, 0.3};
    made.rounds["p50_us"] = {900, 905, 910};
    made.latencies.assign(100, 900);
    made.lateness.assign(100, 50);
    return made;
}

BenchResult good() {
    BenchResult made;
    made.ways = {way("REST, a connection per request", 1), way("REST, kept alive", 0),
                 way("WebSocket, JSON", 0)};
    made.ways[2].door = advise::Door::kSocket;
    made.seconds = 10;
    return made;
}

/// The names of the checks that fail.
std::string failing(const BenchResult& result, bool all_no_delay = true) {
    std::string out;
    for (const Check& check : check_result(result, all_no_delay)) {
        CHECK_FALSE(check.says.empty());
        if (!check.good) out += check.name + " ";
    }
    return out;
}

TEST_CASE("a sound measurement passes every check") {
    CHECK(failing(good()).empty());
}

TEST_CASE("Nagle's algorithm is named") {
    CHECK(failing(good(), false) == "nagle ");
}

TEST_CASE("answers that take what an acknowledgement is held back are named") {
    BenchResult result = good();
    auto& latencies = result.ways[1].latencies;
    std::fill(latencies.begin(), latencies.begin() + 10, 40'500.0);
    CHECK(failing(result) == "delayed_ack ");
    // A few of a hundred may be anything.
    std::fill(latencies.begin() + 4, latencies.begin() + 10, 900.0);
    CHECK(failing(result).empty());
}

TEST_CASE("connections that are not kept are named, and those that should not be") {
    BenchResult result = good();
    result.ways[1].rounds["connections"] = {1, 1};
    CHECK(failing(result) == "keep_alive ");
    result = good();
    result.ways[0].rounds["connections"] = {0.5, 0.5};
    CHECK(failing(result) == "keep_alive ");
}

TEST_CASE("cold handshakes on a connection that is kept are named") {
    BenchResult result = good();
    result.plan.hub.tls = std::make_shared<net::TlsContext>(nullptr);
    result.ways[0].rounds["tls_bytes"] = {1'200, 1'200};
    result.ways[1].rounds["tls_bytes"] = {44, 44};
    result.ways[0].rounds["resumed"] = {1, 0.95};
    CHECK(failing(result).empty());
    SUBCASE("so are those of a connection per request, of devices that keep tickets") {
        result.ways[0].rounds["resumed"] = {0, 0};
        CHECK(failing(result) == "tls ");
        result.plan.workload.network.resumption = false;
        CHECK(failing(result).empty());
    }
    result.ways[1].rounds["tls_bytes"] = {1'244, 1'244};
    CHECK(failing(result) == "tls ");
}

TEST_CASE("a first round that is still warming up is named") {
    BenchResult result = good();
    for (WayResult& each : result.ways)
        each.rounds["p50_us"] = {5'000, 900, 910};
    CHECK(failing(result) == "warm_up ");
}

TEST_CASE("a generator at its limit, or late, is named") {
    BenchResult result = good();
    result.ways[2].rounds["client_busy"] = {0.95, 0.97};
    CHECK(failing(result) == "generator ");
    result = good();
    result.ways[2].lateness.assign(100, 9'000);
    CHECK(failing(result) == "generator ");
}

TEST_CASE("lost messages, and a way that heard nothing, are named") {
    BenchResult result = good();
    result.ways[1].lost = 1;
    CHECK(failing(result) == "loss ");
    result = good();
    result.ways[1].answered = 0;
    CHECK(failing(result) == "loss ");
}

TEST_CASE("what deflate has made of messages is said, and no more is made of it") {
    const auto says = [](const BenchResult& result) {
        const auto checks = check_result(result, true);
        const auto found = std::ranges::find(checks, "deflate", &Check::name);
        REQUIRE(found != checks.end());
        CHECK(found->good);
        return found->says;
    };
    BenchResult result = good();
    for (const auto& [name, framing] :
         {std::pair{"WebSocket, batched", 100.0}, {"WebSocket, batched, deflate", -670.0}}) {
        result.ways.push_back(way(name, 0));
        result.ways.back().rounds["payload_bytes"] = {1'000};
        result.ways.back().rounds["framing_bytes"] = {framing};
    }
    CHECK(says(result).find("30 %") != std::string::npos);
    result.ways.back().rounds["framing_bytes"] = {100};
    CHECK(says(result).find("ws.deflate_bytes") != std::string::npos);
    result.deflate = false;
    CHECK(says(result).find("does not agree") != std::string::npos);
}

TEST_CASE("a hub without deflate is measured in every way but that") {
    const auto with = ways_of_hub(true);
    const auto without = ways_of_hub(false);
    CHECK(with.size() == without.size() + 1);
    CHECK(std::ranges::count(with, advise::Readings::kSocketDeflate, &Way::readings) == 1);
    CHECK(std::ranges::count(without, advise::Readings::kSocketDeflate, &Way::readings) == 0);
    for (std::size_t at = 1; at < with.size(); ++at)
        CHECK(with[at - 1].part <= with[at].part);
}

TEST_CASE("a clock that was set meanwhile is named") {
    BenchResult result = good();
    result.clock_drift = 3;
    CHECK(failing(result) == "clock ");
    result.checks = check_result(result, true);
    CHECK_FALSE(result.sound());
}

TEST_CASE("a body has the bytes and the series of its workload") {
    advise::Workload workload;
    for (const std::int64_t bytes : {40, 120, 1'000, 4'100, 100'000}) {
        workload.readings.payload = bytes;
        workload.readings.series = 2;
        const Value body = make_body(workload, 1, 7, Instant{});
        CHECK(static_cast<double>(codec::to_json(body).size()) ==
              doctest::Approx(static_cast<double>(bytes)).epsilon(0.06));
        CHECK(body.find("s2") != nullptr);
        // A hub refuses longer texts.
        for (const auto& [name, value] : *body.get<Value::Object>()) {
            CAPTURE(name);
            CHECK(codec::to_json(value).size() <= 4'096);
        }
    }
    workload.readings.every = 1s;
    const Value several = make_body(workload, 3, 7, Instant{1'000s});
    const auto* items = several.get<Value::Array>();
    REQUIRE(items != nullptr);
    REQUIRE(items->size() == 3);
    CHECK(*items->front().find("t") == Value{998'000});
    CHECK(*items->back().find("t") == Value{1'000'000});
    CHECK_FALSE(*items->front().find("v") == *items->back().find("v"));
}

}  // namespace
}  // namespace tandem::measure
