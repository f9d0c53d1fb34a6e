#include "simulation/virtual_time.h"

#include <algorithm>

namespace tandem::simulation {

Duration World::between(Duration least, Duration most) {
    const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + Duration{static_cast<std::int64_t>(random_.next() % span)};
}

void World::note(std::string_view happened) {
    for (const char c : happened) {  // FNV-1a.
        trace_ = (trace_ ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
    }
}

bool World::step(Duration end) {
    if (due_.empty() || due_.begin()->first.first > end) {
        now_ = end;
        return false;
    }
    auto first = due_.extract(due_.begin());
    now_ = std::max(now_, first.key().first);
    by_id_.erase(first.key().second);
    Work work = std::move(first.mapped().work);
    work();
    return true;
}

bool World::step_of(const Machine& machine) {
    const auto next = std::ranges::find_if(
        due_, [&](const auto& each) { return each.second.machine == &machine; });
    if (next == due_.end()) return false;
    auto first = due_.extract(next);
    now_ = std::max(now_, first.key().first);
    by_id_.erase(first.key().second);
    Work work = std::move(first.mapped().work);
    work();
    return true;
}

void World::run_for(Duration span) {
    const Duration end = now_ + span;
    while (step(end)) {
    }
}

TimerId World::add(const Machine& machine, Duration at, Work work) {
    const Key key{at, ++last_id_};
    due_.emplace(key, Due{.work = std::move(work), .machine = &machine});
    by_id_.emplace(last_id_, key);
    return last_id_;
}

void World::forget(TimerId timer) {
    const auto found = by_id_.find(timer);
    if (found == by_id_.end()) return;
    due_.erase(found->second);
    by_id_.erase(found);
}

void World::forget_all(const Machine& machine) {
    for (auto at = due_.begin(); at != due_.end();) {
        if (at->second.machine != &machine) {
            ++at;
            continue;
        }
        by_id_.erase(at->first.second);
        at = due_.erase(at);
    }
}

void Machine::post(Work work) {
    last_post_ = std::max(last_post_, world_.now_ + world_.between(1us, 40us));
    world_.add(*this, last_post_, std::move(work));
}

TimerId Machine::call_after(Duration after, Work work) {
    return world_.add(*this, world_.now_ + std::max(after, Duration{0}), std::move(work));
}

}  // namespace tandem::simulation
