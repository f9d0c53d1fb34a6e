#pragma once

#include "domain/ports.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tandem::memory {

/// The newest lines of a tenant that are kept; older ones make room.
inline constexpr std::size_t kAuditLinesMax = 10'000;
/// Replies are kept for a day (docs/reference/rest.md).
inline constexpr Duration kReplyAgeMax = 24h;
/// Between two looks for replies that are too old.
inline constexpr Duration kReplySweep = 10min;

template <typename Table>
[[nodiscard]] auto find_row(const Table& table, const typename Table::key_type& key)
    -> std::optional<typename Table::mapped_type> {
    const auto found = table.find(key);
    if (found == table.end()) return {};
    return found->second;
}

template <typename Table>
void store_row(Table& table,
               const typename Table::key_type& key,
               std::optional<typename Table::mapped_type> value) {
    if (value) {
        table.insert_or_assign(key, std::move(*value));
    } else {
        table.erase(key);
    }
}

/// What `Registry` keeps, as tables in memory. One thread at a time.
class RegistryState {
public:
    /// All of the changes or none; gives the events that only a store can make of them. Fails as
    /// `Change` says.
    Result<std::vector<Event>> apply(const std::vector<Change>& changes);

    [[nodiscard]] std::optional<Device> device(const DeviceRef& ref) const;
    [[nodiscard]] std::optional<DeviceFacts> device_facts(const DeviceRef& ref) const;
    [[nodiscard]] std::vector<Device> devices(const DeviceQuery& query) const;
    [[nodiscard]] std::uint64_t device_count(const TenantId& tenant) const;
    [[nodiscard]] Twin twin(const DeviceRef& ref) const;
    [[nodiscard]] std::vector<Series> series(const DeviceRef& ref) const;
    [[nodiscard]] std::optional<Command> command(const DeviceRef& ref, const CommandId& id) const;
    [[nodiscard]] std::vector<Command> commands(const CommandQuery& query) const;
    [[nodiscard]] std::optional<Presence> presence(const DeviceRef& ref) const;
    [[nodiscard]] std::vector<DeviceRef> devices_with_open_commands() const;
    [[nodiscard]] std::vector<DeviceRef> devices_with_stale_after() const;
    [[nodiscard]] std::vector<Credential> credentials() const;
    [[nodiscard]] std::optional<User> user(const TenantId& tenant, const UserId& name) const;
    [[nodiscard]] Policy policy() const;
    [[nodiscard]] std::optional<Dashboard> dashboard(const TenantId& tenant,
                                                     const DashboardId& id) const;
    [[nodiscard]] std::vector<Dashboard> dashboards(const DashboardQuery& query) const;
    [[nodiscard]] DashboardCounts dashboard_counts(const Principal& owner) const;
    [[nodiscard]] std::optional<RememberedReply> reply(const TenantId& tenant,
                                                       const std::string& principal,
                                                       const std::string& key) const;
    [[nodiscard]] std::vector<AuditLine> audit(const AuditQuery& query) const;

    [[nodiscard]] LiveRecords live_records() const;
    [[nodiscard]] std::optional<AuthorizationCode> code(const KeyId& id) const;
    [[nodiscard]] std::optional<RefreshFamily> family(const KeyId& id) const;
    [[nodiscard]] std::vector<RefreshFamily> families(const Principal& of) const;
    [[nodiscard]] std::optional<DeviceGrant> device_grant(const KeyId& id) const;
    [[nodiscard]] std::optional<DeviceGrant> pending_grant(const std::string& user_code) const;
    [[nodiscard]] std::vector<ClaimCode> claim_codes(const TenantId& tenant) const;
    [[nodiscard]] std::optional<ClaimCode> claim_code(const std::string& digest) const;

private:
    using InDevice = std::pair<DeviceRef, std::string>;
    using InTenant = std::pair<TenantId, std::string>;
    using ReplyKey = std::tuple<TenantId, std::string, std::string>;
    using SideKey = std::pair<DeviceRef, TwinSide>;
    template <typename Record>
    struct Kept {
        Record record;
        Instant until;
    };
    template <typename Record>
    using Records = std::map<std::string, Kept<Record>>;  // By id.

