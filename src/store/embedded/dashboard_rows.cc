#include "store/embedded/dashboard_rows.h"

#include "base/checked.h"
#include "store/embedded/rows.h"
#include "store/value_bytes.h"

namespace tandem::store {
namespace {

Result<Dashboard> read_head(const Statement& row) {
    Dashboard out{.tenant = TenantId{row.text(0)},
                  .id = DashboardId{row.text(1)},
                  .owner = {},
                  .title = row.text(4),
                  .shared = row.integer(5) != 0,
                  .created = row.time(6),
                  .updated = row.time(7),
                  .version = row.integer(8)};
    if (row.is_null(2)) return out;
    const auto kind = kind_named(row.text(2));
    if (!kind) return std::unexpected(kind.error());
    out.owner = Principal{.kind = *kind, .tenant = out.tenant, .id = row.text(3)};
    return out;
}

Result<Dashboard> read_whole(const Statement& row) {
    auto out = read_head(row);
    if (!out) return out;
    auto tiles = from_bytes(row.blob(9));
    if (!tiles) return pass(tiles);
    out->tiles = std::move(*tiles);
    return out;
}

}  // namespace

Result<void> write_dashboard(Connection& registry, const Dashboard& dashboard) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO dashboard(tenant, id, owner_kind, owner, title, shared, created, "
        "updated, version, tiles) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string tiles = to_bytes(dashboard.tiles);
    write.bind(dashboard.tenant.text()).bind(dashboard.id.text());
    if (dashboard.owner) {
        const Principal& owner = checked(dashboard.owner);
        write.bind(name_of(owner.kind)).bind(owner.id);
    } else {
        write.bind(nullptr).bind(nullptr);
    }
    write.bind(dashboard.title).bind(std::int64_t{dashboard.shared ? 1 : 0});
    write.bind(dashboard.created).bind(dashboard.updated).bind(dashboard.version);
    return write.bind(Blob{tiles}).run();
}

Result<void> drop_dashboards_of(Connection& registry, const Principal& owner) {
    for (const char* sql :
         {"DELETE FROM dashboard WHERE tenant = ? AND owner_kind = ? AND owner = ? AND shared = 0",
          "UPDATE dashboard SET owner_kind = NULL, owner = NULL, version = version + 1 "
          "WHERE tenant = ? AND owner_kind = ? AND owner = ?"}) {
        Statement change = registry.prepare(sql);
        change.bind(owner.tenant.text()).bind(name_of(owner.kind)).bind(owner.id);
        if (auto done = change.run(); !done) return done;
    }
    return {};
}

Result<std::optional<Dashboard>> find_dashboard(Connection& registry,
                                                const TenantId& tenant,
                                                const DashboardId& id) {
    Statement query = registry.prepare(
        "SELECT tenant, id, owner_kind, owner, title, shared, created, updated, version, tiles "
        "FROM dashboard WHERE tenant = ? AND id = ?");
    query.bind(tenant.text()).bind(id.text());
    return one_row(query, read_whole);
}

Result<std::vector<Dashboard>> list_dashboards(Connection& registry, const DashboardQuery& query) {
    Statement scan = registry.prepare(
        "SELECT tenant, id, owner_kind, owner, title, shared, created, updated, version "
        "FROM dashboard WHERE tenant = ? AND id > ? "
        "AND (? OR shared OR (owner_kind = ? AND owner = ?)) ORDER BY id LIMIT ?");
    scan.bind(query.tenant.text()).bind(query.after);
    scan.bind(std::int64_t{query.reader ? 0 : 1});
    if (query.reader) {
        const Principal& reader = checked(query.reader);
        scan.bind(name_of(reader.kind)).bind(reader.id);
    } else {
        scan.bind(nullptr).bind(nullptr);
    }
    scan.bind(static_cast<std::int64_t>(query.limit));
    return all_rows(scan, read_head);
}

Result<DashboardCounts> count_dashboards(Connection& registry, const Principal& owner) {
    Statement count = registry.prepare(
        "SELECT count(*), count(*) FILTER (WHERE owner_kind = ? AND owner = ?) "
        "FROM dashboard WHERE tenant = ?");
    count.bind(name_of(owner.kind)).bind(owner.id).bind(owner.tenant.text());
    if (auto row = count.next(); !row) return pass(row);
    return DashboardCounts{.of_owner = static_cast<std::uint64_t>(count.integer(1)),
                           .of_tenant = static_cast<std::uint64_t>(count.integer(0))};
}

}  // namespace tandem::store
