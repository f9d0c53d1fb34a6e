#include "conformance/fixture.h"
#include "store/embedded/audit_rows.h"
#include "store/embedded/migration.h"
#include "store/embedded/registry_schema.h"
#include "store/embedded/telemetry_schema.h"
#include "store/embedded/test_registry_rows.h"
#include "store/embedded/test_store.h"

#include <doctest/doctest.h>

#include <array>

using namespace tandem;
using namespace tandem::conformance;
using namespace tandem::store;

// Every version that a file has ever had, as hubs of that time have written it, is opened by
// today's. A step that is added to a schema needs rows of the version it leads to, here or in
// test_registry_rows.h.

namespace {

// What a file of each version says, whichever it is: three readings of `temperature`, the second
// with a `note`, and `open` in two.
constexpr std::array kTelemetryRows{
    // 1: a row for each reading.
    "INSERT INTO device(id, tenant, name) VALUES (3, 'home', 'lamp-1');"
    "INSERT INTO series(id, device, name) VALUES (2, 3, 'temperature'), (7, 3, 'note'),"
    " (8, 3, 'open');"
    "INSERT INTO reading(device, series, t, type, value) VALUES"
    " (3, 2, 1700000000000000, 4, 21.5), (3, 2, 1700000001000000, 4, 21.0),"
    " (3, 2, 1700000002000000, 4, 22.5), (3, 7, 1700000001000000, 6, 'ok'),"
    " (3, 8, 1700000000000000, 1, 1), (3, 8, 1700000001000000, 1, 0),"
    " (3, 8, 1700000002000000, 1, 1);"
    "INSERT INTO meta VALUES ('sequence', 7);",
    // 2: chunks.
    "INSERT INTO device(id, tenant, name) VALUES (3, 'home', 'lamp-1');"
    "INSERT INTO metric VALUES (3, 0, 'temperature'), (3, 1, 'note'), (3, 2, 'open');"
    "INSERT INTO chunk VALUES (5, 3, 0, 1700000000000000, 1700000002000000,"
    " x'01038080F2818389850602020303040301A40301C20300820101AE0301C203070D010101036F6B036F6B0A0903"
    "0203010000020101A40305000F01000200000004006F6B05225E3A89');"
    "INSERT INTO erasure VALUES (1, 3, NULL, 0, 1000000, 6);"
    "INSERT INTO meta VALUES ('flushed_segment', 0), ('flushed_sequence', 7);",
};
static_assert(kTelemetryRows.size() == kTelemetrySteps.size());

const DeviceRef kLamp = ref("lamp-1");

std::unique_ptr<Connection> open_file(const std::filesystem::path& file) {
    std::filesystem::create_directories(file.parent_path());
    auto opened = Connection::open(file, Connection::Role::kWriter);
    REQUIRE(opened);
    return std::move(*opened);
}

/// A file as a hub of the version after `steps` has left it.
void make(const std::filesystem::path& file,
          std::span<const std::string_view> steps,
          std::string_view rows) {
    const auto made = open_file(file);
    REQUIRE(migrate(*made, steps, file.filename().string()));
    REQUIRE(made->execute(std::string{rows}));
}

Reading at_second(int second, Value value, std::string series) {
    return reading(kNoon + second * 1s, std::move(value), std::move(series));
}

void check_readings(Fixture& at) {
    CHECK(at.readings(kLamp, "temperature") == std::vector{at_second(0, 21.5, "temperature"),
                                                           at_second(1, 21.0, "temperature"),
                                                           at_second(2, 22.5, "temperature")});
    CHECK(at.readings(kLamp, "note") == std::vector{at_second(1, "ok", "note")});
    CHECK(at.readings(kLamp, "open") == std::vector{at_second(0, true, "open"),
                                                    at_second(1, false, "open"),
                                                    at_second(2, true, "open")});
}

void check_oauth(Fixture& at, std::size_t version) {
    const LiveRecords live = at.get(at.oauth().live());
    const auto code = at.get(at.oauth().code(KeyId{"code-1"}));
    const auto family = at.get(at.oauth().family(KeyId{"family-1"}));
    const auto grant = at.get(at.oauth().device_grant(KeyId{"grant-1"}));
    const auto claims = at.get(at.oauth().claim_codes(TenantId{"home"}));
    const auto apps = at.get(at.registry().policy()).apps;
    if (version < 6) {
        CHECK(live.tokens.empty());
        CHECK(apps.empty());
        return;
    }
    REQUIRE(live.tokens.size() == 1);
    CHECK(live.tokens.front().delegation.client == "home/dashboard");
    CHECK(live.tokens.front().expires == kNoon + 15min);
    CHECK(live.assertions.size() == 1);
    REQUIRE(code);
    CHECK(code->used);
    REQUIRE(family);
    CHECK(!family->revoked);
    REQUIRE(grant);
    REQUIRE(grant->delegation);
    CHECK(grant->delegation->kind == PrincipalKind::kDevice);
    CHECK(grant->interval == 5s);
    REQUIRE(claims.size() == 1);
    CHECK(claims.front().labels == Labels{{"room", "kitchen"}});
    REQUIRE(apps.size() == 1);
    CHECK(apps.front().is_public);
    CHECK(apps.front().redirect_uris == std::vector<std::string>{"https://a"});
}

void check_dashboards(Fixture& at, std::size_t version) {
    const TenantId home{"home"};
    const auto board = at.get(at.registry().dashboard(home, DashboardId{"board-1"}));
    CHECK(board.has_value() == (version >= 8));
    if (!board) return;
    CHECK(board->owner == Principal{.kind = PrincipalKind::kUser, .tenant = home, .id = "admin"});
    CHECK(board->title == "Hall");
    CHECK(board->shared);
    CHECK(board->updated == kNoon + 1s);
    CHECK(board->version == 3);
    CHECK(board->tiles == Value{Value::Array{Value::Object{{"kind", "text"}}}});
}

void check_registry(Fixture& at, std::size_t version) {
    const auto device = at.get(at.registry().device(kLamp));
    REQUIRE(device);
    CHECK(device->name == "Lamp");
    CHECK(device->labels == Labels{{"room", "kitchen"}});
    CHECK(device->schema == Value{});
    CHECK(device->version == 4);
    const Twin twin = at.get(at.registry().twin(kLamp));
    CHECK(twin.config.value == Value{Value::Object{{"level", 3}}});
    CHECK(twin.config.changed.at("level") == kNoon);
    CHECK(twin.state.version == 0);
    const auto command = at.get(at.registry().command(kLamp, CommandId{"01HF-1"}));
    REQUIRE(command);
    CHECK(command->status == Command::Status::kDelivered);
    CHECK(command->params == Value{Value::Object{{"level", 3}}});
    const Value percent = Value::Object{{"percent", 40}};
    CHECK(command->progress == (version < 3 ? Value{} : percent));
    const auto series = at.get(at.registry().series(kLamp));
    REQUIRE(series.size() == 1);
    CHECK(series.front().unit == "Cel");
    CHECK(series.front().interval == 10s);
    const auto presence = at.get(at.registry().presence(kLamp));
    REQUIRE(presence);
    CHECK(presence->last_seen == kNoon + 3s);
    const auto keys = at.get(at.registry().credentials());
    REQUIRE(keys.size() == 1);
    CHECK(keys.front().digest == std::string("\x00\xFF", 2));
    CHECK(keys.front().scopes == Scopes{Scope::kTelemetryWrite, Scope::kSelfRead});
    CHECK(at.get(at.registry().user(TenantId{"home"}, UserId{"admin"})));
    // What a user could do when it had scopes of its own a grant gives it.
    const Policy policy = at.get(at.registry().policy());
    REQUIRE(policy.tenants.size() == 1);
    CHECK(policy.tenants.front().id == TenantId{"home"});
    REQUIRE(policy.users.size() == 1);
    CHECK(policy.users.front().role == Role::kMember);
    REQUIRE(policy.grants.size() == 1);
    CHECK(policy.grants.front().to.id == "admin");
    CHECK(policy.grants.front().allowance ==
          Allowance{
              .scopes = {Scope::kDevicesRead}, .every_device = true, .devices = {}, .labels = {}});
    const auto lines = at.get(at.registry().audit({.tenant = TenantId{"home"}}));
    REQUIRE(!lines.empty());
    CHECK(lines.front().number == 1);
    CHECK(lines.front().previous == (version < 4 ? "" : "0001"));
    CHECK(at.get(at.registry().reply(TenantId{"home"}, "user:admin", "once")));
    check_oauth(at, version);
    check_dashboards(at, version);
    CHECK(at.log().head().sequence == 7);
    CHECK(at.log().head().log == std::string("\x01\x02\x03\x04\x05\x06\x07\x08"));
}

// A copy of what is on the disk, as a hub that is killed leaves it.
std::filesystem::path killed_copy(const std::filesystem::path& from, const TemporaryDirectory& to) {
    std::filesystem::create_directories(to.path());
    const auto copy = to.path() / from.filename();
    for (const char* ending : {"", "-wal"}) {
        if (std::filesystem::exists(from.string() + ending)) {
            std::filesystem::copy_file(from.string() + ending, copy.string() + ending);
        }
    }
    return copy;
}

std::int64_t number(Connection& connection, std::string_view sql) {
    Statement query = connection.prepare(sql);
    auto row = query.next();
    REQUIRE(row);
    REQUIRE(*row);
    return query.integer(0);
}

}  // namespace

