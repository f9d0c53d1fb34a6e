#include "contract/grant.h"

#include <algorithm>
#include <span>
#include <utility>

namespace tandem::contract {
namespace {

constexpr std::string_view kEvery = "*";

Result<void> check_devices(const std::vector<std::string>& devices) {
    for (std::size_t at = 0; at < devices.size(); ++at) {
        if (is_name(devices[at])) continue;
        if (devices[at] == kEvery && devices.size() == 1) continue;
        return fail_field("/devices/" + std::to_string(at),
                          "an id is expected, or `*` alone for every device");
    }
    return {};
}

Result<void> check_patterns(std::span<const std::string> series) {
    for (std::size_t at = 0; at < series.size(); ++at) {
        std::string_view name = series[at];
        if (name.ends_with('*')) name.remove_suffix(1);
        if (is_name(name) || (name.empty() && !series[at].empty())) continue;
        return fail_field("/series/" + std::to_string(at),
                          "a name, or its beginning and a `*`, is expected");
    }
    return {};
}

}  // namespace

const std::vector<std::string_view>& grantable_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> made;
        for (std::size_t at = 0; at < kScopeCount; ++at) {
            const auto scope = static_cast<Scope>(at);
            if (grantable_scopes().has(scope)) made.push_back(name_of(scope));
        }
        return made;
    }();
    return names;
}

GrantFields fields_of(const Allowance& allowance) {
    GrantFields fields{.scopes = {}, .devices = {}, .labels = allowance.labels, .series = {}};
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (allowance.scopes.has(scope)) fields.scopes.emplace_back(name_of(scope));
    }
    fields.devices.assign(allowance.devices.begin(), allowance.devices.end());
    if (allowance.every_device) fields.devices = {std::string{kEvery}};
    fields.series = allowance.series;
    return fields;
}

GrantView view_of(const Grant& grant) {
    GrantView view;
    static_cast<GrantFields&>(view) = fields_of(grant.allowance);
    view.id = grant.id.text();
    (grant.to.kind == PrincipalKind::kUser ? view.user : view.app) = grant.to.id;
    view.created = grant.created;
    view.version = grant.version;
    return view;
}

Result<Allowance> allowance_of(const GrantFields& fields) {
    if (auto good = check_devices(fields.devices); !good) return pass(good);
    std::vector<std::string> series = fields.series.value_or(std::vector{std::string{kEvery}});
    if (auto good = check_patterns(series); !good) return pass(good);
    Allowance out{.scopes = {},
                  .every_device = std::ranges::find(fields.devices, kEvery) != fields.devices.end(),
                  .devices = {fields.devices.begin(), fields.devices.end()},
                  .labels = fields.labels,
                  .series = std::move(series)};
    if (out.every_device) out.devices.clear();
    for (const std::string& name : fields.scopes)
        out.scopes.add(checked(scope_named(name)));
    if (auto good = check_grant(out); !good) return pass(good);
    return out;
}

}  // namespace tandem::contract
