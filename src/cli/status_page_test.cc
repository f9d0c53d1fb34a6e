#include "cli/status_page.h"

#include "codec/json.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem::cli {
namespace {

Value status_of(std::string_view text) {
    auto read = codec::parse_json(std::string{text});
    REQUIRE(read.has_value());
    return *std::move(read);
}

bool has_line(const std::vector<std::string>& lines, std::string_view wanted) {
    return std::ranges::find(lines, wanted) != lines.end();
}

constexpr std::string_view kStatus = R"({
  "version":"0.1.0","started":1732300000000,"uptime":7500000,"ready":false,
  "warnings":[{"name":"disk-full","says":"the disk is full: make room"}],
  "addresses":["http://127.0.0.1:8080"],"connections":{"rest":1,"ws":1200},"devices":4210,
  "messages_per_second":12.25,
  "store":{"engine":"embedded","durability":"batch","state":"full","messages":12345,
    "stored":61725,"replaced":1,"repeated":2,"changes":9,
    "disk":{
      "files":{"registry":1048576,"registry_wal":0,"telemetry":2097152,"telemetry_wal":524288,
        "log":33554432,"reserve":8388608,"disk_free":1073741824},
      "log":{"segments":2,"bytes":20971520,"oldest":1732300000000,"newest":1732300060500,
        "segments_recycled":3,"frames_damaged":0},
      "commits":{"writes":{"bounds":[1,10],"counts":[3,1,0],"sum":8},
        "log_sync":{"bounds":[0.001,0.01],"counts":[99,1,0],"sum":0.1},
        "registry_sync":{"bounds":[0.001],"counts":[0,0],"sum":0}},
      "memory":{"rows":1000,"bytes":65536,"bytes_limit":67108864},
      "flushes":{"done":4,"failed":1,"seconds":2.5,"running":true,"failing":""},
      "chunks":{"about":5000,"damaged":0},
      "waiting":{"writes":7,"write_bytes":100,"for_flush":false,"reads":2,"readers_busy":1},
      "refused":{"full":12,"write_queue":0,"read_queue":0},"backup_running":true}}})";

TEST_CASE("the status of a hub as people read it") {
    const Value status = status_of(kStatus);
    CHECK(warning_lines(status) == std::vector<std::string>{"the disk is full: make room"});
    const auto lines = status_lines(status);
    CHECK(lines.front() == "tandem 0.1.0, up 2 h 5 min, not ready");
    for (const std::string_view wanted :
         {"doors        http://127.0.0.1:8080",
          "connections  1 at rest, 1,200 at ws",
          "devices      4,210",
          "messages     12,345 since the start; 12.2 a second over the last minute",
          "readings     61,725 new, 1 replaced, 2 repeated",
          "store        embedded, batch, full",
          "disk         1.0 GiB free, 8.0 MiB in reserve",
          "registry.db  1.0 MiB",
          "telemetry.db 2.0 MiB, and 512.0 KiB in its -wal",
          "log/         32.0 MiB",
          ("log          2 segments, 20.0 MiB, from 2024-11-22 18:26:40 UTC to "
           "2024-11-22 18:27:40 UTC, 3 recycled"),
          "memory       1,000 rows, 64.0 KiB of 64.0 MiB",
          "flushes      4 in 2.5 s, 1 failed, one is running",
          "chunks       about 5,000, 0 damaged",
          "commits      4 of 2.0 writes each",
          "sync         log: half within 1 ms, 99 % within 1 ms (100)",
          "             registry: none",
          "waiting      7 writes, 2 questions",
          "refused      12 for a full disk, 0 for a full queue of writes, 0 of questions",
          "backup       one is running"}) {
        CHECK_MESSAGE(has_line(lines, wanted), wanted);
    }
}

TEST_CASE("a hub that keeps nothing has no lines of a disk") {
    const auto lines = status_lines(status_of(
        R"({"version":"0.1.0","uptime":1000,"ready":true,"warnings":[],"addresses":[],
            "connections":{"rest":0,"ws":0},"devices":0,
            "store":{"engine":"memory","durability":"memory","state":"writing","messages":0}})"));
    CHECK(lines.front() == "tandem 0.1.0, up 1 s, ready");
    CHECK(has_line(lines, "doors        none open"));
    CHECK(has_line(lines, "messages     0 since the start"));
    CHECK(lines.size() == 7);
}

TEST_CASE("an answer that is something else ends nobody's program") {
    CHECK(warning_lines(Value{}).empty());
    CHECK_FALSE(status_lines(status_of(R"({"store":{"disk":{}}})")).empty());
}

}  // namespace
}  // namespace tandem::cli
