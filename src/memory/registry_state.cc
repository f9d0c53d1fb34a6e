#include "memory/registry_state.h"

#include "domain/audit_event.h"

#include <algorithm>
#include <ranges>

namespace tandem::memory {
namespace {

// 0 stands for a row that does not exist.
Result<void> compare(std::int64_t stored, std::int64_t expected) {
    if (stored == expected) return {};
    if (expected == 0) return fail(ErrorCode::kAlreadyExists, "it exists already");
    return fail(ErrorCode::kPreconditionFailed,
                "the version is " + std::to_string(stored) + ", not " + std::to_string(expected));
}

template <typename Table>
std::int64_t version_in(const Table& table, const typename Table::key_type& key) {
    const auto found = table.find(key);
    return found == table.end() ? 0 : found->second.version;
}

const DeviceRef& device_of(const DeviceRef& key) {
    // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): a table's own, never a temporary
    return key;
}
template <typename Second>
const DeviceRef& device_of(const std::pair<DeviceRef, Second>& key) {
    return key.first;
}

void set_device(DeviceRef& key, const DeviceRef& ref) {
    key = ref;
}
template <typename Second>
void set_device(std::pair<DeviceRef, Second>& key, const DeviceRef& ref) {
    key.first = ref;
}

bool is_wanted(const CommandQuery& query, const Command& command) {
    return query.statuses.empty() ||
           std::ranges::find(query.statuses, command.status) != query.statuses.end();
}

}  // namespace

Result<std::vector<Event>> RegistryState::apply(const std::vector<Change>& changes) {
    undo_.clear();
    told_.clear();
    for (const Change& one : changes) {
        auto done = std::visit([this](const auto& typed) { return change(typed); }, one);
        if (!done) {
            undo();
            return pass(done);
        }
    }
    undo_.clear();
    return std::move(told_);
}

void RegistryState::undo() {
    for (Work& step : std::views::reverse(undo_))
        step();
    undo_.clear();
}

template <typename Table>
void RegistryState::drop_of_device(Table& table, const DeviceRef& ref) {
    typename Table::key_type first{};
    set_device(first, ref);
    for (auto at = table.lower_bound(first); at != table.end() && device_of(at->first) == ref;) {
        const auto key = at->first;
        ++at;
        set(table, key, {});
    }
}

void RegistryState::drop_of_principal(const Principal& principal) {
    drop_those(grants_, [&](const InTenant&, const Grant& grant) { return grant.to == principal; });
    drop_those(credentials_, [&](const InTenant&, const Credential& each) {
        return Principal{each.kind, each.tenant, each.principal} == principal;
    });
    drop_delegated_to(principal);
    drop_claim_codes_of(principal);
}

Result<void> RegistryState::exists(const DeviceRef& ref) const {
    if (devices_.contains(ref)) return {};
    return fail(ErrorCode::kNotFound, "there is no such device");
}

Result<void> RegistryState::change(const PutDevice& put) {
    const DeviceRef& ref = put.device.ref;
    if (auto same = compare(version_in(devices_, ref), put.expected); !same) return same;
    set(devices_, ref, put.device);
    return {};
}

Result<void> RegistryState::change(const DeleteDevice& gone) {
    if (auto known = exists(gone.device); !known) return known;
    set(devices_, gone.device, {});
    drop_of_device(twins_, gone.device);
    drop_of_device(commands_, gone.device);
    drop_of_device(series_, gone.device);
    drop_of_device(presences_, gone.device);
    drop_of_principal({.kind = PrincipalKind::kDevice,
                       .tenant = gone.device.tenant,
                       .id = gone.device.id.text()});
    return {};
}

Result<void> RegistryState::change(const PutTwin& put) {
    if (auto known = exists(put.device); !known) return known;
    const SideKey key{put.device, put.side};
    if (auto same = compare(version_in(twins_, key), put.expected); !same) return same;
    set(twins_, key, put.document);
    return {};
}

Result<void> RegistryState::change(const PutCommand& put) {
    const InDevice key{put.command.device, put.command.id.text()};
    if (auto known = exists(key.first); !known) return known;
    if (auto same = compare(version_in(commands_, key), put.expected); !same) return same;
    set(commands_, key, put.command);
    return {};
}

Result<void> RegistryState::change(const PutSeries& put) {
    if (auto known = exists(put.device); !known) return known;
    set(series_, {put.device, put.series.name}, put.series);
    return {};
}

Result<void> RegistryState::change(const PutPresence& put) {
    if (auto known = exists(put.device); !known) return known;
    set(presences_, put.device, put.presence);
    return {};
}

Result<void> RegistryState::change(const PutCredential& put) {
    const Credential& key = put.credential;
    if (key.kind == PrincipalKind::kDevice) {
        auto known = exists({.tenant = key.tenant, .id = DeviceId{key.principal}});
        if (!known) return known;
    }
    set(credentials_, {key.tenant, key.id.text()}, key);
    return {};
}

Result<void> RegistryState::change(const DeleteCredential& gone) {
    const InTenant key{gone.tenant, gone.id.text()};
    if (!credentials_.contains(key)) return fail(ErrorCode::kNotFound, "there is no such key");
    set(credentials_, key, {});
    return {};
}

Result<void> RegistryState::change(const PutUser& put) {
    const InTenant key{put.user.tenant, put.user.name.text()};
    if (auto same = compare(version_in(users_, key), put.expected); !same) return same;
    set(users_, key, put.user);
    return {};
}

Result<void> RegistryState::change(const DeleteUser& gone) {
    const InTenant key{gone.tenant, gone.name.text()};
    if (!users_.contains(key)) return fail(ErrorCode::kNotFound, "there is no such user");
    set(users_, key, {});
    const Principal user{
        .kind = PrincipalKind::kUser, .tenant = gone.tenant, .id = gone.name.text()};
    drop_of_principal(user);
    drop_dashboards_of(user);
    return {};
}

Result<void> RegistryState::change(const PutApp& put) {
    const InTenant key{put.app.tenant, put.app.id.text()};
    if (auto same = compare(version_in(apps_, key), put.expected); !same) return same;
    set(apps_, key, put.app);
    return {};
}

Result<void> RegistryState::change(const DeleteApp& gone) {
    const InTenant key{gone.tenant, gone.id.text()};
    if (!apps_.contains(key)) return fail(ErrorCode::kNotFound, "there is no such app");
    set(apps_, key, {});
    const Principal app{.kind = PrincipalKind::kApp, .tenant = gone.tenant, .id = gone.id.text()};
    drop_of_principal(app);
    drop_dashboards_of(app);
    return {};
}

Result<void> RegistryState::change(const PutGrant& put) {
    const Principal& to = put.grant.to;
    const InTenant owner{to.tenant, to.id};
    const bool known =
        to.kind == PrincipalKind::kUser ? users_.contains(owner) : apps_.contains(owner);
    if (!known) return fail(ErrorCode::kNotFound, "there is no such user or app");
    const InTenant key{to.tenant, put.grant.id.text()};
    if (auto same = compare(version_in(grants_, key), put.expected); !same) return same;
    set(grants_, key, put.grant);
    return {};
}

Result<void> RegistryState::change(const DeleteGrant& gone) {
    const InTenant key{gone.tenant, gone.id.text()};
    if (!grants_.contains(key)) return fail(ErrorCode::kNotFound, "there is no such grant");
    set(grants_, key, {});
    return {};
}

Result<void> RegistryState::change(const PutDashboard& put) {
    const InTenant key{put.dashboard.tenant, put.dashboard.id.text()};
    if (auto same = compare(version_in(dashboards_, key), put.expected); !same) return same;
    set(dashboards_, key, put.dashboard);
    return {};
}

Result<void> RegistryState::change(const DeleteDashboard& gone) {
    const InTenant key{gone.tenant, gone.id.text()};
    if (!dashboards_.contains(key)) return no_such_dashboard();
    set(dashboards_, key, {});
    return {};
}

Result<void> RegistryState::change(const PutTenant& put) {
    if (tenants_.contains(put.tenant.id)) {
        return fail(ErrorCode::kAlreadyExists, "it exists already");
    }
    set(tenants_, put.tenant.id, put.tenant);
    return {};
}

Result<void> RegistryState::change(const DeleteTenant& gone) {
    auto tenant = find_row(tenants_, gone.id);
    if (!tenant || tenant->deleted) return fail(ErrorCode::kNotFound, "there is no such tenant");
    if (device_count(gone.id) > 0) return fail(ErrorCode::kConflict, "the tenant has devices");
    tenant->deleted = gone.at;
    set(tenants_, gone.id, std::move(tenant));
    const auto its = [&](const InTenant& key, const auto&) { return key.first == gone.id; };
    drop_those(users_, its);
    drop_those(apps_, its);
    drop_those(grants_, its);
    drop_those(dashboards_, its);
    drop_those(credentials_, its);
    drop_those(replies_,
               [&](const ReplyKey& key, const auto&) { return std::get<0>(key) == gone.id; });
    drop_oauth_of(gone.id);
    return {};
}

Result<void> RegistryState::change(const AppendAudit& append) {
    auto& lines = audit_[append.line.tenant];
    lines.push_back(chained(append.line, lines.empty() ? ChainHead{} : head_after(lines.back())));
    told_.push_back(audit_event(lines.back()));
    std::optional<AuditLine> dropped;
    if (lines.size() > kAuditLinesMax) {
        dropped = std::move(lines.front());
        lines.pop_front();
    }
    undo_.emplace_back([&lines, dropped = std::move(dropped)]() mutable {
        lines.pop_back();
        if (dropped) lines.push_front(std::move(*dropped));
    });
    return {};
}

Result<void> RegistryState::change(const PutReply& put) {
    const RememberedReply& reply = put.reply;
    forget_old_replies(reply.created);
    set(replies_, {reply.tenant, reply.principal, reply.key}, reply);
    return {};
}

void RegistryState::forget_old_replies(Instant now) {
    if (now < swept_ + kReplySweep) return;
    swept_ = now;
    std::erase_if(replies_,
                  [&](const auto& row) { return row.second.created < now - kReplyAgeMax; });
}

std::optional<Device> RegistryState::device(const DeviceRef& ref) const {
    return find_row(devices_, ref);
}

std::vector<Device> RegistryState::devices(const DeviceQuery& query) const {
    std::vector<Device> out;
    const DeviceRef after{.tenant = query.tenant, .id = DeviceId{query.after}};
    for (auto at = devices_.upper_bound(after); at != devices_.end(); ++at) {
        if (at->first.tenant != query.tenant || out.size() >= query.limit) break;
        if (matches(query, at->second)) out.push_back(at->second);
    }
    return out;
}

std::uint64_t RegistryState::device_count(const TenantId& tenant) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        devices_, [&](const auto& each) { return each.first.tenant == tenant; }));
}

