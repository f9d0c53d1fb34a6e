#include "store/telemetry/log_check.h"

#include "store/telemetry/log_record.h"
#include "store/telemetry/test_chunk_store.h"
#include "store/telemetry/test_log.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

using Kind = LogFinding::Kind;

constexpr LogSettings kSmall{.segment_bytes = 4'096, .spare_segments = 1};
constexpr Instant kBegin{Duration{1'790'000'000'000'000}};

/// A log of rows of one device, and what looking at it finds.
class World {
public:
    World() : memory_{kSmall} {}

    MemoryDisk& disk() { return memory_.disk(); }
    Log& log() { return memory_.log(); }
    ChunksInMemory& chunks() { return chunks_; }

    /// A group with `count` rows of device 1, each with a value of the slots 0 and 1; the first
    /// names them.
    void write(std::size_t count) {
        RecordWriter records{log().next(), kBegin + 1s * log().next()};
        if (!std::exchange(named_, true)) {
            records.add(DeviceRecord{.number = 1, .tenant = "home", .device = "lamp-1"});
            records.add(SlotRecord{.device = 1, .slot = 0, .series = "power"});
            records.add(SlotRecord{.device = 1, .slot = 1, .series = "note"});
        }
        for (std::size_t at = 0; at < count; ++at) {
            const std::vector<Cell> cells{
                {.slot = 0, .type = ValueType::kInteger, .bits = at},
                {.slot = 1, .type = ValueType::kString, .text = "some text"}};
            const Sequence first = records.next();
            const auto time = static_cast<std::int64_t>(first) * 1'000'000;
            records.add(RowRecord{.device = 1, .time = time, .first = first, .values = cells});
        }
        append({.first = records.first(),
                .count = records.next() - records.first(),
                .time = records.time(),
                .payload = records.payload()});
    }
    void append(const Frame& frame) {
        places_.push_back(
            {.segment = log().segments().empty() ? 1 : log().segments().back().number,
             .offset = log().segments().empty() ? kFramesAt : log().segments().back().end});
        REQUIRE(log().append(frame));
        REQUIRE(log().sync());
        // The first of a new segment.
        if (log().segments().back().number != places_.back().segment) {
            places_.back() = {.segment = log().segments().back().number, .offset = kFramesAt};
        }
    }
    struct Place {
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
    };
    [[nodiscard]] Place place(std::size_t group) const { return places_.at(group); }

    void flip(std::size_t group, std::uint64_t byte) {
        const Place at = place(group);
        disk().flip(segment_name(at.segment), at.offset + byte, 3);
    }

    LogLook look(bool with_names = true) {
        found.clear();
        auto looked =
            look_at_log(disk(), {.names = with_names ? &chunks_ : nullptr, .flushed = flushed},
                        [this](const LogFinding& each) { found.push_back(each); });
        REQUIRE(looked);
        return *looked;
    }

    std::vector<LogFinding> found;
    Flushed flushed;

private:
    MemoryWorld memory_;
    ChunksInMemory chunks_;
    bool named_ = false;
    std::vector<Place> places_;
};

}  // namespace

TEST_CASE("a log that is whole has nothing to tell but how much it holds") {
    World world;
    CHECK(world.look().segments == 0);
    for (int group = 0; group < 20; ++group)
        world.write(20);
    const LogLook look = world.look();
    CHECK(world.found.empty());
    CHECK(look.segments == world.log().segments().size());
    CHECK(look.segments > 2);
    CHECK(look.groups == 20);
    CHECK(look.events == 800);
    CHECK(look.readings == 800);
    CHECK(look.unsealed == 800);
    CHECK(look.next == world.log().next());
}

TEST_CASE("what is in chunks is not what recovery needs") {
    World world;
    for (int group = 0; group < 20; ++group)
        world.write(20);
    world.flushed = {.segment = world.place(10).segment - 1, .sequence = 401};
    REQUIRE(world.chunks().define(1, {.tenant = TenantId{"home"}, .id = DeviceId{"lamp-1"}}));
    REQUIRE(world.chunks().define(1, 0, "power"));
    REQUIRE(world.chunks().define(1, 1, "note"));
    const LogLook look = world.look();
    CHECK(world.found.empty());
    CHECK(look.readings == 800);
    CHECK(look.unsealed <= 400);
    CHECK(look.unsealed > 0);
}

TEST_CASE("damage of a log is found and named") {
    World world;
    for (int group = 0; group < 20; ++group)
        world.write(20);

    SUBCASE("a payload: the group with its sequences, between the times around it") {
        world.flip(10, kFrameHeadBytes + 30);
        const LogLook look = world.look();
        REQUIRE(world.found.size() == 1);
        const LogFinding& found = world.found.front();
        CHECK(found.kind == Kind::kFrames);
        CHECK(found.segment == world.place(10).segment);
        CHECK(found.offset == world.place(10).offset);
        CHECK(found.first == 401);
        CHECK(found.next == 441);
        CHECK(!found.in_chunks);
        CHECK(found.after == kBegin + 361s);
        CHECK(found.before == kBegin + 441s);
        CHECK(look.groups == 19);
    }
    SUBCASE("a head likewise") {
        world.flip(10, 20);
        world.look();
        REQUIRE(world.found.size() == 1);
        CHECK(world.found.front().kind == Kind::kFrames);
        CHECK(world.found.front().first == 401);
        CHECK(world.found.front().next == 441);
    }
    SUBCASE("in a segment that is in chunks no reading is lost") {
        world.flushed = {.segment = world.place(10).segment, .sequence = 500};
        world.flip(10, kFrameHeadBytes + 30);
        world.look(false);
        REQUIRE(world.found.size() == 1);
        CHECK(world.found.front().in_chunks);
    }
    SUBCASE("nor of a group whose rows are in chunks, though recovery reads the segment") {
        world.flushed = {.segment = 0, .sequence = 440};
        world.flip(10, kFrameHeadBytes + 30);
        world.look(false);
        REQUIRE(world.found.size() == 1);
        CHECK(world.found.front().in_chunks);
    }
    SUBCASE("the group with the names: rows that are left out") {
        world.flip(0, kFrameHeadBytes + 5);
        world.look();
        REQUIRE(world.found.size() >= 2);
        CHECK(world.found.front().kind == Kind::kFrames);
        std::uint64_t left_out = 0;
        for (const LogFinding& each : world.found) {
            if (each.kind != Kind::kNames) continue;
            CHECK(each.device == 1);
            CHECK(each.why == "device");
            left_out += each.readings;
        }
        CHECK(left_out == 19 * 40);
    }
    SUBCASE("head and seal of a segment") {
        world.disk().flip(segment_name(1), 20, 0);
        world.disk().flip(segment_name(2), kSealAt + 20, 0);
        const LogLook look = world.look();
        REQUIRE(world.found.size() == 2);
        CHECK(world.found[0].kind == Kind::kOpening);
        CHECK(world.found[0].segment == 1);
        CHECK(world.found[0].why == "head");
        CHECK(world.found[1].segment == 2);
        CHECK(world.found[1].why == "seal");
        CHECK(look.groups == 20);
    }
    SUBCASE("a segment that is missing") {
        REQUIRE(world.disk().remove(segment_name(2)));
        world.look();
        REQUIRE(!world.found.empty());
        CHECK(world.found.front().kind == Kind::kMissing);
        CHECK(world.found.front().segment == 2);
        CHECK(world.found.front().bytes == 1);
    }
    SUBCASE("one that is missing but in chunks is not needed") {
        world.flushed = {.segment = 2, .sequence = world.log().segments()[1].next - 1};
        REQUIRE(world.disk().remove(segment_name(2)));
        world.look(false);
        CHECK(world.found.empty());
    }
    SUBCASE("a log that is older than the chunks") {
        world.flushed = {.segment = 1'000, .sequence = 100'000};
        world.look(false);
        REQUIRE(world.found.size() == 1);
        CHECK(world.found.front().kind == Kind::kLost);
    }
}

TEST_CASE("a group that says nothing that can be understood is told, though its CRC is right") {
    World world;
    world.write(3);
    world.append({.first = world.log().next(), .count = 2, .time = kBegin, .payload = "\x7f\x01"});
    world.write(3);
    world.look();
    REQUIRE(world.found.size() == 1);
    CHECK(world.found.front().kind == Kind::kRecords);
    CHECK(world.found.front().first == 7);
    CHECK(world.found.front().next == 9);
    CHECK(!world.found.front().why.empty());
}

TEST_CASE("what a crash and failed writes leave is told and is no damage") {
    World world;
    world.write(3);

    SUBCASE("a torn end") {
        // Its payload did not reach the disk; its head did.
        const KeptFrame torn = next_frame(world.log(), 300, 4);
        REQUIRE(world.log().append(torn.frame()));
        const std::uint64_t at = world.log().segments().back().end;
        world.disk().flip(segment_name(1), at + kFrameHeadBytes + 10, 1);
        world.look();
        REQUIRE(world.found.size() == 1);
        CHECK(world.found.front().kind == Kind::kTail);
        CHECK(world.found.front().offset == at);
    }
    SUBCASE("sequences that nothing has") {
        RecordWriter records{10, kBegin};
        records.add(
            RowRecord{.device = 1,
                      .time = 5,
                      .first = 10,
                      .values = std::vector<Cell>{{.slot = 0, .type = ValueType::kInteger}}});
        world.append({.first = 10, .count = 1, .time = kBegin, .payload = records.payload()});
        const LogLook look = world.look();
        REQUIRE(world.found.size() == 1);
        CHECK(world.found.front().kind == Kind::kGap);
        CHECK(world.found.front().first == 7);
        CHECK(world.found.front().next == 10);
        CHECK(look.readings == 7);
    }
}
