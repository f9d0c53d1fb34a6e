// What an operator is told of the hub and its store: hub.status, /metrics, warnings.
#include "api/store_metrics.h"
#include "api/warnings.h"
#include "client/call.h"
#include "scenario/prometheus.h"
#include "simulation/served_hub.h"

#include <array>

namespace tandem {
namespace {

using scenario::PrometheusPage;
using simulation::Answer;
using simulation::ask;
using simulation::bearer;
using simulation::ServedHub;

constexpr std::array kBounds{0.001, 0.01};

// A healthy store on a disk.
StoreFigures on_disk() {
    StoreFigures store{.engine = "embedded", .durability = "batch", .messages = 7, .stored = 30};
    Histogram::Counts counts{
        .bounds = {kBounds.begin(), kBounds.end()}, .counts = {5, 3, 1}, .sum = 0.125};
    DiskFigures disk;
    disk.files = {.registry = 1, .telemetry = 2, .log = 3, .disk_free = std::uint64_t{1} << 40U};
    disk.commits = {.writes = counts, .log_sync = counts, .registry_sync = counts};
    disk.log.oldest = Instant{1'700'000'000'250ms};
    disk.log.newest = Instant{1'700'000'001s};
    disk.flushes.seconds = 1.5;
    store.disk = std::move(disk);
    return store;
}

std::vector<std::string_view> names(const StoreFigures& store,
                                    api::Pressure pressure = api::Pressure::kNone) {
    std::vector<std::string_view> out;
    for (const api::Warning& each : api::warnings_of(store, pressure))
        out.push_back(each.name);
    return out;
}

Answer get(ServedHub& hub, const std::string& path, const std::string& key) {
    return ask(hub, {.method = "GET", .target = path, .headers = bearer(key)});
}

}  // namespace

TEST_CASE("the figures of a store are a page as Prometheus reads it") {
    const PrometheusPage page{api::store_metrics(on_disk())};
    CHECK(page.wrong() == "");
    CHECK(page.value("tandem_store_messages_total") == 7);
    CHECK(page.value("tandem_store_readings_total{outcome=\"stored\"}") == 30);
    CHECK(page.value("tandem_store_state{state=\"writing\"}") == 1);
    CHECK(page.value("tandem_store_state{state=\"full\"}") == 0);
    CHECK(page.value("tandem_store_file_bytes{file=\"log\"}") == 3);
    CHECK(page.value("tandem_store_log_oldest_timestamp_seconds") == 1'700'000'000.25);
    CHECK(page.value("tandem_store_sync_seconds_bucket{file=\"log\",le=\"0.01\"}") == 8);
    CHECK(page.value("tandem_store_sync_seconds_count{file=\"registry.db\"}") == 9);
    CHECK(page.value("tandem_store_flush_seconds_total") == 1.5);
    CHECK(page.helps("tandem_store_sync_seconds"));
}

TEST_CASE("a store that keeps nothing has no figures of a disk") {
    const PrometheusPage page{api::store_metrics({.engine = "memory", .durability = "memory"})};
    CHECK(page.wrong() == "");
    CHECK(page.has("tandem_store_info{engine=\"memory\",durability=\"memory\"}"));
    CHECK_FALSE(page.has("tandem_store_disk_free_bytes"));
}

TEST_CASE("all that a hub shows at /metrics is as Prometheus reads it") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    REQUIRE(ask(hub, {.method = "POST",
                      .target = "/v1/me/telemetry",
                      .headers = bearer(key),
                      .body = R"({"power":1,"level":2})"})
                .status == 200);
    const PrometheusPage page{get(hub, "/metrics", hub.admin.admin_key).body};
    CHECK(page.wrong() == "");
    CHECK(page.value("tandem_store_messages_total") == 1);
    CHECK(page.value("tandem_store_readings_total{outcome=\"stored\"}") == 2);
}

TEST_CASE("a page that Prometheus would refuse is found out") {
    const auto wrong = [](std::string_view text) { return !PrometheusPage{text}.wrong().empty(); };
    CHECK_FALSE(wrong("# HELP a_total Words.\n# TYPE a_total counter\na_total 1\n"));
    CHECK(wrong("# TYPE a counter\na 1\n"));
    CHECK(wrong("# TYPE a gauge\nb 1\n"));
    CHECK(wrong("# TYPE a gauge\na 1"));
    CHECK(wrong("# TYPE a gauge\na one\n"));
    CHECK(wrong("# TYPE a gauge\na 1\na 1\n"));
    CHECK(wrong("# TYPE a gauge\na{b=1} 1\n"));
    CHECK(wrong("# TYPE a gauge\na 1\n# HELP a Words.\n"));
    CHECK(wrong("# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_count 1\n"));
    CHECK(wrong("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n"));
}

TEST_CASE("a healthy hub has nothing to warn of") {
    CHECK(names(on_disk()).empty());
    CHECK(names({.engine = "memory", .durability = "memory"}).empty());
}

TEST_CASE("what is wrong with a store is a warning that says what to do") {
    StoreFigures store = on_disk();
    DiskFigures& disk = *store.disk;
    SUBCASE("a full disk, of which it need not be said that it is nearly full") {
        store.state = StoreState::kFull;
        disk.files.disk_free = 0;
        CHECK(names(store) == std::vector<std::string_view>{"disk-full"});
        CHECK(api::warnings_of(store, {}).front().says.find("Make room") != std::string::npos);
    }
    SUBCASE("a write that has failed") {
        store.state = StoreState::kFailed;
        CHECK(names(store) == std::vector<std::string_view>{"store-failed"});
    }
    SUBCASE("a disk that is nearly full, with what is left") {
        disk.files.disk_free = std::uint64_t{100} << 20U;
        CHECK(names(store) == std::vector<std::string_view>{"disk-nearly-full"});
        CHECK(api::warnings_of(store, {}).front().says.find("100 MiB") != std::string::npos);
    }
    SUBCASE("chunks, frames, flushes, waiting, pressure") {
        disk.flushes.failing = "the disk is full";
        disk.waiting.for_flush = true;
        disk.chunks.damaged = 2;
        disk.log.frames_damaged = 1;
        CHECK(names(store, api::Pressure::kHigher) ==
              std::vector<std::string_view>{"flush-failing", "writes-wait", "chunks-damaged",
                                            "log-damaged", "pressed"});
    }
}

TEST_CASE("a hub that is ready says so, and why it is not") {
    CHECK(api::why_unready(StoreState::kWriting).empty());
    CHECK(api::why_unready(StoreState::kFull).find("full") != std::string_view::npos);
    CHECK(api::why_unready(StoreState::kFailed).find("failed") != std::string_view::npos);
}

TEST_CASE("the status of a hub is for who may read figures") {
    ServedHub hub;
    CHECK(get(hub, "/v1/status", hub.make_device("lamp-1")).problem() == "forbidden");
    hub.pass(90s);
    const Answer status = get(hub, "/v1/status", hub.admin.admin_key);
    CHECK(status.status == 200);
    const Value body = status.json();
    CHECK(*body.find("devices") == Value{1});
    CHECK(*body.find("ready") == Value{true});
    CHECK(client::items_at(body, "warnings").empty());
    CHECK(*body.find("uptime") == Value{90'000});
    CHECK(*body.find("store")->find("engine") == Value{"memory"});
    CHECK(*body.find("store")->find("messages") == Value{0});
}

}  // namespace tandem
