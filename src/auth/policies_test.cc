#include "auth/policies.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

namespace {

const TenantId kHome{"main"};
const TenantId kPlant{"plant"};

User user(std::string name, Role role, const TenantId& tenant = kHome) {
    return {.tenant = tenant,
            .name = UserId{std::move(name)},
            .full_name = {},
            .password = "secret",
            .role = role,
            .created = {},
            .version = 1};
}
App app(std::string id, const TenantId& tenant = kHome) {
    return {.tenant = tenant, .id = AppId{std::move(id)}, .name = {}, .created = {}, .version = 1};
}
Grant grant(std::string id,
            PrincipalKind kind,
            std::string to,
            Scopes scopes,
            const TenantId& tenant = kHome) {
    return {.id = GrantId{std::move(id)},
            .to = {.kind = kind, .tenant = tenant, .id = std::move(to)},
            .allowance = {.scopes = scopes, .every_device = true, .devices = {}, .labels = {}},
            .created = {},
            .version = 1};
}

Actor claim(PrincipalKind kind, std::string id, const TenantId& tenant = kHome) {
    return {.kind = kind,
            .tenant = tenant,
            .id = std::move(id),
            .credential = "c",
            .scopes = Scopes::all()};
}

// What somebody may do; nothing: there is nobody of the name.
std::optional<Scopes> scopes(const Policies& policies, const Actor& who) {
    const auto actor = policies.resolve(who);
    if (!actor) return {};
    return scopes_of(*actor);
}

const Actor kAnna = claim(PrincipalKind::kUser, "anna");
const Actor kBoard = claim(PrincipalKind::kApp, "board");

}  // namespace

TEST_CASE("nobody may anything until it is there, and what is unknown is nobody") {
    Policies policies;
    policies.load({}, kHome);
    CHECK(!scopes(policies, kAnna));
    CHECK(!scopes(policies, kBoard));
    CHECK(policies.resolve(kAnna).error().code == ErrorCode::kUnauthenticated);
    policies.put(user("anna", Role::kMember));
    CHECK(scopes(policies, kAnna) == Scopes{Scope::kSelfRead});
    // The same name, another kind or tenant.
    CHECK(!scopes(policies, claim(PrincipalKind::kApp, "anna")));
    CHECK(!scopes(policies, claim(PrincipalKind::kUser, "anna", kPlant)));
}

TEST_CASE("a device needs nothing here") {
    Policies policies;
    policies.load({}, kHome);
    CHECK(policies.resolve(claim(PrincipalKind::kDevice, "lamp-1")).has_value());
}

TEST_CASE("what was loaded and what is put later come to the same") {
    const Grant reads = grant("g1", PrincipalKind::kUser, "anna", {Scope::kTelemetryRead});
    const Grant sends = grant("g2", PrincipalKind::kApp, "board", {Scope::kCommandsSend});
    Policies loaded;
    loaded.load({.tenants = {},
                 .users = {user("anna", Role::kMember)},
                 .apps = {app("board")},
                 .grants = {reads, sends}},
                kHome);
    Policies put;
    put.load({}, kHome);
    put.put(user("anna", Role::kMember));
    put.put(app("board"));
    put.put(reads);
    put.put(sends);
    for (const Policies* each : {&loaded, &put}) {
        CHECK(scopes(*each, kAnna) == Scopes{Scope::kTelemetryRead, Scope::kSelfRead});
        CHECK(scopes(*each, kBoard) == Scopes{Scope::kCommandsSend, Scope::kSelfRead});
        CHECK(each->user(kHome, UserId{"anna"})->password.empty());
    }
}

TEST_CASE("a role and grants add up, and each change counts at once") {
    Policies policies;
    policies.load({}, kHome);
    policies.put(user("anna", Role::kMember));
    const std::uint64_t version = policies.version();
    policies.put(grant("g1", PrincipalKind::kUser, "anna", {Scope::kKeysManage}));
    CHECK(policies.version() > version);
    CHECK(scopes(policies, kAnna) == Scopes{Scope::kKeysManage, Scope::kSelfRead});
    policies.put(user("anna", Role::kViewer));
    CHECK(scopes(policies, kAnna)->has(Scope::kKeysManage));
    CHECK(scopes(policies, kAnna)->has(Scope::kTelemetryRead));
    policies.erase(kHome, GrantId{"g1"});
    CHECK(!scopes(policies, kAnna)->has(Scope::kKeysManage));
    policies.put(user("anna", Role::kMember));
    CHECK(scopes(policies, kAnna) == Scopes{Scope::kSelfRead});
    policies.erase(kHome, UserId{"anna"});
    CHECK(!scopes(policies, kAnna));
}

