#include "domain/dashboard.h"

namespace tandem {

bool reads_every_dashboard(const Actor& actor) {
    const Resource tenant{.tenant = actor.tenant, .device = {}};
    return authorize(actor, Scope::kAccessManage, tenant, {}).has_value();
}

bool may_read(const Actor& actor, const Dashboard& dashboard) {
    if (actor.tenant != dashboard.tenant) return false;
    return dashboard.shared || dashboard.owner == principal_of(actor) ||
           reads_every_dashboard(actor);
}

Result<void> check_may_change(const Actor& actor, const Dashboard& dashboard) {
    if (!may_read(actor, dashboard)) return no_such_dashboard();
    if (dashboard.owner == principal_of(actor) || reads_every_dashboard(actor)) return {};
    return fail(ErrorCode::kForbidden,
                "the dashboard is another's: its owner changes it, and who manages access");
}

std::unexpected<Error> no_such_dashboard() {
    return fail(ErrorCode::kNotFound, "there is no such dashboard");
}

}  // namespace tandem
