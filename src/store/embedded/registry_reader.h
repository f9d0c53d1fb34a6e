#pragma once

#include "domain/ports.h"
#include "store/embedded/sqlite.h"

#include <optional>
#include <vector>

namespace tandem::store {

/// The door of a row; kStorageFailed for a word that is none.
Result<Door> door_named(std::string_view name);

// The questions of the port `Registry`, asked of registry.db. Each fails with kStorageFailed where
// the file holds what this hub never writes.

Result<std::optional<Device>> find_device(Connection& registry, const DeviceRef& ref);
Result<std::vector<Device>> list_devices(Connection& registry, const DeviceQuery& query);
Result<std::uint64_t> count_devices(Connection& registry, const TenantId& tenant);
Result<Twin> find_twin(Connection& registry, const DeviceRef& ref);
Result<std::optional<DeviceFacts>> find_device_facts(Connection& registry, const DeviceRef& ref);
Result<std::vector<Series>> list_series(Connection& registry, const DeviceRef& ref);
Result<std::optional<Command>> find_command(Connection& registry,
                                            const DeviceRef& ref,
                                            const CommandId& id);
Result<std::vector<Command>> list_commands(Connection& registry, const CommandQuery& query);
Result<std::optional<Presence>> find_presence(Connection& registry, const DeviceRef& ref);
Result<std::vector<DeviceRef>> list_devices_with_open_commands(Connection& registry);
Result<std::vector<DeviceRef>> list_devices_with_stale_after(Connection& registry);
Result<std::vector<Credential>> list_credentials(Connection& registry);
Result<std::optional<User>> find_user(Connection& registry,
                                      const TenantId& tenant,
                                      const UserId& name);
/// Everything that says who may do what; users without their passwords.
Result<Policy> read_policy(Connection& registry);
Result<std::optional<RememberedReply>> find_reply(Connection& registry,
                                                  const TenantId& tenant,
                                                  const std::string& principal,
                                                  const std::string& key);

}  // namespace tandem::store
