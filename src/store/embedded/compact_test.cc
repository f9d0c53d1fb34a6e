#include "store/embedded/compact.h"

#include "base/random.h"
#include "conformance/fixture.h"
#include "store/embedded/check.h"
#include "store/embedded/migration.h"
#include "store/embedded/sqlite_chunks.h"
#include "store/embedded/telemetry_schema.h"
#include "store/embedded/test_store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

const DeviceRef kLamp = ref("lamp-1");
const DeviceRef kPump = ref("pump");

std::int64_t number(const std::filesystem::path& file, std::string_view sql) {
    auto opened = Connection::open(file, Connection::Role::kReader);
    REQUIRE(opened);
    Statement query = (*opened)->prepare(sql);
    REQUIRE(*query.next());
    return query.integer(0);
}

// Texts that do not compress well, so that files have pages enough.
Value text_at(int second) {
    SeededRandom random{static_cast<std::uint64_t>(second)};
    std::string text;
    for (int each = 0; each < 40; ++each)
        text += std::to_string(random.next());
    return text;
}

void write(Fixture& at, const DeviceRef& device, int from, int to) {
    for (int second = from; second < to; second += 100) {
        std::vector<Reading> readings;
        for (int each = second; each < std::min(second + 100, to); ++each)
            readings.push_back(reading(kNoon + each * 1s, text_at(each), "note"));
        at.get(at.write(device, std::move(readings)));
    }
}

std::vector<Reading> history(Fixture& at, const DeviceRef& device) {
    return at.get(
        at.telemetry().read({.device = device, .series = "note", .range = {}, .limit = 100'000}));
}

}  // namespace

TEST_CASE("a new telemetry.db has large pages, and free ones can be given back") {
    const TemporaryDirectory directory;
    {
        const auto store = open_store(directory.path());
    }
    CHECK(number(directory.path() / "telemetry.db", "PRAGMA page_size") == 16'384);
    CHECK(number(directory.path() / "telemetry.db", "PRAGMA auto_vacuum") == 2);
    CHECK(number(directory.path() / "registry.db", "PRAGMA page_size") == 4'096);
}

TEST_CASE("compacting converts an old file, frees what was erased and keeps every reading") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "telemetry.db";
    std::filesystem::create_directories(directory.path());
    {
        auto old = Connection::open(file, Connection::Role::kWriter);
        REQUIRE(old);
        REQUIRE(migrate(**old, kTelemetrySteps, "telemetry.db"));
    }
    {
        Fixture at{[&] { return open_store(directory.path()); }};
        at.get(at.commit({made(kLamp), made(kPump)}));
        write(at, kLamp, 0, 3'000);
        write(at, kPump, 0, 3'000);
    }
    {
        Fixture at{[&] { return open_store(directory.path()); }};
        at.get(at.telemetry().erase(kPump, {}, {}));
        // Every chunk of the other becomes small.
        for (int from = 0; from < 3'000; from += 500) {
            at.get(at.telemetry().erase(
                kLamp, {}, {.from = kNoon + from * 1s, .to = kNoon + (from + 450) * 1s}));
        }
        write(at, kLamp, 3'000, 3'050);
    }
    CHECK(number(file, "PRAGMA page_size") == 4'096);
    const auto chunks = number(file, "SELECT count(*) FROM chunk");
    const auto bytes = std::filesystem::file_size(file);

    const auto compacted = compact_directory(directory.path());
    if (!compacted) FAIL(compacted.error().detail);
    CHECK(compacted->chunks_before == static_cast<std::uint64_t>(chunks));
    CHECK(compacted->chunks_after == 1);
    REQUIRE(compacted->files.size() == 2);
    CHECK(compacted->files[1].name == "telemetry.db");
    CHECK(compacted->files[1].before == bytes);
    CHECK(compacted->files[1].after == std::filesystem::file_size(file));
    CHECK(compacted->files[1].after < bytes);
    CHECK(number(file, "PRAGMA page_size") == 16'384);
    CHECK(number(file, "PRAGMA freelist_count") == 0);
    CHECK(number(file, "PRAGMA user_version") == std::ssize(kTelemetrySteps));
    // What was erased need not be remembered any more.
    CHECK(number(file, "SELECT count(*) FROM erasure") == 0);
    struct stat about{};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600);

    Fixture at{[&] { return open_store(directory.path()); }};
    CHECK(history(at, kPump).empty());
    const auto left = history(at, kLamp);
    REQUIRE(left.size() == 350);
    for (const Reading& each : left) {
        const int second = static_cast<int>((each.time - kNoon) / 1s);
        CHECK((second >= 3'000 || second % 500 >= 450));
        CHECK(each.value == text_at(second));
    }
}

TEST_CASE("compacting that was interrupted leaves a file that the next start removes") {
    const TemporaryDirectory directory;
    {
        Fixture at{[&] { return open_store(directory.path()); }};
        write(at, kLamp, 0, 100);
    }
    std::ofstream{directory.path() / "telemetry.db.copy"} << "half of it";
    Fixture at{[&] { return open_store(directory.path()); }};
    CHECK(history(at, kLamp).size() == 100);
    CHECK(!std::filesystem::exists(directory.path() / "telemetry.db.copy"));
}

TEST_CASE("compacting while a hub runs is refused, and where none is nothing is made") {
    const TemporaryDirectory directory;
    const auto nothing = compact_directory(directory.path());
    REQUIRE(!nothing);
    CHECK(nothing.error().code == ErrorCode::kNotFound);
    CHECK(!std::filesystem::exists(directory.path()));
    const auto store = open_store(directory.path());
    const auto refused = compact_directory(directory.path());
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("free pages are given back in bits, until few are left") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "telemetry.db";
    {
        Fixture at{[&] { return open_store(directory.path()); }};
        write(at, kLamp, 0, 12'000);
    }
    auto opened = Connection::open(file, Connection::Role::kWriter);
    REQUIRE(opened);
    SqliteChunkStore chunks{**opened};
    REQUIRE((*opened)->execute("DELETE FROM chunk"));
    const auto pages = [&] {
        Statement ask = (*opened)->prepare("PRAGMA page_count");
        REQUIRE(*ask.next());
        return ask.integer(0);
    };
    const std::int64_t before = pages();
    REQUIRE(before > 200);
    int bits = 0;
    for (bool more = true; more; ++bits) {
        const std::int64_t now = pages();
        const auto given = chunks.give_back(512 * 1'024);
        REQUIRE(given);
        more = *given;
        CHECK(now - pages() <= 32);
        REQUIRE(bits < before);
    }
    CHECK(bits > 2);
    CHECK(pages() < before / 2);
}

TEST_CASE("a hub gives room back while it runs, after it has erased") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "telemetry.db";
    Fixture at{[&] { return open_store(directory.path()); }};
    write(at, kLamp, 0, 12'000);
    // Puts what is in memory into chunks first.
    at.get(at.telemetry().erase(kLamp, {}, {.from = kNoon, .to = kNoon + 1s}));
    const auto before = static_cast<std::uint64_t>(number(file, "PRAGMA page_count") *
                                                   number(file, "PRAGMA page_size"));
    REQUIRE(before > (std::uint64_t{3} << 20U));
    at.get(at.telemetry().erase(kLamp, {}, {}));
    // Others go on meanwhile; this ends when most is given back.
    int second = 0;
    while (std::filesystem::file_size(file) > before / 2) {
        write(at, kPump, second, second + 1);
        ++second;
    }
    CHECK(history(at, kPump).size() == static_cast<std::size_t>(second));
}
