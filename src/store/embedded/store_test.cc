#include "store/embedded/store.h"

#include "base/mutex.h"
#include "conformance/fixture.h"
#include "store/embedded/audit_rows.h"
#include "store/embedded/migration.h"
#include "store/embedded/registry_writer.h"
#include "store/embedded/sqlite.h"
#include "store/embedded/telemetry_schema.h"
#include "store/embedded/test_store.h"
#include "store/telemetry/memory_disk.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

const DeviceRef kLamp = ref("lamp-1");

std::unique_ptr<Connection> look_into(const TemporaryDirectory& directory, const char* file) {
    auto opened = Connection::open(directory.path() / file, Connection::Role::kWriter);
    REQUIRE(opened);
    return std::move(*opened);
}

std::vector<std::int64_t> numbers(Connection& connection, std::string_view sql) {
    std::vector<std::int64_t> out;
    Statement query = connection.prepare(sql);
    while (true) {
        const auto more = query.next();
        REQUIRE(more);
        if (!*more) return out;
        out.push_back(query.integer(0));
    }
}

// A clock that can be shut: then it holds the writer, which looks at it in each commit.
class Gate final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return kNoon; }
    [[nodiscard]] Monotonic monotonic() const override {
        const Lock lock{mutex_};
        held_ = shut_;
        changed_.notify_all();
        while (shut_)
            changed_.wait(mutex_);
        return {};
    }
    void shut() {
        const Lock lock{mutex_};
        shut_ = true;
    }
    /// Returns when somebody waits at it.
    void wait_until_held() const {
        const Lock lock{mutex_};
        while (!held_)
            changed_.wait(mutex_);
    }
    void open() {
        const Lock lock{mutex_};
        shut_ = false;
        changed_.notify_all();
    }

private:
    mutable Mutex mutex_;
    mutable Condition changed_;
    mutable bool held_ TANDEM_GUARDED_BY(mutex_) = false;
    bool shut_ TANDEM_GUARDED_BY(mutex_) = false;
};

std::vector<Reading> one(int number) {
    return {reading(kNoon + number * 1s, number)};
}

std::vector<DeviceReadings> batch(int number) {
    std::vector<DeviceReadings> out(1);
    out[0].device = kLamp;
    out[0].readings = one(number);
    return out;
}

}  // namespace

TEST_CASE("a store that is opened again") {
    const TemporaryDirectory directory;

    SUBCASE("has all that was acknowledged, and the same log") {
        Cursor head;
        {
            Fixture at{opening(directory.path())};
            at.get(at.commit({made(kLamp)}, {event(kLamp, "a")}));
            at.get(at.write(kLamp, {reading(kNoon, 1), reading(kNoon, -0.0, "power")}));
            head = at.log().head();
        }
        Fixture at{opening(directory.path())};
        CHECK(at.get(at.registry().device(kLamp)) == device(kLamp));
        CHECK(at.readings(kLamp, "temperature") == std::vector{reading(kNoon, 1)});
        CHECK(at.readings(kLamp, "power") == std::vector{reading(kNoon, -0.0, "power")});
        CHECK(at.log().head() == head);
        CHECK(head.sequence == 3);
    }
    SUBCASE("goes on counting, whichever file was written last") {
        Sequence last = 0;
        for (int round = 0; round < 4; ++round) {
            Fixture at{opening(directory.path())};
            const auto done = round % 2 == 0 ? at.get(at.commit({}, {event(kLamp, "a")}))
                                             : at.get(at.write(kLamp, one(round))).events;
            CHECK(done.first == last + 1);
            last = done.last;
        }
        CHECK(last == 4);
    }
    SUBCASE("has what was asked for and not yet answered when it closed") {
        ManualExecutor loop;
        std::vector<std::shared_ptr<std::optional<Result<Written>>>> asked;
        {
            const auto store = open_store(directory.path());
            const auto attached = store->attach(loop);
            for (int number = 0; number < 100; ++number) {
                asked.push_back(start(attached->ports().telemetry->write(batch(number))));
            }
        }
        loop.run_posted();
        for (const auto& each : asked) {
            REQUIRE(each->has_value());
            CHECK((*each)->has_value());
        }
        Fixture at{opening(directory.path())};
        CHECK(at.readings(kLamp, "temperature").size() == 100);
    }
    SUBCASE("has another log than another store") {
        const TemporaryDirectory elsewhere;
        Fixture at{opening(directory.path())};
        Fixture other{opening(elsewhere.path())};
        CHECK(at.log().head().log != other.log().head().log);
    }
}

