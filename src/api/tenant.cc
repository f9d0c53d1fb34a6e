// tenants.*: one handler per operation.
#include "contract/tenant.h"

#include "api/administration.h"
#include "api/bind.h"

#include <algorithm>
#include <array>

namespace tandem::api {
namespace {

using contract::Nothing;
using contract::Page;
using contract::TenantView;

TenantView view_of(const Tenant& tenant) {
    return {.id = tenant.id.text(), .name = tenant.name, .created = tenant.created};
}

Task<Result<Answer<TenantView>>> create(World world,
                                        Caller /*caller*/,
                                        contract::TenantCreate request) {
    // Those that were count too: their names stay taken.
    const auto all = world.hub().policies.tenants();
    if (std::ranges::find(all, TenantId{request.id}, &Tenant::id) != all.end()) {
        co_return fail(ErrorCode::kAlreadyExists, "it exists already, or it did");
    }
    if (all.size() >= world.rules().tenants) {
        co_return too_many(world.rules().tenants, "tenants", "hub.tenants");
    }
    auto password = co_await hash_of(world, std::move(request.password));
    if (!password) co_return pass(password);
    const Tenant tenant{
        .id = TenantId{request.id}, .name = request.name, .created = world.now(), .deleted = {}};
    const User administrator{.tenant = tenant.id,
                             .name = UserId{request.user},
                             .full_name = {},
                             .password = std::move(*password),
                             .role = Role::kAdmin,
                             .created = world.now(),
                             .version = 1};
    Transaction transaction;
    transaction.changes.emplace_back(PutTenant{.tenant = tenant});
    transaction.changes.emplace_back(PutUser{.user = administrator, .expected = 0});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().policies.put(tenant);
    world.hub().policies.put(administrator);
    Answer<TenantView> out = view_of(tenant);
    out.location = "/v1/tenants/" + request.id;
    co_return out;
}

Task<Result<Answer<Page<TenantView>>>> list(World world,
                                            Caller /*caller*/,
                                            contract::PageQuery request) {
    auto all = world.hub().policies.tenants();
    std::erase_if(all, [](const Tenant& tenant) { return tenant.deleted.has_value(); });
    Page<TenantView> page;
    auto tenants = page_of(
        std::move(all), 't', request, [](const Tenant& tenant) { return tenant.id.text(); },
        page.next);
    if (!tenants) co_return pass(tenants);
    for (const Tenant& tenant : *tenants)
        page.items.push_back(view_of(tenant));
    co_return page;
}

// Everybody who was in the tenant, to be told that they are no more.
std::vector<Principal> members_of(const World& world, const TenantId& tenant) {
    std::vector<Principal> out;
    for (const User& user : world.hub().policies.users(tenant))
        out.push_back({PrincipalKind::kUser, tenant, user.name.text()});
    for (const App& app : world.hub().policies.apps(tenant))
        out.push_back({PrincipalKind::kApp, tenant, app.id.text()});
    return out;
}

Task<Result<Answer<Nothing>>> remove(World world, Caller /*caller*/, contract::TenantRef request) {
    const TenantId tenant{request.tenant};
    if (tenant == world.hub().home) {
        co_return fail(ErrorCode::kConflict, "the tenant of the hub's operator stays");
    }
    Transaction transaction;
    transaction.changes.emplace_back(DeleteTenant{.id = tenant, .at = world.now()});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    for (const Principal& each : members_of(world, tenant))
        end_credentials(world, each);
    world.hub().policies.end(tenant, world.now());
    co_return Nothing{};
}

constexpr std::array kHandlers{
    bind<contract::kTenantsCreate, &InTurn<&create>::run>(),
    bind<contract::kTenantsList, list>(),
    bind<contract::kTenantsDelete, &InTurn<&remove>::run>(),
};

}  // namespace

std::span<const Bound> tenant_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
