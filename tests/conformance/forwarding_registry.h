#pragma once

#include "domain/ports.h"

#include <string>
#include <utility>
#include <vector>

namespace tandem::conformance {

/// A registry that is another one, but for what a test overrides.
class ForwardingRegistry : public Registry {
public:
    explicit ForwardingRegistry(Registry& behind) : behind_{behind} {}

    Task<Result<std::optional<Device>>> device(DeviceRef wanted) override {
        return behind_.device(std::move(wanted));
    }
    Task<Result<std::optional<DeviceFacts>>> device_facts(DeviceRef wanted) override {
        return behind_.device_facts(std::move(wanted));
    }
    Task<Result<Committed>> commit(Transaction transaction) override {
        return behind_.commit(std::move(transaction));
    }
    Task<Result<std::vector<Device>>> devices(DeviceQuery query) override {
        return behind_.devices(std::move(query));
    }
    Task<Result<std::uint64_t>> device_count(TenantId tenant) override {
        return behind_.device_count(std::move(tenant));
    }
    Task<Result<Twin>> twin(DeviceRef wanted) override { return behind_.twin(std::move(wanted)); }
    Task<Result<std::vector<Series>>> series(DeviceRef wanted) override {
        return behind_.series(std::move(wanted));
    }
    Task<Result<std::optional<Command>>> command(DeviceRef wanted, CommandId id) override {
        return behind_.command(std::move(wanted), std::move(id));
    }
    Task<Result<std::vector<Command>>> commands(CommandQuery query) override {
        return behind_.commands(std::move(query));
    }
    Task<Result<std::optional<Presence>>> presence(DeviceRef wanted) override {
        return behind_.presence(std::move(wanted));
    }
    Task<Result<std::vector<DeviceRef>>> devices_with_open_commands() override {
        return behind_.devices_with_open_commands();
    }
    Task<Result<std::vector<DeviceRef>>> devices_with_stale_after() override {
        return behind_.devices_with_stale_after();
    }
    Task<Result<std::vector<Credential>>> credentials() override { return behind_.credentials(); }
    Task<Result<std::optional<User>>> user(TenantId tenant, UserId name) override {
        return behind_.user(std::move(tenant), std::move(name));
    }
    Task<Result<Policy>> policy() override { return behind_.policy(); }
    Task<Result<std::optional<Dashboard>>> dashboard(TenantId tenant, DashboardId id) override {
        return behind_.dashboard(std::move(tenant), std::move(id));
    }
    Task<Result<std::vector<Dashboard>>> dashboards(DashboardQuery query) override {
        return behind_.dashboards(std::move(query));
    }
    Task<Result<DashboardCounts>> dashboard_counts(Principal owner) override {
        return behind_.dashboard_counts(std::move(owner));
    }
    Task<Result<std::optional<RememberedReply>>> reply(TenantId tenant,
                                                       std::string principal,
                                                       std::string key) override {
        return behind_.reply(std::move(tenant), std::move(principal), std::move(key));
    }
    Task<Result<std::vector<AuditLine>>> audit(AuditQuery query) override {
        return behind_.audit(std::move(query));
    }

private:
    Registry& behind_;
};

}  // namespace tandem::conformance
