#include "base/checked.h"
#include "store/telemetry/test_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace tandem;
using namespace tandem::store;

namespace {

std::unique_ptr<DiskFile> make(Disk& disk, std::string_view name, std::string_view bytes = {}) {
    auto file = disk.open(name, Disk::Open::kOrCreate);
    REQUIRE(file);
    REQUIRE((*file)->write(0, bytes));
    return std::move(*file);
}

std::string text_of(const DiskFile& file) {
    std::string out(100, '\0');
    const auto got = file.read(0, out);
    REQUIRE(got);
    out.resize(*got);
    return out;
}

}  // namespace

TEST_CASE_TEMPLATE("a disk keeps bytes under names", World, MemoryWorld, SystemWorld) {
    World world;
    Disk& disk = world.disk();
    const auto file = make(disk, "a", "hello");
    REQUIRE(file->write(3, "p, disk"));
    CHECK(text_of(*file) == "help, disk");
    std::string piece(4, '\0');
    CHECK(checked(file->read(8, piece)) == 2);
    CHECK(checked(file->read(10, piece)) == 0);
    CHECK(checked(file->read(50, piece)) == 0);
    REQUIRE(file->sync());

    REQUIRE(file->preallocate(64));
    CHECK(checked(file->size()) == 64);
    REQUIRE(file->preallocate(10));
    CHECK(checked(file->size()) == 64);
    CHECK(text_of(*file) == "help, disk" + std::string(54, '\0'));
    REQUIRE(file->write(70, "x"));
    CHECK(checked(file->size()) == 71);

    make(disk, "b");
    REQUIRE(disk.rename("a", "c"));
    REQUIRE(file->write(0, "HELP"));
    REQUIRE(disk.sync());
    auto names = disk.list();
    REQUIRE(names);
    std::ranges::sort(*names);
    CHECK(*names == std::vector<std::string>{"b", "c"});
    auto again = disk.open("c", Disk::Open::kExisting);
    REQUIRE(again);
    CHECK(text_of(**again).starts_with("HELP, disk"));
    REQUIRE(disk.remove("c"));
    CHECK(disk.list()->size() == 1);
    CHECK(text_of(**again).starts_with("HELP, disk"));  // still open

    for (const auto& missing : {disk.rename("a", "d"), disk.remove("a")}) {
        REQUIRE(!missing);
        CHECK(missing.error().code == ErrorCode::kStorageFailed);
    }
    CHECK(!disk.open("a", Disk::Open::kExisting));
}

TEST_CASE("a directory that cannot be made is an error that names it") {
    const auto refused = SystemDisk::open("/nowhere/at/all");
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kStorageFailed);
    CHECK(refused.error().detail.find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("the disk in memory loses at a crash what was not synced, and nothing else") {
    bool kept = false;
    bool lost = false;
    bool torn = false;
    bool renamed = false;
    bool not_renamed = false;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SeededRandom random{seed};
        MemoryDisk disk;
        const auto file = make(disk, "a", std::string(2'000, 'o'));
        REQUIRE(file->sync());
        REQUIRE(disk.sync());
        REQUIRE(file->write(100, std::string(1'500, 'n')));
        REQUIRE(disk.rename("a", "b"));
        disk.crash(random);
        std::string bytes(2'000, '\0');
        CHECK(!file->read(0, bytes));  // The process is gone.
        REQUIRE(disk.list()->size() == 1);
        const std::string name = disk.list()->front();
        (name == "a" ? not_renamed : renamed) = true;
        auto again = disk.open(name, Disk::Open::kExisting);
        REQUIRE(again);
        REQUIRE(checked((*again)->read(0, bytes)) == 2'000);
        CHECK(bytes.substr(0, 100) == std::string(100, 'o'));
        CHECK(bytes.substr(1'600) == std::string(400, 'o'));
        const auto count = std::ranges::count(bytes, 'n');
        kept = kept || count == 1'500;
        lost = lost || count == 0;
        torn = torn || (count > 0 && count < 1'500);
    }
    CHECK(kept);
    CHECK(lost);
    CHECK(torn);
    CHECK(renamed);
    CHECK(not_renamed);
}

TEST_CASE("a sync that fails in memory loses what it was for, and the next one lies") {
    MemoryDisk disk;
    const auto file = make(disk, "a", "old");
    REQUIRE(file->sync());
    REQUIRE(disk.sync());
    REQUIRE(file->write(0, "new"));
    disk.fail_sync(1);
    CHECK(!file->sync());
    CHECK(text_of(*file) == "new");
    CHECK(file->sync());
    SeededRandom random{1};
    disk.crash(random);
    auto again = disk.open("a", Disk::Open::kExisting);
    REQUIRE(again);
    CHECK(text_of(**again) == "old");
}

TEST_CASE("a file that is made shorter is longer again after a crash, unless that was synced") {
    const auto sizes_after_crashes = [](bool synced) {
        std::set<std::uint64_t> sizes;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SeededRandom random{seed};
            MemoryDisk disk;
            const auto file = make(disk, "a", "hello");
            REQUIRE(file->sync());
            REQUIRE(disk.sync());
            REQUIRE(disk.resize("a", 2));
            CHECK(text_of(*file) == "he");
            CHECK(disk.used() == 2);
            if (synced) REQUIRE(file->sync());
            disk.crash(random);
            sizes.insert(disk.used());
        }
        return sizes;
    };
    CHECK(sizes_after_crashes(false) == std::set<std::uint64_t>{2, 5});
    CHECK(sizes_after_crashes(true) == std::set<std::uint64_t>{2});
    MemoryDisk disk;
    CHECK_FALSE(disk.resize("nothing", 1));
}
