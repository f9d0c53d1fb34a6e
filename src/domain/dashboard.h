#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/value.h"
#include "domain/principal.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tandem {

/// Tiles that somebody has put together to look at devices and to control them. It holds names of
/// devices and nothing of theirs: what a tile shows and does is up to whoever looks at it.
struct Dashboard {
    TenantId tenant;
    DashboardId id;
    std::optional<Principal> owner;  ///< none: a shared one whose owner is no more
    std::string title;
    bool shared = false;  ///< with everybody of the tenant who may read dashboards
    Instant created;
    Instant updated;
    std::int64_t version = 0;      ///< 1 at first, one more with each change
    Value tiles = Value::Array{};  ///< as the contract describes them
    bool operator==(const Dashboard&) const = default;
};

/// How many there are.
struct DashboardCounts {
    std::uint64_t of_owner = 0;
    std::uint64_t of_tenant = 0;
};

/// Whether the actor, who may read dashboards, may read this one: its owner may, everybody where it
/// is shared, and who manages access, so that what nobody needs any more can be found and deleted.
[[nodiscard]] bool may_read(const Actor& actor, const Dashboard& dashboard);
/// Whether the actor is shown every dashboard of its tenant.
[[nodiscard]] bool reads_every_dashboard(const Actor& actor);

/// Whether the actor, who may write dashboards, may change or delete this one: its owner, and who
/// manages access. Fails with kNotFound where the actor may not read it, else with kForbidden.
[[nodiscard]] Result<void> check_may_change(const Actor& actor, const Dashboard& dashboard);

/// The failure that there is none: kNotFound.
[[nodiscard]] std::unexpected<Error> no_such_dashboard();

}  // namespace tandem
