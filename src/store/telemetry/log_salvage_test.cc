#include "store/telemetry/log_salvage.h"

#include "store/telemetry/log_check.h"
#include "store/telemetry/log_record.h"
#include "store/telemetry/test_log.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr LogSettings kSmall{.segment_bytes = 4'096, .spare_segments = 1};
constexpr std::string_view kEnding = ".damaged-today";

/// Groups of one row, of a device that nobody has named.
KeptFrame put_row(Log& log, std::size_t text_bytes) {
    SeededRandom random{log.next()};
    const std::string text = random.bytes(text_bytes);
    RecordWriter records{log.next(), Instant{Duration{1'790'000'000'000'000}} + 1s * log.next()};
    const std::vector<Cell> cells{{.slot = 0, .type = ValueType::kString, .text = text},
                                  {.slot = 1, .type = ValueType::kInteger, .bits = log.next()}};
    records.add(RowRecord{.device = 1, .time = 5, .first = log.next(), .values = cells});
    KeptFrame frame{.first = records.first(),
                    .count = records.next() - records.first(),
                    .time = records.time(),
                    .payload = records.payload()};
    REQUIRE(log.append(frame.frame()));
    REQUIRE(log.sync());
    return frame;
}

std::vector<LogFinding> damages(MemoryDisk& disk) {
    std::vector<LogFinding> out;
    const auto look =
        look_at_log(disk, {.names = nullptr, .flushed = {}}, [&](const LogFinding& each) {
            const bool normal =
                each.kind == LogFinding::Kind::kTail || each.kind == LogFinding::Kind::kGap;
            if (!normal) out.push_back(each);
        });
    REQUIRE(look);
    return out;
}

std::vector<SalvagedSegment> salvage(MemoryDisk& disk) {
    auto salvaged = salvage_log(disk, kEnding);
    if (!salvaged) FAIL(salvaged.error().detail);
    return std::move(*salvaged);
}

}  // namespace

TEST_CASE("a log that is whole is left alone") {
    MemoryWorld world{kSmall};
    for (int group = 0; group < 30; ++group)
        put_row(world.log(), 200);
    world.close();
    const auto before = world.disk().list();
    CHECK(salvage(world.disk()).empty());
    CHECK(*world.disk().list() == *before);
}

TEST_CASE(
    "wherever bits have turned over, every group that is whole is kept, and the log goes on") {
    SeededRandom random{11};
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        MemoryWorld world{kSmall};
        std::vector<KeptFrame> written;
        for (int group = 0; group < 40; ++group)
            written.push_back(put_row(world.log(), 20 + random.next() % 300));
        const auto segments = world.log().segments();
        world.close();
        for (int flip = 0; flip < 3; ++flip) {
            const SegmentInfo& segment = segments[random.next() % segments.size()];
            world.disk().flip(segment_name(segment.number), random.next() % segment.end,
                              static_cast<unsigned>(random.next() % 8));
        }
        const auto salvaged = salvage(world.disk());
        for (const SalvagedSegment& each : salvaged)
            CHECK(each.aside == segment_name(each.number) + std::string{kEnding});
        world.reopen();
        for (const LogFinding& each : damages(world.disk()))
            CHECK(each.segment == 0);
        const Contents now = contents_of(world.log());
        CHECK(now.damage.empty());
        CHECK(now.frames.size() + 3 >= written.size());
        for (const KeptFrame& each : now.frames)
            CHECK(std::ranges::find(written, each) != written.end());
        const KeptFrame next = put_row(world.log(), 50);
        world.reopen();
        CHECK(contents_of(world.log()).frames.back() == next);
    }
}

TEST_CASE("of a group that cannot be understood to its end what comes before is kept") {
    MemoryWorld world{kSmall};
    put_row(world.log(), 20);
    RecordWriter records{world.log().next(), Instant{}};
    const std::vector<Cell> cells{{.slot = 0, .type = ValueType::kInteger, .bits = 7}};
    records.add(RowRecord{.device = 1, .time = 5, .first = world.log().next(), .values = cells});
    const std::string broken = records.payload() + "\x7f";
    REQUIRE(world.log().append(
        {.first = records.first(), .count = 2, .time = records.time(), .payload = broken}));
    REQUIRE(world.log().sync());
    const KeptFrame last = put_row(world.log(), 20);
    world.close();
    REQUIRE(damages(world.disk()).size() == 1);
    const auto salvaged = salvage(world.disk());
    REQUIRE(salvaged.size() == 1);
    CHECK(salvaged.front().groups == 3);
    CHECK(salvaged.front().events_lost == 1);
    CHECK(damages(world.disk()).empty());
    world.reopen();
    const auto frames = contents_of(world.log()).frames;
    REQUIRE(frames.size() == 3);
    CHECK(frames[1].payload == records.payload());
    CHECK(frames[2] == last);
}

TEST_CASE(
    "power that fails while a log is salvaged leaves each segment as it was or as it will be") {
    SeededRandom random{5};
    for (std::uint64_t nth = 1; nth < 12; ++nth) {
        CAPTURE(nth);
        MemoryWorld world{kSmall};
        std::vector<KeptFrame> written;
        for (int group = 0; group < 40; ++group)
            written.push_back(put_row(world.log(), 200));
        const auto segments = world.log().segments();
        world.close();
        for (const SegmentInfo& segment : segments)
            world.disk().flip(segment_name(segment.number), kFramesAt + kFrameHeadBytes + 5, 1);
        world.disk().fail_write(nth * 3);
        static_cast<void>(salvage_log(world.disk(), kEnding));
        world.disk().fail_write(0);
        world.disk().crash(random);
        salvage(world.disk());
        world.reopen();
        const Contents now = contents_of(world.log());
        CHECK(now.damage.empty());
        CHECK(now.frames.size() == written.size() - segments.size());
    }
}
