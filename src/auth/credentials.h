#pragma once

#include "auth/session.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/access.h"
#include "domain/ports.h"
#include "domain/principal.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace tandem::auth {

/// Which token of an outside issuer it is.
struct OutsideName {
    std::string issuer;
    std::string subject;
    std::string jti;  ///< "" without one
};

/// The live keys and access tokens of the hub, in memory: filled from the registry at start,
/// changed after each commit. Any thread. Ids of keys are the hub's own random text, so a plain
/// hash map will do.
class Credentials {
public:
    explicit Credentials(std::string pepper) : pepper_{std::move(pepper)} {}

    /// How many access tokens of the hub's own may live; the limits of the endpoints make far
    /// fewer.
    static constexpr std::size_t kTokensMax = 100'000;

    void load(std::vector<Credential> all);
    void load(std::vector<AccessToken> all);
    void put(Credential credential);
    void put(AccessToken token);
    /// The same for one of an outside issuer, which may have `most` at once. False, and it is not
    /// there, where it has them.
    [[nodiscard]] bool put(AccessToken token, OutsideName name, std::size_t most, Instant now);
    /// Ends a credential or a token and tells the listeners.
    void erase(const KeyId& id);
    /// Ends the access tokens of a family.
    void end_family(const KeyId& family);
    /// Ends the access tokens that the hub gave to speak for a principal.
    void end_delegated(const Principal& to);
    /// Ends the outside tokens of a tenant that `goes` says.
    void end_outside(const TenantId& tenant,
                     const std::function<bool(const OutsideName& name)>& goes);
    /// Ends every credential of a principal, every token that speaks for it, and those that an app
    /// was given.
    void erase_principal(PrincipalKind kind, const TenantId& tenant, const std::string& principal);

    /// What is stored of a secret.
    [[nodiscard]] std::string digest_of(std::string_view secret) const;
    /// What digests are keyed with.
    [[nodiscard]] const std::string& pepper() const { return pepper_; }

    /// Who holds this bearer key or access token. `certificate`: the fingerprint of the caller's,
    /// in hexadecimal; "" without one. Fails with kUnauthenticated; the detail does not tell an
    /// unknown key from a wrong one, nor a token that is bound to another certificate.
    [[nodiscard]] Result<Actor> authenticate(std::string_view key,
                                             Instant now,
                                             std::string_view certificate = {}) const;
    /// Which device has this certificate, of which TLS has seen that the caller has its key. Its
    /// fingerprint is the credential's id. Fails with kUnauthenticated.
    [[nodiscard]] Result<Actor> holder_of(const std::string& certificate, Instant now) const;
    /// Whether a credential found earlier is still good: live sockets ask at each message.
    [[nodiscard]] bool alive(const std::string& credential, Instant now) const;
    /// Whether whoever has this certificate, a fingerprint in hexadecimal or "", may use the
    /// credential: a token that is bound to one goes with that alone.
    [[nodiscard]] bool fits(const std::string& credential, std::string_view certificate) const;
    /// When a credential runs out; none: never, or there is no such key.
    [[nodiscard]] std::optional<Instant> expires(const std::string& credential) const;
    /// The live keys of a device, oldest first.
    [[nodiscard]] std::vector<Credential> of(PrincipalKind kind,
                                             const TenantId& tenant,
                                             const std::string& principal,
                                             Instant now) const;

    /// The access token of this id, however old.
    [[nodiscard]] std::optional<AccessToken> token(const KeyId& id) const;
    /// Whether there is room for another token of the hub's own. Forgets those that are past their
    /// time, at most once a second.
    [[nodiscard]] bool has_room(Instant now);

    void listen(RevocationListener listener);

private:
    using Owner = std::tuple<PrincipalKind, const TenantId&, const std::string&>;
    struct ByOwner {
        using is_transparent = void;
        static Owner owner_of(const Credential* credential) {
            return {credential->kind, credential->tenant, credential->principal};
        }
        static Owner owner_of(const Owner& owner) { return owner; }
        bool operator()(const auto& left, const auto& right) const {
            return owner_of(left) < owner_of(right);
        }
    };
    // With mutex_ held.
    void add(Credential credential);
    void drop(const KeyId& id);
    void drop_token(const KeyId& id);
    std::vector<KeyId> tokens_of(const Owner& owner) const;
    void sweep(bool full, Instant now);

    void tell(const std::vector<std::string>& ended);

    std::string pepper_;
    mutable std::mutex mutex_;
    // Guarded by mutex_. by_owner_ points into by_id_, whose entries stay where they are.
    std::unordered_map<KeyId, Credential> by_id_;
    std::multiset<const Credential*, ByOwner> by_owner_;
    std::unordered_map<KeyId, AccessToken> tokens_;
    std::set<std::pair<KeyId, KeyId>> by_family_;     // Family and token.
    std::unordered_map<KeyId, OutsideName> outside_;  // Of those among tokens_.
    std::map<std::string, std::size_t> of_issuer_;    // How many of them.
    Instant swept_;
    std::vector<RevocationListener> listeners_;  // Guarded by mutex_; only grows.
};

}  // namespace tandem::auth
