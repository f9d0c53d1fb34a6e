#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "base/value.h"
#include "domain/access.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// What a user may do without any grant, with every device of the tenant.
enum class Role : std::uint8_t {
    kMember,    ///< nothing: grants alone
    kViewer,    ///< reads, and keeps dashboards
    kOperator,  ///< and sends commands and writes config
    kAdmin,     ///< everything in the tenant
};
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> role_named(std::string_view name);

/// Names a user, an app or a device in all of the hub.
struct Principal {
    PrincipalKind kind = PrincipalKind::kUser;
    TenantId tenant;
    std::string id;
    auto operator<=>(const Principal&) const = default;
};
/// `user:anna`, as audit lines and commands have it.
[[nodiscard]] std::string text_of(PrincipalKind kind, const std::string& id);

/// Whose devices, users, apps and grants are apart from all others'.
struct Tenant {
    TenantId id;
    std::string name;
    Instant created;
    std::optional<Instant> deleted;  ///< its name stays taken: its audit is still there
    bool operator==(const Tenant&) const = default;
};

/// A person.
struct User {
    TenantId tenant;
    UserId name;
    std::string full_name;
    std::string password;  ///< argon2id, PHC string
    Role role = Role::kMember;
    Instant created;
    std::int64_t version = 0;
    bool operator==(const User&) const = default;
};

/// A program: what it may do its grants say, its secrets are credentials.
struct App {
    TenantId tenant;
    AppId id;
    std::string name;
    /// It cannot keep a secret, as programs on other people's machines cannot: its id is enough
    /// where a user or a code of theirs vouches for it.
    bool is_public = false;
    std::vector<std::string> redirect_uris = {};  ///< where users may be sent back to, exactly
    Value jwks = {};  ///< a JWK set that its assertions are verified with; null: none
    /// The subject of the client certificate that it proves itself with, as RFC 4514 writes it; "".
    std::string certificate_subject = {};
    Instant created;
    std::int64_t version = 0;
    bool operator==(const App&) const = default;
};

/// What a user or an app may do with which devices.
struct Grant {
    GrantId id;
    Principal to;
    Allowance allowance;
    Instant created;
    std::int64_t version = 0;
    bool operator==(const Grant&) const = default;
};

[[nodiscard]] Principal principal_of(const User& user);
[[nodiscard]] Principal principal_of(const App& app);
[[nodiscard]] Principal principal_of(const Actor& actor);

/// Everything that says who may do what.
struct Policy {
    std::vector<Tenant> tenants;
    std::vector<User> users;
    std::vector<App> apps;
    std::vector<Grant> grants;
};

/// What concerns people and tenants goes with a role alone, so that no program manages people.
inline constexpr std::array kOfRolesAlone{Scope::kUsersManage, Scope::kTenantsManage};
/// Scopes that a grant may give: all others.
[[nodiscard]] const Scopes& grantable_scopes();

/// What the role allows. `operates`: in the tenant of the hub's operator, whose administrators
/// manage tenants and see the figures of the hub.
[[nodiscard]] Allowance allowance_of(Role role, bool operates);

/// What is wrong with the grant, or nothing: scopes that no grant gives, or that concern the tenant
/// as a whole and are not given with every device.
[[nodiscard]] Result<void> check_grant(const Allowance& allowance);

}  // namespace tandem
