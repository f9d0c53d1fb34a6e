#include "contract/access.h"

namespace tandem::contract {

MeView view_of(const Actor& actor) {
    MeView view{.kind = std::string{name_of(actor.kind)},
                .id = actor.id,
                .tenant = actor.tenant.text(),
                .credential = actor.credential,
                .scopes = {}};
    const Scopes scopes = scopes_of(actor);
    for (std::size_t at = 0; at < kScopeCount; ++at) {
        const auto scope = static_cast<Scope>(at);
        if (scopes.has(scope)) view.scopes.emplace_back(name_of(scope));
    }
    return view;
}

}  // namespace tandem::contract
