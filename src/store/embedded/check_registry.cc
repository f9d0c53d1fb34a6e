#include "store/embedded/check_parts.h"
#include "store/embedded/migration.h"
#include "store/value_bytes.h"

#include <array>

namespace tandem::store {
namespace {

Result<void> any_document(std::string_view bytes) {
    auto value = from_bytes(bytes);
    if (!value) return pass(value);
    return {};
}
Result<void> labels(std::string_view bytes) {
    auto value = labels_from_bytes(bytes);
    if (!value) return pass(value);
    return {};
}
Result<void> change_times(std::string_view bytes) {
    auto value = change_times_from_bytes(bytes);
    if (!value) return pass(value);
    return {};
}

/// A column of documents: SQLite says nothing of what is in them. `sql` gives the tenant, the
/// device (or what has the document in its place), and the bytes.
struct Documents {
    std::string_view what;
    std::string_view sql;
    Result<void> (*read)(std::string_view bytes);
};
constexpr std::array kDocuments{
    Documents{"labels", "SELECT tenant, id, labels FROM device", labels},
    Documents{"schema", "SELECT tenant, id, schema FROM device", any_document},
    Documents{"config or state", "SELECT tenant, device, value FROM twin", any_document},
    Documents{"times of config or state", "SELECT tenant, device, changed FROM twin", change_times},
    Documents{"parameters of a command", "SELECT tenant, device, params FROM command",
              any_document},
    Documents{"result of a command", "SELECT tenant, device, result FROM command", any_document},
    Documents{"progress of a command", "SELECT tenant, device, progress FROM command",
              any_document},
    Documents{"devices of a grant", "SELECT tenant, id, devices FROM access_grant", any_document},
    Documents{"labels of a grant", "SELECT tenant, id, labels FROM access_grant", labels},
    Documents{"series of a grant", "SELECT tenant, id, series FROM access_grant", any_document},
    Documents{"redirect URIs of an app", "SELECT tenant, id, redirect_uris FROM app", any_document},
    Documents{"keys of an app", "SELECT tenant, id, jwks FROM app", any_document},
    Documents{"labels of a claim code", "SELECT tenant, id, labels FROM claim_code", labels},
    Documents{"tiles of a dashboard", "SELECT tenant, id, tiles FROM dashboard", any_document},
    Documents{"event", "SELECT tenant, device, value FROM outbox", any_document},
};

Result<void> check(const Documents& documents, Connection& registry, const Findings& found) {
    Statement rows = registry.prepare(documents.sql);
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return {};
        const auto good = documents.read(rows.blob(2));
        if (good) continue;
        found(
            {.kind = FindingKind::kDocumentUnreadable,
             .file = "registry.db",
             .what = std::string{documents.what} + ": " + good.error().detail,
             .device = DeviceRef{.tenant = TenantId{rows.text(0)}, .id = DeviceId{rows.text(1)}}});
    }
}

struct Counted {
    std::string_view name;
    std::string_view sql;
};
constexpr std::array kCounted{
    Counted{"devices", "SELECT count(*) FROM device"},
    Counted{"keys", "SELECT count(*) FROM credential"},
    Counted{"users", "SELECT count(*) FROM user"},
    Counted{"apps", "SELECT count(*) FROM app"},
    Counted{"grants", "SELECT count(*) FROM access_grant"},
    Counted{"dashboards", "SELECT count(*) FROM dashboard"},
    Counted{"commands", "SELECT count(*) FROM command"},
    Counted{"audit_lines", "SELECT count(*) FROM audit"},
};

}  // namespace

Result<void> check_registry(Connection& registry, CheckedFile& counts, const Findings& found) {
    for (const Counted& each : kCounted) {
        auto count = registry.number(each.sql);
        if (!count) return pass(count);
        counts.counts.emplace_back(each.name, static_cast<std::uint64_t>(*count));
    }
    for (const Documents& each : kDocuments) {
        if (auto done = check(each, registry, found); !done) return done;
    }
    auto last = meta_number(registry, "sequence");
    if (!last) return pass(last);
    auto told = registry.number("SELECT ifnull(max(sequence), 0) FROM outbox");
    if (!told) return pass(told);
    if (*told > last->value_or(0)) {
        found({.kind = FindingKind::kSequenceBehind,
               .file = "registry.db",
               .what = "the last sequence is " + std::to_string(last->value_or(0)) +
                       ", but there is an event with " + std::to_string(*told)});
    }
    return {};
}

}  // namespace tandem::store
