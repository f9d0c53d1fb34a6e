#include "conformance/suites.h"

namespace tandem::conformance {
namespace {

const TenantId kHome{"home"};
const TenantId kPlant{"plant"};

User anna(std::int64_t version = 1, const TenantId& tenant = kHome) {
    return {.tenant = tenant,
            .name = UserId{"anna"},
            .full_name = "Anna Berg",
            .password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
            .role = Role::kOperator,
            .created = kNoon,
            .version = version};
}

App dashboard(std::int64_t version = 1, const TenantId& tenant = kHome) {
    return {.tenant = tenant,
            .id = AppId{"dashboard"},
            .name = "Dashboard",
            .created = kNoon,
            .version = version};
}

Credential secret_of(const App& app, std::string id) {
    return {.id = KeyId{std::move(id)},
            .kind = PrincipalKind::kApp,
            .tenant = app.tenant,
            .principal = app.id.text(),
            .scopes = grantable_scopes(),
            .digest = std::string(32, '\xA5'),
            .created = kNoon,
            .expires = {}};
}

Grant grant_to(Principal to, std::string id, std::int64_t version = 1) {
    return {.id = GrantId{std::move(id)},
            .to = std::move(to),
            .allowance = {.scopes = {Scope::kTelemetryRead, Scope::kCommandsSend},
                          .every_device = false,
                          .devices = {"lamp-1", "lamp-2"},
                          .labels = {{"site", "hall-3"}},
                          .series = {"power", "temp*"}},
            .created = kNoon,
            .version = version};
}

Principal as_principal(const User& user) {
    return {.kind = PrincipalKind::kUser, .tenant = user.tenant, .id = user.name.text()};
}
Principal as_principal(const App& app) {
    return {.kind = PrincipalKind::kApp, .tenant = app.tenant, .id = app.id.text()};
}

Policy policy_of(Fixture& at) {
    return at.get(at.registry().policy());
}

void records_are_compared_and_set(Fixture& at) {
    SUBCASE("a user is found as it was put, and listed without its password") {
        at.get(at.commit({PutUser{.user = anna()}}));
        CHECK(at.get(at.registry().user(kHome, UserId{"anna"})) == anna());
        CHECK(!at.get(at.registry().user(kPlant, UserId{"anna"})));
        User listed = anna();
        listed.password.clear();
        CHECK(policy_of(at).users == std::vector{listed});
    }
    SUBCASE("a change of a user names the version that it was made from") {
        at.get(at.commit({PutUser{.user = anna()}}));
        CHECK(at.failure(at.commit({PutUser{.user = anna()}})) == ErrorCode::kAlreadyExists);
        User other = anna(2);
        other.role = Role::kViewer;
        other.password = "another";
        at.get(at.commit({PutUser{.user = other, .expected = 1}}));
        CHECK(at.failure(at.commit({PutUser{.user = anna(2), .expected = 1}})) ==
              ErrorCode::kPreconditionFailed);
        CHECK(at.get(at.registry().user(kHome, UserId{"anna"})) == other);
    }
    SUBCASE("an app is listed as it was put and compared with the version it was made from") {
        at.get(at.commit({PutApp{.app = dashboard()}}));
        CHECK(policy_of(at).apps == std::vector{dashboard()});
        CHECK(at.failure(at.commit({PutApp{.app = dashboard()}})) == ErrorCode::kAlreadyExists);
        at.get(at.commit({PutApp{.app = dashboard(2), .expected = 1}}));
        CHECK(at.failure(at.commit({PutApp{.app = dashboard(2), .expected = 1}})) ==
              ErrorCode::kPreconditionFailed);
    }
    SUBCASE("a grant is listed as it was put, every field of it") {
        const Grant given = grant_to(as_principal(anna()), "g1");
        Grant of_all = grant_to(as_principal(dashboard()), "g2");
        of_all.allowance = {.scopes = grantable_scopes(),
                            .every_device = true,
                            .devices = {},
                            .labels = {},
                            .series = {}};
        at.get(at.commit({PutUser{.user = anna()}, PutApp{.app = dashboard()},
                          PutGrant{.grant = given}, PutGrant{.grant = of_all}}));
        CHECK(policy_of(at).grants == std::vector{given, of_all});
    }
    SUBCASE("a grant is compared with the version it was made from, until it is deleted") {
        const Principal to = as_principal(anna());
        at.get(at.commit({PutUser{.user = anna()}, PutGrant{.grant = grant_to(to, "g1")}}));
        at.get(at.commit({PutGrant{.grant = grant_to(to, "g1", 2), .expected = 1}}));
        CHECK(at.failure(at.commit({PutGrant{.grant = grant_to(to, "g1", 2), .expected = 1}})) ==
              ErrorCode::kPreconditionFailed);
        at.get(at.commit({DeleteGrant{.tenant = kHome, .id = GrantId{"g1"}}}));
        CHECK(policy_of(at).grants.empty());
        CHECK(at.failure(at.commit({DeleteGrant{.tenant = kHome, .id = GrantId{"g1"}}})) ==
              ErrorCode::kNotFound);
    }
    SUBCASE("nothing is granted to who is not there, or is in another tenant") {
        at.get(at.commit({PutUser{.user = anna()}}));
        Principal stranger = as_principal(anna());
        stranger.tenant = kPlant;
        Principal app = as_principal(anna());
        app.kind = PrincipalKind::kApp;
        for (const Principal& to : {stranger, app}) {
            CHECK(at.failure(at.commit({PutGrant{.grant = grant_to(to, "g1")}})) ==
                  ErrorCode::kNotFound);
        }
    }
}

void deleting_takes_what_is_theirs(Fixture& at) {
    const Grant hers = grant_to(as_principal(anna()), "g1");
    const Grant its = grant_to(as_principal(dashboard()), "g2");
    const auto fill = [&] {
        at.get(
            at.commit({PutUser{.user = anna()}, PutApp{.app = dashboard()}, PutGrant{.grant = hers},
                       PutGrant{.grant = its}, PutCredential{secret_of(dashboard(), "s1")}}));
    };
    SUBCASE("a user goes with its grants") {
        fill();
        at.get(at.commit({DeleteUser{.tenant = kHome, .name = UserId{"anna"}}}));
        CHECK(policy_of(at).users.empty());
        CHECK(policy_of(at).grants == std::vector{its});
        CHECK(at.failure(at.commit({DeleteUser{.tenant = kHome, .name = UserId{"anna"}}})) ==
              ErrorCode::kNotFound);
    }
    SUBCASE("an app goes with its grants and its secrets") {
        fill();
        at.get(at.commit({DeleteApp{.tenant = kHome, .id = AppId{"dashboard"}}}));
        CHECK(policy_of(at).apps.empty());
        CHECK(policy_of(at).grants == std::vector{hers});
        CHECK(at.get(at.registry().credentials()).empty());
        CHECK(at.failure(at.commit({DeleteApp{.tenant = kHome, .id = AppId{"dashboard"}}})) ==
              ErrorCode::kNotFound);
    }
    SUBCASE("a delete that fails gives everything back") {
        fill();
        CHECK(at.failure(at.commit({DeleteApp{.tenant = kHome, .id = AppId{"dashboard"}},
                                    DeleteUser{.tenant = kHome, .name = UserId{"nobody"}}})) ==
              ErrorCode::kNotFound);
        CHECK(policy_of(at).grants == std::vector{hers, its});
        CHECK(at.get(at.registry().credentials()).size() == 1);
    }
}

void tenants_are_apart(Fixture& at) {
    const Tenant plant{.id = kPlant, .name = "The plant", .created = kNoon, .deleted = {}};
    SUBCASE("a tenant is listed as it was put, and made once") {
        at.get(at.commit({PutTenant{plant}}));
        CHECK(policy_of(at).tenants == std::vector{plant});
        CHECK(at.failure(at.commit({PutTenant{plant}})) == ErrorCode::kAlreadyExists);
    }
    SUBCASE("a tenant goes with what is its own, but for its name, and nobody else's") {
        at.get(at.commit({PutTenant{plant}, PutUser{.user = anna(1, kPlant)},
                          PutApp{.app = dashboard(1, kPlant)}, PutUser{.user = anna()},
                          PutGrant{.grant = grant_to(as_principal(anna(1, kPlant)), "g1")},
                          PutGrant{.grant = grant_to(as_principal(anna()), "g1")},
                          PutCredential{secret_of(dashboard(1, kPlant), "s1")}}));
        at.get(at.commit({DeleteTenant{.id = kPlant, .at = kNoon + 1h}}));
        const Policy left = policy_of(at);
        REQUIRE(left.tenants.size() == 1);
        CHECK(left.tenants.front().deleted == kNoon + 1h);
        REQUIRE(left.users.size() == 1);
        CHECK(left.users.front().tenant == kHome);
        CHECK(left.apps.empty());
        CHECK(left.grants.size() == 1);
        CHECK(at.get(at.registry().credentials()).empty());
        CHECK(at.failure(at.commit({PutTenant{plant}})) == ErrorCode::kAlreadyExists);
        CHECK(at.failure(at.commit({DeleteTenant{.id = kPlant, .at = kNoon}})) ==
              ErrorCode::kNotFound);
    }
    SUBCASE("a tenant with devices stays") {
        at.get(at.commit({PutTenant{plant}, made(ref("lamp-1", "plant"))}));
        CHECK(at.failure(at.commit({DeleteTenant{.id = kPlant, .at = kNoon}})) ==
              ErrorCode::kConflict);
        CHECK(!policy_of(at).tenants.front().deleted);
        at.get(at.commit({DeleteDevice{ref("lamp-1", "plant")}}));
        at.get(at.commit({DeleteTenant{.id = kPlant, .at = kNoon}}));
    }
    SUBCASE("what has the same name in two tenants is two") {
        at.get(at.commit({PutUser{.user = anna()}, PutUser{.user = anna(1, kPlant)}}));
        at.get(at.commit({DeleteUser{.tenant = kPlant, .name = UserId{"anna"}}}));
        CHECK(at.get(at.registry().user(kHome, UserId{"anna"})));
        CHECK(!at.get(at.registry().user(kPlant, UserId{"anna"})));
    }
}

void lists_are_filtered(Fixture& at) {
    SUBCASE("devices are listed as far as the viewer may know of them, and a page is full") {
        Device other = device(ref("lamp-2"));
        other.labels = {{"site", "hall-3"}};
        at.get(at.commit({made(ref("lamp-1")), PutDevice{.device = other}, made(ref("lamp-3")),
                          made(ref("lamp-4"))}));
        const Viewer viewer{.actor = {.kind = PrincipalKind::kUser,
                                      .tenant = kHome,
                                      .id = "anna",
                                      .credential = {},
                                      .scopes = Scopes::all(),
                                      .allowances = std::make_shared<const Allowances>(
                                          Allowances{{.scopes = {Scope::kDevicesRead},
                                                      .every_device = false,
                                                      .devices = {"lamp-4"},
                                                      .labels = {{"site", "hall-3"}}},
                                                     {.scopes = {Scope::kTelemetryRead},
                                                      .every_device = false,
                                                      .devices = {"lamp-1"},
                                                      .labels = {}}})},
                            .scope = Scope::kDevicesRead};
        const auto seen = at.get(
            at.registry().devices({.tenant = kHome, .after = {}, .limit = 2, .viewer = viewer}));
        REQUIRE(seen.size() == 2);
        CHECK(seen.front().ref.id.text() == "lamp-2");
        CHECK(seen.back().ref.id.text() == "lamp-4");
    }
}

}  // namespace

void policy_suite(const MakeEngine& make) {
    Fixture at{make};
    records_are_compared_and_set(at);
    deleting_takes_what_is_theirs(at);
    tenants_are_apart(at);
    lists_are_filtered(at);
}

}  // namespace tandem::conformance
