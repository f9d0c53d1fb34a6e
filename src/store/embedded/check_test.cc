#include "store/embedded/check.h"

#include "store/embedded/compact.h"
#include "store/embedded/test_damage.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/row_builder.h"
#include "store/telemetry/test_rows.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

/// Another process that has a database open: locks of one's own are not seen.
class OtherProgram {
public:
    explicit OtherProgram(const fs::path& database) {
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()) == 0);
        child_ = ::fork();
        REQUIRE(child_ >= 0);
        if (child_ == 0) hold(database);
        ::close(ends_[1]);
        char ready = 0;
        REQUIRE(::read(ends_[0], &ready, 1) == 1);
        REQUIRE(ready == '1');
    }
    OtherProgram(const OtherProgram&) = delete;
    OtherProgram& operator=(const OtherProgram&) = delete;
    ~OtherProgram() {
        ::close(ends_[0]);
        ::waitpid(child_, nullptr, 0);
    }

private:
    [[noreturn]] void hold(const fs::path& database) {
        ::close(ends_[0]);
        const auto opened = Connection::open(database, Connection::Role::kWriter);
        const bool has = opened && (*opened)->number("SELECT count(*) FROM chunk");
        static_cast<void>(::write(ends_[1], has ? "1" : "0", 1));
        char end = 0;
        static_cast<void>(::read(ends_[1], &end, 1));
        ::_exit(0);
    }

    std::array<int, 2> ends_{};
    ::pid_t child_ = -1;
};

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

TEST_CASE("while another program has a database open nothing is looked at, and nothing touched") {
    const Killed hub;
    const OtherProgram other{hub.path() / "telemetry.db"};
    const auto before = snapshot(hub.path());
    const auto expect = [](const Error& refused) {
        CHECK(refused.code == ErrorCode::kUnavailable);
        CHECK(refused.detail.find("telemetry.db open: end it first") != std::string::npos);
    };
    SUBCASE("by check") {
        const auto refused = check_directory(hub.path(), [](const Finding&) { FAIL("looked at"); });
        REQUIRE(!refused);
        expect(refused.error());
    }
    SUBCASE("by salvage") {
        const auto refused =
            salvage_directory(hub.path(), kNoon, [](const SalvageAct&) { FAIL("touched"); });
        REQUIRE(!refused);
        expect(refused.error());
    }
    SUBCASE("by compact") {
        const auto refused = compact_directory(hub.path());
        REQUIRE(!refused);
        expect(refused.error());
    }
    CHECK(snapshot(hub.path()) == before);
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
    SUBCASE("one that its row misfiles") {
        std::string row;
        SUBCASE("with other times") {
            row = "t0 = t0 - 5, t1 = t1 + 1000000";
        }
        SUBCASE("with another group") {
            row = "grp = 1";
        }
        hub.change("telemetry.db", "UPDATE chunk SET " + row +
                                       " WHERE id = (SELECT min(id) FROM chunk WHERE device = 3)");
        const Looked now = look(hub.path());
        const Finding* found = now.find(FindingKind::kChunkMisfiled);
        REQUIRE(found != nullptr);
        CHECK(found->device == ref("lamp-3"));
        if (!row.starts_with("grp"))
            CHECK(found->series == std::vector<std::string>{"power", "note"});
        CHECK(found->readings == 1'024);
        CHECK(salvage(hub.path()).size() >= 1);
        expect_whole(hub.path());
        CHECK(compare(hub.path(), kNothing) == 0);
    }
    SUBCASE("one whose header has another sum than its values") {
        const WrongSum wrong;  // Its times are before all others.
        {
            const auto file = hub.open("telemetry.db");
            Statement put = file->prepare(
                "INSERT INTO chunk(device, grp, t0, t1, data) VALUES (2, 0, ?, ?, ?)");
            put.bind(wrong.rows.times.front()).bind(wrong.rows.times.back());
            REQUIRE(put.bind(Blob{wrong.bytes}).run());
        }
        const Looked now = look(hub.path());
        CHECK(now.checked.damages == 1);
        const Finding* found = now.find(FindingKind::kChunkSummary);
        REQUIRE(found != nullptr);
        CHECK(found->device == ref("lamp-2"));
        CHECK(found->readings == 3);
        CHECK(salvage(hub.path()).size() == 1);
        expect_whole(hub.path());
        Fixture at{[&] { return open_store(hub.path()); }};
        const auto all = at.readings(ref("lamp-2"), "power");
        REQUIRE(all.size() >= 3);
        CHECK(all.front().value == 5);
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
