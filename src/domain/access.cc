#include "domain/access.h"

#include "base/checked.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, kScopeCount> kNames{
    "devices:read",  "devices:write", "telemetry:read", "telemetry:write", "config:read",
    "config:write",  "state:read",    "state:write",    "commands:read",   "commands:send",
    "commands:take", "events:read",   "events:write",   "dashboards:read", "dashboards:write",
    "keys:manage",   "users:manage",  "access:manage",  "tenants:manage",  "audit:read",
    "metrics:read",  "self:read",
};

// What no device has: these concern the tenant as a whole.
constexpr std::array kOfTenant{Scope::kUsersManage, Scope::kAccessManage, Scope::kTenantsManage,
                               Scope::kAuditRead, Scope::kMetricsRead};

std::unexpected<Error> scope_missing(Scope action) {
    return fail(ErrorCode::kForbidden, "the scope " + std::string{name_of(action)} + " is needed");
}

// To whoever may not know of it, a device that is there and one that is not are the same.
std::unexpected<Error> no_such_device() {
    return fail(ErrorCode::kNotFound, "there is no such device");
}

Result<void> authorize_device(const Actor& actor, Scope action, const Resource& resource) {
    if (resource.device && resource.device->text() != actor.id) return no_such_device();
    if (!device_scopes().has(action)) {
        return fail(ErrorCode::kForbidden,
                    "a device cannot have the scope " + std::string{name_of(action)});
    }
    if (!resource.device && action != Scope::kSelfRead) {
        return fail(ErrorCode::kForbidden, "a device may do this with itself alone");
    }
    if (!actor.scopes.has(action)) return scope_missing(action);
    return {};
}

Result<void> authorize_with_device(const Actor& actor, Scope action, const Resource& resource) {
    const DeviceId& device = checked(resource.device);
    bool known = false;
    bool has_scope = false;
    for (const Allowance& each : *actor.allowances) {
        if (!each.covers(device, resource.labels)) continue;
        known = true;
        if (!each.scopes.has(action) || !actor.scopes.has(action)) continue;
        has_scope = true;
        if (!resource.series || each.covers_series(checked(resource.series))) return {};
    }
    if (!known) return no_such_device();
    if (!has_scope) return scope_missing(action);
    return refused_series(checked(resource.series));
}

Result<void> authorize_in_tenant(const Actor& actor, Scope action) {
    const bool of_tenant = std::ranges::find(kOfTenant, action) != kOfTenant.end();
    const bool has = std::ranges::any_of(*actor.allowances, [&](const Allowance& each) {
        return each.scopes.has(action) && (each.every_device || !of_tenant);
    });
    if (has && actor.scopes.has(action)) return {};
    return scope_missing(action);
}

}  // namespace

std::string_view name_of(Scope scope) {
    return kNames.at(static_cast<std::size_t>(scope));
}

std::optional<Scope> scope_named(std::string_view name) {
    for (std::size_t at = 0; at < kNames.size(); ++at) {
        if (kNames.at(at) == name) return static_cast<Scope>(at);
    }
    return {};
}

Scopes::Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes)
        add(scope);
}

Scopes Scopes::all() {
    Scopes out;
    out.bits_.set();
    return out;
}

std::string Scopes::text() const {
    std::string out;
    for (std::size_t at = 0; at < kNames.size(); ++at) {
        if (!bits_[at]) continue;
        if (!out.empty()) out += ' ';
        out += kNames.at(at);
    }
    return out;
}

std::optional<Scopes> Scopes::parse(std::string_view text) {
    Scopes out;
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        const std::string_view name = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (name.empty()) continue;
        const auto scope = scope_named(name);
        if (!scope) return {};
        out.add(*scope);
    }
    return out;
}

const Scopes& device_scopes() {
    static const Scopes scopes{Scope::kDevicesRead,  Scope::kTelemetryRead, Scope::kTelemetryWrite,
                               Scope::kConfigRead,   Scope::kStateRead,     Scope::kStateWrite,
                               Scope::kCommandsRead, Scope::kCommandsTake,  Scope::kEventsRead,
                               Scope::kEventsWrite,  Scope::kSelfRead};
    return scopes;
}

std::string_view name_of(PrincipalKind kind) {
    switch (kind) {
        case PrincipalKind::kDevice:
            return "device";
        case PrincipalKind::kUser:
            return "user";
        case PrincipalKind::kApp:
            break;
    }
    return "app";
}

std::unexpected<Error> refused_series(std::string_view name) {
    return fail(ErrorCode::kForbidden, "no grant covers the series " + std::string{name});
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
    if (!pattern.ends_with('*')) return pattern == name;
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view name) {
    return std::ranges::any_of(
        patterns, [&](const std::string& pattern) { return matches_pattern(pattern, name); });
}

bool Allowance::covers(const DeviceId& device, const Labels* labels_of_it) const {
    if (every_device || devices.contains(device.text())) return true;
    if (labels.empty() || labels_of_it == nullptr) return false;
    return has_all(*labels_of_it, labels);
}

bool Allowance::covers_series(std::string_view name) const {
    return matches_any(series, name);
}

const std::shared_ptr<const Allowances>& everything() {
    static const auto all = std::make_shared<const Allowances>(
        Allowances{{.scopes = Scopes::all(), .every_device = true, .devices = {}, .labels = {}}});
    return all;
}

Resource resource_of(const Device& device) {
    return {.tenant = device.ref.tenant, .device = device.ref.id, .labels = &device.labels};
}

Result<void> authorize(const Actor& actor,
                       Scope action,
                       const Resource& resource,
                       const AccessContext& /*context*/) {
    if (resource.tenant != actor.tenant) return no_such_device();
    if (actor.kind == PrincipalKind::kDevice) return authorize_device(actor, action, resource);
    // Whoever proved who they are may hear it.
    if (action == Scope::kSelfRead && !resource.device) return {};
    if (actor.allowances == nullptr) {
        if (resource.device) return no_such_device();
        return scope_missing(action);
    }
    if (resource.device) return authorize_with_device(actor, action, resource);
    return authorize_in_tenant(actor, action);
}

bool depends_on_labels(const Actor& actor) {
    if (actor.allowances == nullptr) return false;
    return std::ranges::any_of(*actor.allowances, [](const Allowance& each) {
        return !each.every_device && !each.labels.empty();
    });
}

Scopes scopes_of(const Actor& actor) {
    if (actor.kind == PrincipalKind::kDevice) return actor.scopes;
    Scopes out{Scope::kSelfRead};
    if (actor.allowances == nullptr) return out;
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (authorize_in_tenant(actor, scope)) out.add(scope);
    }
    return out;
}

bool SeriesChoice::has(std::string_view name) const {
    return all || matches_any(patterns, name);
}

SeriesChoice series_for(const Actor& actor, Scope action, const Resource& resource) {
    if (!authorize(actor, action, resource, {})) return {};
    if (actor.kind == PrincipalKind::kDevice || !resource.device) return {.all = true};
    SeriesChoice out;
    for (const Allowance& each : *actor.allowances) {
        if (!each.scopes.has(action) || !each.covers(checked(resource.device), resource.labels)) {
            continue;
        }
        for (const std::string& pattern : each.series) {
            out.all = out.all || pattern == "*";
            out.patterns.push_back(pattern);
        }
    }
    return out;
}

}  // namespace tandem
