// Dashboards that are kept in memory.
#include "memory/registry_state.h"

namespace tandem::memory {

void RegistryState::drop_dashboards_of(const Principal& owner) {
    drop_those(dashboards_, [&](const InTenant&, const Dashboard& each) {
        return each.owner == owner && !each.shared;
    });
    std::vector<InTenant> left;
    for (const auto& [key, each] : dashboards_) {
        if (each.owner == owner) left.push_back(key);
    }
    for (const InTenant& key : left) {
        Dashboard nobodys = dashboards_.at(key);
        nobodys.owner.reset();
        ++nobodys.version;
        set(dashboards_, key, std::move(nobodys));
    }
}

std::optional<Dashboard> RegistryState::dashboard(const TenantId& tenant,
                                                  const DashboardId& id) const {
    return find_row(dashboards_, {tenant, id.text()});
}

std::vector<Dashboard> RegistryState::dashboards(const DashboardQuery& query) const {
    std::vector<Dashboard> out;
    const InTenant after{query.tenant, query.after};
    for (auto at = dashboards_.upper_bound(after); at != dashboards_.end(); ++at) {
        const Dashboard& each = at->second;
        if (at->first.first != query.tenant || out.size() >= query.limit) break;
        if (query.reader && !each.shared && each.owner != query.reader) continue;
        out.push_back(each);
        out.back().tiles = Value::Array{};
    }
    return out;
}

DashboardCounts RegistryState::dashboard_counts(const Principal& owner) const {
    DashboardCounts out;
    for (const auto& [key, each] : dashboards_) {
        if (key.first != owner.tenant) continue;
        ++out.of_tenant;
        if (each.owner == owner) ++out.of_owner;
    }
    return out;
}

}  // namespace tandem::memory
