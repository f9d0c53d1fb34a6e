#pragma once

#include "base/error.h"
#include "domain/device.h"

#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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
    kDashboardsRead,
    kDashboardsWrite,
    kKeysManage,
    kUsersManage,    ///< people: users, their roles and passwords
    kAccessManage,   ///< apps, their secrets, and grants
    kTenantsManage,  ///< the tenants of the hub
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

/// What a role or a grant allows: scopes, with some devices and some of their series. What is
/// listed adds to it: with neither devices nor labels it covers no device.
struct Allowance {
    Scopes scopes;
    bool every_device = false;                   ///< of the tenant
    std::set<std::string, std::less<>> devices;  ///< ids
    Labels labels;  ///< or devices that have all of these; empty: none by their labels
    std::vector<std::string> series{"*"};  ///< names, or beginnings with a `*` at the end

    /// `labels_of_it` is null where the device's labels are not known: then they cover nothing.
    [[nodiscard]] bool covers(const DeviceId& device, const Labels* labels_of_it) const;
    [[nodiscard]] bool covers_series(std::string_view name) const;
    bool operator==(const Allowance&) const = default;
};
using Allowances = std::vector<Allowance>;

/// Everything, with every device of a tenant.
[[nodiscard]] const std::shared_ptr<const Allowances>& everything();

/// Who is calling.
struct Actor {
    PrincipalKind kind = PrincipalKind::kDevice;
    TenantId tenant;
    std::string id;          ///< device id, user name or app name
    std::string credential;  ///< id of the key or session; never a secret
    Scopes scopes;           ///< what the credential is good for at most
    /// What a user's role, and the grants of a user or an app, allow now; null: nothing. A device
    /// needs none: it may do what concerns itself.
    std::shared_ptr<const Allowances> allowances;
    std::uint64_t policies = 0;  ///< the version of the policies that say so: auth/policies.h
    [[nodiscard]] std::optional<DeviceRef> device() const {
        if (kind != PrincipalKind::kDevice) return {};
        return DeviceRef{.tenant = tenant, .id = DeviceId{id}};
    }
};

/// What is asked for: a device, a series of it, or nothing in particular of a tenant.
struct Resource {
    TenantId tenant;
    std::optional<DeviceId> device;
    const Labels* labels = nullptr;          ///< the device's, where they are known
    std::optional<std::string> series = {};  ///< of the device
};

/// The device with its labels, which live as long as it does.
[[nodiscard]] Resource resource_of(const Device& device);
[[nodiscard]] Resource resource_of(Device&& device) = delete;

/// The circumstances that a decision may depend on.
struct AccessContext {
    Door door = Door::kRest;
};

/// The one decision, for every door. Pure. Default deny.
/// Fails with kNotFound where the resource is not the actor's to know of (another tenant's, a
/// device that none of its grants covers, for a device any device but itself), with kForbidden
/// where the scope is missing. Without a device it says whether there may be any to do it with;
/// what concerns the tenant as a whole needs the scope with every device.
[[nodiscard]] Result<void> authorize(const Actor& actor,
                                     Scope action,
                                     const Resource& resource,
                                     const AccessContext& context);

/// Whether a decision about a device may depend on its labels: without them it is no if in doubt.
[[nodiscard]] bool depends_on_labels(const Actor& actor);

/// The scopes that the actor has, with whatever devices.
[[nodiscard]] Scopes scopes_of(const Actor& actor);

/// Some of the series of a device.
struct SeriesChoice {
    bool all = false;
    std::vector<std::string> patterns;  ///< as in Allowance
    [[nodiscard]] bool has(std::string_view name) const;
};
/// With which series of `resource` the actor may do `action`: those that authorize() allows.
[[nodiscard]] SeriesChoice series_for(const Actor& actor, Scope action, const Resource& resource);

/// The failure that says so: kForbidden.
[[nodiscard]] std::unexpected<Error> refused_series(std::string_view name);

/// `pattern` is a name, or the beginning of names and a `*`.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);
/// Whether one of the patterns fits.
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, std::string_view name);

}  // namespace tandem
