#include "auth/limit_log.h"

#include <utility>

namespace tandem::auth {
namespace {

bool alike(const LimitHit& one, const LimitHit& other) {
    return one.limit == other.limit && one.operation == other.operation && one.door == other.door;
}

}  // namespace

void LimitLog::note(const std::string& principal, LimitHit hit) {
    const Lock held{mutex_};
    const auto found = by_principal_.find(principal);
    if (found != by_principal_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
    } else {
        if (entries_.size() >= kPrincipalsMax) {
            by_principal_.erase(entries_.back().principal);
            entries_.pop_back();
        }
        entries_.push_front({.principal = principal, .hits = {}});
        by_principal_.emplace(principal, entries_.begin());
    }
    auto& hits = entries_.front().hits;
    if (!hits.empty() && alike(hits.front(), hit)) {
        hit.count = hits.front().count + 1;
        hits.front() = std::move(hit);
        return;
    }
    hits.push_front(std::move(hit));
    if (hits.size() > kHitsMax) hits.pop_back();
}

std::vector<LimitHit> LimitLog::of(const std::string& principal) const {
    const Lock held{mutex_};
    const auto found = by_principal_.find(principal);
    if (found == by_principal_.end()) return {};
    const auto& hits = found->second->hits;
    return {hits.begin(), hits.end()};
}

}  // namespace tandem::auth
