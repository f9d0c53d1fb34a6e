#include "store/embedded/check.h"

#include "base/random.h"
#include "conformance/fixture.h"
#include "store/embedded/salvage.h"
#include "store/embedded/sqlite.h"
#include "store/embedded/test_store.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/log_frame.h"
#include "store/telemetry/log_opening.h"
#include "store/telemetry/row_builder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kDevices{"lamp-1", "lamp-2", "lamp-3"};
constexpr int kInChunks = 1'600;  // Rows of each device: four chunks.
constexpr int kInLog = 400;       // More of them, in no chunk yet.

EmbeddedSettings small_segments() {
    EmbeddedSettings settings;
    settings.log.segment_bytes = 8'192;
    return settings;
}

Value power_at(int second) {
    return second / 7.0;
}
// Digits that do not compress well, so that chunks fill several pages.
Value note_at(int second) {
    SeededRandom random{static_cast<std::uint64_t>(second)};
    return std::to_string(random.next()) + std::to_string(random.next());
}

void write(Fixture& at, const std::string& device, int from, int to) {
    for (int second = from; second < to; second += 50) {
        std::vector<Reading> readings;
        for (int each = second; each < std::min(second + 50, to); ++each) {
            readings.push_back(reading(kNoon + each * 1s, power_at(each), "power"));
            readings.push_back(reading(kNoon + each * 1s, note_at(each), "note"));
        }
        REQUIRE(at.get(at.write(ref(device), std::move(readings))).stored > 0);
    }
}

/// The data of a hub that was killed: most readings are in chunks, the last are in its log.
class Killed {
public:
    Killed() {
        const TemporaryDirectory busy;
        {
            Fixture at{[&] { return open_store(busy.path(), small_segments()); }};
            for (const std::string& each : kDevices) {
                at.get(at.commit({made(ref(each))}, {event(ref(each), "made")}));
                write(at, each, 0, kInChunks);
            }
        }
        Fixture at{[&] { return open_store(busy.path(), small_segments()); }};
        for (const std::string& each : kDevices)
            write(at, each, kInChunks, kInChunks + kInLog);
        std::ofstream{busy.path() / "secrets"} << "pepper";
        fs::copy(busy.path(), path(), fs::copy_options::recursive);
    }
    [[nodiscard]] fs::path path() const { return directory_.path(); }

    [[nodiscard]] std::unique_ptr<Connection> open(const char* file) const {
        auto opened = Connection::open(path() / file, Connection::Role::kWriter);
        REQUIRE(opened);
        return std::move(*opened);
    }
    void change(const char* file, const std::string& sql) const {
        const auto opened = open(file);
        REQUIRE(opened->execute("PRAGMA foreign_keys=OFF"));
        REQUIRE(opened->execute(sql));
    }

    /// Files of segments, oldest first, without those that no frame has reached.
    [[nodiscard]] std::vector<fs::path> segments() const {
        std::vector<fs::path> out;
        for (const auto& each : fs::directory_iterator{path() / "log"}) {
            if (!segment_number(each.path().filename().string())) continue;
            if (bytes_at(each.path(), 0, 8) == "tdmlog-1") out.push_back(each.path());
        }
        std::ranges::sort(out);
        return out;
    }
    static std::string bytes_at(const fs::path& file, std::uint64_t offset, std::size_t count) {
        std::ifstream in{file, std::ios::binary};
        in.seekg(static_cast<std::streamoff>(offset));
        std::string bytes(count, '\0');
        in.read(bytes.data(), static_cast<std::streamsize>(count));
        return bytes;
    }
    static void put(const fs::path& file, std::uint64_t offset, const std::string& bytes) {
        std::fstream out{file, std::ios::binary | std::ios::in | std::ios::out};
        out.seekp(static_cast<std::streamoff>(offset));
        out << bytes;
        REQUIRE(out.good());
    }
    static void flip(const fs::path& file, std::uint64_t offset) {
        std::string byte = bytes_at(file, offset, 1);
        byte[0] = static_cast<char>(byte[0] ^ 0x10);
        put(file, offset, byte);
    }

private:
    TemporaryDirectory directory_;
};

