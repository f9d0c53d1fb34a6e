#include "store/embedded/migration.h"

#include "store/embedded/registry_schema.h"
#include "store/embedded/telemetry_schema.h"
#include "store/embedded/test_store.h"

#include <doctest/doctest.h>

#include <array>

using namespace tandem;
using namespace tandem::store;

namespace {

constexpr std::array<std::string_view, 3> kSteps{
    "CREATE TABLE a (x INTEGER) STRICT;",
    "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a VALUES (2);",
    "INSERT INTO b SELECT x + 1 FROM a;",
};

std::unique_ptr<Connection> open_file(const TemporaryDirectory& directory) {
    std::filesystem::create_directories(directory.path());
    auto opened = Connection::open(directory.path() / "test.db", Connection::Role::kWriter);
    REQUIRE(opened);
    return std::move(*opened);
}

std::int64_t number(Connection& connection, std::string_view sql) {
    Statement query = connection.prepare(sql);
    auto row = query.next();
    REQUIRE(row);
    REQUIRE(*row);
    return query.integer(0);
}

std::int64_t tables(Connection& connection) {
    return number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
}

}  // namespace

TEST_CASE("migration") {
    const TemporaryDirectory directory;
    const auto connection = open_file(directory);
    const std::span steps{kSteps};

    SUBCASE("a new file takes every step in order") {
        REQUIRE(migrate(*connection, steps, "test.db"));
        CHECK(*schema_version(*connection) == 3);
        CHECK(number(*connection, "SELECT x FROM b") == 3);
        CHECK(!connection->in_transaction());
    }
    SUBCASE("an older file takes the missing steps alone and keeps its rows") {
        REQUIRE(migrate(*connection, steps.first(1), "test.db"));
        REQUIRE(connection->execute("INSERT INTO a VALUES (7)"));
        REQUIRE(migrate(*connection, steps, "test.db"));
        CHECK(*schema_version(*connection) == 3);
        CHECK(number(*connection, "SELECT count(*) FROM b") == 2);
        CHECK(number(*connection, "SELECT max(x) FROM b") == 8);
    }
    SUBCASE("a file of today is left alone") {
        REQUIRE(migrate(*connection, steps, "test.db"));
        REQUIRE(migrate(*connection, steps, "test.db"));
        CHECK(number(*connection, "SELECT count(*) FROM b") == 1);
    }
    SUBCASE("a newer file is refused with both versions and stays as it is") {
        REQUIRE(migrate(*connection, steps, "test.db"));
        const auto refused = migrate(*connection, steps.first(2), "test.db");
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        CHECK(refused.error().detail ==
              "test.db has version 3, this hub knows versions up to 2: "
              "start the newer hub that wrote it");
        CHECK(*schema_version(*connection) == 3);
    }
    SUBCASE("a step that fails takes the others back, and a later start can go on") {
        auto broken = kSteps;
        broken[2] = "INSERT INTO absent VALUES (1);";
        REQUIRE(!migrate(*connection, broken, "test.db"));
        CHECK(!connection->in_transaction());
        CHECK(*schema_version(*connection) == 0);
        CHECK(tables(*connection) == 0);
        REQUIRE(migrate(*connection, steps, "test.db"));
        CHECK(*schema_version(*connection) == 3);
    }
}

TEST_CASE("schemas of the store") {
    const TemporaryDirectory directory;
    const auto connection = open_file(directory);

    SUBCASE("every table of both files is strict") {
        REQUIRE(migrate(*connection, kRegistrySteps, "registry.db"));
        CHECK(tables(*connection) > 5);
        CHECK(number(*connection,
                     "SELECT count(*) FROM pragma_table_list "
                     "WHERE name NOT LIKE 'sqlite_%' AND NOT strict") == 0);
    }
    SUBCASE("the tables of telemetry too") {
        REQUIRE(migrate(*connection, kTelemetrySteps, "telemetry.db"));
        CHECK(number(*connection,
                     "SELECT count(*) FROM pragma_table_list "
                     "WHERE name NOT LIKE 'sqlite_%' AND NOT strict") == 0);
    }
}
