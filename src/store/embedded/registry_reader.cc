#include "store/embedded/registry_reader.h"

#include "base/checked.h"
#include "store/embedded/rows.h"
#include "store/value_bytes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::store {
namespace {

Result<Series::Type> type_named(std::string_view name) {
    using enum Series::Type;
    constexpr std::array kAll{kAny, kNumber, kInteger, kBoolean, kString, kJson};
    return named(name, kAll, "type of a series");
}

Result<Device> read_device(const Statement& row) {
    auto labels = labels_from_bytes(row.blob(4));
    if (!labels) return pass(labels);
    auto schema = from_bytes(row.blob(5));
    if (!schema) return pass(schema);
    return Device{.ref = {.tenant = TenantId{row.text(0)}, .id = DeviceId{row.text(1)}},
                  .name = row.text(2),
                  .type = row.text(3),
                  .labels = std::move(*labels),
                  .schema = std::move(*schema),
                  .created = row.time(6),
                  .version = row.integer(7)};
}

Result<Command> read_command(const Statement& row) {
    auto params = from_bytes(row.blob(4));
    if (!params) return pass(params);
    auto result = from_bytes(row.blob(11));
    if (!result) return pass(result);
    auto progress = from_bytes(row.blob(14));
    if (!progress) return pass(progress);
    const auto status = command_status(row.text(5));
    if (!status) return damaged("status of a command");
    return Command{.id = CommandId{row.text(2)},
                   .device = {.tenant = TenantId{row.text(0)}, .id = DeviceId{row.text(1)}},
                   .name = row.text(3),
                   .params = std::move(*params),
                   .status = *status,
                   .attempt = static_cast<int>(row.integer(6)),
                   .created = row.time(7),
                   .expires = row.time(8),
                   .lease_until = row.time_if_any(9),
                   .updated = row.time_if_any(10),
                   .progress = std::move(*progress),
                   .result = std::move(*result),
                   .sent_by = row.text(12),
                   .version = row.integer(13)};
}

Result<Series> read_series(const Statement& row) {
    const auto type = type_named(row.text(1));
    if (!type) return std::unexpected(type.error());
    return Series{.name = row.text(0),
                  .type = *type,
                  .unit = row.text(2),
                  .interval = row.span_if_any(3),
                  .stale_after = row.span_if_any(4),
                  .retention = row.span_if_any(5),
                  .stale = row.integer(6) != 0,
                  .since = row.time_if_any(7)};
}

Result<Presence> read_presence(const Statement& row) {
    const auto door = door_named(row.text(1));
    if (!door) return std::unexpected(door.error());
    return Presence{.online = row.integer(0) != 0,
                    .door = *door,
                    .since = row.time_if_any(2),
                    .last_seen = row.time_if_any(3)};
}

Result<Credential> read_credential(const Statement& row) {
    const auto kind = kind_named(row.text(2));
    if (!kind) return std::unexpected(kind.error());
    const auto scopes = Scopes::parse(row.text(4));
    if (!scopes) return damaged("scope");
    return Credential{.id = KeyId{row.text(1)},
                      .kind = *kind,
                      .tenant = TenantId{row.text(0)},
                      .principal = row.text(3),
                      .scopes = *scopes,
                      .digest = row.blob(5),
                      .created = row.time(6),
                      .expires = row.time_if_any(7)};
}

Result<User> read_user(const Statement& row) {
    const auto role = role_named(row.text(4));
    if (!role) return damaged("role");
    return User{.tenant = TenantId{row.text(0)},
                .name = UserId{row.text(1)},
                .full_name = row.text(2),
                .password = row.text(3),
                .role = *role,
                .created = row.time(5),
                .version = row.integer(6)};
}

Result<Tenant> read_tenant(const Statement& row) {
    return Tenant{.id = TenantId{row.text(0)},
                  .name = row.text(1),
                  .created = row.time(2),
                  .deleted = row.time_if_any(3)};
}

Result<std::vector<std::string>> texts_from_bytes(std::string_view bytes) {
    auto value = from_bytes(bytes);
    if (!value) return pass(value);
    const auto* items = value->get<Value::Array>();
    if (items == nullptr) return damaged("list");
    std::vector<std::string> out;
    for (const Value& item : *items) {
        const auto* text = item.get<std::string>();
        if (text == nullptr) return damaged("item of a list");
        out.push_back(*text);
    }
    return out;
}

Result<App> read_app(const Statement& row) {
    auto uris = texts_from_bytes(row.blob(4));
    if (!uris) return pass(uris);
    auto jwks = from_bytes(row.blob(5));
    if (!jwks) return pass(jwks);
    return App{.tenant = TenantId{row.text(0)},
               .id = AppId{row.text(1)},
               .name = row.text(2),
               .is_public = row.integer(3) != 0,
               .redirect_uris = std::move(*uris),
               .jwks = std::move(*jwks),
               .certificate_subject = row.text(8),
               .created = row.time(6),
               .version = row.integer(7)};
}

Result<Grant> read_grant(const Statement& row) {
    const auto kind = kind_named(row.text(2));
    if (!kind) return std::unexpected(kind.error());
    const auto scopes = Scopes::parse(row.text(4));
    if (!scopes) return damaged("scope");
    auto devices = texts_from_bytes(row.blob(6));
    if (!devices) return pass(devices);
    auto labels = labels_from_bytes(row.blob(7));
    if (!labels) return pass(labels);
    auto series = texts_from_bytes(row.blob(8));
    if (!series) return pass(series);
    return Grant{.id = GrantId{row.text(1)},
                 .to = {.kind = *kind, .tenant = TenantId{row.text(0)}, .id = row.text(3)},
                 .allowance = {.scopes = *scopes,
                               .every_device = row.integer(5) != 0,
                               .devices = {devices->begin(), devices->end()},
                               .labels = std::move(*labels),
                               .series = std::move(*series)},
                 .created = row.time(9),
                 .version = row.integer(10)};
}

Result<RememberedReply> read_reply(const Statement& row) {
    return RememberedReply{.tenant = TenantId{row.text(0)},
                           .principal = row.text(1),
                           .key = row.text(2),
                           .fingerprint = row.blob(3),
                           .status = static_cast<int>(row.integer(4)),
                           .headers = row.blob(5),
                           .body = row.blob(6),
                           .created = row.time(7)};
}

Result<DeviceRef> read_ref(const Statement& row) {
    return DeviceRef{.tenant = TenantId{row.text(0)}, .id = DeviceId{row.text(1)}};
}

Result<TwinDocument> read_document(const Statement& row) {
    auto value = from_bytes(row.blob(1));
    if (!value) return pass(value);
    auto changed = change_times_from_bytes(row.blob(4));
    if (!changed) return pass(changed);
    return TwinDocument{.value = std::move(*value),
                        .version = row.integer(2),
                        .updated = row.time_if_any(3),
                        .changed = std::move(*changed)};
}

bool is_wanted(const CommandQuery& query, const Command& command) {
    return query.statuses.empty() ||
           std::ranges::find(query.statuses, command.status) != query.statuses.end();
}

constexpr std::string_view kCommandsOfAnyStatus =
    "SELECT tenant, device, id, name, params, status, attempt, created, expires, lease_until, "
    "updated, result, sent_by, version, progress FROM command "
    "WHERE tenant = ? AND device = ? AND id > ? ORDER BY id";
// The same words as the index command_open has, or SQLite would not see that it fits.
constexpr std::string_view kOpenCommands =
    "SELECT tenant, device, id, name, params, status, attempt, created, expires, lease_until, "
    "updated, result, sent_by, version, progress FROM command "
    "WHERE tenant = ? AND device = ? AND id > ? "
    "AND status IN ('queued', 'delivered', 'acknowledged') ORDER BY id";

}  // namespace

