#include "store/telemetry/engine.h"

#include "store/telemetry/chunk_check.h"
#include "store/telemetry/log_check.h"
#include "store/telemetry/memory_disk.h"
#include "store/telemetry/test_chunk_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};
using Key = std::pair<std::string, std::string>;  // device and series
using History = std::map<Key, std::map<Instant, Value>>;

DeviceRef ref(std::string id) {
    return {.tenant = TenantId{"home"}, .id = DeviceId{std::move(id)}};
}

class StillClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return kNoon; }
    [[nodiscard]] Monotonic monotonic() const override { return {}; }
};

/// An engine on a disk and a chunk store that can fail, and what it has acknowledged.
class World {
public:
    explicit World(std::uint64_t seed) : random_{seed} { open(); }

    void open() {
        engine_.reset();
        log_.reset();
        disk_.fail_sync(0);
        disk_.limit(100'000'000);
        chunks_.fail_commits(false);
        auto log = Log::open(disk_, random_, {.segment_bytes = 16'384, .spare_segments = 1});
        REQUIRE(log);
        log_ = std::move(*log);
        auto opened = TelemetryEngine::open(
            {.log = *log_, .chunks = chunks_, .reader = chunks_, .clock = clock_}, {});
        if (!opened) FAIL("cannot open: " << opened.error().detail);
        engine_ = std::move(*opened);
        REQUIRE(engine_->next() > last_);
        last_ = engine_->next() - 1;
    }

    // Writes a few readings; they count as acknowledged once they are committed.
    void write() {
        std::vector<DeviceReadings> batch;
        const std::size_t devices = 1 + random_.next() % 3;
        for (std::size_t at = 0; at < devices; ++at) {
            DeviceReadings of{.device = ref("d" + std::to_string(random_.next() % 4)),
                              .readings = {}};
            const std::size_t count = 1 + random_.next() % 40;
            for (std::size_t each = 0; each < count; ++each)
                of.readings.push_back(any_reading());
            batch.push_back(std::move(of));
        }
        std::vector<News> news;
        auto written = engine_->write(batch, news);
        REQUIRE(written);
        History after = acknowledged_;
        const std::size_t new_ones = apply(batch, after);
        const auto done = engine_->commit(TelemetryEngine::Durable::kNow);
        if (done) {
            acknowledged_ = std::move(after);
            CHECK(written->stored == new_ones);
            const auto none = std::ranges::count(news, News::kNone);
            CHECK(written->repeated == static_cast<std::size_t>(none));
            CHECK(written->stored + written->replaced + written->repeated == news.size());
            if (written->repeated < news.size()) last_ = engine_->next() - 1;
        } else {
            // It may be there after a crash, or not.
            maybe_.push_back(std::move(after));
        }
    }

    void erase() {
        const std::string device = "d" + std::to_string(random_.next() % 4);
        const std::string series = random_.next() % 3 == 0 ? "" : any_series();
        const Instant from = any_time();
        const TimeRange range{.from = from, .to = from + 1s * (random_.next() % 400)};
        History after = acknowledged_;
        std::uint64_t count = 0;
        for (auto& [key, values] : after) {
            if (key.first != device || (!series.empty() && key.second != series)) continue;
            count += std::erase_if(values, [&](const auto& each) {
                return each.first >= range.from && each.first < range.to;
            });
        }
        const auto erased = engine_->erase(ref(device), series, range);
        if (!erased) return;
        CHECK(*erased == count);
        acknowledged_ = std::move(after);
    }

    void flush() {
        if (!engine_->flushing()) {
            if (!engine_->holds_rows()) return;
            engine_->freeze();
        }
        if (random_.next() % 4 == 0) return;  // It is under way for a while.
        if (engine_->flush()) recycle();
    }

    void recycle() {
        if (!log_->stopped()) static_cast<void>(log_->recycle(engine_->flushed()));
    }

    void inject() {
        if (random_.next() % 4 == 0) disk_.fail_sync(1 + random_.next() % 10);
        chunks_.fail_commits(random_.next() % 6 == 0);
    }
    void crash() {
        engine_.reset();
        log_.reset();
        disk_.crash(random_);
        chunks_.crash();
    }

    // What is there is what was acknowledged, or what would have been next.
    void compare() {
        const std::int64_t rows = engine_->figures().rows.value();
        CHECK(rows >= 0);
        if (!engine_->holds_rows() && !engine_->flushing()) CHECK(rows == 0);
        if (matches(acknowledged_)) return maybe_.clear();
        for (History& each : maybe_) {
            if (!matches(each)) continue;
            acknowledged_ = std::move(each);
            return maybe_.clear();
        }
        FAIL("what was acknowledged is not what is there");
    }

    // Whoever looks at log and chunks finds nothing but what a crash and failed writes leave.
    void expect_whole() {
        auto marks = chunks_.marks();
        REQUIRE(marks);
        const auto is_normal = [](const LogFinding& finding) {
            return finding.kind == LogFinding::Kind::kTail ||
                   finding.kind == LogFinding::Kind::kGap;
        };
        const auto look = look_at_log(disk_, {.names = &chunks_, .flushed = marks->flushed},
                                      [&](const LogFinding& found) {
                                          CAPTURE(static_cast<int>(found.kind));
                                          CAPTURE(found.segment);
                                          CAPTURE(found.offset);
                                          CHECK(is_normal(found));
                                      });
        REQUIRE(look);
        for (const auto& [id, each] : chunks_.all())
            CHECK(look_at(each.first, each.second).why == "");
    }

    [[nodiscard]] bool stopped() const { return log_->stopped(); }
    SeededRandom& random() { return random_; }
    TelemetryEngine& engine() { return *engine_; }
    ChunksInMemory& chunks() { return chunks_; }

    std::vector<Reading> read(const Key& key, RangeQuery how = {}) {
        how.device = ref(key.first);
        how.series = key.second;
        auto found = engine_->read(chunks_, how);
        REQUIRE(found);
        return *found;
    }

private:
    std::string any_series() { return "s" + std::to_string(random_.next() % 40); }
    Instant any_time() { return kNoon + 1s * (random_.next() % 2'000); }
    Value any_value() {
        switch (random_.next() % 6) {
            case 0:
                return random_.next() % 2 == 0;
            case 1:
                return static_cast<std::int64_t>(random_.next());
            case 2:
                return "text " + std::to_string(random_.next() % 5);
            case 3:
                return Value::Array{1, "two"};
            default:
                return static_cast<double>(random_.next() % 10'000) / 100;
        }
    }
    Reading any_reading() {
        // Mostly in order, some late.
        next_time_ += 1s * (random_.next() % 3);
        const Instant time = random_.next() % 10 == 0 ? any_time() : kNoon + 2'000s + next_time_;
        return {.series = any_series(), .time = time, .value = any_value()};
    }
    // Gives how many of the identities are new.
    std::size_t apply(const std::vector<DeviceReadings>& batch, History& to) {
        std::size_t count = 0;
        for (const DeviceReadings& of : batch) {
            for (const Reading& each : of.readings) {
                const Key key{of.device.id.text(), each.series};
                keys_.insert(key);
                auto& values = to[key];
                count += values.contains(each.time) ? 0 : 1;
                values.insert_or_assign(each.time, each.value);
            }
        }
        return count;
    }

    bool matches(const History& history) {
        static const std::map<Instant, Value> nothing;
        const auto same = [](const Reading& found, const auto& expected) {
            return found.time == expected.first && found.value == expected.second;
        };
        for (const Key& key : keys_) {
            const auto values = history.find(key);
            const auto& expected = values == history.end() ? nothing : values->second;
            const auto found = read(key, {.limit = 100'000});
            if (!std::ranges::equal(found, expected, same)) return false;
        }
        return true;
    }

    SeededRandom random_;
    StillClock clock_;
    MemoryDisk disk_;
    ChunksInMemory chunks_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<TelemetryEngine> engine_;
    Sequence last_ = 0;  // that somebody has been told
    Duration next_time_{0};
    History acknowledged_;
    std::vector<History> maybe_;
    std::set<Key> keys_;  // ever written
};

}  // namespace

TEST_CASE("what is acknowledged is there, whatever is flushed, erased, torn or replayed") {
    const char* seeds = std::getenv("TANDEM_SEEDS");
    const int count = seeds == nullptr ? 25 : std::max(25, std::atoi(seeds));
    for (int seed = 1; seed <= count; ++seed) {
        CAPTURE(seed);
        World world{static_cast<std::uint64_t>(seed)};
        for (int life = 0; life < 4; ++life) {
            CAPTURE(life);
            world.inject();
            const std::uint64_t steps = world.random().next() % 40;
            for (std::uint64_t step = 0; step < steps && !world.stopped(); ++step) {
                switch (world.random().next() % 8) {
                    case 0:
                        world.erase();
                        break;
                    case 1:
                    case 2:
                        world.flush();
                        break;
                    default:
                        world.write();
                }
                if (step % 4 == 0 && !world.stopped()) world.compare();
            }
            if (world.random().next() % 2 == 0) world.crash();
            world.expect_whole();
            world.open();
            world.compare();
            world.expect_whole();
        }
    }
}

TEST_CASE("history is read in either order, in part, and as buckets, wherever it lies") {
    World world{7};
    std::vector<DeviceReadings> batch(1);
    batch[0].device = ref("d0");
    const auto add = [&](int from, int to, int step) {
        batch[0].readings.clear();
        for (int at = from; at < to; at += step) {
            batch[0].readings.push_back({.series = "power", .time = kNoon + at * 1s, .value = at});
        }
        std::vector<News> news;
        REQUIRE(world.engine().write(batch, news));
        REQUIRE(world.engine().commit(TelemetryEngine::Durable::kNow));
    };
    const auto flush = [&] {
        world.engine().freeze();
        REQUIRE(world.engine().flush());
    };
    // Some in chunks, late ones between them, some set aside, some in memory.
    add(0, 3'000, 2);
    flush();
    add(1, 1'000, 2);
    flush();
    add(3'000, 3'600, 2);
    world.engine().freeze();
    add(1'001, 1'200, 2);
    const Key key{"d0", "power"};
    const auto all = world.read(key, {.limit = 100'000});
    CHECK(all.size() == 1'500 + 500 + 300 + 100);
    CHECK(std::ranges::is_sorted(all, {}, &Reading::time));

    SUBCASE("newest first is the other way round") {
        auto turned = world.read(key, {.limit = 100'000, .newest_first = true});
        std::ranges::reverse(turned);
        CHECK(turned == all);
    }
    SUBCASE("a part begins and ends where it should, and is no longer than wanted") {
        const TimeRange range{.from = kNoon + 990s, .to = kNoon + 1'010s};
        const auto part = world.read(key, {.range = range, .limit = 100'000});
        REQUIRE(part.size() == 20);
        CHECK(part.front().time == range.from);
        CHECK(part.back().time == range.to - 1s);
        CHECK(world.read(key, {.range = range, .limit = 7}).size() == 7);
        CHECK(world.read(key, {.range = range, .limit = 1, .newest_first = true}).front() ==
              part.back());
    }
    SUBCASE("buckets are what its readings make") {
        for (const Duration step : {Duration{1s}, Duration{7s}, Duration{100s}, Duration{1h}}) {
            CAPTURE(step / 1s);
            Bucketer bucketer{step};
            for (const Reading& each : all)
                bucketer.add(each);
            const auto expected = bucketer.take();
            const auto found = world.engine().aggregate(
                world.chunks(),
                {.device = ref("d0"), .series = "power", .range = {}, .limit = 10'000}, step);
            REQUIRE(found);
            REQUIRE(found->size() == expected.size());
            for (std::size_t at = 0; at < expected.size(); ++at) {
                const Bucket& one = (*found)[at];
                const Bucket& other = expected[at];
                CHECK(one.start == other.start);
                CHECK(one.count == other.count);
                CHECK(one.numbers == other.numbers);
                CHECK(one.min == other.min);
                CHECK(one.max == other.max);
                CHECK(one.sum == other.sum);  // Whole numbers: exact in any order.
                CHECK(one.first == other.first);
                CHECK(one.last == other.last);
            }
        }
    }
    SUBCASE("percentiles and charts are what its readings make") {
        Buckets how{100s};
        how.quantiles = {0.5, 0.95};
        Bucketer bucketer{how};
        Thinner thinner{100s};
        for (const Reading& each : all) {
            bucketer.add(each);
            thinner.add(each);
        }
        const auto expected = bucketer.take();
        const RangeQuery query{.device = ref("d0"), .series = "power", .limit = 10'000};
        const auto found = world.engine().aggregate(world.chunks(), query, how);
        REQUIRE(found);
        REQUIRE(found->size() == expected.size());
        for (std::size_t at = 0; at < expected.size(); ++at)
            CHECK((*found)[at].quantiles == expected[at].quantiles);
        const auto thinned = world.engine().thin(world.chunks(), query, 100s);
        REQUIRE(thinned);
        CHECK(*thinned == thinner.take());
    }
    SUBCASE("a question that is asked too late is given up") {
        const RangeQuery query{
            .device = ref("d0"), .series = "power", .limit = 100'000, .deadline = Monotonic::min()};
        for (const auto& code : {world.engine().read(world.chunks(), query).error().code,
                                 world.engine().aggregate(world.chunks(), query, 1h).error().code,
                                 world.engine().thin(world.chunks(), query, 1h).error().code}) {
            CHECK(code == ErrorCode::kUnprocessable);
        }
    }
    SUBCASE("a limit of buckets gives the oldest, each complete") {
        const auto found = world.engine().aggregate(
            world.chunks(), {.device = ref("d0"), .series = "power", .range = {}, .limit = 2},
            Duration{100s});
        REQUIRE(found);
        REQUIRE(found->size() == 2);
        CHECK((*found)[1].count == 100);
    }
}

TEST_CASE("chunks stay about full, and never overlap, in whatever order readings come") {
    World world{11};
    std::vector<DeviceReadings> batch(1);
    batch[0].device = ref("d0");
    SeededRandom random{3};
    std::vector<int> times(20'000);
    std::iota(times.begin(), times.end(), 0);
    SUBCASE("in order") {}
    SUBCASE("backwards") {
        std::ranges::reverse(times);
    }
    SUBCASE("at random") {
        for (std::size_t at = times.size(); at-- > 1;)
            std::swap(times[at], times[random.next() % (at + 1)]);
    }
    for (std::size_t at = 0; at < times.size(); at += 1'000) {
        batch[0].readings.clear();
        for (std::size_t each = at; each < at + 1'000; ++each) {
            batch[0].readings.push_back(
                {.series = "power", .time = kNoon + times[each] * 1s, .value = times[each]});
        }
        std::vector<News> news;
        REQUIRE(world.engine().write(batch, news));
        REQUIRE(world.engine().commit(TelemetryEngine::Durable::kNow));
        world.engine().freeze();
        REQUIRE(world.engine().flush());
    }
    world.chunks().check_order({.device = 1, .group = 0});
    CHECK(world.chunks().count() >= times.size() / 768);
    CHECK(world.chunks().count() <= 2 * times.size() / 512);
    CHECK(world.read({"d0", "power"}, {.limit = 100'000}).size() == times.size());
}

TEST_CASE("a damaged chunk fails those who read it, and keeps nobody from writing or deleting") {
    World world{5};
    const auto write = [&](int at) {
        std::vector<DeviceReadings> batch(1);
        batch[0].device = ref("d0");
        batch[0].readings = {{.series = "power", .time = kNoon + at * 1s, .value = at}};
        std::vector<News> news;
        REQUIRE(world.engine().write(batch, news));
        REQUIRE(world.engine().commit(TelemetryEngine::Durable::kNow));
    };
    const auto flush = [&] {
        world.engine().freeze();
        return world.engine().flush();
    };
    const RangeQuery all{.device = ref("d0"), .series = "power", .range = {}};
    write(10);
    REQUIRE(flush());
    world.chunks().damage();
    CHECK_FALSE(world.engine().read(world.chunks(), all));
    SUBCASE("late and new readings are written and flushed, and the chunk is set aside") {
        write(5);
        write(20);
        REQUIRE(flush());
        CHECK(world.chunks().aside() == 1);
        CHECK(world.read({"d0", "power"}).size() == 2);
    }
    SUBCASE("all is deleted") {
        REQUIRE(world.engine().erase(ref("d0"), "", {}));
        CHECK(world.chunks().count() == 0);
        CHECK(world.chunks().aside() == 0);
    }
    SUBCASE("a part is deleted, and the chunk is set aside") {
        REQUIRE(world.engine().erase(ref("d0"), "power", {.from = kNoon + 9s, .to = kNoon + 11s}));
        CHECK(world.chunks().aside() == 1);
    }
}
