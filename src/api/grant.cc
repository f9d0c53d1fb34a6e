// grants.*: one handler per operation.
#include "contract/grant.h"

#include "api/administration.h"
#include "api/bind.h"
#include "base/checked.h"
#include "contract/patched.h"
#include "contract/precondition.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tandem::api {
namespace {

using contract::GrantView;
using contract::Nothing;
using contract::Page;
using contract::view_of;

Answer<GrantView> answer(const Grant& grant) {
    Answer<GrantView> out = view_of(grant);
    out.version = grant.version;
    return out;
}

Result<Grant> find(const World& world, const Caller& caller, const std::string& id) {
    auto grant = world.hub().policies.grant(caller.actor.tenant, GrantId{id});
    if (!grant) return fail(ErrorCode::kNotFound, "there is no such grant");
    return checked(std::move(grant));
}

// Whom it is given to.
Result<Principal> to_whom(const World& world,
                          const TenantId& tenant,
                          const contract::GrantCreate& request) {
    if (request.user.has_value() == request.app.has_value()) {
        return fail_field("/user", "either `user` or `app` is expected");
    }
    if (request.user && !world.hub().policies.user(tenant, UserId{*request.user})) {
        return fail(ErrorCode::kNotFound, "there is no such user");
    }
    if (request.app && !world.hub().policies.app(tenant, AppId{*request.app})) {
        return fail(ErrorCode::kNotFound, "there is no such app");
    }
    return Principal{.kind = request.user ? PrincipalKind::kUser : PrincipalKind::kApp,
                     .tenant = tenant,
                     .id = request.user ? *request.user : checked(request.app)};
}

Task<Result<Answer<GrantView>>> create(World world, Caller caller, contract::GrantCreate request) {
    const TenantId tenant = caller.actor.tenant;
    auto to = to_whom(world, tenant, request);
    if (!to) co_return pass(to);
    auto allowance = contract::allowance_of(request);
    if (!allowance) co_return pass(allowance);
    if (world.hub().policies.grant_count(tenant) >= world.rules().grants) {
        co_return too_many(world.rules().grants, "grants", "tenant.grants");
    }
    const Grant grant{.id = GrantId{world.new_id()},
                      .to = std::move(*to),
                      .allowance = std::move(*allowance),
                      .created = world.now(),
                      .version = 1};
    Answer<GrantView> out = answer(grant);
    out.location = "/v1/grants/" + grant.id.text();
    Transaction transaction;
    transaction.changes.emplace_back(PutGrant{.grant = grant, .expected = 0});
    std::ranges::move(remembering(contract::kGrantsCreate, caller, out, world.now()),
                      std::back_inserter(transaction.changes));
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(grant);
    co_return out;
}

Task<Result<Answer<GrantView>>> get(World world, Caller caller, contract::GrantGet request) {
    const auto grant = find(world, caller, request.grant);
    if (!grant) co_return std::unexpected(grant.error());
    co_return answer(*grant);
}

Task<Result<Answer<Page<GrantView>>>> list(World world,
                                           Caller caller,
                                           contract::GrantList request) {
    // Of a user and of an app at once there is none.
    if (request.user && request.app) co_return Page<GrantView>{};
    const TenantId& tenant = caller.actor.tenant;
    std::optional<Principal> to;
    if (request.user) {
        to = {.kind = PrincipalKind::kUser, .tenant = tenant, .id = checked(request.user)};
    } else if (request.app) {
        to = {.kind = PrincipalKind::kApp, .tenant = tenant, .id = checked(request.app)};
    }
    Page<GrantView> page;
    auto grants = page_of(
        [&](const auth::Rows& rows) { return world.hub().policies.grants(tenant, rows, to); }, 'g',
        request, [](const Grant& grant) { return grant.id.text(); }, page.next);
    if (!grants) co_return pass(grants);
    for (const Grant& grant : *grants)
        page.items.push_back(view_of(grant));
    co_return page;
}

Task<Result<Answer<GrantView>>> patch(World world, Caller caller, contract::GrantPatch request) {
    const auto grant = find(world, caller, request.grant);
    if (!grant) co_return std::unexpected(grant.error());
    auto may =
        contract::check_preconditions(request.if_match, request.if_none_match, grant->version);
    if (!may) co_return pass(may);
    const contract::GrantFields before = contract::fields_of(grant->allowance);
    auto fields = contract::patched(before, request.change);
    if (!fields) co_return pass(fields);
    auto allowance = contract::allowance_of(*fields);
    if (!allowance) co_return pass(allowance);
    Grant changed = *grant;
    changed.allowance = std::move(*allowance);
    if (changed == *grant) co_return answer(*grant);
    ++changed.version;
    Transaction transaction;
    transaction.changes.emplace_back(PutGrant{.grant = changed, .expected = grant->version});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(changed);
    co_return answer(changed);
}

Task<Result<Answer<Nothing>>> remove(World world, Caller caller, contract::GrantDelete request) {
    const auto grant = find(world, caller, request.grant);
    if (!grant) co_return std::unexpected(grant.error());
    auto may =
        contract::check_preconditions(request.if_match, request.if_none_match, grant->version);
    if (!may) co_return pass(may);
    Transaction transaction;
    transaction.changes.emplace_back(DeleteGrant{.tenant = grant->to.tenant, .id = grant->id});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.erase(grant->to.tenant, grant->id);
    co_return Nothing{};
}

constexpr std::array kHandlers{
    bind<contract::kGrantsCreate, &InTurn<&create>::run>(),
    bind<contract::kGrantsList, list>(),
    bind<contract::kGrantsGet, get>(),
    bind<contract::kGrantsPatch, &InTurn<&patch>::run>(),
    bind<contract::kGrantsDelete, &InTurn<&remove>::run>(),
};

}  // namespace

std::span<const Bound> grant_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
