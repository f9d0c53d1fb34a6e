// users.*: one handler per operation.
#include "contract/user.h"

#include "api/administration.h"
#include "api/bind.h"
#include "base/checked.h"

#include <algorithm>
#include <array>

namespace tandem::api {
namespace {

using contract::Nothing;
using contract::Page;
using contract::UserView;

Principal principal_of(const User& user) {
    return {.kind = PrincipalKind::kUser, .tenant = user.tenant, .id = user.name.text()};
}

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
    if (user.role != Role::kAdmin) return false;
    const auto all = world.hub().policies.users(user.tenant);
    return std::ranges::count(all, Role::kAdmin, &User::role) <= 1;
}

std::unexpected<Error> administrator_needed() {
    return fail(ErrorCode::kConflict, "the tenant would be left without an administrator");
}

Task<Result<Answer<UserView>>> create(World world, Caller caller, contract::UserCreate request) {
    const TenantId tenant = caller.actor.tenant;
    if (world.hub().policies.user(tenant, UserId{request.id})) {
        co_return fail(ErrorCode::kAlreadyExists, "it exists already");
    }
    if (world.hub().policies.users(tenant).size() >= world.rules().users) {
        co_return too_many(world.rules().users, "users", "tenant.users");
    }
    auto password = co_await hash_of(world, std::move(request.password));
    if (!password) co_return pass(password);
    const User user{.tenant = tenant,
                    .name = UserId{request.id},
                    .full_name = request.name,
                    .password = std::move(*password),
                    .role = checked(role_named(request.role)),
                    .created = world.now(),
                    .version = 1};
    Transaction transaction;
    transaction.changes.emplace_back(PutUser{.user = user, .expected = 0});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(user);
    Answer<UserView> out = answer(user);
    out.location = "/v1/users/" + request.id;
    co_return out;
}

Task<Result<Answer<UserView>>> get(World world, Caller caller, contract::UserGet request) {
    const auto user = world.hub().policies.user(caller.actor.tenant, UserId{request.user});
    if (!user) co_return fail(ErrorCode::kNotFound, "there is no such user");
    co_return answer(*user);
}

Task<Result<Answer<Page<UserView>>>> list(World world, Caller caller, contract::PageQuery request) {
    Page<UserView> page;
    auto users = page_of(
        world.hub().policies.users(caller.actor.tenant), 'u', request,
        [](const User& user) { return user.name.text(); }, page.next);
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
    auto fields = patched(before, request.change);
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

// Anybody's with users:manage, one's own with the present one.
Task<Result<void>> may_set_password(World world,
                                    Caller caller,
                                    std::string user,
                                    std::optional<std::string> current,
                                    std::string phc) {
    const bool own = caller.actor.kind == PrincipalKind::kUser && caller.actor.id == user;
    if (!own || caller.local) co_return Result<void>{};
    if (!current) co_return fail_field("/current", "the present password is needed");
    auto good = co_await is_password(world, std::move(*current), std::move(phc));
    if (!good) co_return pass(good);
    if (!*good) co_return fail(ErrorCode::kForbidden, "the present password is another");
    co_return Result<void>{};
}

Task<Result<Answer<Nothing>>> set_password(World world,
                                           Caller caller,
                                           contract::UserPassword request) {
    const bool own = caller.actor.kind == PrincipalKind::kUser && caller.actor.id == request.user;
    if (!own) {
        // First, so that nobody else learns who is there.
        auto may = authorize(caller.actor, Scope::kUsersManage,
                             {.tenant = caller.actor.tenant, .device = {}}, {.door = caller.door});
        if (!may) co_return pass(may);
    }
    auto user = co_await load(world, caller.actor.tenant, request.user);
    if (!user) co_return pass(user);
    auto may = co_await may_set_password(world, std::move(caller), request.user,
                                         std::move(request.current), user->password);
    if (!may) co_return pass(may);
    auto password = co_await hash_of(world, std::move(request.password));
    if (!password) co_return pass(password);
    User changed = *user;
    changed.password = std::move(*password);
    ++changed.version;
    Transaction transaction;
    transaction.changes.emplace_back(PutUser{.user = changed, .expected = user->version});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(changed);
    world.hub().sessions.end_principal(principal_of(changed));
    co_return Nothing{};
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
    bind<contract::kUsersCreate, &InTurn<&create>::run>(),
    bind<contract::kUsersList, list>(),
    bind<contract::kUsersGet, get>(),
    bind<contract::kUsersPatch, &InTurn<&patch>::run>(),
    bind<contract::kUsersPassword, &InTurn<&set_password>::run>(),
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