Result<Door> door_named(std::string_view name) {
    constexpr std::array kAll{Door::kRest, Door::kPoll, Door::kSse, Door::kWs, Door::kLocal};
    return named(name, kAll, "door");
}

Result<std::optional<Device>> find_device(Connection& registry, const DeviceRef& ref) {
    Statement query = registry.prepare(
        "SELECT tenant, id, name, type, labels, schema, created, version FROM device "
        "WHERE tenant = ? AND id = ?");
    query.bind(ref.tenant.text()).bind(ref.id.text());
    return one_row(query, read_device);
}

Result<std::vector<Device>> list_devices(Connection& registry, const DeviceQuery& query) {
    Statement scan = registry.prepare(
        "SELECT tenant, id, name, type, labels, schema, created, version FROM device "
        "WHERE tenant = ? AND id > ? ORDER BY id");
    scan.bind(query.tenant.text()).bind(query.after);
    std::vector<Device> out;
    while (out.size() < query.limit) {
        auto more = scan.next();
        if (!more) return pass(more);
        if (!*more) break;
        auto device = read_device(scan);
        if (!device) return pass(device);
        if (matches(query, *device)) out.push_back(std::move(*device));
    }
    return out;
}

Result<std::uint64_t> count_devices(Connection& registry, const TenantId& tenant) {
    Statement count = registry.prepare("SELECT count(*) FROM device WHERE tenant = ?");
    auto row = count.bind(tenant.text()).next();
    if (!row) return pass(row);
    return static_cast<std::uint64_t>(count.integer(0));
}

