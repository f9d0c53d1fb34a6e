#include "conformance/fixture.h"
#include "store/embedded/restore.h"
#include "store/embedded/test_store.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

namespace {

const DeviceRef kLamp = ref("lamp-1");

std::unique_ptr<BackupSource> begin(Fixture& hub) {
    auto& store = dynamic_cast<EmbeddedStore&>(hub.engine());
    auto begun = store.begin_backup({{.name = "secrets", .bytes = "pepper=x\n"}});
    if (!begun) FAIL("no backup: " << begun.error().detail);
    return std::move(*begun);
}

std::string rest_of(BackupSource& source) {
    std::string out;
    while (true) {
        auto piece = source.next();
        REQUIRE(piece);
        if (!*piece) return out;
        CHECK((*piece)->size() <= 2U << 20U);
        out += **piece;
    }
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream out{path, std::ios::binary};
    out << bytes;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

// A store with readings in chunks, in memory, replaced and erased, and where its backup goes.
struct Scene {
    TemporaryDirectory directory;
    std::filesystem::path file = directory.path().parent_path() / "hub.tar";
    std::filesystem::path restored = directory.path().parent_path() / "restored";

    // Small heads and segments, so that there are many of each.
    static EmbeddedSettings small() {
        EmbeddedSettings settings;
        settings.telemetry.head_bytes = 16'384;
        settings.log.segment_bytes = 32'768;
        settings.log_age = 0s;
        settings.log_look_every = 0s;
        return settings;
    }
    Result<Manifest> restore() const { return restore_archive(file, restored); }
};

void write_some(Fixture& hub, int from, int to, double factor) {
    for (int at = from; at < to; at += 50) {
        std::vector<Reading> some;
        for (int each = at; each < at + 50 && each < to; ++each)
            some.push_back(reading(kNoon + each * 1s, each * factor));
        hub.get(hub.write(kLamp, std::move(some)));
    }
}

std::vector<Reading> all_of(Fixture& hub) {
    return hub.get(hub.telemetry().read(
        {.device = kLamp, .series = "temperature", .range = {}, .limit = 100'000}));
}

void fill(Fixture& hub) {
    hub.get(hub.commit({made(kLamp)}, {event(kLamp, "made")}));
    write_some(hub, 0, 4'000, 0.1);
    write_some(hub, 1'000, 1'500, 0.7);  // Replaced.
    hub.get(
        hub.telemetry().erase(kLamp, "temperature", {.from = kNoon + 200s, .to = kNoon + 300s}));
}

std::string backup_of(Fixture& hub) {
    const auto source = begin(hub);
    return rest_of(*source);
}

}  // namespace

TEST_CASE("a backup has every reading of before it began, value by value, and none of after") {
    const Scene scene;
    std::vector<Reading> before;
    {
        Fixture hub{opening(scene.directory.path(), Scene::small())};
        fill(hub);
        before = all_of(hub);
        REQUIRE(before.size() == 3'900);
        const auto source = begin(hub);
        std::string archive;
        // All of it happens while the archive is made.
        for (int step = 0; step < 5; ++step) {
            auto piece = source->next();
            REQUIRE(piece);
            REQUIRE(*piece);
            archive += **piece;
            write_some(hub, 5'000 + step * 500, 5'500 + step * 500, 0.3);
            write_some(hub, step * 500, step * 500 + 500, 0.9);
        }
        hub.get(hub.telemetry().erase(kLamp, "", {}));
        hub.get(hub.commit({made(ref("lamp-2"))}));
        archive += rest_of(*source);
        write_file(scene.file, archive);
    }
    REQUIRE(scene.restore());
    Fixture hub{opening(scene.restored)};
    CHECK(all_of(hub) == before);
    CHECK(hub.get(hub.registry().device(kLamp)).has_value());
    CHECK_FALSE(hub.get(hub.registry().device(ref("lamp-2"))).has_value());
}

TEST_CASE("a restored store goes on: it takes readings and gives out no sequence twice") {
    const Scene scene;
    Cursor old;
    {
        Fixture hub{opening(scene.directory.path(), Scene::small())};
        fill(hub);
        old = hub.log().head();
        write_file(scene.file, backup_of(hub));
    }
    REQUIRE(scene.restore());
    Fixture hub{opening(scene.restored)};
    CHECK(hub.log().head().sequence >= old.sequence);
    // An old cursor must not point into what came after the backup.
    CHECK(hub.log().head().log != old.log);
    write_some(hub, 9'000, 9'010, 1.0);
    CHECK(all_of(hub).size() == 3'910);
}

TEST_CASE("an archive that is torn or has a wrong byte is refused, and nothing is made of it") {
    const Scene scene;
    std::string archive;
    {
        Fixture hub{opening(scene.directory.path(), Scene::small())};
        fill(hub);
        archive = backup_of(hub);
    }
    const auto expect_refused = [&](std::string_view bytes) {
        write_file(scene.file, bytes);
        const auto made = scene.restore();
        REQUIRE_FALSE(made);
        CHECK(made.error().code == ErrorCode::kUnprocessable);
        CHECK_FALSE(std::filesystem::exists(scene.restored));
        CHECK_FALSE(std::filesystem::exists(scene.restored.string() + ".part"));
    };
    for (const std::size_t length : {std::size_t{0}, std::size_t{100}, std::size_t{512},
                                     archive.size() / 2, archive.size() - 2'048}) {
        CAPTURE(length);
        expect_refused(std::string_view{archive}.substr(0, length));
    }
    for (std::size_t at = 600; at + 4'096 < archive.size(); at += archive.size() / 20) {
        CAPTURE(at);
        std::string other = archive;
        other[at] = static_cast<char>(other[at] ^ 1);
        expect_refused(other);
    }
}

TEST_CASE("an archive whose names lead out of the directory is refused") {
    const Scene scene;
    for (const char* name : {"../evil", "/tmp/evil", "log/../../evil", "hub.lock", "log/1.log"}) {
        CAPTURE(name);
        ArchiveWriter writer{kNoon};
        std::string archive = writer.begin(name, 1);
        writer.add("x");
        archive += "x" + writer.end() + writer.finish();
        write_file(scene.file, archive);
        const auto made = scene.restore();
        REQUIRE_FALSE(made);
        CHECK(made.error().code == ErrorCode::kUnprocessable);
    }
    CHECK_FALSE(std::filesystem::exists(scene.restored));
}

TEST_CASE("one backup is made at a time, and the next one after it") {
    const Scene scene;
    Fixture hub{opening(scene.directory.path())};
    auto& store = dynamic_cast<EmbeddedStore&>(hub.engine());
    auto first = begin(hub);
    const auto second = store.begin_backup({});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::kConflict);
    first.reset();
    CHECK(store.begin_backup({}));
}

TEST_CASE("a backup that is given up leaves no copy, nor does one whose hub was killed") {
    const Scene scene;
    const auto copy = scene.directory.path() / "registry.db.copy";
    {
        Fixture hub{opening(scene.directory.path())};
        auto source = begin(hub);
        REQUIRE(source->next());
        source.reset();
        CHECK_FALSE(std::filesystem::exists(copy));
    }
    write_file(copy, "half a copy");
    const Fixture hub{opening(scene.directory.path())};
    CHECK_FALSE(std::filesystem::exists(copy));
}

TEST_CASE("nothing is restored over what is there") {
    const Scene scene;
    {
        Fixture hub{opening(scene.directory.path())};
        write_file(scene.file, backup_of(hub));
    }
    REQUIRE(scene.restore());
    const std::string registry = read_file(scene.restored / "registry.db");
    const auto again = scene.restore();
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::kAlreadyExists);
    CHECK(read_file(scene.restored / "registry.db") == registry);
    SUBCASE("an empty directory is as good as none") {
        std::filesystem::remove_all(scene.restored);
        std::filesystem::create_directory(scene.restored);
        CHECK(scene.restore());
    }
}