TEST_CASE("whoever is made again under an old name has no grant of the old one's") {
    Policies policies;
    policies.load({}, kHome);
    policies.put(app("board"));
    policies.put(grant("g1", PrincipalKind::kApp, "board", {Scope::kDevicesRead}));
    policies.erase(kHome, AppId{"board"});
    CHECK(policies.grants(kHome).empty());
    policies.put(app("board"));
    CHECK(scopes(policies, kBoard) == Scopes{Scope::kSelfRead});
}

TEST_CASE("whatever a stored grant says, it gives nothing that goes with a role alone") {
    Policies policies;
    policies.load({.tenants = {},
                   .users = {},
                   .apps = {app("board"), app("board", kPlant)},
                   .grants = {grant("g1", PrincipalKind::kApp, "board", Scopes::all()),
                              grant("g1", PrincipalKind::kApp, "board", Scopes::all(), kPlant)}},
                  kHome);
    CHECK(scopes(policies, kBoard) == grantable_scopes());
    Scopes elsewhere = grantable_scopes();
    elsewhere.remove(Scope::kMetricsRead);
    CHECK(scopes(policies, claim(PrincipalKind::kApp, "board", kPlant)) == elsewhere);
}

TEST_CASE("a tenant's end takes its own people and programs, and no others") {
    Policies policies;
    policies.load({}, kHome);
    policies.put(Tenant{.id = kPlant, .name = {}, .created = {}, .deleted = {}});
    policies.put(user("anna", Role::kAdmin));
    policies.put(user("anna", Role::kAdmin, kPlant));
    policies.put(app("board", kPlant));
    policies.end(kPlant, Instant{Duration{7}});
    CHECK(scopes(policies, kAnna));
    CHECK(!scopes(policies, claim(PrincipalKind::kUser, "anna", kPlant)));
    CHECK(policies.users(kPlant).empty());
    CHECK(policies.apps(kPlant).empty());
    const auto tenants = policies.tenants();
    REQUIRE(tenants.size() == 2);
    CHECK(tenants.back().deleted == Instant{Duration{7}});
}

TEST_CASE("each change is told of, to the one whom it concerns") {
    Policies policies;
    policies.load({}, kHome);
    std::vector<std::string> heard;
    policies.listen([&](const Principal& who) { heard.push_back(text_of(who.kind, who.id)); });
    policies.put(user("anna", Role::kMember));
    policies.put(app("board"));
    policies.put(grant("g1", PrincipalKind::kApp, "board", {Scope::kDevicesRead}));
    policies.erase(kHome, GrantId{"g1"});
    policies.erase(kHome, GrantId{"g1"});
    policies.erase(kHome, UserId{"anna"});
    CHECK(heard == std::vector<std::string>{"user:anna", "app:board", "app:board", "app:board",
                                            "user:anna"});
}

TEST_CASE("who sent a command is found by what the command says of it, while it is there") {
    Policies policies;
    policies.load({}, kHome);
    policies.put(user("anna", Role::kOperator));
    const auto anna = policies.find(kHome, "user:anna");
    REQUIRE(anna.has_value());
    CHECK(scopes_of(*anna).has(Scope::kCommandsSend));
    for (const char* other : {"app:anna", "user:ann", "anna", "", ":", "device:anna", "user:"}) {
        CAPTURE(other);
        CHECK(!policies.find(kHome, other));
    }
    CHECK(!policies.find(kPlant, "user:anna"));
    policies.erase(kHome, UserId{"anna"});
    CHECK(!policies.find(kHome, "user:anna"));
}