Result<Twin> find_twin(Connection& registry, const DeviceRef& ref) {
    Statement query = registry.prepare(
        "SELECT side, value, version, updated, changed FROM twin WHERE tenant = ? AND device = ?");
    query.bind(ref.tenant.text()).bind(ref.id.text());
    Twin twin;
    while (true) {
        auto more = query.next();
        if (!more) return pass(more);
        if (!*more) return twin;
        auto document = read_document(query);
        if (!document) return pass(document);
        const std::string side = query.text(0);
        TwinDocument& into = side == name_of(TwinSide::kConfig)  ? twin.config
                             : side == name_of(TwinSide::kState) ? twin.state
                                                                 : twin.acknowledged;
        into = std::move(*document);
    }
}

Result<std::vector<Series>> list_series(Connection& registry, const DeviceRef& ref) {
    Statement query = registry.prepare(
        "SELECT name, type, unit, interval, stale_after, retention, stale, since FROM series "
        "WHERE tenant = ? AND device = ? ORDER BY name");
    query.bind(ref.tenant.text()).bind(ref.id.text());
    return all_rows(query, read_series);
}

Result<std::optional<Command>> find_command(Connection& registry,
                                            const DeviceRef& ref,
                                            const CommandId& id) {
    Statement query = registry.prepare(
        "SELECT tenant, device, id, name, params, status, attempt, created, expires, lease_until, "
        "updated, result, sent_by, version, progress FROM command "
        "WHERE tenant = ? AND device = ? AND id = ?");
    query.bind(ref.tenant.text()).bind(ref.id.text()).bind(id.text());
    return one_row(query, read_command);
}

Result<std::vector<Command>> list_commands(Connection& registry, const CommandQuery& query) {
    const bool open = !query.statuses.empty() && std::ranges::none_of(query.statuses, is_final);
    Statement scan = registry.prepare(open ? kOpenCommands : kCommandsOfAnyStatus);
    scan.bind(query.device.tenant.text()).bind(query.device.id.text()).bind(query.after);
    std::vector<Command> out;
    while (out.size() < query.limit) {
        auto more = scan.next();
        if (!more) return pass(more);
        if (!*more) break;
        auto command = read_command(scan);
        if (!command) return pass(command);
        if (is_wanted(query, *command)) out.push_back(std::move(*command));
    }
    return out;
}

Result<std::optional<Presence>> find_presence(Connection& registry, const DeviceRef& ref) {
    Statement query = registry.prepare(
        "SELECT online, door, since, last_seen FROM presence WHERE tenant = ? AND device = ?");
    query.bind(ref.tenant.text()).bind(ref.id.text());
    return one_row(query, read_presence);
}

Result<std::vector<DeviceRef>> list_devices_with_open_commands(Connection& registry) {
    Statement query = registry.prepare(
        "SELECT DISTINCT tenant, device FROM command "
        "WHERE status IN ('queued', 'delivered', 'acknowledged') ORDER BY tenant, device");
    return all_rows(query, read_ref);
}

