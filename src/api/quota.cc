#include "api/quota.h"

namespace tandem::api {

void Quota::State::drop(const TenantId& tenant) {
    const Lock held{mutex};
    const auto found = counts.find(tenant);
    if (found == counts.end()) return;
    if (--found->second == 0) counts.erase(found);
}

void Quota::Place::give_back() {
    if (state_ != nullptr) state_->drop(tenant_);
    state_.reset();
}

Quota::Quota(std::string limit, std::string what, ErrorCode code, std::size_t most)
    : limit_{std::move(limit)}, what_{std::move(what)}, code_{code}, most_{most} {}

Result<Quota::Place> Quota::take(const TenantId& tenant) {
    const Lock held{state_->mutex};
    const auto found = state_->counts.find(tenant);
    if (found != state_->counts.end() && found->second >= most_) {
        auto refused = fail(code_, "the tenant has " + std::to_string(most_) + " " + what_ +
                                       ", as many as it may have");
        refused.error().limit = limit_;
        return refused;
    }
    ++state_->counts[tenant];
    return Place{state_, tenant};
}

void Quota::drop(const TenantId& tenant) {
    state_->drop(tenant);
}

void Quota::set(const TenantId& tenant, std::size_t count) {
    const Lock held{state_->mutex};
    if (count == 0) {
        state_->counts.erase(tenant);
    } else {
        state_->counts.insert_or_assign(tenant, count);
    }
}

std::size_t Quota::count(const TenantId& tenant) const {
    const Lock held{state_->mutex};
    const auto found = state_->counts.find(tenant);
    return found == state_->counts.end() ? 0 : found->second;
}

}  // namespace tandem::api
