#include "domain/access.h"

#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, kScopeCount> kNames{
    "devices:read",  "devices:write", "telemetry:read", "telemetry:write", "config:read",
    "config:write",  "state:read",    "state:write",    "commands:read",   "commands:send",
    "commands:take", "events:read",   "events:write",   "keys:manage",     "users:manage",
    "audit:read",    "metrics:read",  "self:read",
};

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

Result<void> authorize(const Actor& actor,
                       Scope action,
                       const Resource& resource,
                       const AccessContext& /*context*/) {
    const bool foreign = resource.tenant != actor.tenant;
    const bool other = actor.kind == PrincipalKind::kDevice && resource.device &&
                       resource.device->text() != actor.id;
    // A device learns nothing of others, not even that they exist: the answer is the same.
    if (foreign || other) return fail(ErrorCode::kNotFound, "there is no such device");
    if (actor.kind == PrincipalKind::kDevice) {
        if (!device_scopes().has(action)) {
            return fail(ErrorCode::kForbidden,
                        "a device cannot have the scope " + std::string{name_of(action)});
        }
        if (!resource.device && action != Scope::kSelfRead) {
            return fail(ErrorCode::kForbidden, "a device may do this with itself alone");
        }
    }
    if (!actor.scopes.has(action)) {
        return fail(ErrorCode::kForbidden,
                    "the scope " + std::string{name_of(action)} + " is needed");
    }
    return {};
}

}  // namespace tandem