Result<std::vector<DeviceRef>> list_devices_with_stale_after(Connection& registry) {
    Statement query = registry.prepare(
        "SELECT DISTINCT tenant, device FROM series WHERE stale_after IS NOT NULL "
        "ORDER BY tenant, device");
    return all_rows(query, read_ref);
}

Result<std::vector<Credential>> list_credentials(Connection& registry) {
    Statement query = registry.prepare(
        "SELECT tenant, id, kind, principal, scopes, digest, created, expires FROM credential "
        "ORDER BY tenant, id");
    return all_rows(query, read_credential);
}

Result<std::optional<User>> find_user(Connection& registry,
                                      const TenantId& tenant,
                                      const UserId& name) {
    Statement query = registry.prepare(
        "SELECT tenant, name, full_name, password, role, created, version FROM user "
        "WHERE tenant = ? AND name = ?");
    query.bind(tenant.text()).bind(name.text());
    return one_row(query, read_user);
}

Result<Policy> read_policy(Connection& registry) {
    Statement tenants =
        registry.prepare("SELECT id, name, created, deleted FROM tenant ORDER BY id");
    auto all_tenants = all_rows(tenants, read_tenant);
    if (!all_tenants) return pass(all_tenants);
    Statement users = registry.prepare(
        "SELECT tenant, name, full_name, '', role, created, version FROM user "
        "ORDER BY tenant, name");
    auto all_users = all_rows(users, read_user);
    if (!all_users) return pass(all_users);
    Statement apps = registry.prepare(
        "SELECT tenant, id, name, is_public, redirect_uris, jwks, created, version, "
        "certificate_subject FROM app ORDER BY tenant, id");
    auto all_apps = all_rows(apps, read_app);
    if (!all_apps) return pass(all_apps);
    Statement grants = registry.prepare(
        "SELECT tenant, id, kind, principal, scopes, every_device, devices, labels, series, "
        "created, version FROM access_grant ORDER BY tenant, id");
    auto all_grants = all_rows(grants, read_grant);
    if (!all_grants) return pass(all_grants);
    return Policy{.tenants = std::move(*all_tenants),
                  .users = std::move(*all_users),
                  .apps = std::move(*all_apps),
                  .grants = std::move(*all_grants)};
}

Result<std::optional<RememberedReply>> find_reply(Connection& registry,
                                                  const TenantId& tenant,
                                                  const std::string& principal,
                                                  const std::string& key) {
    Statement query = registry.prepare(
        "SELECT tenant, principal, key, fingerprint, status, headers, body, created FROM reply "
        "WHERE tenant = ? AND principal = ? AND key = ?");
    query.bind(tenant.text()).bind(principal).bind(key);
    return one_row(query, read_reply);
}

Result<std::optional<DeviceFacts>> find_device_facts(Connection& registry, const DeviceRef& ref) {
    auto device = find_device(registry, ref);
    if (!device) return pass(device);
    if (!*device) return std::optional<DeviceFacts>{};
    auto series = list_series(registry, ref);
    if (!series) return pass(series);
    auto presence = find_presence(registry, ref);
    if (!presence) return pass(presence);
    Statement any = registry.prepare(
        "SELECT 1 FROM command WHERE tenant = ? AND device = ? "
        "AND status IN ('queued', 'delivered', 'acknowledged') LIMIT 1");
    auto open = any.bind(ref.tenant.text()).bind(ref.id.text()).next();
    if (!open) return pass(open);
    Statement config =
        registry.prepare("SELECT 1 FROM twin WHERE tenant = ? AND device = ? AND side = 'config'");
    auto wanted = config.bind(ref.tenant.text()).bind(ref.id.text()).next();
    if (!wanted) return pass(wanted);
    return std::optional{DeviceFacts{.device = std::move(checked(*device)),
                                     .series = std::move(*series),
                                     .presence = *presence,
                                     .open_commands = *open,
                                     .has_config = *wanted}};
}

}  // namespace tandem::store
