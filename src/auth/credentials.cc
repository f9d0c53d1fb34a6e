#include "auth/credentials.h"

#include "auth/access_token.h"
#include "auth/certificate.h"
#include "auth/key.h"

#include <algorithm>

namespace tandem::auth {
namespace {

// A token that has run out is remembered for as long as a socket may take to renew it.
constexpr Duration kTokenKept = 2min;
constexpr Duration kSweepEvery = 1min;
// With a full table, so that nobody makes the hub look through it at every request.
constexpr Duration kSweepFull = 1s;

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

void Credentials::load(std::vector<AccessToken> all) {
    for (AccessToken& each : all)
        put(std::move(each));
}

void Credentials::put(Credential credential) {
    const std::lock_guard lock{mutex_};
    add(std::move(credential));
}

void Credentials::put(AccessToken token) {
    const std::lock_guard lock{mutex_};
    if (!token.family.empty()) by_family_.emplace(token.family, token.id);
    KeyId id = token.id;
    tokens_.insert_or_assign(std::move(id), std::move(token));
}

bool Credentials::put(AccessToken token, OutsideName name, std::size_t most, Instant now) {
    const std::lock_guard lock{mutex_};
    drop_token(token.id);
    const auto count = of_issuer_.find(name.issuer);
    sweep(count != of_issuer_.end() && count->second >= most, now);
    std::size_t& its = of_issuer_[name.issuer];
    if (its >= most) return false;
    ++its;
    KeyId id = token.id;
    outside_.insert_or_assign(id, std::move(name));
    tokens_.insert_or_assign(std::move(id), std::move(token));
    return true;
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

void Credentials::drop_token(const KeyId& id) {
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) return;
    by_family_.erase({found->second.family, id});
    tokens_.erase(found);
    const auto outside = outside_.find(id);
    if (outside == outside_.end()) return;
    const auto count = of_issuer_.find(outside->second.issuer);
    if (--count->second == 0) of_issuer_.erase(count);
    outside_.erase(outside);
}

void Credentials::erase(const KeyId& id) {
    {
        const std::lock_guard lock{mutex_};
        drop(id);
        drop_token(id);
    }
    tell({id.text()});
}

void Credentials::end_family(const KeyId& family) {
    std::vector<std::string> ended;
    {
        const std::lock_guard lock{mutex_};
        for (auto at = by_family_.lower_bound({family, KeyId{}});
             at != by_family_.end() && at->first == family;) {
            const KeyId id = at->second;
            ++at;
            drop_token(id);
            ended.push_back(id.text());
        }
    }
    tell(ended);
}

void Credentials::end_delegated(const Principal& to) {
    std::vector<std::string> ended;
    {
        const std::lock_guard lock{mutex_};
        for (const KeyId& id : tokens_of(Owner{to.kind, to.tenant, to.id})) {
            if (outside_.contains(id)) continue;
            drop_token(id);
            ended.push_back(id.text());
        }
    }
    tell(ended);
}

void Credentials::end_outside(const TenantId& tenant,
                              const std::function<bool(const OutsideName& name)>& goes) {
    std::vector<std::string> ended;
    {
        const std::lock_guard lock{mutex_};
        std::vector<KeyId> ids;
        for (const auto& [id, name] : outside_) {
            if (tokens_.at(id).delegation.tenant == tenant && goes(name)) ids.push_back(id);
        }
        for (const KeyId& id : ids) {
            drop_token(id);
            ended.push_back(id.text());
        }
    }
    tell(ended);
}

std::vector<KeyId> Credentials::tokens_of(const Owner& owner) const {
    const auto& [kind, tenant, principal] = owner;
    const std::string client =
        kind == PrincipalKind::kApp ? tenant.text() + "/" + principal : std::string{};
    std::vector<KeyId> out;
    for (const auto& [id, token] : tokens_) {
        const Delegation& of = token.delegation;
        const bool its = of.kind == kind && of.tenant == tenant && of.principal == principal;
        if (its || (!client.empty() && of.client == client)) out.push_back(id);
    }
    return out;
}

std::optional<AccessToken> Credentials::token(const KeyId& id) const {
    const std::lock_guard lock{mutex_};
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) return {};
    return found->second;
}

void Credentials::sweep(bool full, Instant now) {
    // A clock that was set back does not keep the old ones.
    const bool due = now < swept_ || now - swept_ >= (full ? kSweepFull : kSweepEvery);
    if (!due) return;
    swept_ = now;
    std::vector<KeyId> old;
    for (const auto& [id, token] : tokens_) {
        if (now >= token.expires + kTokenKept) old.push_back(id);
    }
    for (const KeyId& id : old)
        drop_token(id);
}

bool Credentials::has_room(Instant now) {
    const std::lock_guard lock{mutex_};
    const auto own = [this] { return tokens_.size() - outside_.size(); };
    sweep(own() >= kTokensMax, now);
    return own() < kTokensMax;
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
        for (const KeyId& id : tokens_of(Owner{kind, tenant, principal})) {
            drop_token(id);
            ended.push_back(id.text());
        }
    }
    tell(ended);
}

std::string Credentials::digest_of(std::string_view secret) const {
    return keyed_digest(pepper_, secret);
}

Result<Actor> Credentials::authenticate(std::string_view key,
                                        Instant now,
                                        std::string_view certificate) const {
    const auto refused = [] { return fail(ErrorCode::kUnauthenticated, "the key is not valid"); };
    if (const auto token = read_access_token(key)) {
        const std::lock_guard lock{mutex_};
        const auto found = tokens_.find(token->id);
        return check_access_token(found == tokens_.end() ? nullptr : &found->second, *token,
                                  fingerprint_bytes(certificate), pepper_, now);
    }
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
    const KeyId id{credential};
    // Keys of devices first: they are asked about with each message.
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return live(found->second, now);
    const auto token = tokens_.find(id);
    return token != tokens_.end() && now < token->second.expires;
}

bool Credentials::fits(const std::string& credential, std::string_view certificate) const {
    const std::lock_guard lock{mutex_};
    const auto token = tokens_.find(KeyId{credential});
    return token == tokens_.end() || token->second.certificate.empty() ||
           token->second.certificate == fingerprint_bytes(certificate);
}

std::optional<Instant> Credentials::expires(const std::string& credential) const {
    const std::lock_guard lock{mutex_};
    const KeyId id{credential};
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return found->second.expires;
    const auto token = tokens_.find(id);
    return token == tokens_.end() ? std::nullopt : std::optional{token->second.expires};
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
