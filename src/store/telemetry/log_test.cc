#include "store/telemetry/log.h"

#include "store/telemetry/test_log.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr std::uint64_t kSegment = 8'192;
constexpr LogSettings kSmall{.segment_bytes = kSegment, .spare_segments = 2};

std::string file_of(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(16 - digits.size(), '0') + digits + ".log";
}

// Writes into a segment behind the log's back.
void overwrite(Disk& disk, std::uint64_t number, std::uint64_t at, std::string_view bytes) {
    auto file = disk.open(file_of(number), Disk::Open::kExisting);
    REQUIRE(file);
    REQUIRE((*file)->write(at, bytes));
    REQUIRE((*file)->sync());
}

std::vector<std::uint64_t> numbers(const Log& log) {
    std::vector<std::uint64_t> out;
    for (const SegmentInfo& info : log.segments())
        out.push_back(info.number);
    return out;
}

}  // namespace

TEST_CASE_TEMPLATE("what was synced is there when the log is opened again",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    CHECK(world.log().next() == 1);
    CHECK(world.log().segments().empty());
    std::vector<KeptFrame> written;
    for (std::size_t count = 0; count < 40; ++count)
        written.push_back(put_frame(world.log(), count * 37));
    const auto before = world.log().segments();
    CHECK(before.size() > 2);
    world.reopen();
    CHECK(world.log().next() == 121);
    CHECK(contents_of(world.log()).frames == written);

    const auto after = world.log().segments();
    REQUIRE(after.size() == before.size());
    Sequence next = 1;
    for (std::size_t at = 0; at < after.size(); ++at) {
        CHECK(after[at].number == before[at].number);
        CHECK(after[at].first == next);
        CHECK(after[at].next == before[at].next);
        CHECK(after[at].newest == before[at].newest);
        CHECK(after[at].end == before[at].end);
        CHECK(after[at].sealed == (at + 1 < after.size()));
        next = after[at].next;
    }
    written.push_back(put_frame(world.log(), 100));
    CHECK(numbers(world.log()).size() == before.size());
    CHECK(contents_of(world.log()).frames == written);
}