TEST_CASE("a registry.db of every earlier version is opened with all that it holds") {
    for (std::size_t version = 1; version <= kRegistrySteps.size(); ++version) {
        CAPTURE(version);
        const TemporaryDirectory directory;
        make(directory.path() / "registry.db", std::span{kRegistrySteps}.first(version),
             registry_rows(version));
        for (int round = 0; round < 2; ++round) {
            Fixture at{[&] { return open_store(directory.path()); }};
            check_registry(at, version);
        }
        const auto now = open_file(directory.path() / "registry.db");
        CHECK(*schema_version(*now) == std::ssize(kRegistrySteps));
    }
}

TEST_CASE("the audit of an earlier version goes on as a chain behind what is there") {
    const TemporaryDirectory directory;
    {
        const auto file = directory.path() / "registry.db";
        make(file, std::span{kRegistrySteps}.first(3), registry_rows(3));
        const auto old = open_file(file);
        REQUIRE(
            old->execute("INSERT INTO audit(time, tenant, actor, credential, address, door, "
                         "action, resource, result) VALUES "
                         "(1, 'plant', 'a', '', '', 'rest', 'x', '', 'ok'), "
                         "(2, 'home', 'a', '', '', 'rest', 'second', '', 'ok')"));
    }
    AuditLine line{.time = kNoon, .tenant = TenantId{"home"}, .actor = "user:admin"};
    line.action = "third";
    {
        Fixture at{[&] { return open_store(directory.path()); }};
        at.get(at.commit({AppendAudit{line}}));
    }
    ChainCheck check;
    const auto heads = read_audit(directory.path(), [&](const AuditLine& each) -> Result<void> {
        CHECK(check.add(link_of(each)) == std::nullopt);
        return {};
    });
    REQUIRE(heads);
    const ChainCheck::Chain& chain = check.chains().at("home");
    CHECK(chain.lines == 3);
    CHECK(chain.unchained == 2);
    CHECK(heads->at(TenantId{"home"}) == chain.head);
    CHECK(chain.head.number == 3);
    CHECK(check.chains().at("plant").unchained == 1);
}

