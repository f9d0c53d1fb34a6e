#include "node/administrator.h"

#include "auth/key.h"
#include "auth/password.h"
#include "base/checked.h"

namespace tandem::node {
namespace {

constexpr std::string_view kAdministrator = "admin";
// Without letters and digits that are taken for each other: people copy it by hand.
constexpr std::string_view kPasswordAlphabet =
    "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t kPasswordLength = 20;  // 116 bits.

Scopes app_scopes() {
    Scopes scopes = Scopes::all();
    scopes.remove(Scope::kUsersManage);
    return scopes;
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
            .scopes = Scopes::all()};
}

Task<Result<bool>> has_administrator(Registry* registry) {
    auto user = co_await registry->user(home_tenant(), UserId{std::string{kAdministrator}});
    if (!user) co_return pass(user);
    co_return user->has_value();
}

Task<Result<Initialised>> make_administrator(Registry* registry,
                                             const Clock* clock,
                                             Random* random,
                                             std::string pepper) {
    auto exists = co_await has_administrator(registry);
    if (!exists) co_return pass(exists);
    if (*exists) co_return fail(ErrorCode::kAlreadyExists, "the hub has an administrator");
    const Initialised made{.tenant = home_tenant().text(),
                           .admin_user = std::string{kAdministrator},
                           .admin_password = random->text(kPasswordLength, kPasswordAlphabet),
                           .admin_key = auth::make_key(PrincipalKind::kApp, *random)};
    const auth::Key key = checked(auth::read_key(made.admin_key));
    Transaction transaction;
    transaction.changes.emplace_back(
        PutUser{.user = {.tenant = home_tenant(),
                         .name = UserId{made.admin_user},
                         .password = auth::hash_password(made.admin_password, *random),
                         .scopes = Scopes::all(),
                         .created = clock->now()}});
    transaction.changes.emplace_back(
        PutCredential{.credential = {.id = key.id,
                                     .kind = PrincipalKind::kApp,
                                     .tenant = home_tenant(),
                                     .principal = std::string{kAdministrator},
                                     .scopes = app_scopes(),
                                     .digest = auth::keyed_digest(pepper, key.secret),
                                     .created = clock->now(),
                                     .expires = {}}});
    auto stored = co_await registry->commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    co_return made;
}

}  // namespace tandem::node
