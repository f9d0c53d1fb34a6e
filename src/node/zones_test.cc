#include "node/zones.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace tandem;
using namespace tandem::node;

TEST_CASE("a zone of the machine's database is found by its name") {
    if (!std::filesystem::exists("/usr/share/zoneinfo/Europe/Berlin")) {
        MESSAGE("skipped: this machine has no time zone database");
        return;
    }
    Zones zones;
    for (int round = 0; round < 2; ++round) {  // Read, then remembered.
        const auto berlin = zones.named("Europe/Berlin");
        REQUIRE(berlin.has_value());
        const Instant july{std::chrono::sys_days{std::chrono::year{2026} / 7 / 1}};
        const Instant january{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
        CHECK(berlin->offset_at(july) == 2h);
        CHECK(berlin->offset_at(january) == 1h);
    }
}

TEST_CASE("a name that is no zone finds nothing, wherever it leads") {
    const auto folder = std::filesystem::temp_directory_path() / "tandem_zones_test";
    std::filesystem::create_directories(folder / "Place");
    std::ofstream{folder / "Garbage"} << "no zone";
    std::ofstream{folder / "Huge"} << std::string(70'000, 'x');
    Zones zones{folder};
    for (const char* name : {"", "Europe/Nowhere", "../Garbage", "/etc/passwd", "Place", "Place/",
                             "Place/../Garbage", "garbage", "Huge", "Garbage ", "A//B"}) {
        CAPTURE(name);
        const auto zone = zones.named(name);
        REQUIRE_FALSE(zone.has_value());
        CHECK(zone.error().code == ErrorCode::kNotFound);
    }
    REQUIRE_FALSE(zones.named("Garbage").has_value());
    CHECK(zones.named("Garbage").error().code == ErrorCode::kMalformedBody);
    std::filesystem::remove_all(folder);
}