/// Every file of a directory with all of its bytes.
std::map<std::string, std::string> snapshot(const fs::path& directory) {
    std::map<std::string, std::string> out;
    for (const auto& each : fs::recursive_directory_iterator{directory}) {
        if (!each.is_regular_file()) continue;
        std::ifstream in{each.path(), std::ios::binary};
        out[each.path().string()] = std::string{std::istreambuf_iterator<char>{in}, {}};
    }
    return out;
}

struct Looked {
    Checked checked;
    std::vector<Finding> findings;

    [[nodiscard]] const Finding* find(FindingKind kind) const {
        const auto found = std::ranges::find(findings, kind, &Finding::kind);
        return found == findings.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::uint64_t count(const std::string& file, const std::string& what) const {
        for (const CheckedFile& each : checked.files) {
            for (const auto& [name, count] : each.counts) {
                if (each.name == file && name == what) return count;
            }
        }
        FAIL("no count of " << what);
        return 0;
    }
};

Looked look(const fs::path& directory) {
    Looked out;
    auto checked =
        check_directory(directory, [&](const Finding& each) { out.findings.push_back(each); });
    if (!checked) FAIL("cannot check: " << checked.error().detail);
    out.checked = std::move(*checked);
    return out;
}

void expect_whole(const fs::path& directory) {
    const Looked now = look(directory);
    for (const Finding& each : now.findings) {
        CAPTURE(each.file);
        CAPTURE(each.what);
        CHECK(!row(each.kind).is_damage);
    }
    CHECK(now.checked.damages == 0);
}

/// Compares all that is there with all that was written: what is there is right, value by value,
/// and what is not there is said to be lost. Gives how many readings that are.
using IsLost = std::function<bool(const std::string& device, int second)>;
std::uint64_t compare(const fs::path& directory, const IsLost& may_be_lost) {
    Fixture at{[&] { return open_store(directory); }};
    std::uint64_t lost = 0;
    for (const std::string& device : kDevices) {
        CAPTURE(device);
        for (const char* series : {"power", "note"}) {
            std::map<Instant, Value> found;
            for (Reading& each : at.get(at.telemetry().read(
                     {.device = ref(device), .series = series, .range = {}, .limit = 100'000})))
                found.emplace(each.time, std::move(each.value));
            for (int second = 0; second < kInChunks + kInLog; ++second) {
                const auto value = found.find(kNoon + second * 1s);
                const bool there = value != found.end();
                lost += there ? 0 : 1;
                if (!there && may_be_lost(device, second)) continue;
                CAPTURE(second);
                REQUIRE(there);
                REQUIRE(value->second ==
                        (series == std::string{"power"} ? power_at(second) : note_at(second)));
            }
            CHECK(found.size() <= kInChunks + kInLog);
        }
    }
    return lost;
}

std::vector<std::string> salvage(const fs::path& directory) {
    std::vector<std::string> acts;
    const auto done = salvage_directory(directory, kNoon, [&](const SalvageAct& act) {
        acts.push_back(act.file + ": " + act.what);
    });
    if (!done) FAIL("cannot salvage: " << done.error().detail);
    return acts;
}

const IsLost kNothing = [](const std::string&, int) { return false; };
const IsLost kOfLog = [](const std::string&, int second) { return second >= kInChunks; };

}  // namespace

TEST_CASE("data that is whole is found to be so, and no byte of it changes") {
    const Killed hub;

    SUBCASE("of a hub that was killed") {}
    SUBCASE("of a hub that has stopped") {
        CHECK(compare(hub.path(), kNothing) == 0);
    }
    SUBCASE("that was salvaged although it was whole") {
        CHECK(salvage(hub.path()).empty());
        CHECK(compare(hub.path(), kNothing) == 0);
    }
    const auto before = snapshot(hub.path());
    const Looked now = look(hub.path());
    CHECK(snapshot(hub.path()) == before);
    for (const Finding& each : now.findings)
        CHECK(each.what == "");
    CHECK(now.findings.empty());
    CHECK(now.count("registry.db", "devices") == 3);
    CHECK(now.count("telemetry.db", "devices") == 3);
    CHECK(now.count("telemetry.db", "series") == 6);
    const auto in_chunks = now.count("telemetry.db", "readings");
    const auto in_log = now.count("log", "readings_in_no_chunk");
    CHECK(in_chunks + in_log == kDevices.size() * 2 * (kInChunks + kInLog));
    CHECK(now.count("telemetry.db", "chunks") >= 12);
    CHECK(now.count("log", "segments") > 2);
}

TEST_CASE("a hub that runs is left alone, and it is said what to do instead") {
    const Killed hub;
    const auto store = open_store(hub.path());
    const auto refused = check_directory(hub.path(), [](const Finding&) { FAIL("looked at"); });
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    CHECK(refused.error().detail.find("stop it first, or look at a copy") != std::string::npos);
    CHECK(!salvage_directory(hub.path(), kNoon, [](const SalvageAct&) { FAIL("touched"); }));
}

TEST_CASE("where no hub's data is nothing is made") {
    const TemporaryDirectory nothing;
    const auto refused = check_directory(nothing.path(), [](const Finding&) {});
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kNotFound);
    CHECK(!salvage_directory(nothing.path(), kNoon, [](const SalvageAct&) {}));
    CHECK(!fs::exists(nothing.path()));
}

TEST_CASE("damaged chunks are found, named and salvaged") {
    const Killed hub;

    SUBCASE("one whose bits are others") {
        {
            const auto file = hub.open("telemetry.db");
            Statement find =
                file->prepare("SELECT id, data FROM chunk WHERE device = 2 ORDER BY id LIMIT 1");
            REQUIRE(*find.next());
            std::string data = find.blob(1);
            data[100] = static_cast<char>(data[100] ^ 4);
            Statement put = file->prepare("UPDATE chunk SET data = ? WHERE id = ?");
            REQUIRE(put.bind(Blob{data}).bind(find.integer(0)).run());
        }
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 1);
        const Finding* found = now.find(FindingKind::kChunkUnreadable);
        REQUIRE(found != nullptr);
        CHECK(found->file == "telemetry.db");
        CHECK(found->device == ref("lamp-2"));
        REQUIRE(found->span);
        CHECK(found->what.find("CRC") != std::string::npos);
        const auto acts = salvage(hub.path());
        REQUIRE(acts.size() == 1);
        CHECK(acts.front().find("in the table damaged now") != std::string::npos);
        const Looked after = look(hub.path());
        CHECK(after.checked.damages == 0);
        CHECK(after.find(FindingKind::kChunksAside) != nullptr);
        const auto [first, last] = *found->span;
        const auto lost = compare(hub.path(), [&](const std::string& device, int second) {
            return device == "lamp-2" && kNoon + second * 1s >= first &&
                   kNoon + second * 1s <= last;
        });
        CHECK(lost == 2 * 512);
    }
    SUBCASE("one whose row has other times") {
        hub.change("telemetry.db",
                   "UPDATE chunk SET t0 = t0 - 5, t1 = t1 + 1000000 "
                   "WHERE id = (SELECT min(id) FROM chunk WHERE device = 3)");
        const Looked now = look(hub.path());
        const Finding* found = now.find(FindingKind::kChunkMisfiled);
        REQUIRE(found != nullptr);
        CHECK(found->device == ref("lamp-3"));
        CHECK(found->series == std::vector<std::string>{"power", "note"});
        CHECK(found->readings == 1'024);
        CHECK(salvage(hub.path()).size() >= 1);
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kNothing) == 0);
    }
    SUBCASE("two that overlap") {
        {
            const auto file = hub.open("telemetry.db");
            std::string bytes;
            {
                Statement find = file->prepare("SELECT data FROM chunk WHERE id = 1");
                REQUIRE(*find.next());
                bytes = find.blob(0);
            }
            const auto chunk = Chunk::open(bytes);
            REQUIRE(chunk);
            const auto rows = chunk->rows();
            REQUIRE(rows);
            const std::size_t count = rows->times.size();
            const Rows early = part_of(*rows, 0, count / 2);
            const Rows late = merged(part_of(*rows, 0, 1), part_of(*rows, count / 2, count));
            const auto replace = [&](std::string_view sql, const Rows& with) {
                const std::string data = encode_chunk(with);
                Statement put = file->prepare(sql);
                put.bind(with.times.front()).bind(with.times.back()).bind(Blob{data});
                REQUIRE(put.run());
            };
            // The first row is in both: their spans are not apart, and their begins are not equal.
            const Rows from_second = part_of(early, 1, early.times.size());
            replace("UPDATE chunk SET t0 = ?, t1 = ?, data = ? WHERE id = 1", late);
            replace(
                "INSERT INTO chunk(device, grp, t0, t1, data) SELECT device, grp, ?1, ?2, ?3 "
                "FROM chunk WHERE id = 1",
                from_second);
        }
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 1);
        const Finding* found = now.find(FindingKind::kChunksOverlap);
        REQUIRE(found != nullptr);
        CHECK(found->device);
        CHECK(salvage(hub.path()).size() == 1);
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kNothing) == 0);
    }
}

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