TEST_CASE_TEMPLATE("a frame bigger than a segment gets one of its own",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    std::vector<KeptFrame> written;
    for (const std::size_t bytes : {100U, 50'000U, 100U, 60'000U, 8'000U})
        written.push_back(put_frame(world.log(), bytes));
    CHECK(world.log().segments().size() == 5);
    CHECK(contents_of(world.log()).frames == written);
    world.reopen();
    CHECK(contents_of(world.log()).frames == written);
    // Its file is not kept, or its length would be for ever.
    REQUIRE(world.log().recycle(2));
    auto names = world.disk().list();
    REQUIRE(names);
    CHECK(std::ranges::count(*names, file_of(2)) == 0);
}

TEST_CASE_TEMPLATE("retired segments are written again, and nothing of their earlier life is read",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    std::vector<KeptFrame> written;
    for (int round = 0; round < 12; ++round) {
        CAPTURE(round);
        for (int count = 0; count < 80; ++count)  // four segments
            written.push_back(put_frame(world.log(), 300));
        const auto segments = world.log().segments();
        const SegmentInfo& kept = segments[segments.size() - 2];
        REQUIRE(world.log().recycle(kept.number - 1));
        std::erase_if(written, [&](const KeptFrame& frame) { return frame.first < kept.first; });
        CHECK(numbers(world.log()).front() == kept.number);
        auto names = world.disk().list();
        REQUIRE(names);
        CHECK(names->size() == 4);  // two with frames, two spares
        if (round % 3 == 2) world.reopen();
        CHECK(contents_of(world.log()).frames == written);
        CHECK(contents_of(world.log()).damage.empty());
    }
}

TEST_CASE_TEMPLATE("recycling everything keeps the newest segment and its sequences",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    for (int count = 0; count < 60; ++count)
        put_frame(world.log(), 300);
    const Sequence next = world.log().next();
    REQUIRE(world.log().recycle(1'000));
    CHECK(world.log().segments().size() == 1);
    world.reopen();
    CHECK(world.log().next() == next);
    // A segment that is new and has nothing durable yet does not count.
    while (world.log().segments().size() == 1)
        REQUIRE(world.log().append(next_frame(world.log(), 300).frame()));
    REQUIRE(world.log().recycle(1'000));
    CHECK(world.log().segments().size() == 1);
}

TEST_CASE_TEMPLATE("a segment that is being read is recycled only later",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    for (int count = 0; count < 80; ++count)
        put_frame(world.log(), 300);
    const auto expected = contents_of(world.log()).frames;
    auto reader = world.log().read(1);
    REQUIRE(reader);
    REQUIRE(world.log().recycle(3));
    CHECK(numbers(world.log())[0] == 1);
    CHECK(numbers(world.log())[1] == 4);
    for (int count = 0; count < 80; ++count)
        put_frame(world.log(), 300);
    Contents read;
    read_segment(**reader, read);
    CHECK(read.damage.empty());
    CHECK(!read.frames.empty());
    CHECK(std::equal(read.frames.begin(), read.frames.end(), expected.begin()));
    reader->reset();
    REQUIRE(world.log().recycle(3));
    CHECK(numbers(world.log()).front() == 4);
    const auto gone = world.log().read(1);
    REQUIRE(!gone);
    CHECK(gone.error().code == ErrorCode::kNotFound);
}

TEST_CASE_TEMPLATE("a reader sees what was appended, and another goes on where it stopped",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world;
    Log& log = world.log();
    const KeptFrame first = put_frame(log, 10);
    const KeptFrame second = next_frame(log, 20);
    auto reader = log.read(1);
    REQUIRE(reader);
    REQUIRE(log.append(second.frame()));
    Contents read;
    read_segment(**reader, read);
    CHECK(read.frames == std::vector{first});
    auto another = log.read(1, (*reader)->place());
    REQUIRE(another);
    Contents rest;
    read_segment(**another, rest);
    CHECK(rest.frames == std::vector{second});
    CHECK((*another)->place().sequence == log.next());

    auto from = log.read(1);
    REQUIRE(from);
    (*from)->skip_to(second.first);
    Contents skipped;
    read_segment(**from, skipped);
    CHECK(skipped.frames == std::vector{second});
}

TEST_CASE_TEMPLATE("the torn end of the newest segment is dropped and written over",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    std::vector<KeptFrame> written{put_frame(world.log(), 500)};
    const auto begin = world.log().segments().back().end;
    put_frame(world.log(), 2'000);
    world.close();
    SUBCASE("torn in the payload") {
        overwrite(world.disk(), 1, begin + 1'500, std::string(540, '\0'));
    }
    SUBCASE("torn in the head") {
        overwrite(world.disk(), 1, begin, std::string(20, '\0'));
    }
    CHECK(world.log().next() == 4);
    CHECK(contents_of(world.log()).frames == written);
    CHECK(world.log().segments().back().end == begin);
    for (const std::size_t bytes : {30U, 700U}) {
        written.push_back(put_frame(world.log(), bytes));
        CHECK(contents_of(world.log()).frames == written);
    }
    world.reopen();
    CHECK(contents_of(world.log()).frames == written);
    CHECK(contents_of(world.log()).damage.empty());
}

TEST_CASE_TEMPLATE("frames that a crash has cut off from the rest do not come back",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    std::vector<KeptFrame> written{put_frame(world.log(), 500)};
    const auto begin = world.log().segments().back().end;
    for (int count = 0; count < 3; ++count)
        REQUIRE(world.log().append(next_frame(world.log(), 100).frame()));
    REQUIRE(world.log().sync());  // So that those after the first have certainly come through.
    world.close();
    overwrite(world.disk(), 1, begin + kFrameHeadBytes, "lost");
    CHECK(contents_of(world.log()).frames == written);
    // As long as the lost one: what came behind it would follow.
    written.push_back(put_frame(world.log(), 100));
    world.reopen();
    CHECK(contents_of(world.log()).frames == written);
    CHECK(contents_of(world.log()).damage.empty());
}

TEST_CASE_TEMPLATE("damage in the middle costs that group alone and is told with its sequences",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    std::vector<KeptFrame> written;
    std::vector<std::uint64_t> begins;
    while (world.log().segments().size() < 3) {
        begins.push_back(world.log().segments().empty() ? kFramesAt
                                                        : world.log().segments().back().end);
        written.push_back(put_frame(world.log(), 300));
    }
    for (int count = 0; count < 5; ++count)
        written.push_back(put_frame(world.log(), 300));
    const auto segments = world.log().segments();
    world.close();
    SUBCASE("in a sealed segment") {
        overwrite(world.disk(), 1, begins[4] + 50, "damage");
        const KeptFrame lost = written[4];
        written.erase(written.begin() + 4);
        const Contents read = contents_of(world.log());
        CHECK(read.frames == written);
        CHECK(read.damage == std::vector{Damage{.offset = begins[4],
                                                .length = begins[5] - begins[4],
                                                .first = lost.first,
                                                .next = lost.first + lost.count}});
    }
    SUBCASE("in the newest segment, in a head") {
        overwrite(world.disk(), 3, kFramesAt + 344 + 4, "damage");
        const std::size_t at = written.size() - 5;
        const KeptFrame lost = written[at];
        written.erase(written.begin() + static_cast<std::ptrdiff_t>(at));
        const Contents read = contents_of(world.log());
        CHECK(read.frames == written);
        CHECK(read.damage == std::vector{Damage{.offset = kFramesAt + 344,
                                                .length = 344,
                                                .first = lost.first,
                                                .next = lost.first + lost.count}});
    }
    SUBCASE("in a seal, a head or both: no frame is lost") {
        const std::string zeros(512, '\0');
        for (const std::uint64_t number : {1U, 2U, 3U})
            overwrite(world.disk(), number, kSealAt, zeros);
        CHECK(contents_of(world.log()).frames == written);
        world.close();
        for (const std::uint64_t number : {1U, 2U, 3U}) {
            overwrite(world.disk(), number, 0, zeros);
            overwrite(world.disk(), number, kSealAt, zeros);
        }
        CHECK(contents_of(world.log()).frames == written);
        CHECK(world.log().segments().back().end == segments.back().end);
    }
    written.push_back(put_frame(world.log(), 200));
    CHECK(contents_of(world.log()).frames == written);
}

TEST_CASE_TEMPLATE("threads read while the writer appends and recycles",
                   World,
                   MemoryWorld,
                   SystemWorld) {
    World world{kSmall};
    Log& log = world.log();
    put_frame(log, 10);
    std::atomic<bool> done = false;
    std::atomic<std::uint64_t> damaged = 0;
    std::atomic<std::uint64_t> read = 0;
    const auto run = [&] {
        while (!done) {
            for (const SegmentInfo& info : log.segments()) {
                auto reader = log.read(info.number);
                if (!reader) continue;
                Sequence next = info.first;
                while (true) {
                    const auto scanned = (*reader)->next();
                    if (!scanned || std::holds_alternative<Damage>(*scanned)) ++damaged;
                    const auto* frame = scanned ? std::get_if<ScannedFrame>(&*scanned) : nullptr;
                    if (frame == nullptr) break;
                    if (frame->frame.first < next) ++damaged;
                    next = frame->frame.first + frame->frame.count;
                    ++read;
                }
            }
        }
    };
    std::thread one{run};
    std::thread other{run};
    for (int count = 0; count < 600 || read < 600; ++count) {
        put_frame(log, 200);
        const auto all = numbers(log);
        if (all.size() > 3) REQUIRE(log.recycle(all[all.size() - 3]));
    }
    done = true;
    one.join();
    other.join();
    CHECK(damaged == 0);
    CHECK(read >= 600);
}

TEST_CASE("a sync that fails stops the log for good") {
    MemoryWorld world{kSmall};
    const KeptFrame kept = put_frame(world.log(), 100);
    REQUIRE(world.log().append(next_frame(world.log(), 100).frame()));
    world.disk().fail_sync(1);
    CHECK(!world.log().sync());
    CHECK(world.log().stopped());
    // The disk would say yes now.
    for (const auto& refused :
         {world.log().sync(), world.log().append(next_frame(world.log(), 1).frame()),
          world.log().recycle(9)}) {
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
    }
    SeededRandom random{1};
    world.crash(random);
    CHECK(contents_of(world.log()).frames == std::vector{kept});
}

TEST_CASE("a write that fails for another reason than room stops the log") {
    MemoryWorld world{kSmall};
    const KeptFrame kept = put_frame(world.log(), 100);
    world.disk().fail_write(1);
    const auto refused = world.log().append(next_frame(world.log(), 100).frame());
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kStorageFailed);
    CHECK(world.log().stopped());
    world.reopen();
    CHECK(contents_of(world.log()).frames == std::vector{kept});
}

TEST_CASE("a full disk turns frames away until there is room again") {
    MemoryWorld world{kSmall};
    std::vector<KeptFrame> written{put_frame(world.log(), 100)};
    const auto turned_away = [&](std::size_t bytes) {
        const auto refused = world.log().append(next_frame(world.log(), bytes).frame());
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFull);
        CHECK(!world.log().stopped());
    };
    SUBCASE("for another segment") {
        world.disk().limit(kSegment + 100);
        while (world.log().segments().back().end + 300 < kSegment)
            written.push_back(put_frame(world.log(), 200));
        turned_away(2'000);
        // What still fits into this one is taken.
        written.push_back(put_frame(world.log(), 20));
        turned_away(2'000);
        world.reopen();
        CHECK(contents_of(world.log()).frames == written);
        turned_away(2'000);
    }
    SUBCASE("for a frame that is bigger than a segment") {
        world.disk().limit(2 * kSegment + 100);
        turned_away(50'000);
        turned_away(50'000);
        written.push_back(put_frame(world.log(), 500));
    }
    world.disk().limit(1'000'000);
    for (const std::size_t bytes : {2'000U, 50'000U, 20U})
        written.push_back(put_frame(world.log(), bytes));
    CHECK(contents_of(world.log()).frames == written);
    world.reopen();
    CHECK(contents_of(world.log()).frames == written);
    CHECK(contents_of(world.log()).damage.empty());
}

TEST_CASE("a log that found no room for its next segment can look for it again") {
    MemoryWorld world{kSmall};
    put_frame(world.log(), 100);
    world.disk().limit(kSegment + 100);
    const auto none = world.log().make_room();
    REQUIRE(!none);
    CHECK(none.error().code == ErrorCode::kStorageFull);
    CHECK(!world.log().stopped());
    world.disk().limit(10 * kSegment);
    REQUIRE(world.log().make_room());
    // Nothing more is taken than the one file.
    REQUIRE(world.log().make_room());
    CHECK(world.disk().list()->size() == 2);
    world.disk().limit(0);
    while (world.log().segments().size() < 2)
        put_frame(world.log(), 200);
    world.reopen();
    CHECK(contents_of(world.log()).damage.empty());
}

TEST_CASE("a log knows how much it holds, and from when to when, before and after a start") {
    MemoryWorld world{kSmall};
    CHECK(world.log().figures().segments == 0);
    CHECK_FALSE(world.log().figures().oldest);
    const KeptFrame first = put_frame(world.log(), 100);
    KeptFrame last = first;
    while (world.log().segments().size() < 4)
        last = put_frame(world.log(), 200);
    for (int round = 0; round < 2; ++round) {
        const Log::Figures seen = world.log().figures();
        CHECK(seen.segments == 4);
        CHECK(seen.oldest == first.time);
        CHECK(seen.newest == last.time);
        CHECK(seen.bytes > 3 * (kSegment - 300));
        CHECK(seen.file_bytes >= 4 * kSegment);
        CHECK(seen.recycled == 0);
        world.reopen();
    }
    REQUIRE(world.log().recycle(2));
    const Log::Figures after = world.log().figures();
    CHECK(after.segments == 2);
    CHECK(after.recycled == 2);
    CHECK(after.file_bytes == 4 * kSegment);
    CHECK(after.oldest > first.time);
}

TEST_CASE("files that are no segments are left alone") {
    MemoryWorld world{kSmall};
    for (const char* name : {"readme", "0000000000000001.log.old", "1.log", "000000000000000x.log",
                             "0000000000000000.log"}) {
        REQUIRE(world.disk().open(name, Disk::Open::kOrCreate));
    }
    put_frame(world.log(), 10);
    world.reopen();
    CHECK(numbers(world.log()) == std::vector<std::uint64_t>{1});
    CHECK(world.disk().list()->size() == 6);
}
