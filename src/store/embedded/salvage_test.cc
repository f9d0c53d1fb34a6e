#include "store/embedded/salvage.h"

#include "store/embedded/test_damage.h"
#include "store/telemetry/log_frame.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

/// The data of a hub that was killed, whose log has lost the name of lamp-2.
void kill_without_name(const fs::path& killed) {
    const TemporaryDirectory busy;
    {
        Fixture at{[&] { return open_store(busy.path(), small_segments()); }};
        for (const std::string& each : kDevices)
            write(at, each, 0, kInLog);
        at.get(at.telemetry().erase(ref("lamp-1"), {}, {.from = kNoon + 100s, .to = kNoon + 200s}));
        fs::copy(busy.path(), killed, fs::copy_options::recursive);
    }
    std::ofstream{killed / "secrets"} << "pepper";
    // Only the record that gives a device its number has its name.
    bool flipped = false;
    for (const auto& each : fs::directory_iterator{killed / "log"}) {
        const auto bytes = Killed::bytes_at(each.path(), 0, fs::file_size(each.path()));
        const auto at = bytes.find("lamp-2");
        if (at == std::string::npos) continue;
        Killed::flip(each.path(), at);
        flipped = true;
    }
    REQUIRE(flipped);
}

void expect_named(const fs::path& salvaged) {
    expect_whole(salvaged);
    Fixture at{[&] { return open_store(salvaged); }};
    const auto all = [&](const char* device, const char* series) {
        return at.get(at.telemetry().read(
            {.device = ref(device), .series = series, .range = {}, .limit = 100'000}));
    };
    // 50 seconds of two series were in the group.
    const auto lost = all("lost-2", "lost-0");
    REQUIRE(lost.size() == kInLog - 50);
    for (const Reading& each : lost)
        CHECK(each.value == power_at(static_cast<int>((each.time - kNoon) / 1s)));
    CHECK(all("lost-2", "lost-1").size() == kInLog - 50);
    CHECK(all("lamp-3", "note").size() == kInLog);
    // What was erased does not come back when the log is replayed.
    CHECK(all("lamp-1", "power").size() == kInLog - 100);
}

}  // namespace

TEST_CASE("names that are lost are told, and what they named can be read under others") {
    const Killed hub;

    SUBCASE("of a device") {
        hub.change("telemetry.db", "DELETE FROM device WHERE id = 2");
        const Looked now = look(hub.path());
        CHECK(now.find(FindingKind::kChunkNameless) != nullptr);
        CHECK(now.find(FindingKind::kReferenceBroken) != nullptr);
        CHECK(now.find(FindingKind::kRowsNameless) != nullptr);
        salvage(hub.path());
        expect_whole(hub.path());
        const auto mine = [](const std::string& device, int) { return device == "lamp-2"; };
        CHECK(compare(hub.path(), mine) == 2 * (kInChunks + kInLog));
        Fixture at{[&] { return open_store(hub.path()); }};
        const auto lost = at.get(at.telemetry().read(
            {.device = ref("lost-2"), .series = "power", .range = {}, .limit = 100'000}));
        REQUIRE(lost.size() == kInChunks + kInLog);
        CHECK(lost.back().value == power_at(kInChunks + kInLog - 1));
    }
    SUBCASE("of a device, where another is called as it would be") {
        hub.change("telemetry.db",
                   "DELETE FROM device WHERE id = 2; "
                   "UPDATE device SET name = 'lost-2' WHERE id = 3");
        salvage(hub.path());
        expect_whole(hub.path());
        Fixture at{[&] { return open_store(hub.path()); }};
        for (const char* name : {"lost-2", "lost-2-"}) {
            const auto all = at.get(at.telemetry().read(
                {.device = ref(name), .series = "power", .range = {}, .limit = 100'000}));
            CHECK(all.size() == kInChunks + kInLog);
        }
    }
    SUBCASE("of a series") {
        hub.change("telemetry.db", "DELETE FROM metric WHERE device = 2 AND slot = 0");
        const Looked now = look(hub.path());
        const Finding* found = now.find(FindingKind::kNamesMissing);
        REQUIRE(found != nullptr);
        CHECK(found->device == ref("lamp-2"));
        salvage(hub.path());
        expect_whole(hub.path());
        Fixture at{[&] { return open_store(hub.path()); }};
        const auto lost = at.get(at.telemetry().read(
            {.device = ref("lamp-2"), .series = "lost-0", .range = {}, .limit = 100'000}));
        CHECK(lost.size() == kInChunks + kInLog);
        CHECK(at.readings(ref("lamp-2"), "note").size() > 0);
    }
}

TEST_CASE("names that are lost with a group of the log: its rows can be read under others") {
    const TemporaryDirectory killed;
    kill_without_name(killed.path());
    const Looked now = look(killed.path());
    const Finding* group = now.find(FindingKind::kFramesDamaged);
    REQUIRE(group != nullptr);
    CHECK(group->readings == 100);
    CHECK(now.find(FindingKind::kRowsNameless) != nullptr);
    salvage(killed.path());
    expect_named(killed.path());
}

TEST_CASE("salvaging that was interrupted, wherever, ends as any other when it is done again") {
    struct Interrupted {};
    const TemporaryDirectory killed;
    kill_without_name(killed.path());
    std::size_t acts = 0;
    {
        const TemporaryDirectory whole;
        fs::copy(killed.path(), whole.path(), fs::copy_options::recursive);
        acts = salvage(whole.path()).size();
    }
    REQUIRE(acts > 3);
    for (std::size_t nth = 0; nth < acts; ++nth) {
        CAPTURE(nth);
        const TemporaryDirectory copy;
        fs::copy(killed.path(), copy.path(), fs::copy_options::recursive);
        std::size_t told = 0;
        const auto interrupt = [&](const SalvageAct&) {
            if (told++ == nth) throw Interrupted{};
        };
        REQUIRE_THROWS_AS(static_cast<void>(salvage_directory(copy.path(), kNoon, interrupt)),
                          Interrupted);
        salvage(copy.path());
        expect_named(copy.path());
    }
}

TEST_CASE("damage of the log is found, named and salvaged") {
    const Killed hub;
    const auto segments = hub.segments();
    // The last before the newest: nothing of it is in chunks.
    const fs::path sealed = segments.at(segments.size() - 2);

    SUBCASE("bits of a group of writes") {
        hub.flip(sealed, kFramesAt + kFrameHeadBytes + 20);
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 1);
        const Finding* found = now.find(FindingKind::kFramesDamaged);
        REQUIRE(found != nullptr);
        CHECK(found->file == "log/" + sealed.filename().string());
        REQUIRE(found->readings);
        const std::uint64_t told = *found->readings;
        CHECK(told > 0);
        const auto acts = salvage(hub.path());
        REQUIRE(acts.size() == 1);
        CHECK(acts.front().starts_with(found->file + ": written anew"));
        CHECK(fs::exists(sealed.string() + ".damaged-20231114T221320Z"));
        expect_whole(hub.path());
        const auto lost = compare(hub.path(), kOfLog);
        CHECK(lost > 0);
        CHECK(lost <= told);
    }
    SUBCASE("a seal, which is made anew") {
        hub.flip(sealed, kSealAt + 12);
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 1);
        CHECK(now.find(FindingKind::kSegmentOpening) != nullptr);
        salvage(hub.path());
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kNothing) == 0);
    }
    SUBCASE("a segment that is cut off") {
        fs::resize_file(sealed, kFramesAt + 3'000);
        const Looked now = look(hub.path());
        const Finding* found = now.find(FindingKind::kFramesDamaged);
        REQUIRE(found != nullptr);
        REQUIRE(found->readings);
        const std::uint64_t told = *found->readings;
        salvage(hub.path());
        expect_whole(hub.path());
        const auto lost = compare(hub.path(), kOfLog);
        CHECK(lost > 0);
        CHECK(lost <= told);
    }
    SUBCASE("a segment that is missing") {
        fs::remove(sealed);
        const Looked now = look(hub.path());
        const Finding* found = now.find(FindingKind::kSegmentMissing);
        REQUIRE(found != nullptr);
        CHECK(found->file == "log/" + sealed.filename().string());
        salvage(hub.path());
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kOfLog) > 0);
    }
    SUBCASE("all of it is missing") {
        fs::remove_all(hub.path() / "log");
        const Looked now = look(hub.path());
        CHECK(now.find(FindingKind::kLogLost) != nullptr);
        salvage(hub.path());
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kOfLog) > 0);
    }
    SUBCASE("a torn end is no damage") {
        const fs::path newest = segments.back();
        const std::string bytes = Killed::bytes_at(newest, 0, fs::file_size(newest));
        fs::resize_file(newest, bytes.find_last_not_of('\0') - 10);
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 0);
        CHECK(now.find(FindingKind::kTailTorn) != nullptr);
        CHECK(compare(hub.path(), kOfLog) > 0);
    }
}

TEST_CASE("databases that SQLite calls malformed are found, and made anew of what can be read") {
    const Killed hub;
    {
        const auto checkpointed = hub.open("telemetry.db");
    }
    {
        const auto checkpointed = hub.open("registry.db");
    }
    const fs::path telemetry = hub.path() / "telemetry.db";

    SUBCASE("a page of chunks") {
        // Where the bytes of three chunks lie, not far from their begin.
        std::vector<std::string> pieces;
        std::uint64_t page_bytes = 0;
        {
            const auto file = hub.open("telemetry.db");
            Statement ask = file->prepare("PRAGMA page_size");
            REQUIRE(*ask.next());
            page_bytes = static_cast<std::uint64_t>(ask.integer(0));
            Statement find = file->prepare("SELECT data FROM chunk ORDER BY id LIMIT 3");
            while (*find.next())
                pieces.push_back(find.blob(0).substr(200, 48));
        }
        const std::string all = Killed::bytes_at(telemetry, 0, fs::file_size(telemetry));
        int made_anew = 0;
        for (const std::string& piece : pieces) {
            const auto at = all.find(piece);
            REQUIRE(at != std::string::npos);
            const TemporaryDirectory copy;
            fs::copy(hub.path(), copy.path(), fs::copy_options::recursive);
            Killed::put(copy.path() / "telemetry.db", at / page_bytes * page_bytes,
                        std::string(page_bytes, '\xA5'));
            const Looked now = look(copy.path());
            CHECK(now.checked.damages > 0);
            const auto acts = salvage(copy.path());
            CHECK(!acts.empty());
            made_anew += fs::exists(copy.path() / "telemetry.db.damaged-20231114T221320Z") ? 1 : 0;
            expect_whole(copy.path());
            const auto lost = compare(
                copy.path(), [](const std::string&, int second) { return second < kInChunks; });
            CHECK(lost > 0);
            CHECK(lost < kDevices.size() * 2 * kInChunks);
        }
        CHECK(made_anew > 0);
    }
    SUBCASE("its beginning: what the log has is there again") {
        Killed::put(telemetry, 0, std::string(100, 'x'));
        const Looked now = look(hub.path());
        CHECK(now.find(FindingKind::kFileUnreadable) != nullptr);
        const auto acts = salvage(hub.path());
        REQUIRE(!acts.empty());
        CHECK(acts.front().find("telemetry.db.damaged-") != std::string::npos);
        CHECK(fs::exists(hub.path() / "telemetry.db.damaged-20231114T221320Z"));
        expect_whole(hub.path());
        // The log still has all: it is kept for a day.
        CHECK(compare(hub.path(), kNothing) == 0);
    }
    SUBCASE("the registry, with its keys") {
        hub.change("registry.db",
                   "INSERT INTO credential SELECT tenant, 'key-' || id, 'device', id, id, "
                   "'self:read', x'00', 0, NULL FROM device");
        const fs::path registry = hub.path() / "registry.db";
        const auto pages = fs::file_size(registry) / 4'096;
        const auto devices = Killed::bytes_at(registry, 0, fs::file_size(registry)).find("kitchen");
        REQUIRE(devices != std::string::npos);
        REQUIRE(pages > devices / 4'096);
        Killed::put(registry, devices / 4'096 * 4'096, std::string(4'096, '\xA5'));
        CHECK(look(hub.path()).find(FindingKind::kFileDamaged) != nullptr);
        salvage(hub.path());
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kNothing) == 0);
    }
}
