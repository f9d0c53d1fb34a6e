#include "api/ledgers.h"

#include "advise/live.h"
#include "api/advice.h"
#include "api/device_state.h"
#include "api/world.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace tandem::api {
namespace {

constexpr std::size_t kTidiedAtOnce = 8;

Task<void> tell(World world, DeviceStatePtr state, advise::Verdict verdict) {
    Transaction transaction{.changes = {},
                            .events = {Event{.kind = Event::Kind::kAdvice,
                                             .device = state->device.ref,
                                             .series = {},
                                             .time = world.now(),
                                             .value = told(verdict)}}};
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) log(LogLevel::kWarning, "advice_not_told", {{"why", stored.error().detail}});
}

void give_hint(DeviceLedger& ledger, const advise::Verdict& verdict, Monotonic now) {
    ledger.judged = now;
    ledger.hint = nullptr;
    if (!verdict.worth()) return;
    ledger.hint = std::make_unique<const Hint>(
        Hint{.door = verdict.advised,
             .says = verdict.says,
             .saving = static_cast<std::int64_t>(verdict.saving.bytes.total())});
}

// On the loop that owns the device.
Task<void> judge_on_owner(World world, DeviceRef device) {
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return;
    const auto seen = co_await look(world, device);
    if (!seen || (*state)->deleted) co_return;
    const advise::Verdict verdict = judge(*seen, (*state)->device.labels);
    // What cannot be said yet changes nothing.
    if (verdict.reason == advise::Reason::kYoung) co_return;
    for (Shard* shard : world.hub().shards) {
        const bool elsewhere = shard != &world.shard();
        if (elsewhere) co_await hop(shard->executor);
        if (const auto ledger = shard->ledgers->find(device))
            give_hint(*ledger, verdict, world.monotonic());
        if (elsewhere) co_await hop(world.executor());
    }
    if (std::exchange((*state)->worth_changing, verdict.worth()) == verdict.worth()) co_return;
    world.hub()
        .metrics
        .counter("tandem_advice_changes_total",
                 "door=\"" + std::string{name_of(verdict.advised)} + "\"")
        .add();
    co_await tell(world, *state, verdict);
}

Task<void> judge_device(World world, DeviceRef device) {
    Shard& owner = world.hub().owner(device);
    if (&owner != &world.shard()) co_await hop(owner.executor);
    co_await judge_on_owner(World{owner}, std::move(device));
}

}  // namespace

std::shared_ptr<DeviceLedger> Ledgers::of(const DeviceRef& device, Monotonic now) {
    tidy(now);
    const auto [found, fresh] = by_device_.try_emplace(device);
    if (fresh) {
        devices_.add();
        found->second = std::make_shared<DeviceLedger>(device, now);
        found->second->judged = now;
    }
    return found->second;
}

std::shared_ptr<DeviceLedger> Ledgers::find(const DeviceRef& device) const {
    const auto found = by_device_.find(device);
    return found == by_device_.end() ? nullptr : found->second;
}

std::shared_ptr<DeviceLedger> Ledgers::read(const DeviceRef& device) const {
    auto found = find(device);
    if (found == nullptr) return nullptr;
    for (Meter* meter : found->open)
        meter->read();
    return found;
}

void Ledgers::forget(const DeviceRef& device) {
    devices_.add(-static_cast<std::int64_t>(by_device_.erase(device)));
}

// A few with each connection: nobody waits for all of them.
void Ledgers::tidy(Monotonic now) {
    for (std::size_t at = 0; at < kTidiedAtOnce && !by_device_.empty(); ++at) {
        tidied_ = (tidied_ + 1) % by_device_.bucket_count();
        std::vector<DeviceRef> old;
        for (auto each = by_device_.cbegin(tidied_); each != by_device_.cend(tidied_); ++each) {
            const DeviceLedger& ledger = *each->second;
            const bool silent = ledger.ledger.last() + advise::Ledger::kDay < now;
            if (silent && ledger.open.empty()) old.push_back(each->first);
        }
        for (const DeviceRef& each : old)
            forget(each);
    }
}

bool Ledgers::may_judge(Monotonic now) {
    if (now >= second_ + 1s) {
        second_ = now;
        judged_ = 0;
    }
    return judged_++ < kJudgedPerSecond;
}

void consider(World world, DeviceLedger& ledger) {
    const Monotonic now = world.monotonic();
    if (now < ledger.judged + kJudgeEvery || !world.shard().ledgers->may_judge(now)) return;
    ledger.judged = now;
    spawn(judge_device(world, ledger.device));
}

void forget_traffic(World world, const DeviceRef& device) {
    for (Shard* shard : world.hub().shards)
        shard->executor.post([shard, device] { shard->ledgers->forget(device); });
}

}  // namespace tandem::api
