#include "domain/principal.h"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("a role is found by its name") {
    for (const Role role : {Role::kMember, Role::kViewer, Role::kOperator, Role::kAdmin})
        CHECK(role_named(name_of(role)) == role);
    CHECK(!role_named(""));
    CHECK(!role_named("Admin"));
    CHECK(!role_named("root"));
}

TEST_CASE("each role has what the one before has, and a member nothing") {
    CHECK(allowance_of(Role::kMember, true).scopes == Scopes{});
    CHECK(!allowance_of(Role::kMember, true).every_device);
    Scopes before;
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
        const Allowance allowance = allowance_of(role, true);
        CHECK(allowance.every_device);
        CHECK(allowance.covers_series("anything"));
        for (std::size_t at = 0; at < kScopeCount; ++at) {
            const auto scope = static_cast<Scope>(at);
            if (before.has(scope)) CHECK(allowance.scopes.has(scope));
        }
        CHECK(allowance.scopes != before);
        before = allowance.scopes;
    }
}

TEST_CASE("a viewer changes nothing") {
    for (const Scope scope :
         {Scope::kDevicesWrite, Scope::kTelemetryWrite, Scope::kConfigWrite, Scope::kStateWrite,
          Scope::kCommandsSend, Scope::kCommandsTake, Scope::kEventsWrite, Scope::kKeysManage,
          Scope::kUsersManage, Scope::kAccessManage, Scope::kTenantsManage}) {
        CHECK(!allowance_of(Role::kViewer, true).scopes.has(scope));
    }
}

TEST_CASE("only administrators of the operator's tenant manage tenants and see the hub's figures") {
    const Scopes there = allowance_of(Role::kAdmin, true).scopes;
    const Scopes elsewhere = allowance_of(Role::kAdmin, false).scopes;
    CHECK(there == Scopes::all());
    Scopes expected = Scopes::all();
    expected.remove(Scope::kTenantsManage);
    expected.remove(Scope::kMetricsRead);
    CHECK(elsewhere == expected);
}

TEST_CASE("a grant gives what concerns devices, and what concerns the tenant with every device") {
    const auto fate = [](Scope scope, bool every_device) {
        return check_grant({.scopes = {scope},
                            .every_device = every_device,
                            .devices = {"lamp-1"},
                            .labels = {}})
            .has_value();
    };
    for (const Scope scope : {Scope::kTelemetryRead, Scope::kDevicesWrite, Scope::kKeysManage}) {
        CHECK(fate(scope, false));
        CHECK(fate(scope, true));
    }
    for (const Scope scope : {Scope::kAuditRead, Scope::kMetricsRead, Scope::kAccessManage}) {
        CHECK(!fate(scope, false));
        CHECK(fate(scope, true));
    }
    for (const Scope scope : {Scope::kUsersManage, Scope::kTenantsManage}) {
        CHECK(!fate(scope, false));
        CHECK(!fate(scope, true));
        CHECK(!grantable_scopes().has(scope));
    }
}