Twin RegistryState::twin(const DeviceRef& ref) const {
    return {
        .config = find_row(twins_, {ref, TwinSide::kConfig}).value_or(TwinDocument{}),
        .state = find_row(twins_, {ref, TwinSide::kState}).value_or(TwinDocument{}),
        .acknowledged = find_row(twins_, {ref, TwinSide::kAcknowledged}).value_or(TwinDocument{})};
}

std::optional<DeviceFacts> RegistryState::device_facts(const DeviceRef& ref) const {
    auto found = device(ref);
    if (!found) return std::nullopt;
    bool open = false;
    for (auto at = commands_.lower_bound({ref, ""}); at != commands_.end() && !open; ++at) {
        if (at->first.first != ref) break;
        open = !is_final(at->second.status);
    }
    return DeviceFacts{.device = std::move(*found),
                       .series = series(ref),
                       .presence = presence(ref),
                       .open_commands = open,
                       .has_config = twins_.contains({ref, TwinSide::kConfig})};
}

std::vector<Series> RegistryState::series(const DeviceRef& ref) const {
    std::vector<Series> out;
    for (auto at = series_.lower_bound({ref, ""}); at != series_.end(); ++at) {
        if (at->first.first != ref) break;
        out.push_back(at->second);
    }
    return out;
}

