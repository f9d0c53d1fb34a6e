#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "domain/principal.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tandem::auth {

/// Which rows of a table are asked for.
struct Rows {
    std::string after = {};  ///< of those in order only names or ids greater than this
    std::size_t limit = std::numeric_limits<std::size_t>::max();
};

/// Called when somebody may do something else than before, from any thread.
using PolicyListener = std::function<void(const Principal& principal)>;

/// Who may do what, in memory: tenants, users, apps and grants, filled from the registry at start
/// and changed after each commit. Any thread; changes come one after the other, in the order of
/// their commits.
class Policies {
public:
    /// `home`: the tenant of the hub's operator.
    void load(Policy all, TenantId home);

    /// The actor with what it may do now: asked at every request, also of a socket that has been
    /// open for long. Fails with kUnauthenticated when there is no such user or app any more.
    [[nodiscard]] Result<Actor> resolve(Actor actor) const;
    /// Who sent a command: `user:anna`. Nothing when it is no more.
    [[nodiscard]] std::optional<Actor> find(const TenantId& tenant, std::string_view text) const;
    /// One more with each change of what somebody may do; Actor::policies is the one that it was
    /// resolved under.
    [[nodiscard]] std::uint64_t version() const { return version_.load(); }

    void put(User user);  ///< its password is not kept
    void put(App app);
    void put(Grant grant);
    void put(Tenant tenant);
    void erase(const TenantId& tenant, const UserId& user);
    void erase(const TenantId& tenant, const AppId& app);
    void erase(const TenantId& tenant, const GrantId& grant);
    /// Deletes a tenant's users, apps and grants; the tenant is one that was. Gives who was in it.
    std::vector<Principal> end(const TenantId& tenant, Instant at);

    /// In order of name or id.
    [[nodiscard]] std::vector<User> users(const TenantId& tenant, const Rows& rows = {}) const;
    [[nodiscard]] std::vector<App> apps(const TenantId& tenant, const Rows& rows = {}) const;
    /// Of `to` alone, where it is said.
    [[nodiscard]] std::vector<Grant> grants(const TenantId& tenant,
                                            const Rows& rows = {},
                                            const std::optional<Principal>& to = {}) const;
    [[nodiscard]] std::vector<Tenant> tenants() const;  ///< those that were, too
    [[nodiscard]] std::vector<Tenant> live_tenants(const Rows& rows = {}) const;
    [[nodiscard]] std::optional<Tenant> live_tenant(const TenantId& tenant) const;
    [[nodiscard]] std::size_t user_count(const TenantId& tenant) const;
    [[nodiscard]] std::size_t administrator_count(const TenantId& tenant) const;
    [[nodiscard]] std::size_t app_count(const TenantId& tenant) const;
    [[nodiscard]] std::size_t grant_count(const TenantId& tenant) const;
    [[nodiscard]] std::size_t tenant_count() const;               ///< with those that were
    [[nodiscard]] bool has_tenant(const TenantId& tenant) const;  ///< or had
    [[nodiscard]] std::optional<User> user(const TenantId& tenant, const UserId& name) const;
    [[nodiscard]] std::optional<App> app(const TenantId& tenant, const AppId& id) const;
    [[nodiscard]] std::optional<Grant> grant(const TenantId& tenant, const GrantId& id) const;
    [[nodiscard]] const TenantId& home() const { return home_; }

    void listen(PolicyListener listener);

private:
    template <typename T>
    using InTenant = std::map<std::pair<TenantId, std::string>, T>;

    // Every request looks for its actor: without a copy of its names.
    struct ByWho {
        using is_transparent = void;
        using Who = std::tuple<PrincipalKind, const TenantId&, const std::string&>;
        static Who who(const Principal& each) { return {each.kind, each.tenant, each.id}; }
        static Who who(const Actor& each) { return {each.kind, each.tenant, each.id}; }
        bool operator()(const auto& left, const auto& right) const {
            return who(left) < who(right);
        }
    };

    /// What the role of a user allows; nothing where there is no such user or app.
    [[nodiscard]] std::optional<Allowances> of_role(const Principal& principal) const
        TANDEM_REQUIRES(mutex_);
    [[nodiscard]] Allowance limited(const Grant& grant) const;
    /// Whether it may do something else than before.
    bool compile(const Principal& principal) TANDEM_REQUIRES(mutex_);
    void compile_all() TANDEM_REQUIRES(mutex_);
    void tell(const std::vector<Principal>& changed);

    TenantId home_;  // Set by load(), before anybody asks.
    std::atomic<std::uint64_t> version_ = 0;
    mutable Mutex mutex_;
    InTenant<User> users_ TANDEM_GUARDED_BY(mutex_);
    InTenant<App> apps_ TANDEM_GUARDED_BY(mutex_);
    InTenant<Grant> grants_ TANDEM_GUARDED_BY(mutex_);
    std::map<TenantId, Tenant> tenants_ TANDEM_GUARDED_BY(mutex_);
    // What each user and app may do; those that are not in it are not there.
    std::map<Principal, std::shared_ptr<const Allowances>, ByWho> allowed_
        TANDEM_GUARDED_BY(mutex_);
    std::vector<PolicyListener> listeners_ TANDEM_GUARDED_BY(mutex_);  // Only grows.
};

}  // namespace tandem::auth