TEST_CASE("what is wrong with the registry is found and named") {
    const Killed hub;

    SUBCASE("a document") {
        hub.change("registry.db", "UPDATE device SET labels = x'FF' WHERE id = 'lamp-2'");
        const Looked now = look(hub.path());
        const Finding* found = now.find(FindingKind::kDocumentUnreadable);
        REQUIRE(found != nullptr);
        CHECK(found->device == ref("lamp-2"));
        CHECK(found->what.starts_with("labels"));
    }
    SUBCASE("rows of a device that is not there") {
        hub.change("registry.db", "INSERT INTO presence VALUES ('home', 'nobody', 1, 'ws', 0, 0)");
        const Looked now = look(hub.path());
        REQUIRE(now.find(FindingKind::kReferenceBroken) != nullptr);
        CHECK(salvage(hub.path()).size() == 1);
        expect_whole(hub.path());
    }
    SUBCASE("a sequence that is behind its events") {
        hub.change("registry.db", "UPDATE meta SET value = 1 WHERE key = 'sequence'");
        CHECK(look(hub.path()).find(FindingKind::kSequenceBehind) != nullptr);
        CHECK(salvage(hub.path()).size() == 1);
        expect_whole(hub.path());
    }
    SUBCASE("a newer hub has written it: then salvaging touches nothing") {
        hub.change("registry.db", "PRAGMA user_version = 99");
        const Looked now = look(hub.path());
        REQUIRE(now.find(FindingKind::kVersionNewer) != nullptr);
        CHECK(!salvage_directory(hub.path(), kNoon, [](const SalvageAct&) {}));
    }
    SUBCASE("a file that is missing") {
        fs::remove(hub.path() / "secrets");
        CHECK(look(hub.path()).find(FindingKind::kSecretsMissing) != nullptr);
    }
    SUBCASE("devices that only telemetry knows are no damage") {
        hub.change("registry.db", "DELETE FROM device WHERE id = 'lamp-2'");
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 0);
        const Finding* found = now.find(FindingKind::kChunksOrphaned);
        REQUIRE(found != nullptr);
        CHECK(found->device == ref("lamp-2"));
    }
}
