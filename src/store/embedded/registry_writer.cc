#include "store/embedded/registry_writer.h"

#include "domain/audit_event.h"
#include "store/embedded/audit_rows.h"
#include "store/embedded/dashboard_rows.h"
#include "store/embedded/oauth_rows.h"
#include "store/value_bytes.h"

#include <type_traits>

namespace tandem::store {
namespace {

// Replies are kept for a day (docs/reference/rest.md); a few old ones leave with each new one.
constexpr Duration kReplyAgeMax = 24h;
constexpr std::int64_t kRepliesForgottenAtOnce = 10;

std::unexpected<Error> mismatch(std::int64_t stored, std::int64_t expected) {
    if (expected == 0) return fail(ErrorCode::kAlreadyExists, "it exists already");
    return fail(ErrorCode::kPreconditionFailed,
                "the version is " + std::to_string(stored) + ", not " + std::to_string(expected));
}

// `find` selects the stored version, none standing for 0.
Result<void> compare(Statement& find, std::int64_t expected) {
    auto row = find.next();
    if (!row) return pass(row);
    const std::int64_t stored = *row ? find.integer(0) : 0;
    if (stored != expected) return mismatch(stored, expected);
    return {};
}

Result<void> need_a_row(Connection& registry, const char* missing) {
    if (registry.changes() > 0) return {};
    return fail(ErrorCode::kNotFound, missing);
}

Result<void> need_device(Connection& registry, const DeviceRef& ref) {
    Statement find = registry.prepare("SELECT 1 FROM device WHERE tenant = ? AND id = ?");
    auto row = find.bind(ref.tenant.text()).bind(ref.id.text()).next();
    if (!row) return pass(row);
    if (!*row) return fail(ErrorCode::kNotFound, "there is no such device");
    return {};
}

Result<void> change(Connection& registry, const PutDevice& put) {
    const Device& device = put.device;
    const DeviceRef& ref = device.ref;
    Statement find = registry.prepare("SELECT version FROM device WHERE tenant = ? AND id = ?");
    find.bind(ref.tenant.text()).bind(ref.id.text());
    if (auto same = compare(find, put.expected); !same) return same;
    // An upsert rather than a REPLACE, which would delete the row and with it all that is the
    // device's.
    Statement write = registry.prepare(
        "INSERT INTO device(tenant, id, name, type, labels, schema, created, version) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, "
        "type = excluded.type, labels = excluded.labels, schema = excluded.schema, "
        "created = excluded.created, version = excluded.version");
    const std::string labels = to_bytes(device.labels);
    const std::string schema = to_bytes(device.schema);
    write.bind(ref.tenant.text()).bind(ref.id.text()).bind(device.name).bind(device.type);
    write.bind(Blob{labels}).bind(Blob{schema}).bind(device.created).bind(device.version);
    return write.run();
}

Result<void> change(Connection& registry, const DeleteDevice& gone) {
    Statement erase = registry.prepare("DELETE FROM device WHERE tenant = ? AND id = ?");
    auto done = erase.bind(gone.device.tenant.text()).bind(gone.device.id.text()).run();
    if (!done) return done;
    return need_a_row(registry, "there is no such device");
}

Result<void> change(Connection& registry, const PutTwin& put) {
    const DeviceRef& ref = put.device;
    if (auto known = need_device(registry, ref); !known) return known;
    Statement find =
        registry.prepare("SELECT version FROM twin WHERE tenant = ? AND device = ? AND side = ?");
    find.bind(ref.tenant.text()).bind(ref.id.text()).bind(name_of(put.side));
    if (auto same = compare(find, put.expected); !same) return same;
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO twin(tenant, device, side, value, version, updated, changed) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    const std::string value = to_bytes(put.document.value);
    const std::string changed = to_bytes(put.document.changed);
    write.bind(ref.tenant.text()).bind(ref.id.text()).bind(name_of(put.side));
    write.bind(Blob{value}).bind(put.document.version).bind(put.document.updated);
    return write.bind(Blob{changed}).run();
}

Result<void> change(Connection& registry, const PutCommand& put) {
    const Command& command = put.command;
    const DeviceRef& ref = command.device;
    if (auto known = need_device(registry, ref); !known) return known;
    Statement find =
        registry.prepare("SELECT version FROM command WHERE tenant = ? AND device = ? AND id = ?");
    find.bind(ref.tenant.text()).bind(ref.id.text()).bind(command.id.text());
    if (auto same = compare(find, put.expected); !same) return same;
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO command(tenant, device, id, name, params, status, attempt, "
        "created, expires, lease_until, updated, result, sent_by, version, progress) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string params = to_bytes(command.params);
    const std::string result = to_bytes(command.result);
    const std::string progress = to_bytes(command.progress);
    write.bind(ref.tenant.text()).bind(ref.id.text()).bind(command.id.text());
    write.bind(command.name).bind(Blob{params}).bind(name_of(command.status));
    write.bind(std::int64_t{command.attempt}).bind(command.created).bind(command.expires);
    write.bind(command.lease_until).bind(command.updated).bind(Blob{result});
    return write.bind(command.sent_by).bind(command.version).bind(Blob{progress}).run();
}

Result<void> change(Connection& registry, const PutSeries& put) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO series(tenant, device, name, type, unit, interval, stale_after, "
        "retention, stale, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const Series& series = put.series;
    write.bind(put.device.tenant.text()).bind(put.device.id.text()).bind(series.name);
    write.bind(name_of(series.type)).bind(series.unit).bind(series.interval);
    write.bind(series.stale_after).bind(series.retention);
    return write.bind(std::int64_t{series.stale ? 1 : 0}).bind(series.since).run();
}

Result<void> change(Connection& registry, const PutPresence& put) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO presence(tenant, device, online, door, since, last_seen) "
        "VALUES (?, ?, ?, ?, ?, ?)");
    const Presence& presence = put.presence;
    write.bind(put.device.tenant.text()).bind(put.device.id.text());
    write.bind(std::int64_t{presence.online ? 1 : 0}).bind(name_of(presence.door));
    return write.bind(presence.since).bind(presence.last_seen).run();
}

Result<void> change(Connection& registry, const PutCredential& put) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO credential(tenant, id, kind, principal, device, scopes, digest, "
        "created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const Credential& key = put.credential;
    const std::string scopes = key.scopes.text();
    write.bind(key.tenant.text()).bind(key.id.text()).bind(name_of(key.kind)).bind(key.principal);
    if (key.kind == PrincipalKind::kDevice) {
        write.bind(key.principal);
    } else {
        write.bind(nullptr);
    }
    return write.bind(scopes).bind(Blob{key.digest}).bind(key.created).bind(key.expires).run();
}

Result<void> change(Connection& registry, const DeleteCredential& gone) {
    Statement erase = registry.prepare("DELETE FROM credential WHERE tenant = ? AND id = ?");
    auto done = erase.bind(gone.tenant.text()).bind(gone.id.text()).run();
    if (!done) return done;
    return need_a_row(registry, "there is no such key");
}

// What is a user's or an app's goes with it.
Result<void> drop_of_principal(Connection& registry, const Principal& principal) {
    for (const char* sql :
         {"DELETE FROM access_grant WHERE tenant = ? AND kind = ? AND principal = ?",
          "DELETE FROM credential WHERE tenant = ? AND kind = ? AND principal = ?"}) {
        Statement erase = registry.prepare(sql);
        erase.bind(principal.tenant.text()).bind(name_of(principal.kind)).bind(principal.id);
        if (auto done = erase.run(); !done) return done;
    }
    // Who is made again under the name has not made them.
    Statement codes = registry.prepare("DELETE FROM claim_code WHERE tenant = ? AND made_by = ?");
    const std::string maker = text_of(principal.kind, principal.id);
    if (auto done = codes.bind(principal.tenant.text()).bind(maker).run(); !done) return done;
    return drop_delegated_to(registry, principal);
}

Result<void> change(Connection& registry, const PutUser& put) {
    const User& user = put.user;
    Statement find = registry.prepare("SELECT version FROM user WHERE tenant = ? AND name = ?");
    find.bind(user.tenant.text()).bind(user.name.text());
    if (auto same = compare(find, put.expected); !same) return same;
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO user(tenant, name, full_name, password, role, created, version) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    write.bind(user.tenant.text()).bind(user.name.text()).bind(user.full_name);
    write.bind(user.password).bind(name_of(user.role));
    return write.bind(user.created).bind(user.version).run();
}

Result<void> change(Connection& registry, const DeleteUser& gone) {
    Statement erase = registry.prepare("DELETE FROM user WHERE tenant = ? AND name = ?");
    auto done = erase.bind(gone.tenant.text()).bind(gone.name.text()).run();
    if (!done) return done;
    if (auto known = need_a_row(registry, "there is no such user"); !known) return known;
    const Principal user{
        .kind = PrincipalKind::kUser, .tenant = gone.tenant, .id = gone.name.text()};
    if (auto dropped = drop_of_principal(registry, user); !dropped) return dropped;
    return drop_dashboards_of(registry, user);
}

Result<void> change(Connection& registry, const PutApp& put) {
    const App& app = put.app;
    Statement find = registry.prepare("SELECT version FROM app WHERE tenant = ? AND id = ?");
    find.bind(app.tenant.text()).bind(app.id.text());
    if (auto same = compare(find, put.expected); !same) return same;
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO app(tenant, id, name, is_public, redirect_uris, jwks, created, "
        "version, certificate_subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string uris =
        to_bytes(Value{Value::Array(app.redirect_uris.begin(), app.redirect_uris.end())});
    const std::string jwks = to_bytes(app.jwks);
    write.bind(app.tenant.text()).bind(app.id.text()).bind(app.name);
    write.bind(std::int64_t{app.is_public ? 1 : 0}).bind(Blob{uris}).bind(Blob{jwks});
    return write.bind(app.created).bind(app.version).bind(app.certificate_subject).run();
}

Result<void> change(Connection& registry, const DeleteApp& gone) {
    Statement erase = registry.prepare("DELETE FROM app WHERE tenant = ? AND id = ?");
    auto done = erase.bind(gone.tenant.text()).bind(gone.id.text()).run();
    if (!done) return done;
    if (auto known = need_a_row(registry, "there is no such app"); !known) return known;
    const Principal app{.kind = PrincipalKind::kApp, .tenant = gone.tenant, .id = gone.id.text()};
    if (auto dropped = drop_of_principal(registry, app); !dropped) return dropped;
    return drop_dashboards_of(registry, app);
}

Result<void> need_principal(Connection& registry, const Principal& principal) {
    Statement find = registry.prepare(principal.kind == PrincipalKind::kUser
                                          ? "SELECT 1 FROM user WHERE tenant = ? AND name = ?"
                                          : "SELECT 1 FROM app WHERE tenant = ? AND id = ?");
    auto row = find.bind(principal.tenant.text()).bind(principal.id).next();
    if (!row) return pass(row);
    if (!*row) return fail(ErrorCode::kNotFound, "there is no such user or app");
    return {};
}

Result<void> change(Connection& registry, const PutGrant& put) {
    const Grant& grant = put.grant;
    if (auto known = need_principal(registry, grant.to); !known) return known;
    Statement find =
        registry.prepare("SELECT version FROM access_grant WHERE tenant = ? AND id = ?");
    find.bind(grant.to.tenant.text()).bind(grant.id.text());
    if (auto same = compare(find, put.expected); !same) return same;
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO access_grant(tenant, id, kind, principal, scopes, every_device, "
        "devices, labels, series, created, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const Allowance& allowance = grant.allowance;
    const std::string scopes = allowance.scopes.text();
    const std::string devices =
        to_bytes(Value{Value::Array(allowance.devices.begin(), allowance.devices.end())});
    const std::string labels = to_bytes(allowance.labels);
    const std::string series =
        to_bytes(Value{Value::Array(allowance.series.begin(), allowance.series.end())});
    write.bind(grant.to.tenant.text()).bind(grant.id.text()).bind(name_of(grant.to.kind));
    write.bind(grant.to.id).bind(scopes).bind(std::int64_t{allowance.every_device ? 1 : 0});
    write.bind(Blob{devices}).bind(Blob{labels}).bind(Blob{series});
    return write.bind(grant.created).bind(grant.version).run();
}

Result<void> change(Connection& registry, const DeleteGrant& gone) {
    Statement erase = registry.prepare("DELETE FROM access_grant WHERE tenant = ? AND id = ?");
    auto done = erase.bind(gone.tenant.text()).bind(gone.id.text()).run();
    if (!done) return done;
    return need_a_row(registry, "there is no such grant");
}

Result<void> change(Connection& registry, const PutDashboard& put) {
    const Dashboard& dashboard = put.dashboard;
    Statement find = registry.prepare("SELECT version FROM dashboard WHERE tenant = ? AND id = ?");
    find.bind(dashboard.tenant.text()).bind(dashboard.id.text());
    if (auto same = compare(find, put.expected); !same) return same;
    return write_dashboard(registry, dashboard);
}

Result<void> change(Connection& registry, const DeleteDashboard& gone) {
    Statement erase = registry.prepare("DELETE FROM dashboard WHERE tenant = ? AND id = ?");
    auto done = erase.bind(gone.tenant.text()).bind(gone.id.text()).run();
    if (!done) return done;
    return need_a_row(registry, "there is no such dashboard");
}

Result<void> change(Connection& registry, const PutTenant& put) {
    Statement find = registry.prepare("SELECT 1 FROM tenant WHERE id = ?");
    if (auto same = compare(find.bind(put.tenant.id.text()), 0); !same) return same;
    Statement write =
        registry.prepare("INSERT INTO tenant(id, name, created, deleted) VALUES (?, ?, ?, ?)");
    write.bind(put.tenant.id.text()).bind(put.tenant.name).bind(put.tenant.created);
    return write.bind(put.tenant.deleted).run();
}

Result<void> need_no_devices(Connection& registry, const TenantId& tenant) {
    Statement find = registry.prepare("SELECT 1 FROM device WHERE tenant = ? LIMIT 1");
    auto row = find.bind(tenant.text()).next();
    if (!row) return pass(row);
    if (*row) return fail(ErrorCode::kConflict, "the tenant has devices");
    return {};
}

Result<void> change(Connection& registry, const DeleteTenant& gone) {
    Statement end =
        registry.prepare("UPDATE tenant SET deleted = ? WHERE id = ? AND deleted IS NULL");
    if (auto done = end.bind(gone.at).bind(gone.id.text()).run(); !done) return done;
    if (auto known = need_a_row(registry, "there is no such tenant"); !known) return known;
    if (auto none = need_no_devices(registry, gone.id); !none) return none;
    for (const char* sql :
         {"DELETE FROM user WHERE tenant = ?", "DELETE FROM app WHERE tenant = ?",
          "DELETE FROM access_grant WHERE tenant = ?", "DELETE FROM credential WHERE tenant = ?",
          "DELETE FROM dashboard WHERE tenant = ?", "DELETE FROM reply WHERE tenant = ?"}) {
        Statement erase = registry.prepare(sql);
        if (auto done = erase.bind(gone.id.text()).run(); !done) return done;
    }
    return drop_oauth_of(registry, gone.id);
}

Result<void> change(Connection& registry, const PutReply& put) {
    const RememberedReply& reply = put.reply;
    Statement forget = registry.prepare(
        "DELETE FROM reply WHERE (tenant, principal, key) IN (SELECT tenant, principal, key "
        "FROM reply WHERE created < ? ORDER BY created LIMIT ?)");
    auto forgotten = forget.bind(reply.created - kReplyAgeMax).bind(kRepliesForgottenAtOnce).run();
    if (!forgotten) return forgotten;
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO reply(tenant, principal, key, fingerprint, status, headers, body, "
        "created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    write.bind(reply.tenant.text()).bind(reply.principal).bind(reply.key);
    write.bind(Blob{reply.fingerprint}).bind(std::int64_t{reply.status});
    return write.bind(Blob{reply.headers}).bind(Blob{reply.body}).bind(reply.created).run();
}

template <typename Record>
Result<void> change(Connection& registry, const PutRecord<Record>& put) {
    return put_record(registry, put);
}

Result<void> change(Connection& registry, const DeleteAccessToken& gone) {
    return delete_token(registry, gone.id);
}

Result<void> change(Connection& registry, const EndFamily& gone) {
    return end_family(registry, gone.family);
}

Result<void> change(Connection& registry, const EndDelegated& gone) {
    return drop_delegated_to(registry, gone.to);
}

Result<void> change(Connection& registry, const DeleteClaimCode& gone) {
    return delete_claim_code(registry, gone);
}

}  // namespace

Result<void> apply(Connection& registry,
                   const Change& change_of_any_kind,
                   std::vector<Event>& events) {
    const auto make = [&]<typename T>(const T& typed) -> Result<void> {
        if constexpr (std::is_same_v<T, AppendAudit>) {
            auto line = append_audit(registry, typed.line);
            if (!line) return pass(line);
            events.push_back(audit_event(*line));
            return {};
        } else {
            return change(registry, typed);
        }
    };
    return std::visit(make, change_of_any_kind);
}

Result<void> put_in_outbox(Connection& registry, const Event& event) {
    Statement write = registry.prepare(
        "INSERT INTO outbox(sequence, kind, tenant, device, series, time, value) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    const std::string value = to_bytes(event.value);
    write.bind(static_cast<std::int64_t>(event.sequence)).bind(name_of(event.kind));
    write.bind(event.device.tenant.text()).bind(event.device.id.text()).bind(event.series);
    return write.bind(event.time).bind(Blob{value}).run();
}

Result<std::vector<Event>> outbox_from(Connection& registry, Sequence sequence) {
    Statement rows = registry.prepare(
        "SELECT sequence, kind, tenant, device, series, time, value FROM outbox "
        "WHERE sequence >= ? ORDER BY sequence");
    rows.bind(static_cast<std::int64_t>(sequence));
    std::vector<Event> events;
    while (true) {
        auto more = rows.next();
        if (!more) return pass(more);
        if (!*more) return events;
        const auto kind = event_kind(rows.text(1));
        auto value = from_bytes(rows.blob(6));
        if (!value) return pass(value);
        if (!kind) {
            return fail(ErrorCode::kStorageFailed,
                        "registry.db holds an event of an unknown kind: it is damaged");
        }
        events.push_back(
            {.sequence = static_cast<Sequence>(rows.integer(0)),
             .kind = *kind,
             .device = {.tenant = TenantId{rows.text(2)}, .id = DeviceId{rows.text(3)}},
             .series = rows.text(4),
             .time = rows.time(5),
             .value = std::move(*value)});
    }
}

Result<void> trim_outbox(Connection& registry, std::int64_t rows) {
    Statement trim = registry.prepare(
        "DELETE FROM outbox WHERE sequence <= "
        "(SELECT sequence FROM outbox ORDER BY sequence DESC LIMIT 1 OFFSET ?)");
    return trim.bind(rows).run();
}

}  // namespace tandem::store
