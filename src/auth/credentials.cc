#include "auth/credentials.h"

#include "auth/key.h"

#include <algorithm>

namespace tandem::auth {
namespace {

bool live(const Credential& credential, Instant now) {
    return !credential.expires || now < *credential.expires;
}

Actor actor_of(const Credential& credential) {
    return {.kind = credential.kind,
            .tenant = credential.tenant,
            .id = credential.principal,
            .credential = credential.id.text(),
            .scopes = credential.scopes};
}

}  // namespace

void Credentials::load(std::vector<Credential> all) {
    const std::lock_guard lock{mutex_};
    by_owner_.clear();
    by_id_.clear();
    for (Credential& each : all)
        add(std::move(each));
}

void Credentials::put(Credential credential) {
    const std::lock_guard lock{mutex_};
    add(std::move(credential));
}

void Credentials::add(Credential credential) {
    drop(credential.id);
    KeyId id = credential.id;
    by_owner_.insert(&by_id_.emplace(std::move(id), std::move(credential)).first->second);
}

void Credentials::drop(const KeyId& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    const Credential& gone = found->second;
    const auto [first, last] = by_owner_.equal_range(&gone);
    by_owner_.erase(std::find(first, last, &gone));
    by_id_.erase(found);
}

void Credentials::erase(const KeyId& id) {
    {
        const std::lock_guard lock{mutex_};
        drop(id);
    }
    tell({id.text()});
}

void Credentials::erase_principal(PrincipalKind kind,
                                  const TenantId& tenant,
                                  const std::string& principal) {
    std::vector<std::string> ended;
    {
        const std::lock_guard lock{mutex_};
        const auto [first, last] = by_owner_.equal_range(Owner{kind, tenant, principal});
        std::vector<KeyId> ids;
        std::for_each(first, last, [&](const Credential* each) { ids.push_back(each->id); });
        for (const KeyId& id : ids) {
            drop(id);
            ended.push_back(id.text());
        }
    }
    tell(ended);
}

std::string Credentials::digest_of(std::string_view secret) const {
    return keyed_digest(pepper_, secret);
}

Result<Actor> Credentials::authenticate(std::string_view key, Instant now) const {
    const auto refused = [] { return fail(ErrorCode::kUnauthenticated, "the key is not valid"); };
    const auto parts = read_key(key);
    if (!parts) return refused();
    const std::string given = digest_of(parts->secret);
    const std::lock_guard lock{mutex_};
    const auto found = by_id_.find(parts->id);
    if (found == by_id_.end()) return refused();
    const Credential& credential = found->second;
    if (!same_digest(given, credential.digest) || !live(credential, now)) return refused();
    return actor_of(credential);
}

Result<Actor> Credentials::holder_of(const std::string& certificate, Instant now) const {
    const std::lock_guard lock{mutex_};
    const auto found = by_id_.find(KeyId{certificate});
    if (found == by_id_.end() || !live(found->second, now)) {
        return fail(ErrorCode::kUnauthenticated, "the certificate is no device's");
    }
    return actor_of(found->second);
}

bool Credentials::alive(const std::string& credential, Instant now) const {
    const std::lock_guard lock{mutex_};
    const auto found = by_id_.find(KeyId{credential});
    return found != by_id_.end() && live(found->second, now);
}

std::optional<Instant> Credentials::expires(const std::string& credential) const {
    const std::lock_guard lock{mutex_};
    const auto found = by_id_.find(KeyId{credential});
    return found == by_id_.end() ? std::nullopt : found->second.expires;
}

std::vector<Credential> Credentials::of(PrincipalKind kind,
                                        const TenantId& tenant,
                                        const std::string& principal,
                                        Instant now) const {
    std::vector<Credential> out;
    {
        const std::lock_guard lock{mutex_};
        const auto [first, last] = by_owner_.equal_range(Owner{kind, tenant, principal});
        std::for_each(first, last, [&](const Credential* each) {
            if (live(*each, now)) out.push_back(*each);
        });
    }
    std::ranges::sort(out, {},
                      [](const Credential& each) { return std::pair{each.created, each.id}; });
    return out;
}

void Credentials::listen(RevocationListener listener) {
    const std::lock_guard lock{mutex_};
    listeners_.push_back(std::move(listener));
}

void Credentials::tell(const std::vector<std::string>& ended) {
    std::vector<RevocationListener> listeners;
    {
        const std::lock_guard lock{mutex_};
        listeners = listeners_;
    }
    for (const RevocationListener& listener : listeners) {
        for (const std::string& credential : ended)
            listener(credential);
    }
}

}  // namespace tandem::auth
