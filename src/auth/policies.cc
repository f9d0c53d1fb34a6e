#include "auth/policies.h"

#include <algorithm>

namespace tandem::auth {
namespace {

// Calls `each` with the rows of one tenant after `after`, in order, while it says to go on.
template <typename Table, typename Each>
void walk(const Table& table, const TenantId& tenant, const std::string& after, Each each) {
    for (auto at = table.upper_bound({tenant, after}); at != table.end(); ++at) {
        if (at->first.first != tenant || !each(at->second)) break;
    }
}

template <typename Table, typename Wanted>
auto rows_of(const Table& table, const TenantId& tenant, const Rows& rows, Wanted wanted)
    -> std::vector<typename Table::mapped_type> {
    std::vector<typename Table::mapped_type> out;
    walk(table, tenant, rows.after, [&](const auto& row) {
        if (wanted(row) && out.size() < rows.limit) out.push_back(row);
        return out.size() < rows.limit;
    });
    return out;
}

template <typename Table, typename Wanted>
std::size_t count_of(const Table& table, const TenantId& tenant, Wanted wanted) {
    std::size_t count = 0;
    walk(table, tenant, "", [&](const auto& row) {
        if (wanted(row)) ++count;
        return true;
    });
    return count;
}

constexpr auto kEach = [](const auto& /*row*/) { return true; };

template <typename Table>
auto find_row(const Table& table, const TenantId& tenant, const std::string& id)
    -> std::optional<typename Table::mapped_type> {
    const auto found = table.find({tenant, id});
    if (found == table.end()) return {};
    return found->second;
}

std::optional<PrincipalKind> kind_named(std::string_view name) {
    for (const auto kind : {PrincipalKind::kUser, PrincipalKind::kApp}) {
        if (name_of(kind) == name) return kind;
    }
    return {};
}

}  // namespace

void Policies::load(Policy all, TenantId home) {
    home_ = std::move(home);
    const Lock held{mutex_};
    for (Tenant& each : all.tenants) {
        TenantId id = each.id;
        tenants_.insert_or_assign(std::move(id), std::move(each));
    }
    tenants_.try_emplace(home_, Tenant{.id = home_, .name = {}, .created = {}, .deleted = {}});
    for (Grant& each : all.grants) {
        std::pair key{each.to.tenant, each.id.text()};
        grants_.insert_or_assign(std::move(key), std::move(each));
    }
    for (User& each : all.users) {
        each.password.clear();
        std::pair key{each.tenant, each.name.text()};
        users_.insert_or_assign(std::move(key), std::move(each));
    }
    for (App& each : all.apps) {
        std::pair key{each.tenant, each.id.text()};
        apps_.insert_or_assign(std::move(key), std::move(each));
    }
    compile_all();
    ++version_;
}

std::optional<Allowances> Policies::of_role(const Principal& principal) const {
    if (principal.kind == PrincipalKind::kApp) {
        if (!apps_.contains({principal.tenant, principal.id})) return {};
        return Allowances{};
    }
    const auto user = users_.find({principal.tenant, principal.id});
    if (user == users_.end()) return {};
    return Allowances{allowance_of(user->second.role, principal.tenant == home_)};
}

// Whatever is stored: no grant gives what goes with a role alone, and nobody but the operator's
// tenant sees the figures of the hub.
Allowance Policies::limited(const Grant& grant) const {
    Allowance out = grant.allowance;
    for (const Scope scope : kOfRolesAlone)
        out.scopes.remove(scope);
    if (grant.to.tenant != home_) out.scopes.remove(Scope::kMetricsRead);
    return out;
}

bool Policies::compile(const Principal& principal) {
    auto allowed = of_role(principal);
    if (!allowed) return false;
    walk(grants_, principal.tenant, "", [&](const Grant& grant) {
        if (grant.to == principal) allowed->push_back(limited(grant));
        return true;
    });
    auto& known = allowed_[principal];
    if (known != nullptr && *known == *allowed) return false;
    known = std::make_shared<const Allowances>(std::move(*allowed));
    return true;
}

void Policies::compile_all() {
    std::map<Principal, Allowances> all;
    for (const auto& [key, user] : users_) {
        const Principal who = principal_of(user);
        all.emplace(who, of_role(who).value_or(Allowances{}));
    }
    for (const auto& [key, app] : apps_)
        all.emplace(principal_of(app), Allowances{});
    for (const auto& [key, grant] : grants_) {
        const auto found = all.find(grant.to);
        if (found != all.end()) found->second.push_back(limited(grant));
    }
    for (auto& [who, allowed] : all)
        allowed_[who] = std::make_shared<const Allowances>(std::move(allowed));
}

Result<Actor> Policies::resolve(Actor actor) const {
    // Before the look: a change is in memory before it counts, so that what is found is never older
    // than this says.
    actor.policies = version_.load();
    if (actor.kind == PrincipalKind::kDevice) return actor;
    const Lock held{mutex_};
    const auto found = allowed_.find(actor);
    if (found == allowed_.end()) {
        return fail(ErrorCode::kUnauthenticated, "whose credential this was is no more");
    }
    actor.allowances = found->second;
    return actor;
}

std::optional<Actor> Policies::find(const TenantId& tenant, std::string_view text) const {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {};
    const auto kind = kind_named(text.substr(0, colon));
    if (!kind) return {};
    auto actor = resolve({.kind = *kind,
                          .tenant = tenant,
                          .id = std::string{text.substr(colon + 1)},
                          .credential = {},
                          .scopes = Scopes::all()});
    if (!actor) return {};
    return std::move(*actor);
}

void Policies::put(User user) {
    user.password.clear();
    const Principal who = principal_of(user);
    bool changed = false;
    {
        const Lock held{mutex_};
        users_.insert_or_assign({who.tenant, who.id}, std::move(user));
        changed = compile(who);
    }
    if (changed) tell({who});
}

void Policies::put(App app) {
    const Principal who = principal_of(app);
    bool changed = false;
    {
        const Lock held{mutex_};
        apps_.insert_or_assign({who.tenant, who.id}, std::move(app));
        changed = compile(who);
    }
    if (changed) tell({who});
}

void Policies::put(Grant grant) {
    const Principal who = grant.to;
    bool changed = false;
    {
        const Lock held{mutex_};
        std::pair key{who.tenant, grant.id.text()};
        grants_.insert_or_assign(std::move(key), std::move(grant));
        changed = compile(who);
    }
    if (changed) tell({who});
}

void Policies::put(Tenant tenant) {
    const Lock held{mutex_};
    TenantId id = tenant.id;
    tenants_.insert_or_assign(std::move(id), std::move(tenant));
}

void Policies::erase(const TenantId& tenant, const UserId& user) {
    const Principal who{.kind = PrincipalKind::kUser, .tenant = tenant, .id = user.text()};
    {
        const Lock held{mutex_};
        users_.erase({tenant, user.text()});
        std::erase_if(grants_, [&](const auto& row) { return row.second.to == who; });
        allowed_.erase(who);
    }
    tell({who});
}

void Policies::erase(const TenantId& tenant, const AppId& app) {
    const Principal who{.kind = PrincipalKind::kApp, .tenant = tenant, .id = app.text()};
    {
        const Lock held{mutex_};
        apps_.erase({tenant, app.text()});
        std::erase_if(grants_, [&](const auto& row) { return row.second.to == who; });
        allowed_.erase(who);
    }
    tell({who});
}

void Policies::erase(const TenantId& tenant, const GrantId& grant) {
    Principal who;
    bool changed = false;
    {
        const Lock held{mutex_};
        const auto found = grants_.find({tenant, grant.text()});
        if (found == grants_.end()) return;
        who = found->second.to;
        grants_.erase(found);
        changed = compile(who);
    }
    if (changed) tell({who});
}

std::vector<Principal> Policies::end(const TenantId& tenant, Instant at) {
    std::vector<Principal> ended;
    {
        const Lock held{mutex_};
        for (const auto& [who, allowed] : allowed_) {
            if (who.tenant == tenant) ended.push_back(who);
        }
        for (const Principal& who : ended)
            allowed_.erase(who);
        const auto its = [&](const auto& row) { return row.first.first == tenant; };
        std::erase_if(users_, its);
        std::erase_if(apps_, its);
        std::erase_if(grants_, its);
        const auto found = tenants_.find(tenant);
        if (found != tenants_.end()) found->second.deleted = at;
    }
    tell(ended);
    return ended;
}

std::vector<User> Policies::users(const TenantId& tenant, const Rows& rows) const {
    const Lock held{mutex_};
    return rows_of(users_, tenant, rows, kEach);
}

std::vector<App> Policies::apps(const TenantId& tenant, const Rows& rows) const {
    const Lock held{mutex_};
    return rows_of(apps_, tenant, rows, kEach);
}

std::vector<Grant> Policies::grants(const TenantId& tenant,
                                    const Rows& rows,
                                    const std::optional<Principal>& to) const {
    const Lock held{mutex_};
    return rows_of(grants_, tenant, rows,
                   [&](const Grant& grant) { return !to || grant.to == *to; });
}

std::size_t Policies::user_count(const TenantId& tenant) const {
    const Lock held{mutex_};
    return count_of(users_, tenant, kEach);
}

std::size_t Policies::administrator_count(const TenantId& tenant) const {
    const Lock held{mutex_};
    return count_of(users_, tenant, [](const User& user) { return user.role == Role::kAdmin; });
}

std::size_t Policies::app_count(const TenantId& tenant) const {
    const Lock held{mutex_};
    return count_of(apps_, tenant, kEach);
}

std::size_t Policies::grant_count(const TenantId& tenant) const {
    const Lock held{mutex_};
    return count_of(grants_, tenant, kEach);
}

std::size_t Policies::tenant_count() const {
    const Lock held{mutex_};
    return tenants_.size();
}

bool Policies::has_tenant(const TenantId& tenant) const {
    const Lock held{mutex_};
    return tenants_.contains(tenant);
}

std::optional<Tenant> Policies::live_tenant(const TenantId& tenant) const {
    const Lock held{mutex_};
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end() || found->second.deleted) return {};
    return found->second;
}

