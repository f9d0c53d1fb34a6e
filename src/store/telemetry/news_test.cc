#include "store/telemetry/news.h"

#include "conformance/fixture.h"

#include <doctest/doctest.h>

#include <array>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

TEST_CASE("readings that are news become events with sequences that follow each other") {
    const Instant time = Instant{} + 1s;
    std::vector<DeviceReadings> batch{
        {.device = ref("lamp-1"),
         .readings = {{.series = "power", .time = time, .value = 1},
                      {.series = "state", .time = time, .value = "on"}}},
        {.device = ref("lamp-2"), .readings = {{.series = "power", .time = time, .value = 2}}}};
    const std::array<News, 3> news{News::kNone, News::kLate, News::kReading};
    std::vector<Event> events(1);
    tell(batch, news, 7, events);
    REQUIRE(events.size() == 3);
    CHECK(events[1] == Event{.sequence = 7,
                             .kind = Event::Kind::kReading,
                             .device = ref("lamp-1"),
                             .series = "state",
                             .time = time,
                             .value = "on",
                             .late = true});
    CHECK(events[2] == Event{.sequence = 8,
                             .kind = Event::Kind::kReading,
                             .device = ref("lamp-2"),
                             .series = "power",
                             .time = time,
                             .value = 2});
}
