// users.*: one handler per operation.
#include "contract/user.h"

#include "api/administration.h"
#include "api/bind.h"
#include "auth/outside_login.h"
#include "base/checked.h"
#include "contract/patched.h"
#include "contract/precondition.h"

#include <array>

namespace tandem::api {
namespace {

using contract::Nothing;
using contract::Page;
using contract::UserView;

UserView view_of(const User& user) {
    return {.id = user.name.text(),
            .name = user.full_name,
            .role = std::string{name_of(user.role)},
            .created = user.created,
            .version = user.version};
}

Answer<UserView> answer(const User& user) {
    Answer<UserView> out = view_of(user);
    out.version = user.version;
    return out;
}

// With its password, which is not in memory.
Task<Result<User>> load(World world, TenantId tenant, std::string id) {
    auto found = co_await world.registry().user(std::move(tenant), UserId{std::move(id)});
    if (!found) co_return pass(found);
    if (!*found) co_return fail(ErrorCode::kNotFound, "there is no such user");
    co_return checked(std::move(*found));
}

bool is_last_administrator(const World& world, const User& user) {
    return user.role == Role::kAdmin && world.hub().policies.administrator_count(user.tenant) <= 1;
}

std::unexpected<Error> administrator_needed() {
    return fail(ErrorCode::kConflict, "the tenant would be left without an administrator");
}

Result<void> may_be_made(const World& world, const TenantId& tenant, const UserId& name) {
    if (auth::is_outside_user(name.text())) {
        return fail_field("/id", "`oidc-` is what the ids of people of outside issuers begin with");
    }
    if (world.hub().policies.user(tenant, name)) {
        return fail(ErrorCode::kAlreadyExists, "it exists already");
    }
    if (world.hub().policies.user_count(tenant) >= world.rules().users) {
        return too_many(world.rules().users, "users", "tenant.users");
    }
    return {};
}

// In turn; the request has the hash in place of the password.
Task<Result<Answer<UserView>>> add(World world, Caller caller, contract::UserCreate request) {
    const User user{.tenant = caller.actor.tenant,
                    .name = UserId{request.id},
                    .full_name = request.name,
                    .password = std::move(request.password),
                    .role = checked(role_named(request.role)),
                    .created = world.now(),
                    .version = 1};
    if (auto may = may_be_made(world, user.tenant, user.name); !may) co_return pass(may);
    Transaction transaction;
    transaction.changes.emplace_back(PutUser{.user = user, .expected = 0});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(user);
    Answer<UserView> out = answer(user);
    out.location = "/v1/users/" + request.id;
    co_return out;
}

Task<Result<Answer<UserView>>> create(World world, Caller caller, contract::UserCreate request) {
    // What cannot be costs no hash; the turn asks again.
    auto may = may_be_made(world, caller.actor.tenant, UserId{request.id});
    if (!may) co_return pass(may);
    auto hash = co_await hash_of(world, std::move(request.password));
    if (!hash) co_return pass(hash);
    request.password = std::move(*hash);
    co_return co_await InTurn<&add>::run(world, std::move(caller), std::move(request));
}

Task<Result<Answer<UserView>>> get(World world, Caller caller, contract::UserGet request) {
    const auto user = world.hub().policies.user(caller.actor.tenant, UserId{request.user});
    if (!user) co_return fail(ErrorCode::kNotFound, "there is no such user");
    co_return answer(*user);
}

Task<Result<Answer<Page<UserView>>>> list(World world, Caller caller, contract::PageQuery request) {
    Page<UserView> page;
    auto users = page_of(
        [&](const auth::Rows& rows) {
            return world.hub().policies.users(caller.actor.tenant, rows);
        },
        'u', request, [](const User& user) { return user.name.text(); }, page.next);
    if (!users) co_return pass(users);
    for (const User& user : *users)
        page.items.push_back(view_of(user));
    co_return page;
}

Task<Result<Answer<UserView>>> patch(World world, Caller caller, contract::UserPatch request) {
    auto user = co_await load(world, caller.actor.tenant, request.user);
    if (!user) co_return pass(user);
    auto may =
        contract::check_preconditions(request.if_match, request.if_none_match, user->version);
    if (!may) co_return pass(may);
    const contract::UserFields before{.name = user->full_name,
                                      .role = std::string{name_of(user->role)}};
    auto fields = contract::patched(before, request.change);
    if (!fields) co_return pass(fields);
    User changed = *user;
    changed.full_name = fields->name;
    changed.role = checked(role_named(fields->role));
    if (changed == *user) co_return answer(*user);
    if (changed.role != Role::kAdmin && is_last_administrator(world, *user)) {
        co_return administrator_needed();
    }
    ++changed.version;
    Transaction transaction;
    transaction.changes.emplace_back(PutUser{.user = changed, .expected = user->version});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(changed);
    co_return answer(changed);
}

// Not of an app that may act for the user.
bool is_own(const World& world, const Caller& caller, const std::string& user) {
    return caller.actor.kind == PrincipalKind::kUser && caller.actor.id == user &&
           !world.hub().credentials.token(KeyId{caller.actor.credential});
}

// Anybody's with users:manage, one's own without.
Result<void> may_set_password(const World& world, const Caller& caller, const std::string& user) {
    if (is_own(world, caller, user)) return {};
    return authorize(caller.actor, Scope::kUsersManage,
                     {.tenant = caller.actor.tenant, .device = {}}, {.door = caller.door});
}

std::unexpected<Error> another_password() {
    return fail(ErrorCode::kForbidden, "the present password is another");
}

/// A password that is to be stored, both as they are stored.
struct NewPassword {
    std::string user;
    std::string hash;
    /// The present one, which the caller has proved to know; none where it need not.
    std::optional<std::string> proved;
};

// In turn.
Task<Result<Answer<Nothing>>> store_password(World world, Caller caller, NewPassword password) {
    if (auto may = may_set_password(world, caller, password.user); !may) co_return pass(may);
    auto user = co_await load(world, caller.actor.tenant, password.user);
    if (!user) co_return pass(user);
    if (password.proved && *password.proved != user->password) co_return another_password();
    User changed = *user;
    changed.password = std::move(password.hash);
    ++changed.version;
    Transaction transaction;
    transaction.changes.emplace_back(PutUser{.user = changed, .expected = user->version});
    transaction.changes.emplace_back(EndDelegated{.to = principal_of(changed)});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(changed);
    // Whoever knew the old one may have agreed that an app acts for the user.
    world.hub().credentials.end_delegated(principal_of(changed));
    world.hub().sessions.end_principal(principal_of(changed));
    co_return Nothing{};
}

// The present password as it is stored, where it is the caller's own and `current` is it.
Task<Result<std::optional<std::string>>> prove(World world,
                                               Caller caller,
                                               std::string user,
                                               std::optional<std::string> current) {
    auto known = co_await load(world, caller.actor.tenant, user);
    if (!known) co_return pass(known);
    if (!is_own(world, caller, user) || caller.local) co_return std::optional<std::string>{};
    if (!current) co_return fail_field("/current", "the present password is needed");
    // Whoever has a session may guess no faster than at the door.
    auth::Brake& brake = world.hub().login_account;
    const std::string account = auth::principal_key(caller.actor);
    if (auto tried = brake.take(account, world.monotonic()); !tried) co_return pass(tried);
    auto good = co_await is_password(world, std::move(*current), known->password);
    if (!good) {
        brake.give_back(account);
        co_return pass(good);
    }
    if (!*good) co_return another_password();
    brake.forget(account);
    co_return std::optional{std::move(known->password)};
}

Task<Result<Answer<Nothing>>> set_password(World world,
                                           Caller caller,
                                           contract::UserPassword request) {
    // First, so that nobody else learns who is there.
    if (auto may = may_set_password(world, caller, request.user); !may) co_return pass(may);
    if (auth::is_outside_user(request.user)) {
        co_return fail(ErrorCode::kConflict, "the user logs in with an outside issuer alone");
    }
    auto proved = co_await prove(world, caller, request.user, std::move(request.current));
    if (!proved) co_return pass(proved);
    auto hash = co_await hash_of(world, std::move(request.password));
    if (!hash) co_return pass(hash);
    NewPassword password{
        .user = std::move(request.user), .hash = std::move(*hash), .proved = std::move(*proved)};
    co_return co_await InTurn<&store_password>::run(world, std::move(caller), std::move(password));
}

Task<Result<Answer<Nothing>>> remove(World world, Caller caller, contract::UserDelete request) {
    const auto user = world.hub().policies.user(caller.actor.tenant, UserId{request.user});
    if (!user) co_return fail(ErrorCode::kNotFound, "there is no such user");
    auto may =
        contract::check_preconditions(request.if_match, request.if_none_match, user->version);
    if (!may) co_return pass(may);
    if (is_last_administrator(world, *user)) co_return administrator_needed();
    Transaction transaction;
    transaction.changes.emplace_back(DeleteUser{.tenant = user->tenant, .name = user->name});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    end_credentials(world, principal_of(*user));
    world.hub().policies.erase(user->tenant, user->name);
    co_return Nothing{};
}

constexpr std::array kHandlers{
    bind<contract::kUsersCreate, create>(),
    bind<contract::kUsersList, list>(),
    bind<contract::kUsersGet, get>(),
    bind<contract::kUsersPatch, &InTurn<&patch>::run>(),
    bind<contract::kUsersPassword, set_password>(),
    bind<contract::kUsersDelete, &InTurn<&remove>::run>(),
};

}  // namespace

Task<Result<std::string>> hash_of(World world, std::string password) {
    auth::PasswordVerifier* passwords = world.hub().passwords;
    if (passwords == nullptr) co_return auth::hash_password(password, world.hub().random);
    co_return co_await passwords->hash(&world.executor(), std::move(password));
}

Task<Result<bool>> is_password(World world, std::string password, std::string phc) {
    auth::PasswordVerifier* passwords = world.hub().passwords;
    if (passwords == nullptr) co_return auth::verify_password(password, phc);
    co_return co_await passwords->verify(&world.executor(), std::move(password), std::move(phc));
}

void end_credentials(World world, const Principal& principal) {
    world.hub().credentials.erase_principal(principal.kind, principal.tenant, principal.id);
    world.hub().sessions.end_principal(principal);
}

std::span<const Bound> user_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
