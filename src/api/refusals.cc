#include "api/refusals.h"

namespace tandem::api {
namespace {

constexpr auth::Rate kOfKnown{.per_second = 10, .burst = 100};
// With the line that counts the others it is one a second: what a tenant keeps is more than a day
// of them.
constexpr auth::Rate kOfStrangers{.per_second = 0.5, .burst = 100};

std::string kind_of(const AuditLine& line) {
    std::string out = line.tenant.text();
    for (const std::string* each :
         {&line.actor, &line.credential, &line.address, &line.action, &line.result}) {
        out += '\n' + *each;
    }
    out += '\n';
    out += name_of(line.door);
    // Which account somebody guesses at is what one wants to know.
    if (line.action == "session.begin") out += '\n' + line.resource;
    return out;
}

}  // namespace

Refusals::Fate Refusals::meet(const AuditLine& line, Monotonic now) {
    std::string kind = kind_of(line);
    const Lock held{mutex_};
    const auto found = kinds_.find(kind);
    if (found == kinds_.end()) {
        const bool known = line.actor != "anonymous";
        auth::Bucket& bucket = known ? of_known_ : of_strangers_;
        const auth::Rate& rate = known ? kOfKnown : kOfStrangers;
        if (kinds_.size() >= kKindsMax || !bucket.take(1, rate, now)) return Fate::kDropped;
        kinds_.emplace(std::move(kind), Later{.newest = line});
        return Fate::kListed;
    }
    Later& later = found->second;
    ++later.count;
    later.newest.time = line.time;
    // Who tries one thing after the other has tried none in particular.
    if (later.newest.resource != line.resource) later.newest.resource.clear();
    return Fate::kCounted;
}

std::optional<AuditLine> Refusals::end(const AuditLine& line) {
    const std::string kind = kind_of(line);
    const Lock held{mutex_};
    const auto found = kinds_.find(kind);
    if (found == kinds_.end()) return {};
    Later later = std::move(found->second);
    kinds_.erase(found);
    if (later.count == 0) return {};
    later.newest.count = later.count;
    return std::move(later.newest);
}

std::vector<AuditLine> Refusals::end_all() {
    std::vector<AuditLine> out;
    const Lock held{mutex_};
    for (auto& [kind, later] : kinds_) {
        if (later.count == 0) continue;
        later.newest.count = later.count;
        out.push_back(std::move(later.newest));
    }
    kinds_.clear();
    return out;
}

}  // namespace tandem::api