    Result<void> change(const PutDevice& put);
    Result<void> change(const DeleteDevice& gone);
    Result<void> change(const PutTwin& put);
    Result<void> change(const PutCommand& put);
    Result<void> change(const PutSeries& put);
    Result<void> change(const PutPresence& put);
    Result<void> change(const PutCredential& put);
    Result<void> change(const DeleteCredential& gone);
    Result<void> change(const PutUser& put);
    Result<void> change(const DeleteUser& gone);
    Result<void> change(const PutApp& put);
    Result<void> change(const DeleteApp& gone);
    Result<void> change(const PutGrant& put);
    Result<void> change(const DeleteGrant& gone);
    Result<void> change(const PutDashboard& put);
    Result<void> change(const DeleteDashboard& gone);
    Result<void> change(const PutTenant& put);
    Result<void> change(const DeleteTenant& gone);
    Result<void> change(const AppendAudit& append);
    Result<void> change(const PutReply& put);
    template <typename Record>
    Result<void> change(const PutRecord<Record>& put);
    Result<void> change(const DeleteAccessToken& gone);
    Result<void> change(const EndFamily& gone);
    Result<void> change(const EndDelegated& gone);
    Result<void> change(const DeleteClaimCode& gone);

    template <typename Record>
    [[nodiscard]] Records<Record>& records();
    template <typename Record>
    [[nodiscard]] static std::optional<Record> record_in(const Records<Record>& records,
                                                         const KeyId& id);
    /// Removes every record of OAuth whose delegation `goes`.
    template <typename Goes>
    void drop_delegated(Goes goes);
    void drop_claim_codes_of(const Principal& principal);
    void drop_delegated_to(const Principal& principal);
    void drop_oauth_of(const TenantId& tenant);
    [[nodiscard]] Result<void> exists(const DeviceRef& ref) const;
    void forget_old_replies(Instant now);
    /// Puts the row, or removes it when `value` is empty, and notes how to undo that.
    template <typename Table>
    void set(Table& table,
             const typename Table::key_type& key,
             std::optional<typename Table::mapped_type> value);
    /// Removes every row that `goes`, a predicate of key and row, says.
    template <typename Table, typename Goes>
    void drop_those(Table& table, Goes goes);
    /// Removes the grants, the credentials and what of OAuth is of a user, an app or a device.
    void drop_of_principal(const Principal& principal);
    /// Removes the private dashboards of a user or an app; the shared ones are nobody's then.
    void drop_dashboards_of(const Principal& owner);
    /// Removes every row of the device.
    template <typename Table>
    void drop_of_device(Table& table, const DeviceRef& ref);
    void undo();

    std::map<DeviceRef, Device> devices_;
    std::map<SideKey, TwinDocument> twins_;
    std::map<InDevice, Command> commands_;
    std::map<InDevice, Series> series_;
    std::map<DeviceRef, Presence> presences_;
    std::map<InTenant, Credential> credentials_;
    std::map<InTenant, User> users_;
    std::map<InTenant, App> apps_;
    std::map<InTenant, Grant> grants_;
    std::map<InTenant, Dashboard> dashboards_;
    std::map<TenantId, Tenant> tenants_;
    std::map<TenantId, std::deque<AuditLine>> audit_;  // Never longer than kAuditLinesMax each.
    std::map<ReplyKey, RememberedReply> replies_;      // None older than both together.
    Records<AccessToken> tokens_;
    Records<AuthorizationCode> codes_;
    Records<RefreshFamily> families_;
    Records<DeviceGrant> device_grants_;
    Records<UsedAssertion> assertions_;
    Records<ClaimCode> claim_codes_;
    Records<DeniedToken> denied_;
    Instant swept_;
    std::vector<Work> undo_;   // What takes back the running transaction, last first.
    std::vector<Event> told_;  // What tells of it.
};

template <typename Table>
void RegistryState::set(Table& table,
                        const typename Table::key_type& key,
                        std::optional<typename Table::mapped_type> value) {
    undo_.emplace_back([&table, key, before = find_row(table, key)]() mutable {
        store_row(table, key, std::move(before));
    });
    store_row(table, key, std::move(value));
}

template <typename Table, typename Goes>
void RegistryState::drop_those(Table& table, Goes goes) {
    std::vector<typename Table::key_type> keys;
    for (const auto& [key, row] : table) {
        if (goes(key, row)) keys.push_back(key);
    }
    for (const auto& key : keys)
        set(table, key, {});
}

}  // namespace tandem::memory
