#include "store/embedded/sqlite.h"

#include "store/embedded/test_store.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace tandem;
using namespace tandem::store;

namespace {

std::string word(Connection& connection, std::string_view sql) {
    Statement query = connection.prepare(sql);
    auto row = query.next();
    REQUIRE(row);
    REQUIRE(*row);
    return query.text(0);
}

}  // namespace

TEST_CASE("connection") {
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.path());
    const auto file = directory.path() / "test.db";
    const auto open = [&](Connection::Role role) {
        auto opened = Connection::open(file, role);
        REQUIRE(opened);
        return std::move(*opened);
    };

    SUBCASE("a writer syncs every commit, logs ahead and heeds foreign keys") {
        const auto writer = open(Connection::Role::kWriter);
        CHECK(word(*writer, "PRAGMA journal_mode") == "wal");
        CHECK(word(*writer, "PRAGMA synchronous") == "2");  // FULL
        CHECK(word(*writer, "PRAGMA foreign_keys") == "1");
    }
    SUBCASE("a file is made for its owner alone") {
        const auto writer = open(Connection::Role::kWriter);
        REQUIRE(writer->execute("CREATE TABLE t (x INTEGER) STRICT"));
        for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
            CAPTURE(entry.path().string());
            using std::filesystem::perms;
            const perms given = entry.status().permissions();
            CHECK((given & perms::group_all) == perms::none);
            CHECK((given & perms::others_all) == perms::none);
        }
    }
    SUBCASE("a reader reads what is committed and writes nothing") {
        const auto writer = open(Connection::Role::kWriter);
        REQUIRE(writer->execute("CREATE TABLE t (x TEXT) STRICT; INSERT INTO t VALUES ('a')"));
        const auto reader = open(Connection::Role::kReader);
        CHECK(word(*reader, "SELECT x FROM t") == "a");
        CHECK(!reader->execute("INSERT INTO t VALUES ('b')"));
    }
    SUBCASE("a reader needs a file that is there") {
        CHECK(!Connection::open(file, Connection::Role::kReader));
        CHECK(!std::filesystem::exists(file));
    }
    SUBCASE("a file that is no database is refused by its name") {
        std::ofstream{file} << std::string(8'192, 'x');
        const auto refused = Connection::open(file, Connection::Role::kWriter);
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        CHECK(refused.error().detail == "test.db is damaged: file is not a database");
    }
    SUBCASE("a statement that fails gives its failure at the next step, not before") {
        const auto writer = open(Connection::Role::kWriter);
        Statement absent = writer->prepare("INSERT INTO absent VALUES (?)");
        absent.bind(std::int64_t{1}).bind(std::string_view{"too many"});
        CHECK(!absent.run());
    }
    SUBCASE("text and bytes keep their zeros, and nothing is not NULL") {
        const auto writer = open(Connection::Role::kWriter);
        REQUIRE(writer->execute("CREATE TABLE t (x TEXT, y BLOB) STRICT"));
        const std::string zeros("a\0b", 3);
        Statement write = writer->prepare("INSERT INTO t VALUES (?, ?)");
        REQUIRE(write.bind(zeros).bind(Blob{zeros}).run());
        write.reset();
        REQUIRE(write.bind(std::string_view{}).bind(Blob{}).run());
        Statement read = writer->prepare("SELECT x, y FROM t");
        REQUIRE(*read.next());
        CHECK(read.text(0) == zeros);
        CHECK(read.blob(1) == zeros);
        REQUIRE(*read.next());
        CHECK(!read.is_null(0));
        CHECK(!read.is_null(1));
        CHECK(!*read.next());
    }
    SUBCASE("a question stops when the store closes") {
        const auto writer = open(Connection::Role::kWriter);
        const std::atomic<bool> stop = true;
        writer->stop_when(stop);
        Statement endless = writer->prepare(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT count(*) FROM n");
        const auto stopped = endless.next();
        REQUIRE(!stopped);
        CHECK(stopped.error().code == ErrorCode::kUnavailable);
    }
}
