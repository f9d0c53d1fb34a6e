// What the store tells of itself, and what it does about a disk without room.
#include "conformance/fixture.h"
#include "store/embedded/sizes.h"
#include "store/embedded/sqlite.h"
#include "store/embedded/test_store.h"
#include "store/telemetry/memory_disk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

const DeviceRef kLamp = ref("lamp-1");

DiskFigures disk_of(Fixture& at) {
    auto figures = at.engine().figures();
    REQUIRE(figures.disk);
    return *std::move(figures.disk);
}

std::vector<Reading> long_text(int number) {
    return {reading(kNoon + number * 1s, std::string(4'000, 'x'))};
}

// Writes until the disk is full; how many were stored.
int fill(Fixture& at) {
    int stored = 0;
    auto last = at.run(at.write(kLamp, long_text(stored)));
    while (last)
        last = at.run(at.write(kLamp, long_text(++stored)));
    REQUIRE(last.error().code == ErrorCode::kStorageFull);
    return stored;
}

// Reads, and nothing else, until the store has found out.
void read_until(Fixture& at, StoreState wanted) {
    while (at.engine().state() != wanted)
        REQUIRE(at.run(at.registry().device(kLamp)));
}

EmbeddedSettings on(MemoryDisk& disk) {
    return {.log = {.segment_bytes = 100'000}, .disk = &disk};
}

}  // namespace

TEST_CASE("rows are counted in memory until they are in chunks") {
    const TemporaryDirectory directory;
    EmbeddedSettings settings;
    settings.telemetry.head_bytes = 20'000;
    Fixture at{opening(directory.path(), settings)};
    at.get(at.write(kLamp, {reading(kNoon, 1), reading(kNoon + 1s, 2)}));
    DiskFigures disk = disk_of(at);
    CHECK(disk.memory.rows == 2);
    CHECK(disk.memory.bytes > 0);
    CHECK(disk.memory.bytes_limit == 20'000);
    CHECK(disk.chunks.about == 0);
    CHECK(disk.log.segments == 1);
    CHECK(disk.log.oldest <= disk.log.newest);
    CHECK(disk.commits.writes.total() == 1);
    CHECK(disk.commits.log_sync.total() == 1);
    CHECK_FALSE(disk.backup_running);

    int number = 2;
    for (; disk_of(at).flushes.done == 0; ++number)
        at.get(at.write(kLamp, {reading(kNoon + number * 1s, number)}));
    disk = disk_of(at);
    CHECK(disk.chunks.about >= 1);
    CHECK(disk.memory.rows < static_cast<std::uint64_t>(number));
    CHECK(disk.flushes.failed == 0);
    CHECK(disk.flushes.failing.empty());
}

TEST_CASE("the sizes of the files are those on the disk") {
    const TemporaryDirectory directory;
    std::uint64_t log = 0;
    {
        Fixture at{opening(directory.path())};
        at.get(at.commit({made(kLamp)}));
        at.get(at.write(kLamp, {reading(kNoon, 1)}));
        const StoreFiles files = disk_of(at).files;
        CHECK(files.registry > 0);
        CHECK(files.registry_wal > 0);
        CHECK(files.reserve == std::uint64_t{8} << 20U);
        CHECK(files.disk_free > 0);
        CHECK(files.log == log_size_in(directory.path()));
        log = files.log;
    }
    const StoreFiles files = sizes_in(directory.path());
    CHECK(files.registry == std::filesystem::file_size(directory.path() / "registry.db"));
    CHECK(files.telemetry == std::filesystem::file_size(directory.path() / "telemetry.db"));
    CHECK(log_size_in(directory.path()) == log);
    CHECK(sizes_in(directory.path() / "nowhere").registry == 0);
    CHECK(log_size_in(directory.path() / "nowhere") == 0);
}

TEST_CASE("chunks are counted again after a start, and those that were set aside") {
    const TemporaryDirectory directory;
    {
        Fixture at{opening(directory.path())};
        at.get(at.write(kLamp, {reading(kNoon, 1)}));
    }
    {
        Fixture at{opening(directory.path())};
        CHECK(disk_of(at).chunks.about == 1);
        CHECK(disk_of(at).chunks.damaged == 0);
    }
    {
        auto file = Connection::open(directory.path() / "telemetry.db", Connection::Role::kWriter);
        REQUIRE(file);
        REQUIRE((*file)->execute("UPDATE chunk SET data = x'00'"));
    }
    Fixture at{opening(directory.path())};
    at.get(at.telemetry().erase(kLamp, "temperature", {.from = kNoon, .to = kNoon + 1us}));
    CHECK(disk_of(at).chunks.about == 0);
    CHECK(disk_of(at).chunks.damaged == 1);
}

TEST_CASE("a log without room is a full store, which finds out by itself that there is some") {
    const TemporaryDirectory directory;
    MemoryDisk disk;
    disk.limit(300'000);
    Fixture at{opening(directory.path(), on(disk))};
    const int stored = fill(at);
    CHECK(at.engine().state() == StoreState::kFull);
    CHECK(at.engine().figures().state == StoreState::kFull);
    CHECK(disk_of(at).refused.full == 1);
    CHECK(at.readings(kLamp, "temperature").size() == static_cast<std::size_t>(stored));
    disk.limit(900'000);
    read_until(at, StoreState::kWriting);
    at.get(at.write(kLamp, long_text(stored)));
    CHECK(at.readings(kLamp, "temperature").size() == static_cast<std::size_t>(stored) + 1);
}

TEST_CASE("a registry without room is a full store until something can be committed") {
    const TemporaryDirectory directory;
    Fixture at{opening(directory.path(), {.room_look_every = 1h, .pages = 100})};
    int made_so_far = 0;
    Result<Committed> last = Committed{};
    while (last) {
        Device big = device(ref("d" + std::to_string(made_so_far++)));
        big.name = std::string(8'000, 'n');
        last = at.run(at.commit({PutDevice{.device = big, .expected = 0}}));
    }
    REQUIRE(last.error().code == ErrorCode::kStorageFull);
    CHECK(at.engine().state() == StoreState::kFull);
    at.get(at.write(kLamp, {reading(kNoon, 1)}));
    CHECK(at.engine().state() == StoreState::kFull);
    at.get(at.commit({DeleteDevice{.device = ref("d0")}}));
    CHECK(at.engine().state() == StoreState::kWriting);
}

TEST_CASE("a store whose log has no room for what it was not told opens, and is full") {
    const TemporaryDirectory directory;
    MemoryDisk disk;
    disk.limit(300'000);
    {
        Fixture at{opening(directory.path(), on(disk))};
        at.get(at.commit({made(kLamp)}));
        // The log hears of the first of these, the outbox has them all.
        for (int number = 0; number < 120; ++number)
            at.get(at.commit({}, {event(kLamp, std::string(4'000, 'e'))}));
    }
    Fixture at{opening(directory.path(), on(disk))};
    CHECK(at.engine().state() == StoreState::kFull);
    CHECK(at.get(at.registry().device(kLamp)));
    CHECK(at.failure(at.write(kLamp, long_text(0))) == ErrorCode::kStorageFull);
    // The registry goes on: it has a disk of its own here.
    at.get(at.commit({DeleteDevice{.device = kLamp}}));
    disk.limit(900'000);
    read_until(at, StoreState::kWriting);
    at.get(at.write(kLamp, long_text(1)));
    CHECK(at.readings(kLamp, "temperature").size() == 1);
}

TEST_CASE("a store that was ended without its reserve writes what is vital alone until it has it") {
    const TemporaryDirectory directory;
    {
        Fixture at{opening(directory.path())};
        at.get(at.commit({made(kLamp)}));
        at.get(at.write(kLamp, {reading(kNoon, 1)}));
    }
    const auto free = std::filesystem::space(directory.path()).available;
    // More than the disk has: it was given up, and there is no room for it.
    const EmbeddedSettings settings{.reserve_bytes = free};
    std::filesystem::resize_file(directory.path() / "reserve", 0);
    Fixture at{opening(directory.path(), settings)};
    CHECK(at.engine().state() == StoreState::kFull);
    CHECK(at.failure(at.write(kLamp, {reading(kNoon + 1s, 2)})) == ErrorCode::kStorageFull);
    CHECK(at.failure(at.commit({made(ref("other"))})) == ErrorCode::kStorageFull);
    CHECK(at.failure(at.telemetry().erase(kLamp, "", {})) == ErrorCode::kStorageFull);
    at.get(at.commit({AppendAudit{.line = {.time = kNoon, .tenant = kLamp.tenant}}}));
    CHECK(at.readings(kLamp, "temperature").size() == 1);
}

TEST_CASE("another program's lock does not make a store one that has failed") {
    const TemporaryDirectory directory;
    EmbeddedSettings settings{.lock_wait = 1ms};
    settings.telemetry.head_bytes = 20'000;
    Fixture at{opening(directory.path(), settings)};
    at.get(at.write(kLamp, long_text(0)));
    const auto other =
        Connection::open(directory.path() / "telemetry.db", Connection::Role::kWriter);
    REQUIRE(other);
    REQUIRE((*other)->execute("BEGIN IMMEDIATE"));
    int number = 0;
    auto last = at.run(at.write(kLamp, long_text(number)));
    while (last)
        last = at.run(at.write(kLamp, long_text(++number)));
    CHECK(last.error().code == ErrorCode::kUnavailable);
    CHECK(at.engine().state() == StoreState::kWriting);
    REQUIRE((*other)->execute("ROLLBACK"));
    while (!at.run(at.write(kLamp, long_text(number)))) {
    }
    CHECK(at.readings(kLamp, "temperature").size() == static_cast<std::size_t>(number) + 1);
}

TEST_CASE("figures are cheap") {
    const TemporaryDirectory directory;
    Fixture at{opening(directory.path())};
    at.get(at.write(kLamp, {reading(kNoon, 1)}));
    const SystemClock clock;
    Duration best = 1s;
    for (int round = 0; round < 100; ++round) {
        const Monotonic began = clock.monotonic();
        static_cast<void>(at.engine().figures());
        best = std::min(best, clock.monotonic() - began);
    }
    CHECK(best < 1ms);
}