std::vector<Tenant> Policies::live_tenants(const Rows& rows) const {
    std::vector<Tenant> out;
    const Lock held{mutex_};
    for (auto at = tenants_.upper_bound(TenantId{rows.after}); at != tenants_.end(); ++at) {
        if (out.size() == rows.limit) break;
        if (!at->second.deleted) out.push_back(at->second);
    }
    return out;
}

std::vector<Tenant> Policies::tenants() const {
    const Lock held{mutex_};
    std::vector<Tenant> out;
    for (const auto& [id, tenant] : tenants_)
        out.push_back(tenant);
    return out;
}

std::optional<User> Policies::user(const TenantId& tenant, const UserId& name) const {
    const Lock held{mutex_};
    return find_row(users_, tenant, name.text());
}

std::optional<App> Policies::app(const TenantId& tenant, const AppId& id) const {
    const Lock held{mutex_};
    return find_row(apps_, tenant, id.text());
}

std::optional<Grant> Policies::grant(const TenantId& tenant, const GrantId& id) const {
    const Lock held{mutex_};
    return find_row(grants_, tenant, id.text());
}

void Policies::listen(PolicyListener listener) {
    const Lock held{mutex_};
    listeners_.push_back(std::move(listener));
}

void Policies::tell(const std::vector<Principal>& changed) {
    ++version_;
    std::vector<PolicyListener> listeners;
    {
        const Lock held{mutex_};
        listeners = listeners_;
    }
    for (const PolicyListener& listener : listeners) {
        for (const Principal& who : changed)
            listener(who);
    }
}

}  // namespace tandem::auth
