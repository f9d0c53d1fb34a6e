#include "measure/report.h"

#include "codec/json.h"
#include "measure/svg.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::measure {
namespace {

BenchResult sample() {
    BenchResult made;
    made.plan.workload.name = "a <b> & \"c\"";
    made.plan.pid = 1;
    made.devices = 4;
    made.batch = 11;
    const auto add = [&made](Part part, const std::string& name, advise::Door door, double cpu) {
        WayResult way{.part = part, .way = name, .door = door, .answered = 300};
        way.rounds["hub_cpu_us"] = {cpu, cpu * 1.01, cpu * 0.99, cpu * 1.02, cpu * 0.98, cpu};
        way.rounds["bytes"] = {500, 501, 502, 500, 501, 502};
        way.rounds["connections"] = {name.ends_with("per request") ? 1.0 : 0.0};
        for (int at = 1; at <= 300; ++at)
            way.latencies.push_back(500.0 + at);
        made.ways.push_back(std::move(way));
    };
    add(Part::kUp, "REST, a connection per request", advise::Door::kRest, 250);
    add(Part::kUp, "REST, kept alive", advise::Door::kRest, 80);
    add(Part::kUp, "REST, batched", advise::Door::kRest, 110);
    add(Part::kUp, "WebSocket, JSON", advise::Door::kSocket, 60);
    add(Part::kDown, "long poll", advise::Door::kPoll, 300);
    add(Part::kDown, "WebSocket", advise::Door::kSocket, 299);
    add(Part::kFanOut, "long poll", advise::Door::kPoll, 30);
    add(Part::kUp, "WebSocket, batched", advise::Door::kSocket, 100);
    add(Part::kUp, "WebSocket, batched, deflate", advise::Door::kSocket, 120);
    for (WayResult& way : made.ways) {
        way.rounds["payload_bytes"] = {1'000};
        // Of what the message says 70 % are not sent.
        way.rounds["framing_bytes"] = {way.way.ends_with("deflate") ? -600.0 : 100.0};
    }
    made.memory = {{"rest", 2'000}, {"ws", 5'000}};
    made.checks = check_result(made, true);
    return made;
}

const Machine kMachine{.processor = "a <fast> one",
                       .system = "Linux",
                       .cores = 2,
                       .version = "0.1.0",
                       .hub = "here",
                       .made = "2026-01-01T00:00:00Z"};

TEST_CASE("each way is compared with the reference of its part") {
    const BenchResult result = sample();
    CHECK(result.ways[reference_of(result, Part::kUp)].way == "REST, kept alive");
    CHECK(result.ways[reference_of(result, Part::kDown)].way == "long poll");
    const auto rows = rows_of(result, result.ways[3]);
    const auto cpu = std::ranges::find(rows, "hub_cpu_us", &Row::figure);
    REQUIRE(cpu != rows.end());
    CHECK(cpu->beside.ratio.value == doctest::Approx(0.75));
    CHECK(cpu->beside.real());
    CHECK(cpu->value.low <= cpu->value.value);
}

TEST_CASE("the object has every way with its latencies and figures, and the checks") {
    const Value value = report_value(sample(), kMachine);
    const auto* ways = value.find("ways")->get<Value::Array>();
    REQUIRE(ways->size() == 9);
    const Value& socket = ways->at(3);
    CHECK(*socket.find("door") == Value{"ws"});
    CHECK(socket.find("latency_us")->find("p50")->as_double() == 650);
    CHECK(socket.find("figures")->find("hub_cpu_us")->find("value")->as_double() == 60);
    CHECK(value.find("checks")->get<Value::Array>()->size() == 10);
    CHECK(value.find("workload")->find("readings.every") != nullptr);
}

TEST_CASE("a way beside a peer tells what is the hub's own, and the hub alone is calibrated from") {
    BenchResult result = sample();
    CHECK(floors_of(result).empty());
    CHECK(report_text(result).find("the hub's own") == std::string::npos);
    WayResult peer = result.ways[1];
    CHECK(peer.way == "REST, kept alive");
    peer.way = "peer: REST, kept alive";
    peer.peer = true;
    peer.rounds["hub_cpu_us"] = {20, 21, 19, 20, 20, 20};
    peer.rounds.erase("bytes");
    result.ways.push_back(peer);
    const auto floors = floors_of(result);
    REQUIRE(floors.size() == 1);
    CHECK(floors[0].hub->way == "REST, kept alive");
    CHECK(floors[0].own("hub_cpu_us") == doctest::Approx(60));
    const Value value = report_value(result, kMachine);
    const Value& floor = value.find("floors")->get<Value::Array>()->at(0);
    const Value* cpu = floor.find("figures")->find("hub_cpu_us");
    CHECK(cpu->find("own")->as_double() == 60);
    CHECK(cpu->find("ratio")->find("value")->as_double() == doctest::Approx(4).epsilon(0.05));
    CHECK(*cpu->find("real") == Value{true});
    CHECK(floor.find("figures")->find("bytes") == nullptr);
    CHECK(report_text(result).find("the hub's own") != std::string::npos);
    const auto read = advise::read_calibration(codec::to_json(calibration_of(result, kMachine)));
    REQUIRE(read.has_value());
    CHECK((*read)[advise::Constant::kCpuRest] == 80);
}

TEST_CASE("each peer is beside a way of the hub with the same messages") {
    CHECK(ways_of_peers({}).empty());
    CHECK(ways_of_peers({.rest = true}).size() == 2);
    CHECK(ways_of_peers({.socket = true}).size() == 1);
    const auto hub = ways_of_hub(false);
    for (const Way& peer : ways_of_peers({.rest = true, .socket = true})) {
        const auto names = std::ranges::find(kFloors, peer.name, &FloorNames::peer);
        REQUIRE(names != kFloors.end());
        const auto beside = std::ranges::find(hub, names->hub, &Way::name);
        REQUIRE(beside != hub.end());
        CHECK(beside->readings == peer.readings);
        CHECK(beside->door == peer.door);
        CHECK(beside->batched == peer.batched);
        CHECK(peer.peer);
    }
}

TEST_CASE("what was measured is a calibration that the model takes") {
    const auto read = advise::read_calibration(codec::to_json(calibration_of(sample(), kMachine)));
    REQUIRE(read.has_value());
    CHECK((*read)[advise::Constant::kCpuRest] == 80);
    CHECK((*read)[advise::Constant::kCpuSocket] == 60);
    CHECK((*read)[advise::Constant::kCpuRestReading] == 3);
    CHECK((*read)[advise::Constant::kCpuSocketReading] == 4);
    CHECK((*read)[advise::Constant::kCpuDeflate] == 20);
    CHECK((*read)[advise::Constant::kDeflateBatch] == doctest::Approx(0.3));
    CHECK((*read)[advise::Constant::kCpuConnect] == 170);
    CHECK((*read)[advise::Constant::kMemorySocket] == 5'000);
    BenchResult plain = sample();
    plain.deflate = false;
    const Value measured = calibration_of(plain, kMachine);
    CHECK(measured.find("constants")->find("cpu.deflate") == nullptr);
    BenchResult elsewhere = sample();
    elsewhere.plan.pid = 0;
    CHECK(calibration_of(elsewhere, kMachine).find("constants") == nullptr);
}

TEST_CASE("the page is one file that fetches nothing, and no name of the workload is markup") {
    const BenchResult result = sample();
    const advise::Constants constants;
    const std::string page =
        report_html(result, kMachine, advise::advise(constants, result.plan.workload));
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(page.find("a &lt;b&gt; &amp; &quot;c&quot;") != std::string::npos);
    CHECK(page.find("a <b>") == std::string::npos);
    CHECK(page.find("a <fast>") == std::string::npos);
    for (const char* outside : {"http://", "https://", "<script", "src=", "@import", "url("}) {
        CAPTURE(outside);
        CHECK(page.find(outside) == std::string::npos);
    }
    for (const char* part : {"prefers-color-scheme:dark", "@media print", "<svg", "Readings up",
                             "Commands down", "Whether to believe it"}) {
        CAPTURE(part);
        CHECK(page.find(part) != std::string::npos);
    }
}

TEST_CASE(
    "of a hub that runs elsewhere no processor time is told, and the network is no loopback") {
    BenchResult result = sample();
    CHECK(network_of(result) == "loopback, nothing delayed");
    CHECK(hub_cpu_text(result.ways[1]) != "–");
    result.plan.pid = 0;
    for (WayResult& way : result.ways)
        way.rounds.erase("hub_cpu_us");
    CHECK(hub_cpu_text(result.ways[1]) == "–");
    CHECK(report_value(result, kMachine).find("constants")->is_null());
    const advise::Constants constants;
    const std::string page =
        report_html(result, kMachine, advise::advise(constants, result.plan.workload));
    CHECK(page.find("The hub runs elsewhere") != std::string::npos);
    CHECK(page.find("loopback") == std::string::npos);
}

TEST_CASE("the terminal's tables say when figures are not to be believed") {
    BenchResult result = sample();
    CHECK(report_text(result).find("NOT") == std::string::npos);
    result.ways[1].lost = 5;
    result.checks = check_result(result, true);
    CHECK(report_text(result).find("These figures do not say what the doors cost") !=
          std::string::npos);
}

TEST_CASE("the longest bar fills the chart, and a bar of nothing is empty") {
    const std::string chart = draw(BarChart{
        .title = "t",
        .parts = {"x"},
        .bars = {{.name = "long", .parts = {10}, .label = "10"}, {.name = "none", .parts = {0}}}});
    CHECK(chart.find("width=\"420.0\"") != std::string::npos);
    CHECK(chart.find("width=\"0.0\"") != std::string::npos);
    CHECK(chart.find("nan") == std::string::npos);
}

}  // namespace
}  // namespace tandem::measure
