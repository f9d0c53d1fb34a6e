#include "base/checked.h"
#include "store/telemetry/engine.h"
#include "store/telemetry/memory_disk.h"
#include "store/telemetry/news.h"
#include "store/telemetry/test_chunk_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

class StillClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return kNoon; }
    [[nodiscard]] Monotonic monotonic() const override { return {}; }
};

/// An engine on small segments, and the events that it has committed.
class World {
public:
    World() { open(); }

    void open() {
        engine_.reset();
        log_.reset();
        auto log = Log::open(disk_, random_, {.segment_bytes = 4'096, .spare_segments = 1});
        REQUIRE(log);
        log_ = std::move(*log);
        auto opened = TelemetryEngine::open(
            {.log = *log_, .chunks = chunks_, .reader = chunks_, .clock = clock_}, {});
        REQUIRE(opened);
        engine_ = std::move(*opened);
    }

    /// Commits readings of two devices, a change, or what is refused in the end.
    void write(TelemetryEngine::Durable durable = TelemetryEngine::Durable::kNow) {
        if (random_.next() % 4 == 0) {
            const Event change{.sequence = engine_->next(),
                               .kind = Event::Kind::kConfig,
                               .device = ref("d0"),
                               .series = "",
                               .time = kNoon,
                               .value = Value::Object{{"version", 3}}};
            engine_->add(change);
            REQUIRE(engine_->commit(durable));
            events.push_back(change);
            return;
        }
        std::vector<DeviceReadings> batch(2);
        for (std::size_t at = 0; at < batch.size(); ++at) {
            batch[at].device = ref("d" + std::to_string(at));
            for (std::uint64_t each = random_.next() % 9; each-- > 0;) {
                const std::uint64_t number = random_.next() % 5'000;
                batch[at].readings.push_back({.series = "s" + std::to_string(number % 40),
                                              .time = kNoon + 1s * number,
                                              .value = std::to_string(random_.next())});
            }
        }
        std::vector<News> news;
        const Sequence first = engine_->next();
        REQUIRE(engine_->write(batch, news));
        REQUIRE(engine_->commit(durable));
        tell(batch, news, first, events);
    }
    void flush() {
        if (!engine_->holds_rows()) return;
        engine_->freeze();
        REQUIRE(engine_->flush());
    }

    [[nodiscard]] Past past(const Stretch& wanted) {
        auto found = engine_->past(chunks_, wanted);
        REQUIRE(found);
        return std::move(*found);
    }

    struct All {
        std::vector<Event> events;
        std::vector<Stretch> gone;  // after … until
    };
    /// Everything after `after`, in pieces of `limit`.
    [[nodiscard]] All read(Sequence after, std::size_t limit) {
        All all;
        Stretch wanted{.after = after, .until = engine_->next() - 1, .limit = limit};
        while (wanted.after < wanted.until) {
            Past found = past(wanted);
            REQUIRE(found.through > wanted.after);
            CHECK(found.events.size() <= limit);
            if (found.gone != 0) all.gone.push_back({.after = wanted.after, .until = found.gone});
            std::ranges::move(found.events, std::back_inserter(all.events));
            wanted.after = found.through;
            wanted.hint = found.hint;
        }
        return all;
    }

    /// Those of the events that come after `sequence`.
    [[nodiscard]] std::vector<Event> after(Sequence sequence) const {
        const auto first =
            std::ranges::upper_bound(events, sequence, std::less{}, &Event::sequence);
        return {first, events.end()};
    }

    Log& log() { return *log_; }
    TelemetryEngine& engine() { return *engine_; }
    MemoryDisk& disk() { return disk_; }

    std::vector<Event> events;

private:
    static DeviceRef ref(std::string id) {
        return {.tenant = TenantId{"home"}, .id = DeviceId{std::move(id)}};
    }

    SeededRandom random_{17};
    StillClock clock_;
    MemoryDisk disk_;
    ChunksInMemory chunks_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<TelemetryEngine> engine_;
};

}  // namespace

TEST_CASE("what was committed is told again, from anywhere and in pieces of any size") {
    World world;
    for (int count = 0; count < 300; ++count) {
        world.write(count % 3 == 0 ? TelemetryEngine::Durable::kLater
                                   : TelemetryEngine::Durable::kNow);
        if (count == 150) world.flush();
    }
    REQUIRE(world.log().segments().size() > 3);
    for (const std::size_t limit : {1U, 7U, 1'000U}) {
        CAPTURE(limit);
        const auto all = world.read(0, limit);
        CHECK(all.gone.empty());
        CHECK(all.events == world.events);
    }
    for (std::size_t at = 0; at < world.events.size(); at += 97) {
        const Sequence after = world.events[at].sequence;
        CHECK(world.read(after, 50).events == world.after(after));
    }
}

TEST_CASE("names that are beside the chunks alone are found after a restart") {
    World world;
    for (int count = 0; count < 50; ++count)
        world.write();
    world.flush();
    world.open();
    CHECK(world.read(0, 1'000).events == world.events);
}

TEST_CASE("an event that is not committed is not told") {
    World world;
    for (int count = 0; count < 20; ++count)
        world.write();
    const Past none = world.past({.after = world.engine().next() - 1, .until = 1'000'000});
    CHECK(none.events.empty());
    std::vector<DeviceReadings> batch(1);
    batch[0] = {.device = world.events.front().device,
                .readings = {{.series = "new", .time = kNoon, .value = 1}}};
    std::vector<News> news;
    const Sequence next = world.engine().next();
    REQUIRE(world.engine().write(batch, news));
    const Past past = world.past({.after = 0, .until = next, .limit = 100'000});
    CHECK(past.events == world.events);
    CHECK(past.through < next);
}

TEST_CASE("events that the log had no room for are told to be gone, refused readings are not") {
    World world;
    for (int count = 0; count < 20; ++count)
        world.write();
    world.disk().limit(0);
    const DeviceRef device = world.events.front().device;
    Result<void> done;
    while (done) {
        const Event change{.sequence = world.engine().next(),
                           .kind = Event::Kind::kConfig,
                           .device = device,
                           .series = "",
                           .time = kNoon,
                           .value = std::string(500, 'x')};
        world.engine().add(change);
        done = world.engine().commit(TelemetryEngine::Durable::kNow);
        if (done) world.events.push_back(change);
    }
    REQUIRE(done.error().code == ErrorCode::kStorageFull);
    const Sequence lost = world.engine().next() - 1;
    std::vector<DeviceReadings> batch(1);
    batch[0] = {.device = device,
                .readings = {{.series = "n", .time = kNoon, .value = std::string(4'000, 'x')}}};
    std::vector<News> news;
    REQUIRE(world.engine().write(batch, news));
    REQUIRE(!world.engine().commit(TelemetryEngine::Durable::kNow));
    CHECK(world.engine().next() == lost + 1);
    const auto look = [&] {
        for (const std::size_t limit : {1U, 1'000U}) {
            CAPTURE(limit);
            const auto all = world.read(0, limit);
            REQUIRE(all.gone.size() == 1);
            CHECK(all.gone[0].after == lost - 1);
            CHECK(all.gone[0].until == lost);
            CHECK(all.events == world.events);
        }
    };
    // Of nothing.
    REQUIRE(world.engine().commit(TelemetryEngine::Durable::kLater));
    look();
    world.disk().limit(~std::uint64_t{0});
    for (int count = 0; count < 10; ++count)
        world.write();
    look();
    world.open();
    look();
    // Also where it was asked for up to the middle of what is gone.
    const Past past = world.past({.after = lost - 1, .until = lost});
    CHECK(past.gone == lost);
    CHECK(past.through == lost);
}

TEST_CASE("what was recycled is told to be gone, and the rest follows") {
    World world;
    for (int count = 0; count < 300; ++count)
        world.write();
    world.flush();
    const auto before = world.log().segments();
    REQUIRE(world.log().recycle(before[before.size() / 2].number));
    const Sequence kept = world.log().segments().front().first;
    REQUIRE(kept > 1);
    const auto all = world.read(0, 10);
    REQUIRE(all.gone.size() == 1);
    CHECK(all.gone[0].after == 0);
    CHECK(all.gone[0].until == kept - 1);
    CHECK(all.events == world.after(kept - 1));
    CHECK(world.read(kept - 1, 10).gone.empty());
    // All that is asked for is gone.
    const Past past = world.past({.after = 0, .until = 1});
    CHECK(past.gone == 1);
    CHECK(past.through == 1);
    CHECK(past.events.empty());
}

TEST_CASE("damage in the log is told with its sequences, where it lies, and nothing else is lost") {
    World world;
    for (int count = 0; count < 300; ++count)
        world.write();
    world.flush();
    const auto segments = world.log().segments();
    const SegmentInfo& hurt = segments[segments.size() / 2];
    REQUIRE(hurt.sealed);
    world.disk().flip(segment_name(hurt.number), (hurt.end + kFramesAt) / 2, 3);
    for (const std::size_t limit : {1U, 10U, 100'000U}) {
        CAPTURE(limit);
        const auto all = world.read(0, limit);
        REQUIRE(all.gone.size() == 1);
        CHECK(all.gone[0].after + 1 >= hurt.first);
        CHECK(all.gone[0].until < hurt.next);
        std::vector<Event> expected;
        std::ranges::copy_if(world.events, std::back_inserter(expected), [&](const Event& each) {
            return each.sequence <= all.gone[0].after || each.sequence > all.gone[0].until;
        });
        CHECK(expected.size() < world.events.size());
        CHECK(all.events == expected);
    }
}
