#pragma once

#include "base/error.h"
#include "domain/device.h"

#include <bitset>
#include <initializer_list>
#include <optional>
#include <string>

namespace tandem {

/// What a principal may be allowed to do: one per family of operations. Names are part of
/// the interface.
enum class Scope : std::uint8_t {
    kDevicesRead,
    kDevicesWrite,
    kTelemetryRead,
    kTelemetryWrite,
    kConfigRead,
    kConfigWrite,
    kStateRead,
    kStateWrite,
    kCommandsRead,
    kCommandsSend,
    kCommandsTake,  ///< take, acknowledge and finish: the device's side
    kEventsRead,
    kEventsWrite,
    kKeysManage,
    kUsersManage,
    kAuditRead,
    kMetricsRead,
    kSelfRead,  ///< who am I: everybody has it
    kCount,
};
inline constexpr std::size_t kScopeCount = static_cast<std::size_t>(Scope::kCount);

[[nodiscard]] std::string_view name_of(Scope scope);
[[nodiscard]] std::optional<Scope> scope_named(std::string_view name);

class Scopes {
public:
    Scopes() = default;
    Scopes(std::initializer_list<Scope> scopes);
    [[nodiscard]] static Scopes all();
    [[nodiscard]] bool has(Scope scope) const { return bits_[static_cast<std::size_t>(scope)]; }
    void add(Scope scope) { bits_.set(static_cast<std::size_t>(scope)); }
    void remove(Scope scope) { bits_.reset(static_cast<std::size_t>(scope)); }
    /// Names with spaces between, as OAuth writes them.
    [[nodiscard]] std::string text() const;
    /// Nothing when a name is unknown.
    [[nodiscard]] static std::optional<Scopes> parse(std::string_view text);
    bool operator==(const Scopes&) const = default;

private:
    std::bitset<kScopeCount> bits_;
};

/// What a device may do, with itself alone.
[[nodiscard]] const Scopes& device_scopes();

enum class PrincipalKind : std::uint8_t { kDevice, kUser, kApp };
[[nodiscard]] std::string_view name_of(PrincipalKind kind);

/// Who is calling.
struct Actor {
    PrincipalKind kind = PrincipalKind::kDevice;
    TenantId tenant;
    std::string id;          ///< device id, user name or app name
    std::string credential;  ///< id of the key or session; never a secret
    Scopes scopes;
    [[nodiscard]] std::optional<DeviceRef> device() const {
        if (kind != PrincipalKind::kDevice) return {};
        return DeviceRef{.tenant = tenant, .id = DeviceId{id}};
    }
};

/// What is asked for: a device, or nothing in particular of a tenant.
struct Resource {
    TenantId tenant;
    std::optional<DeviceId> device;
};

/// The circumstances that a decision may depend on.
struct AccessContext {
    Door door = Door::kRest;
};

/// The one decision, for every door. Pure. Default deny.
/// Fails with kNotFound where the resource is not the actor's to know of (another tenant's, or for
/// a device any device but itself), with kForbidden where the scope is missing.
[[nodiscard]] Result<void> authorize(const Actor& actor,
                                     Scope action,
                                     const Resource& resource,
                                     const AccessContext& context);

}  // namespace tandem