TEST_CASE("a telemetry.db of every earlier version is opened with all that it holds") {
    for (std::size_t version = 1; version <= kTelemetrySteps.size(); ++version) {
        CAPTURE(version);
        const TemporaryDirectory directory;
        make(directory.path() / "telemetry.db", std::span{kTelemetrySteps}.first(version),
             kTelemetryRows[version - 1]);
        for (int round = 0; round < 2; ++round) {
            Fixture at{[&] { return open_store(directory.path()); }};
            check_readings(at);
            // Sequences go on behind those that the file knows of.
            if (round == 0) CHECK(at.log().head().sequence >= 7);
        }
        const auto now = open_file(directory.path() / "telemetry.db");
        CHECK(*schema_version(*now) == std::ssize(kTelemetrySteps));
    }
}

TEST_CASE("a hub that is killed while it migrates leaves the old version, and the next goes on") {
    for (std::size_t version = 1; version < kTelemetrySteps.size(); ++version) {
        CAPTURE(version);
        const TemporaryDirectory directory;
        const auto file = directory.path() / "telemetry.db";
        make(file, std::span{kTelemetrySteps}.first(version), kTelemetryRows[version - 1]);
        const TemporaryDirectory after;
        {
            // All steps are taken, and much of that is in the -wal already; the commit is missing.
            const auto dying = open_file(file);
            REQUIRE(dying->execute("PRAGMA cache_size = 1; BEGIN IMMEDIATE"));
            for (const std::string_view step : std::span{kTelemetrySteps}.subspan(version))
                REQUIRE(dying->execute(std::string{step}));
            REQUIRE(dying->execute("PRAGMA user_version = 99"));
            killed_copy(file, after);
            REQUIRE(dying->execute("ROLLBACK"));
        }
        const auto left = open_file(after.path() / "telemetry.db");
        CHECK(*schema_version(*left) == static_cast<std::int64_t>(version));
        CHECK(number(*left, "SELECT count(*) FROM sqlite_schema WHERE name = 'chunk'") == 0);
        Fixture at{[&] { return open_store(after.path()); }};
        check_readings(at);
    }
}

