#include "node/administrator.h"

#include "auth/key.h"
#include "auth/password.h"
#include "base/checked.h"

#include <algorithm>

namespace tandem::node {
namespace {

constexpr std::string_view kAdministrator = "admin";
// Without letters and digits that are taken for each other: people copy it by hand.
constexpr std::string_view kPasswordAlphabet =
    "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t kPasswordLength = 20;  // 116 bits.

bool has_administrator(const Policy& policy) {
    return std::ranges::any_of(policy.users, [](const User& user) {
        return user.tenant == home_tenant() && user.role == Role::kAdmin;
    });
}

Task<Result<Policy>> without_administrator(Registry* registry) {
    auto policy = co_await registry->policy();
    if (!policy) co_return pass(policy);
    if (has_administrator(*policy)) {
        co_return fail(ErrorCode::kAlreadyExists, "the hub has an administrator");
    }
    co_return std::move(*policy);
}

// The first user, and the tenant where it is not there from an administrator before.
Transaction of_administrator(const Policy& policy, UserId name, std::string hash, Instant now) {
    Transaction out;
    if (std::ranges::find(policy.tenants, home_tenant(), &Tenant::id) == policy.tenants.end()) {
        out.changes.emplace_back(
            PutTenant{.tenant = {.id = home_tenant(), .name = {}, .created = now, .deleted = {}}});
    }
    out.changes.emplace_back(PutUser{.user = {.tenant = home_tenant(),
                                              .name = std::move(name),
                                              .full_name = {},
                                              .password = std::move(hash),
                                              .role = Role::kAdmin,
                                              .created = now,
                                              .version = 1}});
    return out;
}

}  // namespace

const TenantId& home_tenant() {
    static const TenantId tenant{"main"};
    return tenant;
}

Actor owner_of_data() {
    return {.kind = PrincipalKind::kUser,
            .tenant = home_tenant(),
            .id = std::string{kAdministrator},
            .credential = "local",
            .scopes = Scopes::all(),
            .allowances = everything()};
}

Task<Result<bool>> has_administrator(Registry* registry) {
    auto policy = co_await registry->policy();
    if (!policy) co_return pass(policy);
    co_return has_administrator(*policy);
}

Task<Result<void>> make_administrator_named(Registry* registry,
                                            const Clock* clock,
                                            UserId name,
                                            std::string password_hash) {
    auto policy = co_await without_administrator(registry);
    if (!policy) co_return pass(policy);
    Transaction transaction =
        of_administrator(*policy, std::move(name), std::move(password_hash), clock->now());
    auto stored = co_await registry->commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return Result<void>{};
}

Task<Result<Initialised>> make_administrator(Registry* registry,
                                             const Clock* clock,
                                             Random* random,
                                             std::string pepper) {
    auto policy = co_await without_administrator(registry);
    if (!policy) co_return pass(policy);
    const Initialised made{.tenant = home_tenant().text(),
                           .admin_user = std::string{kAdministrator},
                           .admin_password = random->text(kPasswordLength, kPasswordAlphabet),
                           .admin_key = auth::make_key(PrincipalKind::kApp, *random)};
    const auth::Key key = checked(auth::read_key(made.admin_key));
    Transaction transaction =
        of_administrator(*policy, UserId{made.admin_user},
                         auth::hash_password(made.admin_password, *random), clock->now());
    const Principal app{
        .kind = PrincipalKind::kApp, .tenant = home_tenant(), .id = std::string{kAdministrator}};
    transaction.changes.emplace_back(PutApp{.app = {.tenant = app.tenant,
                                                    .id = AppId{app.id},
                                                    .name = {},
                                                    .created = clock->now(),
                                                    .version = 1}});
    transaction.changes.emplace_back(PutGrant{.grant = {.id = GrantId{std::string{kAdministrator}},
                                                        .to = app,
                                                        .allowance = {.scopes = grantable_scopes(),
                                                                      .every_device = true,
                                                                      .devices = {},
                                                                      .labels = {}},
                                                        .created = clock->now(),
                                                        .version = 1}});
    transaction.changes.emplace_back(
        PutCredential{.credential = {.id = key.id,
                                     .kind = PrincipalKind::kApp,
                                     .tenant = home_tenant(),
                                     .principal = std::string{kAdministrator},
                                     .scopes = grantable_scopes(),
                                     .digest = auth::keyed_digest(pepper, key.secret),
                                     .created = clock->now(),
                                     .expires = {}}});
    auto stored = co_await registry->commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return made;
}

}  // namespace tandem::node
