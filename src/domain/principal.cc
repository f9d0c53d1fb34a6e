#include "domain/principal.h"

#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, 4> kRoles{"member", "viewer", "operator", "admin"};

const Scopes& reading() {
    static const Scopes scopes{Scope::kDevicesRead, Scope::kTelemetryRead, Scope::kConfigRead,
                               Scope::kStateRead, Scope::kCommandsRead, Scope::kEventsRead,
                               Scope::kDashboardsRead,
                               // To put tiles together is no power over what they show.
                               Scope::kDashboardsWrite};
    return scopes;
}

Scopes scopes_of(Role role, bool operates) {
    Scopes scopes;
    if (role == Role::kMember) return scopes;
    if (role == Role::kAdmin) {
        scopes = Scopes::all();
        if (!operates) {
            scopes.remove(Scope::kTenantsManage);
            scopes.remove(Scope::kMetricsRead);
        }
        return scopes;
    }
    scopes = reading();
    if (role == Role::kOperator) {
        scopes.add(Scope::kCommandsSend);
        scopes.add(Scope::kConfigWrite);
    }
    return scopes;
}

}  // namespace

std::string_view name_of(Role role) {
    return kRoles.at(static_cast<std::size_t>(role));
}

std::optional<Role> role_named(std::string_view name) {
    for (std::size_t at = 0; at < kRoles.size(); ++at) {
        if (kRoles.at(at) == name) return static_cast<Role>(at);
    }
    return {};
}

std::string text_of(PrincipalKind kind, const std::string& id) {
    return std::string{name_of(kind)} + ":" + id;
}

Principal principal_of(const User& user) {
    return {.kind = PrincipalKind::kUser, .tenant = user.tenant, .id = user.name.text()};
}
Principal principal_of(const App& app) {
    return {.kind = PrincipalKind::kApp, .tenant = app.tenant, .id = app.id.text()};
}
Principal principal_of(const Actor& actor) {
    return {.kind = actor.kind, .tenant = actor.tenant, .id = actor.id};
}

const Scopes& grantable_scopes() {
    static const Scopes scopes = [] {
        Scopes made = Scopes::all();
        for (const Scope scope : kOfRolesAlone)
            made.remove(scope);
        return made;
    }();
    return scopes;
}

Allowance allowance_of(Role role, bool operates) {
    return {.scopes = scopes_of(role, operates),
            .every_device = role != Role::kMember,
            .devices = {},
            .labels = {}};
}

Result<void> check_grant(const Allowance& allowance) {
    for (const Scope scope : kOfRolesAlone) {
        if (!allowance.scopes.has(scope)) continue;
        return fail_field("/scopes", "no grant gives " + std::string{name_of(scope)} +
                                         ": it goes with the role admin");
    }
    for (const Scope scope : {Scope::kAccessManage, Scope::kAuditRead, Scope::kMetricsRead}) {
        if (!allowance.scopes.has(scope) || allowance.every_device) continue;
        return fail_field("/scopes", std::string{name_of(scope)} +
                                         " concerns the tenant as a whole: it goes with the "
                                         "devices [\"*\"]");
    }
    return {};
}

}  // namespace tandem