TEST_CASE("what changes nothing of what somebody may do is told to nobody, and is no new version") {
    Policies policies;
    policies.load({}, kHome);
    policies.put(user("anna", Role::kViewer));
    policies.put(app("board"));
    const Grant reads = grant("g1", PrincipalKind::kApp, "board", {Scope::kDevicesRead});
    policies.put(reads);
    std::size_t told = 0;
    policies.listen([&](const Principal& /*who*/) { ++told; });
    const std::uint64_t version = policies.version();
    User renamed = user("anna", Role::kViewer);
    renamed.full_name = "Anna Berg";
    policies.put(renamed);
    App board = app("board");
    board.name = "The board";
    policies.put(board);
    policies.put(reads);
    CHECK(told == 0);
    CHECK(policies.version() == version);
    CHECK(policies.user(kHome, UserId{"anna"})->full_name == "Anna Berg");
    CHECK(policies.app(kHome, AppId{"board"})->name == "The board");
    policies.put(user("anna", Role::kOperator));
    CHECK(told == 1);
    CHECK(policies.version() > version);
}

TEST_CASE("an actor knows the version of the policies that it was resolved under") {
    Policies policies;
    policies.load({}, kHome);
    policies.put(app("board"));
    const auto before = policies.resolve(kBoard);
    CHECK(before->policies == policies.version());
    policies.put(grant("g1", PrincipalKind::kApp, "board", {Scope::kDevicesRead}));
    CHECK(before->policies != policies.version());
    const auto lamp = policies.resolve(claim(PrincipalKind::kDevice, "lamp-1"));
    CHECK(lamp->policies == policies.version());
}

TEST_CASE("a tenant's rows are given in order, page by page, and counted") {
    Policies policies;
    policies.load({}, kHome);
    for (const char* name : {"carl", "anna", "berta"})
        policies.put(user(name, name == std::string{"berta"} ? Role::kAdmin : Role::kViewer));
    policies.put(user("zoe", Role::kAdmin, kPlant));
    for (const char* id : {"a", "b"})
        policies.put(app(id));
    for (const char* id : {"g1", "g2", "g3", "g4"}) {
        policies.put(grant(id, PrincipalKind::kApp, id[1] % 2 == 0 ? "a" : "b", {}));
    }
    const auto names = [](const std::vector<User>& users) {
        std::string out;
        for (const User& each : users)
            out += each.name.text() + " ";
        return out;
    };
    CHECK(names(policies.users(kHome)) == "anna berta carl ");
    CHECK(names(policies.users(kHome, {.after = "", .limit = 2})) == "anna berta ");
    CHECK(names(policies.users(kHome, {.after = "berta", .limit = 2})) == "carl ");
    CHECK(names(policies.users(kHome, {.after = "carl"})).empty());
    CHECK(policies.user_count(kHome) == 3);
    CHECK(policies.administrator_count(kHome) == 1);
    CHECK(policies.app_count(kHome) == 2);
    CHECK(policies.app_count(kPlant) == 0);
    CHECK(policies.grant_count(kHome) == 4);
    const Principal a{.kind = PrincipalKind::kApp, .tenant = kHome, .id = "a"};
    const auto of_a = policies.grants(kHome, {.after = "", .limit = 1}, a);
    REQUIRE(of_a.size() == 1);
    CHECK(of_a[0].id.text() == "g2");
    CHECK(policies.grants(kHome, {.after = "g2"}, a).size() == 1);
    CHECK(policies.tenant_count() == 1);
    CHECK(policies.has_tenant(kHome));
    CHECK_FALSE(policies.has_tenant(kPlant));
    policies.put(Tenant{.id = kPlant, .name = {}, .created = {}, .deleted = {}});
    policies.put(Tenant{.id = TenantId{"yard"}, .name = {}, .created = {}, .deleted = {}});
    CHECK(policies.live_tenants({.after = kHome.text(), .limit = 1}).front().id == kPlant);
    CHECK(policies.end(kPlant, Instant{5s}) ==
          std::vector{Principal{.kind = PrincipalKind::kUser, .tenant = kPlant, .id = "zoe"}});
    CHECK(policies.live_tenants({.after = kHome.text()}).front().id.text() == "yard");
    CHECK(!policies.live_tenant(kPlant));
    CHECK(policies.live_tenant(kHome)->id == kHome);
    CHECK(policies.tenant_count() == 3);
    CHECK(policies.has_tenant(kPlant));
}
