#include "store/embedded/audit_rows.h"

#include "store/embedded/directory.h"
#include "store/embedded/migration.h"
#include "store/embedded/registry_reader.h"

#include <algorithm>

namespace tandem::store {
namespace {

// Trimming looks for a tenant's oldest line, so it is done for one line in so many.
constexpr std::int64_t kAuditTrimEvery = 997;
// The step of kRegistrySteps with which the chain begins.
constexpr std::int64_t kChainVersion = 4;

Result<AuditLine> read_audit_line(const Statement& row) {
    const auto door = door_named(row.text(5));
    if (!door) return std::unexpected(door.error());
    return AuditLine{.time = row.time(0),
                     .tenant = TenantId{row.text(1)},
                     .actor = row.text(2),
                     .credential = row.text(3),
                     .address = row.text(4),
                     .door = *door,
                     .action = row.text(6),
                     .resource = row.text(7),
                     .result = row.text(8),
                     .count = row.integer(9),
                     .kind = row.text(10),
                     .number = row.integer(11),
                     .previous = row.text(12)};
}

constexpr std::string_view kBeyond =
    "SELECT time, tenant, actor, credential, address, door, action, resource, result, count, kind, "
    "number, previous FROM audit WHERE tenant = ? AND number > ? ORDER BY number";
constexpr std::string_view kBackwards =
    "SELECT time, tenant, actor, credential, address, door, action, resource, result, count, kind, "
    "number, previous FROM audit WHERE tenant = ? ORDER BY number DESC";
constexpr std::string_view kAll =
    "SELECT time, tenant, actor, credential, address, door, action, resource, result, count, kind, "
    "number, previous FROM audit ORDER BY tenant, number";

Result<std::vector<AuditLine>> wanted_of(Statement& rows, const AuditQuery& query) {
    std::vector<AuditLine> out;
    while (out.size() < query.limit) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) break;
        auto line = read_audit_line(rows);
        if (!line) return pass(line);
        if (matches(query, *line)) out.push_back(std::move(*line));
    }
    return out;
}

// A chain that begins behind lines of an older hub begins with the last of them.
Result<ChainHead> older_head(Connection& registry, const TenantId& tenant) {
    auto last = list_audit(registry, {.tenant = tenant, .after = {}, .limit = 1});
    if (!last) return pass(last);
    return last->empty() ? ChainHead{} : head_after(last->front());
}

Result<ChainHead> head_of(Connection& registry, const TenantId& tenant) {
    Statement find = registry.prepare("SELECT number, hash FROM audit_head WHERE tenant = ?");
    auto row = find.bind(tenant.text()).next();
    if (!row) return pass(row);
    if (*row) return ChainHead{.number = find.integer(0), .hash = find.text(1)};
    return older_head(registry, tenant);
}

Result<void> set_head(Connection& registry, const AuditLine& line) {
    const ChainHead head = head_after(line);
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO audit_head(tenant, number, hash) VALUES (?, ?, ?)");
    return write.bind(line.tenant.text()).bind(head.number).bind(head.hash).run();
}

Result<void> trim_audit(Connection& registry, const AuditLine& newest) {
    Statement trim = registry.prepare("DELETE FROM audit WHERE tenant = ? AND number <= ?");
    return trim.bind(newest.tenant.text()).bind(newest.number - kAuditLinesMax).run();
}

Result<ChainHeads> heads_of(Connection& registry) {
    Statement rows = registry.prepare("SELECT tenant, number, hash FROM audit_head");
    ChainHeads out;
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return out;
        out[TenantId{rows.text(0)}] = {.number = rows.integer(1), .hash = rows.text(2)};
    }
}

Result<void> tell_all(Connection& registry, const EachAuditLine& each) {
    Statement rows = registry.prepare(kAll);
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return {};
        auto line = read_audit_line(rows);
        if (!line) return pass(line);
        if (auto told = each(*line); !told) return told;
    }
}

Result<ChainHeads> read_audit(Connection& registry, const EachAuditLine& each) {
    auto version = schema_version(registry);
    if (!version) return pass(version);
    if (*version < kChainVersion) {
        return fail(ErrorCode::kUnavailable,
                    "the audit is older than the chain, which begins when today's hub starts");
    }
    // One view of lines and heads: a hub may be adding to them.
    if (auto begun = registry.execute("BEGIN"); !begun) return pass(begun);
    if (auto told = tell_all(registry, each); !told) return pass(told);
    return heads_of(registry);
}

}  // namespace

Result<AuditLine> append_audit(Connection& registry, const AuditLine& line) {
    auto head = head_of(registry, line.tenant);
    if (!head) return pass(head);
    AuditLine next = chained(line, *head);
    Statement write = registry.prepare(
        "INSERT INTO audit(time, tenant, actor, credential, address, door, action, resource, "
        "result, count, kind, number, previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    write.bind(next.time).bind(next.tenant.text()).bind(next.actor).bind(next.credential);
    write.bind(next.address).bind(name_of(next.door)).bind(next.action).bind(next.resource);
    write.bind(next.result).bind(next.count).bind(next.kind).bind(next.number);
    if (auto done = write.bind(next.previous).run(); !done) return pass(done);
    if (auto done = set_head(registry, next); !done) return pass(done);
    if (next.number % kAuditTrimEvery == 0) {
        if (auto done = trim_audit(registry, next); !done) return pass(done);
    }
    return next;
}

Result<std::vector<AuditLine>> list_audit(Connection& registry, const AuditQuery& query) {
    Statement rows = registry.prepare(query.after ? kBeyond : kBackwards);
    rows.bind(query.tenant.text());
    if (query.after) rows.bind(*query.after);
    auto lines = wanted_of(rows, query);
    if (lines && !query.after) std::ranges::reverse(*lines);
    return lines;
}

Result<ChainHeads> read_audit(const std::filesystem::path& data, const EachAuditLine& each) {
    auto held = DataDirectory::hold(data);
    // Under a hub that runs SQLite lets others read; what is not running is not to be touched.
    if (!held && held.error().code != ErrorCode::kUnavailable) return pass(held);
    const auto file = data / "registry.db";
    auto registry =
        held ? Connection::open_untouched(file) : Connection::open(file, Connection::Role::kReader);
    if (!registry) return pass(registry);
    return read_audit(**registry, each);
}

}  // namespace tandem::store
