// tenants.*: one handler per operation.
#include "contract/tenant.h"

#include "api/administration.h"
#include "api/bind.h"
#include "api/limits.h"

#include <array>

namespace tandem::api {
namespace {

using contract::Nothing;
using contract::Page;
using contract::TenantView;

TenantView view_of(const Tenant& tenant) {
    return {.id = tenant.id.text(), .name = tenant.name, .created = tenant.created};
}

Result<void> may_be_made(const World& world, const TenantId& tenant) {
    // Those that were count too: their names stay taken.
    if (world.hub().policies.has_tenant(tenant)) {
        return fail(ErrorCode::kAlreadyExists, "it exists already, or it did");
    }
    if (world.hub().policies.tenant_count() >= world.rules().tenants) {
        return too_many(world.rules().tenants, "tenants", "hub.tenants");
    }
    return {};
}

// In turn; the request has the hash in place of the password.
Task<Result<Answer<TenantView>>> add(World world,
                                     Caller /*caller*/,
                                     contract::TenantCreate request) {
    const Tenant tenant{
        .id = TenantId{request.id}, .name = request.name, .created = world.now(), .deleted = {}};
    if (auto may = may_be_made(world, tenant.id); !may) co_return pass(may);
    const User administrator{.tenant = tenant.id,
                             .name = UserId{request.user},
                             .full_name = {},
                             .password = std::move(request.password),
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

Task<Result<Answer<TenantView>>> create(World world,
                                        Caller caller,
                                        contract::TenantCreate request) {
    // What cannot be costs no hash; the turn asks again.
    if (auto may = may_be_made(world, TenantId{request.id}); !may) co_return pass(may);
    auto hash = co_await hash_of(world, std::move(request.password));
    if (!hash) co_return pass(hash);
    request.password = std::move(*hash);
    co_return co_await InTurn<&add>::run(world, std::move(caller), std::move(request));
}

Task<Result<Answer<contract::TenantDetails>>> get(World world,
                                                  Caller /*caller*/,
                                                  contract::TenantRef request) {
    const auto tenant = world.hub().policies.live_tenant(TenantId{request.tenant});
    if (!tenant) co_return fail(ErrorCode::kNotFound, "there is no such tenant");
    auto quotas = co_await quotas_of(world, tenant->id);
    if (!quotas) co_return pass(quotas);
    co_return contract::TenantDetails{.id = tenant->id.text(),
                                      .name = tenant->name,
                                      .created = tenant->created,
                                      .quotas = std::move(*quotas)};
}

Task<Result<Answer<Page<TenantView>>>> list(World world,
                                            Caller /*caller*/,
                                            contract::PageQuery request) {
    Page<TenantView> page;
    auto tenants =
        page_of([&](const auth::Rows& rows) { return world.hub().policies.live_tenants(rows); },
                't', request, [](const Tenant& tenant) { return tenant.id.text(); }, page.next);
    if (!tenants) co_return pass(tenants);
    for (const Tenant& tenant : *tenants)
        page.items.push_back(view_of(tenant));
    co_return page;
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
    for (const Principal& each : world.hub().policies.end(tenant, world.now()))
        end_credentials(world, each);
    co_return Nothing{};
}

constexpr std::array kHandlers{
    bind<contract::kTenantsCreate, create>(),
    bind<contract::kTenantsList, list>(),
    bind<contract::kTenantsGet, get>(),
    bind<contract::kTenantsDelete, &InTurn<&remove>::run>(),
};

}  // namespace

std::span<const Bound> tenant_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
