#include "api/secrets.h"

#include "auth/key.h"
#include "base/checked.h"

#include <algorithm>

namespace tandem::api {

FreshSecret make_secret(const World& world,
                        const Principal& owner,
                        const Scopes& scopes,
                        std::optional<Instant> expires) {
    FreshSecret out{.text = auth::make_key(owner.kind, world.hub().random), .stored = {}};
    const auth::Key key = checked(auth::read_key(out.text));
    out.stored = {.id = key.id,
                  .kind = owner.kind,
                  .tenant = owner.tenant,
                  .principal = owner.id,
                  .scopes = scopes,
                  .digest = world.hub().credentials.digest_of(key.secret),
                  .created = world.now(),
                  .expires = expires};
    return out;
}

std::vector<Credential> live_secrets(const World& world, const Principal& owner) {
    return world.hub().credentials.of(owner.kind, owner.tenant, owner.id, world.now());
}

Result<Credential> find_secret(const std::vector<Credential>& among,
                               const std::string& id,
                               std::string_view none) {
    const auto found =
        std::ranges::find_if(among, [&](const Credential& each) { return each.id.text() == id; });
    if (found == among.end()) return fail(ErrorCode::kNotFound, std::string{none});
    return *found;
}

Task<Result<void>> store_secret(World world, Credential fresh, std::vector<Credential> instead_of) {
    const Instant end = world.now() + world.rules().key_overlap;
    Transaction transaction;
    transaction.changes.emplace_back(PutCredential{.credential = fresh});
    for (Credential& old : instead_of) {
        old.expires = std::min(old.expires.value_or(end), end);
        transaction.changes.emplace_back(PutCredential{.credential = old});
    }
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().credentials.put(std::move(fresh));
    for (Credential& old : instead_of)
        world.hub().credentials.put(std::move(old));
    co_return Result<void>{};
}

Task<Result<void>> revoke_secret(World world,
                                 Principal owner,
                                 std::string id,
                                 std::string_view none) {
    const auto all = world.hub().credentials.of(owner.kind, owner.tenant, owner.id, Instant::min());
    auto found = find_secret(all, id, none);
    if (!found) co_return pass(found);
    Transaction transaction;
    transaction.changes.emplace_back(DeleteCredential{.tenant = owner.tenant, .id = found->id});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().credentials.erase(found->id);
    co_return Result<void>{};
}

}  // namespace tandem::api
