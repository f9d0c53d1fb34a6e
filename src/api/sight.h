#pragma once

#include "domain/access.h"
#include "domain/event_kinds.h"

#include <set>
#include <string>
#include <vector>

namespace tandem::api {

/// What one must be allowed to read in order to get events of a kind.
[[nodiscard]] Scope scope_of(Event::Kind kind);

/// Whether a filter or a grant of series says anything of events of the kind.
[[nodiscard]] bool is_of_series(Event::Kind kind);

/// The labels of a device that the event tells of; none: it has none any more.
[[nodiscard]] Labels labels_told(const Event& event);

/// Which events somebody may see whose grants are not of everything. Follows devices that get or
/// lose the labels that a grant is for.
class Sight {
public:
    /// What `actor` may see of events of these kinds.
    Sight(const Actor& actor, const EventKinds& kinds);

    /// A device that is there already: from now on the events tell.
    void begin_with(const Device& device);
    /// Of the actor's tenant.
    void follow(const Event& event);
    [[nodiscard]] bool sees(const Event& event) const;

private:
    struct Part {
        EventKinds kinds;
        Allowance allowance;
        std::set<std::string, std::less<>> labelled;  // Devices that it covers by their labels.
    };
    std::vector<Part> parts_;
};

/// Whether every event of these kinds in the tenant is the actor's to see.
[[nodiscard]] bool sees_all(const Actor& actor, const EventKinds& kinds);

}  // namespace tandem::api