std::optional<Command> RegistryState::command(const DeviceRef& ref, const CommandId& id) const {
    return find_row(commands_, {ref, id.text()});
}

std::vector<Command> RegistryState::commands(const CommandQuery& query) const {
    std::vector<Command> out;
    const InDevice after{query.device, query.after};
    for (auto at = commands_.upper_bound(after); at != commands_.end(); ++at) {
        if (at->first.first != query.device || out.size() >= query.limit) break;
        if (is_wanted(query, at->second)) out.push_back(at->second);
    }
    return out;
}

std::optional<Presence> RegistryState::presence(const DeviceRef& ref) const {
    return find_row(presences_, ref);
}

std::vector<DeviceRef> RegistryState::devices_with_open_commands() const {
    std::vector<DeviceRef> out;
    for (const auto& [key, command] : commands_) {
        if (is_final(command.status)) continue;
        if (out.empty() || out.back() != key.first) out.push_back(key.first);
    }
    return out;
}

std::vector<DeviceRef> RegistryState::devices_with_stale_after() const {
    std::vector<DeviceRef> out;
    for (const auto& [key, series] : series_) {
        if (!series.stale_after) continue;
        if (out.empty() || out.back() != key.first) out.push_back(key.first);
    }
    return out;
}

std::vector<Credential> RegistryState::credentials() const {
    std::vector<Credential> out;
    out.reserve(credentials_.size());
    for (const auto& [key, credential] : credentials_)
        out.push_back(credential);
    return out;
}

std::optional<User> RegistryState::user(const TenantId& tenant, const UserId& name) const {
    return find_row(users_, {tenant, name.text()});
}

Policy RegistryState::policy() const {
    Policy out;
    for (const auto& [key, tenant] : tenants_)
        out.tenants.push_back(tenant);
    for (const auto& [key, user] : users_) {
        out.users.push_back(user);
        out.users.back().password.clear();
    }
    for (const auto& [key, app] : apps_)
        out.apps.push_back(app);
    for (const auto& [key, grant] : grants_)
        out.grants.push_back(grant);
    return out;
}

std::optional<RememberedReply> RegistryState::reply(const TenantId& tenant,
                                                    const std::string& principal,
                                                    const std::string& key) const {
    return find_row(replies_, {tenant, principal, key});
}

std::vector<AuditLine> RegistryState::audit(const AuditQuery& query) const {
    const auto found = audit_.find(query.tenant);
    if (found == audit_.end()) return {};
    std::vector<AuditLine> out;
    for (const AuditLine& line : found->second) {
        if (query.after && out.size() == query.limit) break;
        if (line.number > query.after.value_or(0) && matches(query, line)) out.push_back(line);
    }
    if (out.size() > query.limit) {
        out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(query.limit));
    }
    return out;
}

}  // namespace tandem::memory