TEST_CASE("the directory of a store") {
    const TemporaryDirectory directory;

    SUBCASE("is made, its owner's alone") {
        const auto store = open_store(directory.path() / "deeper");
        CHECK(std::filesystem::status(directory.path() / "deeper").permissions() ==
              std::filesystem::perms::owner_all);
    }
    SUBCASE("is one hub's at a time, and free once that has closed") {
        {
            const auto first = open_store(directory.path());
            const auto second = try_open(directory.path());
            REQUIRE(!second);
            CHECK(second.error().code == ErrorCode::kUnavailable);
            CHECK(second.error().detail ==
                  "another hub is using the directory " + directory.path().string());
        }
        CHECK(try_open(directory.path()));
    }
    SUBCASE("cannot be a file") {
        std::ofstream{directory.path()} << "x";
        const auto refused = try_open(directory.path());
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        CHECK(refused.error().detail.contains(directory.path().string()));
    }
}

TEST_CASE("files that cannot be used are refused by name") {
    const TemporaryDirectory directory;
    {
        Fixture at{opening(directory.path())};
        at.get(at.commit({made(kLamp)}));
        std::vector<Reading> many;
        for (int number = 0; number < 2'000; ++number)
            many.push_back(one(number).front());
        at.get(at.write(kLamp, many));
    }

    SUBCASE("a file that a newer hub has written") {
        REQUIRE(look_into(directory, "registry.db")->execute("PRAGMA user_version = 99"));
        const auto refused = try_open(directory.path());
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        CHECK(refused.error().detail.starts_with("registry.db has version 99"));
    }
    SUBCASE("a file whose beginning is damaged") {
        std::fstream{directory.path() / "telemetry.db", std::ios::in | std::ios::out}
            << std::string(100, 'x');
        const auto refused = try_open(directory.path());
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        CHECK(refused.error().detail == "telemetry.db is damaged: file is not a database");
    }
    SUBCASE("a damaged chunk fails the questions that meet it and no others") {
        REQUIRE(look_into(directory, "telemetry.db")
                    ->execute("UPDATE chunk SET data = zeroblob(length(data)) "
                              "WHERE id = (SELECT max(id) FROM chunk)"));
        Fixture at{opening(directory.path())};
        const auto failed = at.run(
            at.telemetry().read({.device = kLamp, .series = "temperature", .limit = 10'000}));
        REQUIRE(!failed);
        CHECK(failed.error().code == ErrorCode::kStorageFailed);
        CHECK(failed.error().detail.starts_with("chunk, byte "));
        CHECK(at.get(at.telemetry().read({.device = kLamp, .series = "temperature", .limit = 1})) ==
              one(0));
        CHECK(at.get(at.registry().device(kLamp)));
    }
}

TEST_CASE("the outbox") {
    const TemporaryDirectory directory;

    SUBCASE("keeps the registry's events in their order, those of failures not") {
        {
            Fixture at{opening(directory.path())};
            at.get(at.commit({made(kLamp)}, {event(kLamp, "a"), event(kLamp, "b")}));
            at.get(at.write(kLamp, one(1)));
            CHECK(at.failure(at.commit({made(kLamp)}, {event(kLamp, "never")})) ==
                  ErrorCode::kAlreadyExists);
            at.get(at.commit({}, {event(kLamp, "c")}));
        }
        const auto registry = look_into(directory, "registry.db");
        CHECK(numbers(*registry, "SELECT sequence FROM outbox ORDER BY sequence") ==
              std::vector<std::int64_t>{1, 2, 4});
    }
    SUBCASE("keeps the newest of many") {
        {
            Fixture at{opening(directory.path(), {.outbox_rows = 10})};
            at.get(at.commit({}, std::vector<Event>(1'500, event(kLamp, "a"))));
        }
        const auto registry = look_into(directory, "registry.db");
        CHECK(numbers(*registry, "SELECT count(*) FROM outbox").front() == 10);
        CHECK(numbers(*registry, "SELECT min(sequence) FROM outbox").front() == 1'491);
    }
}

TEST_CASE("the audit keeps the newest lines of each tenant") {
    const TemporaryDirectory directory;
    Fixture at{opening(directory.path())};
    const auto line = [](std::string tenant, std::string action) {
        return AppendAudit{
            {.time = kNoon, .tenant = TenantId{std::move(tenant)}, .action = std::move(action)}};
    };
    at.get(at.commit({line("quiet", "once"), line("busy", "first")}));
    constexpr std::size_t kAtOnce = 2'000;
    for (std::size_t added = 0; added < kAuditLinesMax + kAtOnce; added += kAtOnce) {
        std::vector<Change> lines(kAtOnce, line("busy", "again"));
        at.get(at.commit(std::move(lines)));
    }
    const auto all_of = [](std::string tenant) {
        return AuditQuery{.tenant = TenantId{std::move(tenant)}, .after = {}, .limit = 1'000'000};
    };
    const auto kept = at.get(at.registry().audit(all_of("busy")));
    CHECK(kept.size() >= kAuditLinesMax);
    CHECK(kept.size() < kAuditLinesMax + 1'000);
    CHECK(kept.front().action == "again");
    CHECK(at.get(at.registry().audit(all_of("quiet"))).size() == 1);
}

TEST_CASE("a writer that is busy") {
    const TemporaryDirectory directory;
    Gate gate;
    ManualExecutor loop;
    SystemRandom random;
    const auto open = [&](const EmbeddedSettings& settings) -> std::unique_ptr<StoreEngine> {
        auto opened = EmbeddedStore::open(directory.path(), settings, gate, random);
        REQUIRE(opened);
        return std::move(*opened);
    };
    // The gate holds the writer in the commit of the first write.
    const auto hold = [&](Fixture& at) {
        gate.shut();
        auto first = start(at.write(kLamp, one(0)));
        gate.wait_until_held();
        return first;
    };

    SUBCASE("gathers what is asked for in the meantime into one commit") {
        Fixture at{[&] { return open({.group_min_gap = Duration{0}}); }};
        hold(at);
        std::vector<std::shared_ptr<std::optional<Result<Written>>>> asked;
        for (int number = 1; number <= 99; ++number)
            asked.push_back(start(at.write(kLamp, one(number))));
        gate.open();
        for (const auto& each : asked)
            REQUIRE(at.loop.run_until([&] { return each->has_value(); }));
        CHECK(at.readings(kLamp, "temperature").size() == 100);
        const auto figures = at.engine().figures();
        REQUIRE(figures.disk);
        CHECK(figures.disk->commits.writes.total() == 2);
        CHECK(figures.disk->commits.writes.sum == 100);
    }
    SUBCASE("turns away more writes than may wait, and takes those that may") {
        Fixture at{[&] { return open({.write_queue = 2}); }};
        hold(at);
        const auto first = start(at.write(kLamp, one(1)));
        const auto second = start(at.commit({made(kLamp)}));
        const auto refused = at.run(at.write(kLamp, one(3)));
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kUnavailable);
        CHECK(refused.error().limit == "store.write_queue");
        CHECK(refused.error().retry_after.has_value());
        gate.open();
        REQUIRE(at.loop.run_until([&] { return first->has_value() && second->has_value(); }));
        CHECK((*first)->has_value());
        CHECK((*second)->has_value());
        CHECK(at.readings(kLamp, "temperature").size() == 2);
    }
    SUBCASE("turns away more bytes than may wait") {
        Fixture at{[&] { return open({.write_queue_bytes = 10'000}); }};
        const auto held = hold(at);
        const auto refused =
            at.run(at.write(kLamp, {reading(kNoon, std::string(20'000, 'x'), "note")}));
        CHECK(refused.error().limit == "store.write_queue");
        gate.open();
        CHECK(at.loop.run_until([&] { return held->has_value(); }));
    }
    SUBCASE("turns away more questions than may wait") {
        Fixture at{[&] { return open({.read_queue = 0}); }};
        const auto refused = at.run(at.registry().device(kLamp));
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kUnavailable);
        CHECK(refused.error().limit == "store.read_queue");
    }
}

TEST_CASE("who reads while others write and chunks are made gets all that was acknowledged") {
    constexpr std::int64_t batch = 200;
    constexpr std::int64_t looked_at = 5'000;
    const TemporaryDirectory directory;
    EmbeddedSettings settings;
    settings.telemetry.head_bytes = 64 * 1'024;  // Some thousand rows: flushed again and again.
    Fixture at{opening(directory.path(), settings)};
    const auto time_of = [](std::int64_t number) { return kNoon + 1ms * number; };
    for (std::int64_t acknowledged = 0; acknowledged < 100 * batch; acknowledged += batch) {
        std::vector<Reading> more;
        for (std::int64_t number = acknowledged; number < acknowledged + batch; ++number)
            more.push_back({.series = "n", .time = time_of(number), .value = Value{number}});
        const std::int64_t first = std::max<std::int64_t>(0, acknowledged - looked_at);
        RangeQuery query{.device = kLamp, .series = "n", .limit = 100'000};
        query.range.from = time_of(first);
        const auto oldest_first = start(at.telemetry().read(query));
        query.newest_first = true;
        const auto newest_first = start(at.telemetry().read(query));
        at.get(at.write(kLamp, std::move(more)));
        REQUIRE(at.loop.run_until(
            [&] { return oldest_first->has_value() && newest_first->has_value(); }));
        std::vector<Reading> forward = std::move(**oldest_first).value();
        std::vector<Reading> back = std::move(**newest_first).value();
        std::ranges::reverse(back);
        for (const auto& readings : {forward, back}) {
            // All that was there when it was asked, and of the batch that came as much as did.
            REQUIRE(std::ssize(readings) >= acknowledged - first);
            for (std::int64_t each = 0; each < std::ssize(readings); ++each) {
                const Reading& found = readings[static_cast<std::size_t>(each)];
                REQUIRE(found.time == time_of(first + each));
                REQUIRE(found.value == Value{first + each});
            }
        }
    }
}

TEST_CASE("relaxed readings are acknowledged before the sync that follows within the interval") {
    const TemporaryDirectory directory;
    MemoryDisk disk;
    Fixture at{opening(directory.path(),
                       {.durability = Durability::kRelaxed, .sync_interval = 1s, .disk = &disk})};
    at.get(at.write(kLamp, {reading(kNoon, 1)}));
    disk.fail_sync(1);
    at.get(at.write(kLamp, {reading(kNoon + 1s, 2)}));
    CHECK(at.readings(kLamp, "temperature").size() == 2);
    // The failure comes by itself; whoever writes after it is told.
    int number = 2;
    while (at.run(at.write(kLamp, {reading(kNoon + number * 1s, number)})))
        ++number;
    CHECK(at.engine().state() == StoreState::kFailed);
}

TEST_CASE("readings that share an interval share a sync, and are acknowledged after it") {
    const TemporaryDirectory directory;
    MemoryDisk disk;
    Fixture at{
        opening(directory.path(),
                {.durability = Durability::kInterval, .sync_interval = 100ms, .disk = &disk})};
    at.get(at.write(kLamp, {reading(kNoon, 0)}));
    const std::uint64_t before = disk.syncs();
    std::vector<std::shared_ptr<std::optional<Result<Written>>>> asked;
    for (int number = 1; number <= 20; ++number)
        asked.push_back(start(at.write(kLamp, {reading(kNoon + number * 1s, number)})));
    for (const auto& each : asked)
        REQUIRE(at.loop.run_until([&] { return each->has_value(); }));
    CHECK(disk.syncs() == before + 1);
}

TEST_CASE("a full disk") {
    const TemporaryDirectory directory;
    MemoryDisk disk;
    disk.limit(300'000);
    Fixture at{opening(directory.path(), {.log = {.segment_bytes = 100'000}, .disk = &disk})};
    const auto long_text = [](int number) {
        return std::vector{reading(kNoon + number * 1s, std::string(4'000, 'x'))};
    };
    int stored = 0;
    auto last = at.run(at.write(kLamp, long_text(stored)));
    while (last && stored < 1'000)
        last = at.run(at.write(kLamp, long_text(++stored)));

    SUBCASE("fails writes with kStorageFull and nothing is lost") {
        REQUIRE(!last);
        CHECK(last.error().code == ErrorCode::kStorageFull);
        CHECK(stored > 10);
        CHECK(at.readings(kLamp, "temperature").size() == static_cast<std::size_t>(stored));
    }
    SUBCASE("does not stop the registry, and space makes writes possible again") {
        REQUIRE(!last);
        at.get(at.commit({made(kLamp)}));
        disk.limit(600'000);
        at.get(at.write(kLamp, long_text(stored)));
        CHECK(at.readings(kLamp, "temperature").size() == static_cast<std::size_t>(stored) + 1);
    }
    SUBCASE("fails a commit group as a whole: what is acknowledged is there, the rest is not") {
        disk.limit(600'000);
        at.get(at.telemetry().erase(kLamp, "", {}));
        std::vector<std::shared_ptr<std::optional<Result<Written>>>> asked;
        for (int number = 0; number < 200; ++number)
            asked.push_back(start(at.write(kLamp, long_text(number))));
        std::set<Instant> acknowledged;
        for (int number = 0; number < 200; ++number) {
            const auto& each = asked[static_cast<std::size_t>(number)];
            REQUIRE(at.loop.run_until([&] { return each->has_value(); }));
            if ((*each)->has_value()) acknowledged.insert(kNoon + number * 1s);
        }
        std::set<Instant> found;
        for (const Reading& reading : at.readings(kLamp, "temperature"))
            found.insert(reading.time);
        CHECK(found == acknowledged);
        CHECK(found.size() < 200);
    }
}

TEST_CASE("a disk that fails a write") {
    const TemporaryDirectory directory;
    {
        Fixture at{opening(directory.path())};
        at.get(at.commit({made(kLamp)}));
        at.get(at.write(kLamp, one(1)));
        {
            // The kernel refuses to make any file longer.
            const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
            rlimit before{};
            REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
            const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
            REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
            const auto failed = at.run(at.write(kLamp, one(2)));
            REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
            static_cast<void>(std::signal(SIGXFSZ, ignored));
            REQUIRE(!failed);
            CHECK(failed.error().code == ErrorCode::kStorageFailed);
        }
        // Nobody knows what the disk holds now: nothing is written until the next start.
        CHECK(at.failure(at.write(kLamp, one(3))) == ErrorCode::kStorageFailed);
        CHECK(at.failure(at.commit({made(ref("other"))})) == ErrorCode::kStorageFailed);
        CHECK(at.readings(kLamp, "temperature") == one(1));
        CHECK(at.get(at.registry().device(kLamp)));
    }
    Fixture at{opening(directory.path())};
    CHECK(at.readings(kLamp, "temperature") == one(1));
    at.get(at.write(kLamp, one(2)));
}

TEST_CASE("another program that writes to a file fails writes only while it does") {
    const TemporaryDirectory directory;
    Fixture at{opening(directory.path(), {.lock_wait = 1ms})};
    at.get(at.write(kLamp, one(1)));
    SUBCASE("changes of the registry") {
        const auto other = look_into(directory, "registry.db");
        REQUIRE(other->execute("BEGIN IMMEDIATE"));
        CHECK(at.failure(at.commit({made(kLamp)})) == ErrorCode::kUnavailable);
        at.get(at.write(kLamp, one(2)));
        REQUIRE(other->execute("ROLLBACK"));
        at.get(at.commit({made(kLamp)}));
    }
    SUBCASE("deletions of telemetry, while readings go to the log") {
        const auto other = look_into(directory, "telemetry.db");
        REQUIRE(other->execute("BEGIN IMMEDIATE"));
        at.get(at.write(kLamp, one(2)));
        CHECK(at.failure(at.telemetry().erase(kLamp, "", {})) == ErrorCode::kUnavailable);
        REQUIRE(other->execute("ROLLBACK"));
        at.get(at.telemetry().erase(kLamp, "", {}));
        at.get(at.write(kLamp, one(1)));
        at.get(at.write(kLamp, one(2)));
    }
    CHECK(at.readings(kLamp, "temperature").size() == 2);
}

TEST_CASE("a telemetry.db of version 1, with a row for each reading, is taken over") {
    const TemporaryDirectory directory;
    REQUIRE(std::filesystem::create_directory(directory.path()));
    {
        const auto old = look_into(directory, "telemetry.db");
        REQUIRE(migrate(*old, std::span{kTelemetrySteps}.first(1), "telemetry.db"));
        REQUIRE(old->execute(
            "INSERT INTO device(id, tenant, name) VALUES (3, 'home', 'lamp-1'), (5, 'home', "
            "'pump');"
            "INSERT INTO series(id, device, name) VALUES (1, 5, 'speed'), (2, 3, 'temperature'),"
            " (7, 3, 'note');"
            "INSERT INTO reading(device, series, t, type, value) VALUES"
            " (3, 2, 1000000, 4, 21.5), (3, 2, 2000000, 5, 0.0), (3, 2, 3000000, 2, "
            "9007199254740993),"
            " (3, 2, 4000000, 3, -1), (3, 7, 2000000, 6, 'text'), (3, 7, 3000000, 7, x'820102'),"
            " (3, 7, 4000000, 1, 1);"
            // More of one series than become chunks at a time.
            "WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < 24999)"
            " INSERT INTO reading SELECT 5, 1, at * 1000000, 2, at FROM n;"));
    }
    const auto at_second = [](int second, Value value, std::string series) {
        return reading(Instant{second * 1s}, std::move(value), std::move(series));
    };
    for (int round = 0; round < 2; ++round) {
        CAPTURE(round);
        Fixture at{opening(directory.path())};
        CHECK(at.readings(kLamp, "temperature") ==
              std::vector{at_second(1, 21.5, "temperature"), at_second(2, -0.0, "temperature"),
                          at_second(3, std::int64_t{9'007'199'254'740'993}, "temperature"),
                          at_second(4, ~std::uint64_t{0}, "temperature")});
        CHECK(at.readings(kLamp, "note") == std::vector{at_second(2, "text", "note"),
                                                        at_second(3, Value::Array{1, 2}, "note"),
                                                        at_second(4, true, "note")});
        const auto speeds = at.get(at.telemetry().read(
            {.device = ref("pump"), .series = "speed", .range = {}, .limit = 100'000}));
        CHECK(speeds.size() == 25'000);
        CHECK(speeds.back() == at_second(24'999, 24'999, "speed"));
        // It goes on: what is repeated is known, what is new is not.
        const auto again =
            at.get(at.write(kLamp, {at_second(4, ~std::uint64_t{0}, "temperature")}));
        CHECK(again.repeated == 1);
    }
    const auto now = look_into(directory, "telemetry.db");
    CHECK(numbers(*now, "SELECT count(*) FROM sqlite_schema WHERE name IN ('reading', 'series')")
              .front() == 0);
}