TEST_CASE("a migration that finds no room leaves the old version, and the next goes on") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "telemetry.db";
    make(file, std::span{kTelemetrySteps}.first(1), kTelemetryRows[0]);
    {
        const auto full = open_file(file);
        const auto pages = number(*full, "PRAGMA page_count");
        REQUIRE(full->execute("PRAGMA max_page_count = " + std::to_string(pages)));
        const auto refused = migrate(*full, kTelemetrySteps, "telemetry.db");
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFull);
        CHECK(*schema_version(*full) == 1);
        CHECK(number(*full, "SELECT count(*) FROM reading") == 7);
    }
    Fixture at{[&] { return open_store(directory.path()); }};
    check_readings(at);
}

TEST_CASE(
    "readings of version 1 that only partly became chunks are all there after the next start") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "telemetry.db";
    // The texts of the last device find no room beside their rows.
    constexpr int kDevices = 26;
    constexpr std::size_t kFew = 40;
    constexpr std::size_t kMany = 4'000;
    make(file, std::span{kTelemetrySteps}.first(1),
         "WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 26)"
         " INSERT INTO device SELECT at, 'home', 'lamp-' || at FROM n;"
         "INSERT INTO series SELECT id, id, 'note' FROM device;"
         "WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 4000)"
         " INSERT INTO reading SELECT id, id, at * 1000000, 6, hex(randomblob(400))"
         " FROM device, n WHERE at <= 40 OR id = 26;");
    EmbeddedSettings settings;
    {
        const auto old = open_file(file);
        settings.pages = number(*old, "PRAGMA page_count") + 20;
    }
    const auto refused = try_open(directory.path(), settings);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kStorageFull);
    {
        const auto partly = open_file(file);
        CHECK(number(*partly, "SELECT count(*) FROM chunk") == kDevices - 1);
        CHECK(number(*partly, "SELECT count(*) FROM reading") == std::int64_t{kMany});
    }
    Fixture at{[&] { return open_store(directory.path()); }};
    for (int device = 1; device <= kDevices; ++device) {
        CAPTURE(device);
        const auto notes =
            at.get(at.telemetry().read({.device = ref("lamp-" + std::to_string(device)),
                                        .series = "note",
                                        .range = {},
                                        .limit = 100'000}));
        REQUIRE(notes.size() == (device == kDevices ? kMany : kFew));
        for (const Reading& each : notes)
            CHECK(each.value.get<std::string>()->size() == 800);
    }
}

TEST_CASE("files of a newer hub are refused by name, with both versions and what to do") {
    for (const char* name : {"registry.db", "telemetry.db"}) {
        CAPTURE(name);
        const TemporaryDirectory directory;
        {
            const auto store = open_store(directory.path());
        }
        {
            const auto file = open_file(directory.path() / name);
            REQUIRE(file->execute("PRAGMA user_version = 99"));
        }
        const auto refused = try_open(directory.path());
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kStorageFailed);
        const std::string begin =
            std::string{name} + " has version 99, this hub knows versions up to ";
        CHECK(refused.error().detail.starts_with(begin));
        CHECK(refused.error().detail.ends_with("start the newer hub that wrote it"));
    }
}

TEST_CASE("an administrator and its key of version 3 keep what they could do") {
    const TemporaryDirectory directory;
    constexpr std::string_view kRows =
        "INSERT INTO meta VALUES ('log', x'0102030405060708'), ('sequence', 7);"
        "INSERT INTO user VALUES ('main', 'admin', '$argon2id$v=19$m=1$x$y',"
        " 'devices:read users:manage self:read', 1700000000000000);"
        "INSERT INTO credential VALUES ('main', 'key-1', 'app', 'admin', NULL,"
        " 'devices:read keys:manage self:read', x'00FF', 1700000000000000, NULL);";
    make(directory.path() / "registry.db", std::span{kRegistrySteps}.first(3), kRows);
    Fixture at{[&] { return open_store(directory.path()); }};
    const Policy policy = at.get(at.registry().policy());
    REQUIRE(policy.users.size() == 1);
    CHECK(policy.users.front().role == Role::kAdmin);
    REQUIRE(policy.apps.size() == 1);
    CHECK(policy.apps.front().id == AppId{"admin"});
    // It managed keys; what apps there are, and what they may do, is managed with the same key now.
    const Scopes scopes{Scope::kDevicesRead, Scope::kDashboardsRead, Scope::kDashboardsWrite,
                        Scope::kKeysManage,  Scope::kAccessManage,   Scope::kSelfRead};
    REQUIRE(policy.grants.size() == 1);
    CHECK(policy.grants.front().to.kind == PrincipalKind::kApp);
    CHECK(policy.grants.front().allowance.every_device);
    CHECK(policy.grants.front().allowance.scopes == scopes);
    const auto keys = at.get(at.registry().credentials());
    REQUIRE(keys.size() == 1);
    CHECK(keys.front().scopes == scopes);
}
