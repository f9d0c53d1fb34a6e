#pragma once

#include "api/world.h"
#include "base/task.h"
#include "domain/audit.h"

#include <map>
#include <string>

namespace tandem::api {

/// Leaves an audit line; not waited for. Of refusals alike the first has a line, and then one line
/// says how many there were: see refusals.h.
void audit(World world, AuditLine line);

/// What the hub itself does: `hub.start`, `hub.stop`, `hub.reload`.
[[nodiscard]] AuditLine line_of_hub(const World& world, std::string action, std::string result);

/// An audit that was cut short is found with what the log has noted: no more than that is lost.
inline constexpr Duration kAnchorEvery = 1h;

/// Notes the newest audit line of each tenant and its hash in the log, whatever its level. Who
/// keeps the log elsewhere has anchors there: no audit can be cut short or written anew behind
/// them. A tenant that has no line beyond the noted one is left out. Lives as long as the loop
/// runs.
class Anchors {
public:
    /// `world`: of the loop that does all of it.
    explicit Anchors(World world) : world_{world} {}

    /// Writes the lines of refusals that have been counted until now, and `line`; then notes.
    Task<void> note_with(AuditLine line);
    /// Notes every hour from now on.
    void note_hourly();

private:
    Task<void> note();
    Task<void> note_of(TenantId tenant);
    Task<void> note_and_go_on();

    World world_;
    std::map<TenantId, std::int64_t> noted_;  // By tenants, of which there is a limit.
};

}  // namespace tandem::api
